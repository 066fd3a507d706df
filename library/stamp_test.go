package library

import (
	"context"
	"testing"
	"time"
)

// A star does not move a picture among those of the same second.
func TestAStarKeepsThePlace(t *testing.T) {
	dir := t.TempDir()
	sample(t, dir, 4)
	l, _ := open(t, dir)
	before := page(t, l, Query{}).Items
	if _, err := l.SetFavourite(context.Background(), []string{before[2].Name}, true); err != nil {
		t.Fatal(err)
	}
	for i, it := range page(t, l, Query{}).Items {
		if it.Name != before[i].Name {
			t.Errorf("place %d has %q, want %q", i, it.Name, before[i].Name)
		}
	}
}

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
