package library

import (
	"context"
	"testing"
	"time"
)

// What another program writes changes the stamp; looking does not.
func TestStamp(t *testing.T) {
	dir := t.TempDir()
	all := sample(t, dir, 3)
	a, _ := open(t, dir)
	b, _ := open(t, dir)
	before := a.Stamp()
	page(t, a, Query{})
	if before == "" || a.Stamp() != before {
		t.Errorf("looking: found %q, want %q", a.Stamp(), before)
	}
	time.Sleep(10 * time.Millisecond) // a file system may count time in steps
	if _, err := b.SetFavourite(context.Background(), all[:1], true); err != nil {
		t.Fatal(err)
	}
	if a.Stamp() == before {
		t.Error("another program has written and the stamp is the same")
	}
}
