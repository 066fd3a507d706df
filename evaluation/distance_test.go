package evaluation

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// waves are n vectors of d numbers that are easy to make in any language,
//
//	a sin(1.7 i + 2.3 j + 0.11 i j) + b cos(0.9 i j + j) + shift.
func waves(n, d int, a, b float64, shift float32) [][]float32 {
	rows := make([][]float32, n)
	for i := range rows {
		for j := range d {
			x, y := float64(i), float64(j)
			rows[i] = append(rows[i], float32(a*math.Sin(1.7*x+2.3*y+0.11*x*y)+b*math.Cos(0.9*x*y+y))+shift)
		}
	}
	return rows
}

func waveSets() (real, samples [][]float32) {
	return waves(40, 6, 1, 0.5, 0), waves(30, 6, 1.3, 0.9, 0.3)
}

// TestManifoldAgainstPRDC: what prdc 0.2, by the paper's authors, finds
// (compute_prdc(real_features, fake_features, nearest_k) of the waves in float64).
func TestManifoldAgainstPRDC(t *testing.T) {
	real, samples := waveSets()
	for _, want := range []Manifold{
		{Neighbours: 3, Precision: 0.9333333333333333, Recall: 0.925, Density: 0.5777777777777777, Coverage: 0.85},
		{Neighbours: 5, Precision: 1, Recall: 0.925, Density: 0.52, Coverage: 0.9},
	} {
		m, err := ManifoldOf(real, samples, want.Neighbours)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "precision", m.Precision, want.Precision, 1e-12)
		near(t, "recall", m.Recall, want.Recall, 1e-12)
		near(t, "density", m.Density, want.Density, 1e-12)
		near(t, "coverage", m.Coverage, want.Coverage, 1e-12)
	}
}

// TestManifoldByHand: on a line with k = 1, real 0, 1, 10 have balls of radius 1, 1 and
// 9, samples 0.5 and 30 of radius 29.5 each. The balls of 0 and of 1 hold
// 0.5, that of 10 barely not.
func TestManifoldByHand(t *testing.T) {
	m, err := ManifoldOf([][]float32{{0}, {1}, {10}}, [][]float32{{0.5}, {30}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "precision", m.Precision, 0.5, 1e-12)
	near(t, "recall", m.Recall, 1, 1e-12)
	near(t, "density", m.Density, 1, 1e-12)
	near(t, "coverage", m.Coverage, 2.0/3, 1e-12)
	real, _ := waveSets()
	if m, _ = ManifoldOf(real, real, 5); m.Precision != 1 || m.Recall != 1 || m.Coverage != 1 {
		t.Errorf("of itself: found %+v, want everything covered", m)
	}
	collapsed := slices.Repeat(real[:1], len(real))
	if m, _ = ManifoldOf(real, collapsed, 5); m.Precision != 1 || m.Coverage > 0.4 || m.Recall != 0 {
		t.Errorf("one picture repeated: found %+v, want it precise, and little covered", m)
	}
}

// TestFDAgainstSciPy: numpy.cov and scipy.linalg.sqrtm of SciPy 1.17.1, as pytorch-fid
// uses them, and, where four vectors leave the covariance singular, eigvals of the
// product.
func TestFDAgainstSciPy(t *testing.T) {
	real, samples := waveSets()
	for name, c := range map[string]struct {
		of   [][]float32
		want float64
	}{"30 vectors": {samples, 1.6631336680421394}, "4 vectors": {samples[:4], 5.1772624084427346}} {
		d, err := FD(real, c.of)
		if err != nil {
			t.Fatal(err)
		}
		near(t, name, d, c.want, 1e-7) // eigvals finds the zeros of a singular product to 1e-16, whose roots are 1e-8
	}
}

// TestFDOfFewVectors: numpy 1.24's eigvals of the product of covariances that are both, or
// of which one is, of fewer vectors than numbers, without those below 1e-13 of the largest.
func TestFDOfFewVectors(t *testing.T) {
	for n, want := range map[int]float64{20: 23.229830157322, 70: 30.358473836449974} {
		d, err := FD(waves(n, 50, 1, 0.5, 0), waves(30, 50, 1.3, 0.9, 0.3))
		if err != nil {
			t.Fatal(err)
		}
		near(t, fmt.Sprintf("%d and 30 vectors of 50 numbers", n), d, want, 1e-6)
	}
}

// TestFDByHand: of one set from itself, moved by v, it is |v|^2; of numbers it is
// (m - n)^2 + (s - t)^2 by their deviations.
func TestFDByHand(t *testing.T) {
	real, _ := waveSets()
	moved := waves(40, 6, 1, 0.5, 0.5)
	d, err := FD(real, moved)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "moved by 0.5 in 6 numbers", d, 6*0.25, 1e-6)
	d, err = FD([][]float32{{-1}, {1}}, [][]float32{{2}, {8}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "numbers", d, 25+math.Pow(math.Sqrt(2)-math.Sqrt(18), 2), 1e-9)
}

// TestEigenvalues: the second difference of n places has 2 - 2 cos(pi k / (n+1)), in any
// frame; a reflection is one.
func TestEigenvalues(t *testing.T) {
	const n = 150
	difference := matrix(n, n)
	for i := range n {
		difference[i][i] = 2
		if i > 0 {
			difference[i][i-1], difference[i-1][i] = -1, -1
		}
	}
	frame := matrix(n, n) // I - 2 u u^T for the unit vector u of equal numbers
	for i := range n {
		for j := range n {
			frame[i][j] = -2.0 / n
		}
		frame[i][i]++
	}
	for name, m := range map[string][][]float64{"bare": difference, "reflected": products(products(frame, difference), frame)} {
		values := eigenvalues(m)
		slices.Sort(values)
		for k, v := range values {
			near(t, name, v, 2-2*math.Cos(math.Pi*float64(k+1)/(n+1)), 1e-12)
		}
	}
	if v := eigenvalues([][]float64{{3}}); len(v) != 1 || v[0] != 3 {
		t.Errorf("of a number: found %v, want 3", v)
	}
}

// TestCholesky: the triangle times itself is the covariance, one number of which never
// varies and one of which is another's double.
func TestCholesky(t *testing.T) {
	s := [][]float64{{4, 0, 2, 4}, {0, 0, 0, 0}, {2, 0, 5, 10}, {4, 0, 10, 20}}
	l := cholesky([][]float64{{4, 0, 2, 4}, {0, 0, 0, 0}, {2, 0, 5, 10}, {4, 0, 10, 20}})
	for i, row := range products(l, l) {
		for j, v := range row {
			near(t, "triangle times itself", v, s[i][j], 1e-12)
		}
	}
}

// TestNearestAgainstScikitLearn: NearestNeighbors(n_neighbors=1) of scikit-learn 1.9.1,
// divided by the root of 6.
func TestNearestAgainstScikitLearn(t *testing.T) {
	real, samples := waveSets()
	d, at, err := Nearest(samples, real)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.42901174190820096, 0.5247919190494036, 0.5259883505811874, 0.2925840023327015} {
		near(t, "distance", d[i], want, 1e-6)
	}
	if want := []int{0, 1, 2, 13, 4, 5, 6, 7}; !slices.Equal(at[:8], want) {
		t.Errorf("nearest: found %v, want %v", at[:8], want)
	}
	near(t, "median", median(d), 0.4858983098054606, 1e-6)
	// Far apart and longer than the stretch after which distances are given up.
	long := waves(20, 200, 1, 1, 0)
	d, at, err = Nearest(long[7:9], long)
	if err != nil || d[0] != 0 || d[1] != 0 || at[0] != 7 || at[1] != 8 {
		t.Errorf("of themselves: found %v at %v (%v), want 0 at 7 and 8", d, at, err)
	}
}

// TestMemory: half of the samples are copies.
func TestMemory(t *testing.T) {
	m, err := MemoryOf([]float64{0, 0.5, 0, 0.5}, []float64{0.4, 0.5, 0.6}, 10)
	if err != nil {
		t.Fatal(err)
	}
	if m.Copies != (Rate{2, 4}) || m.Samples != 4 || m.HeldOut != 3 || m.Train != 10 {
		t.Errorf("found %+v, want 2 copies of 4", m)
	}
	near(t, "samples' median", m.SampleDistance, 0.25, 1e-12)
	near(t, "held-out median", m.HeldOutDistance, 0.5, 1e-12)
	near(t, "nearer", m.Nearer.Value, (6+2*1.5)/12, 1e-12) // two nearer than three; two than one, and level with one
	if _, err := MemoryOf(nil, []float64{1}, 1); err == nil {
		t.Error("no samples: want an error")
	}
}

// TestFPRAt: the curve of scikit-learn 1.9.1 (roc_curve of minus the scores, the waves'
// first numbers, the first place where tpr is at least 0.95, and 0.8).
func TestFPRAt(t *testing.T) {
	column := func(rows [][]float32) (c []float32) {
		for _, row := range rows {
			c = append(c, row[0])
		}
		return c
	}
	in, out := column(waves(40, 1, 1, 0.5, 0)), column(waves(30, 1, 0.8, 0.7, 0.5))
	near(t, "FPR@95", FPRAt(in, out, 0.95), 0.6, 1e-12)
	near(t, "FPR@80", FPRAt(in, out, 0.8), 0.5666666666666667, 1e-12)
	near(t, "told apart", FPRAt([]float32{1, 2}, []float32{3, 4}, 0.95), 0, 0)
	near(t, "the wrong way round", FPRAt([]float32{3, 4}, []float32{1, 2}, 0.95), 1, 0)
	if v := FPRAt(nil, out, 0.95); !math.IsNaN(v) {
		t.Errorf("of nothing: found %v, want NaN", v)
	}
}

// TestDistancesRefuse names what is too few or odd.
func TestDistancesRefuse(t *testing.T) {
	nan := float32(math.NaN())
	for name, sets := range map[string][2][][]float32{
		"too few": {{{1}}, {{1}}}, "lengths": {{{1}, {2, 3}}, {{1}, {2}}}, "empty": {{{}, {}}, {{}, {}}}, "not finite": {{{1}, {nan}}, {{1}, {2}}},
	} {
		if _, err := FD(sets[0], sets[1]); err == nil {
			t.Errorf("FD of %s: want an error", name)
		}
	}
	if _, err := ManifoldOf([][]float32{{1}, {2}}, [][]float32{{1}, {2}}, 2); err == nil {
		t.Error("2 vectors for 2 neighbours: want an error")
	}
	if _, err := ManifoldOf([][]float32{{1}, {2}}, [][]float32{{1}, {2}}, 0); err == nil {
		t.Error("0 neighbours: want an error")
	}
}

// BenchmarkDistances is of vectors as long as those of the network that FID is of.
func BenchmarkDistances(b *testing.B) {
	for name, measure := range map[string]func(real, samples [][]float32) error{
		"FD":       func(real, samples [][]float32) error { _, err := FD(real, samples); return err },
		"KID":      func(real, samples [][]float32) error { _, err := KID(real, samples); return err },
		"manifold": func(real, samples [][]float32) error { _, err := ManifoldOf(real, samples, 5); return err },
	} {
		for _, n := range []int{1000, 3000} {
			real, samples := waves(n, 2048, 1, 0.5, 0), waves(n, 2048, 1.3, 0.9, 0.3)
			b.Run(fmt.Sprint(name, "/", n), func(b *testing.B) {
				for b.Loop() {
					if err := measure(real, samples); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
