package evaluation

import (
	"math"
	"testing"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s: found %v, want %v", what, got, want)
	}
}

// TestKIDByHand: vectors of one number, whose kernels are (xy+1)^3. Of {0, 1, 2} the
// pairs give 1, 1 and 27: mean 29/3. Of {1, -1}: 0. Between: 0 with both 1 and 1; 1
// with 1 and -1 gives 8 and 0; 2 gives 27 and -1: mean 36/6.
func TestKIDByHand(t *testing.T) {
	a := [][]float32{{0}, {1}, {2}}
	b := [][]float32{{1}, {-1}}
	got, err := KID(a, b)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "KID", got, 29.0/3+0-2*36.0/6, 1e-12)
	// Two numbers each: the product is divided by 2. (2/2+1)^3 = 8 within a, 1 within
	// b, and between 1, 1, 1, 1.
	got, err = KID([][]float32{{1, 1}, {1, 1}}, [][]float32{{0, 0}, {0, 0}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "KID of pairs", got, 8+1-2, 1e-12)
}

// TestKIDUnbiased: over all ways to draw two pairs out of one small population with
// replacement, the estimate is 0 on average.
func TestKIDUnbiased(t *testing.T) {
	population := [][]float32{{0.5}, {-1}, {2}}
	var sum float64
	n := 0
	for i := range 81 {
		at := func(k int) []float32 { return population[i/k%3] }
		v, err := KID([][]float32{at(1), at(3)}, [][]float32{at(9), at(27)})
		if err != nil {
			t.Fatal(err)
		}
		sum, n = sum+v, n+1
	}
	near(t, "mean", sum/float64(n), 0, 1e-9)
}

func TestUnitScale(t *testing.T) {
	rows := [][]float32{{1, 3}, {1, 1}} // mean square 3
	near(t, "scale", UnitScale(rows), 1/math.Sqrt(3), 1e-12)
	Scale(rows, 2)
	if rows[0][1] != 6 || rows[1][0] != 2 {
		t.Errorf("scaled: found %v, want twice as much", rows)
	}
	near(t, "scale of zeros", UnitScale([][]float32{{0}}), 1, 0)
}

func TestKIDRefuses(t *testing.T) {
	for _, sets := range [][2][][]float32{{{{1}}, {{1}, {2}}}, {{{1}, {2, 3}}, {{1}, {2}}}, {{{}, {}}, {{}, {}}}} {
		if _, err := KID(sets[0], sets[1]); err == nil {
			t.Errorf("%v: want an error", sets)
		}
	}
}

// TestRate: Wilson's interval of 8 out of 10 is .490 to .943, of 0 out of 20 it is 0 to
// .161 (Agresti and Coull, 1998, give the formula).
func TestRate(t *testing.T) {
	low, high := Rate{8, 10}.Interval()
	near(t, "low", low, 0.4902, 1e-4)
	near(t, "high", high, 0.9433, 1e-4)
	low, high = Rate{0, 20}.Interval()
	near(t, "low", low, 0, 1e-12)
	near(t, "high", high, 0.1611, 1e-4)
	low, high = Rate{}.Interval()
	if low != 0 || high != 1 {
		t.Errorf("nothing tried: found %v to %v, want 0 to 1", low, high)
	}
}

func TestSaturation(t *testing.T) {
	if r := Saturation([]float32{0, 2.0 / 255, 3.0 / 255, 0.5, 252.0 / 255, 253.0 / 255, 1}); r != (Rate{4, 7}) {
		t.Errorf("found %v, want 4 of 7", r)
	}
}

// TestGrid works on 2 by 2 cells of side 1.
func TestGrid(t *testing.T) {
	g := Grid{Half: 1, Cells: 2}
	if g.Cell(-0.5, -0.5) != 0 || g.Cell(0.5, -0.5) != 1 || g.Cell(-0.5, 0.5) != 2 || g.Cell(1, 0) != -1 || g.Cell(0, math.NaN()) != -1 {
		t.Error("cells are numbered otherwise")
	}
	if x, y := g.Centre(2); x != -0.5 || y != 0.5 {
		t.Errorf("centre of cell 2: found %v %v, want -0.5 0.5", x, y)
	}
	shares := g.Shares([]float32{-0.5, -0.5, 0.5, -0.5, 0.2, -0.9, 3, 3})
	for i, want := range []float64{0.25, 0.5, 0, 0} {
		near(t, "share", shares[i], want, 1e-12)
	}
	// |.25-.5| + |.5-.5| + 0 + 0 and .25 outside: half of .5.
	near(t, "total variation", TotalVariation(shares, []float64{0.5, 0.5, 0, 0}), 0.25, 1e-12)
	near(t, "in support", InSupport(shares, []float64{0, 0.9, 0.1, 0.001}), 0.5, 1e-12)
	// Cells of area 1: of itself the uniform half has -log 2; of (1/4, 1/2, 1/4, 0), given
	// as (1, 2, 1, 0), it has (log 1/4 + log 1/2) / 2.
	half := []float64{0.5, 0.5, 0, 0}
	near(t, "log-likelihood of itself", g.LogLikelihood(half, half), -math.Ln2, 1e-12)
	near(t, "log-likelihood", g.LogLikelihood(half, []float64{1, 2, 1, 0}), -1.5*math.Ln2, 1e-12)
	near(t, "log-likelihood in smaller cells", Grid{Half: 0.5, Cells: 2}.LogLikelihood(half, half), math.Ln2, 1e-12)
	if v := g.LogLikelihood(half, []float64{0, 1, 0, 0}); !(v < -40) || math.IsInf(v, 0) {
		t.Errorf("data where the model has nothing: found %v, want a low finite number", v)
	}
}
