//go:build unix

package library

import (
	"context"
	"strings"
	"testing"

	"ebmstudio/internal/badluck"
)

// Pictures of a folder that cannot be written to are seen; stars are refused.
func TestReadOnlyFolder(t *testing.T) {
	dir := t.TempDir()
	all := sample(t, dir, 3)
	badluck.ReadOnly(t, dir)
	l, s := open(t, dir)
	if p := page(t, l, Query{}); p.Total != 3 || len(s.lines) != 1 {
		t.Errorf("found %d pictures, said %q", p.Total, s.lines)
	}
	if _, err := l.SetFavourite(context.Background(), all, true); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("found %v", err)
	}
}
