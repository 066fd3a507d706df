package evaluation

import (
	"math"
	"strings"
	"testing"
)

// TestMeanOf: of 2, 4, 6 the standard deviation is 2, the standard error 2/sqrt(3).
func TestMeanOf(t *testing.T) {
	m := MeanOf([]float64{2, 4, 6})
	if want := 1.959963984540054 * 2 / math.Sqrt(3); m.Value != 4 || math.Abs(m.Half-want) > 1e-12 {
		t.Errorf("found %v, want 4 and %v", m, want)
	}
	if m := MeanOf([]float64{7}); m != (Mean{Value: 7}) {
		t.Errorf("of one: found %v, want 7 without an interval", m)
	}
	if m := MeanOf(nil); m != (Mean{}) {
		t.Errorf("of none: found %v, want 0", m)
	}
}

// TestHolesMarkdown: the report of a model that fills holes is its table.
func TestHolesMarkdown(t *testing.T) {
	r := Report{Complete: true, Holes: &Holes{Pictures: 3, Chains: 4, Rows: []HoleRow{
		{Name: "generator alone", PSNR: Mean{12.5, 0.25}, SSIM: Mean{0.5, 0.1}},
	}}}
	text := r.Markdown()
	for _, want := range []string{"3 test pictures, their centres filled 4 times", "| generator alone | 12.50 +- 0.25 | 0.00 +- 0.00 | 0.500 |"} {
		if !strings.Contains(text, want) {
			t.Errorf("found\n%s\nwant %q in it", text, want)
		}
	}
}
