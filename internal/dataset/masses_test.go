package dataset

import (
	"math"
	"testing"

	"ebmstudio/sampling"
)

// TestMasses compares the masses with draws: the total variation of n draws from the
// exact distribution is about sqrt(cells / n) / 2.5, and a wrong curve gives far more.
func TestMasses(t *testing.T) {
	const half, cells, n = 8.5, 34, 200_000
	for _, p := range pointSets {
		x, err := p.At(sampling.NewKey(3), 0, n)
		if err != nil {
			t.Fatal(err)
		}
		drawn := make([]float64, cells*cells)
		for i := range x.N {
			column, row := int((x.Image(i)[0]+half)*cells/(2*half)), int((x.Image(i)[1]+half)*cells/(2*half))
			drawn[row*cells+column] += 1.0 / n
		}
		var total, apart float64
		for i, m := range p.Masses(half, cells) {
			total += m
			apart += math.Abs(m-drawn[i]) / 2
		}
		if math.Abs(total-1) > 1e-3 {
			t.Errorf("%s: masses add up to %v, want 1", p.Name, total)
		}
		if apart > 0.035 {
			t.Errorf("%s: total variation from %d draws: found %v, want at most 0.035", p.Name, n, apart)
		}
	}
	board, err := OpenPoints("checkerboard")
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range board.Masses(half, cells) {
		if want := 0.25 / 128; m != 0 && math.Abs(m-want) > 1e-9 {
			t.Fatalf("checkerboard, cell %d: found %v, want 0 or %v", i, m, want)
		}
	}
}
