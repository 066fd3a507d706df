package evaluation

import (
	"math"
	"testing"
)

// TestAUROC holds the ranks to the definition: the share of pairs in order.
func TestAUROC(t *testing.T) {
	for _, c := range []struct {
		in, out []float32
		want    float64
	}{
		{[]float32{1, 2}, []float32{3, 4}, 1},
		{[]float32{3, 4}, []float32{1, 2}, 0},
		{[]float32{1, 1, 1}, []float32{1, 1}, 0.5},
		{[]float32{1, 3}, []float32{2}, 0.5},
		{[]float32{0, 1, 2, 2}, []float32{2, 3, -1}, (3 + 4 + 0) / 12.0},
		{[]float32{1}, []float32{float32(math.Inf(1))}, 1},
	} {
		if found := AUROC(c.in, c.out); math.Abs(found-c.want) > 1e-12 {
			t.Errorf("%v against %v: %v, want %v", c.in, c.out, found, c.want)
		}
	}
	if v := AUROC(nil, []float32{1}); v == v {
		t.Errorf("of nothing: %v", v)
	}
	if v := AUROC([]float32{float32(math.NaN())}, []float32{1}); v == v {
		t.Errorf("of no number: %v", v)
	}
}

func TestTrivialOutlierScores(t *testing.T) {
	g := FitGaussian([]float32{0, 0.5, 1, 0.5}, 2)
	near, far := g.Score([]float32{0.5, 0.5}), g.Score([]float32{0.5, 0.6})
	if want := float32(0.5 * 0.01 * 255 * 255); math.Abs(float64(far-near-want)) > 1e-3*float64(want) {
		t.Errorf("a value that never changes, moved by 0.1, adds %v, want %v", far-near, want)
	}
	if v := Variation([]float32{0, 1, 1, 0, 0, 0, 0, 3}, 2, 2, 2); v != 1+1+1+1+3+3 {
		t.Errorf("variation %v, want 10", v)
	}
}
