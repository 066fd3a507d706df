package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
)

func TestFittedShortensOnlyWhatIsTooWide(t *testing.T) {
	test.NewTempApp(t)
	long := "fashion-mnist · a file with a long name.safetensors"
	for _, width := range []float32{20, 100, 212, 2000} {
		got := fitted(long, width)
		if w := fyne.MeasureText(got, theme.TextSize(), fyne.TextStyle{Bold: true}).Width; w > width {
			t.Errorf("%q is %v wide, want at most %v", got, w, width)
		}
		if stem, cut := strings.CutSuffix(got, "…"); cut && !strings.HasPrefix(long, stem) {
			t.Errorf("found %q, want the beginning of %q", got, long)
		}
	}
	if got := fitted(long, 2000); got != long {
		t.Errorf("found %q, want the whole name", got)
	}
}
