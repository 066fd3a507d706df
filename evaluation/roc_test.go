package evaluation

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func normals(r *rand.Rand, n int, mean float64) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(mean + r.NormFloat64())
	}
	return v
}

// TestAreaIntervalCovers draws many pairs of small sets whose true area is known, that
// of two normal distributions, and counts how often the interval holds it.
func TestAreaIntervalCovers(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for _, apart := range []float64{0, 0.8, 2.5} {
		truth := 0.5 * math.Erfc(-apart/2) // Phi(apart / sqrt 2)
		held := Rate{}
		for range 2000 {
			a := AreaOf(normals(r, 30, 0), normals(r, 40, apart))
			held.Add(a.Low <= truth && truth <= a.High)
		}
		// 95 % up to what 2000 draws and a method for small sets leave open.
		if v := held.Value(); v < 0.93 || v > 0.985 {
			t.Errorf("sets %g apart: the interval holds the area in %.3f of the draws, want 0.95", apart, v)
		}
	}
}

func TestAreaIntervalEdges(t *testing.T) {
	if a := AreaOf([]float32{1, 2, 3}, []float32{4, 5, 6}); a.Value != 1 || a.High != 1 || a.Low <= 0.3 || a.Low >= 0.9 {
		t.Errorf("all above: %+v, want 1 with a wide interval below it", a)
	}
	if a := AreaOf([]float32{4, 5, 6}, []float32{1, 2, 3}); a.Value != 0 || a.Low != 0 || a.High <= 0.1 || a.High >= 0.7 {
		t.Errorf("all below: %+v, want 0 with a wide interval above it", a)
	}
	if a := AreaOf(nil, []float32{1}); a.Low == a.Low {
		t.Errorf("of nothing: %+v", a)
	}
}

// TestROC: from corner to corner, never falling, and the area below it is the AUROC;
// every point says what its threshold does.
func TestROC(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	in, out := normals(r, 70, 0), normals(r, 50, 1)
	in[3], out[4], out[5] = out[2], out[2], out[2] // ties
	curve := ROC(in, out)
	var area float64
	for i, p := range curve {
		if above := Above(in, p.Threshold).Value(); i > 0 && above != p.FPR || i > 0 && Above(out, p.Threshold).Value() != p.TPR {
			t.Fatalf("point %d: %+v, but %v of in is above", i, p, above)
		}
		if i > 0 {
			last := curve[i-1]
			if p.FPR < last.FPR || p.TPR < last.TPR || p.Threshold >= last.Threshold {
				t.Fatalf("point %d: %+v after %+v", i, p, last)
			}
			area += (p.FPR - last.FPR) * (p.TPR + last.TPR) / 2
		}
	}
	first, last := curve[0], curve[len(curve)-1]
	if first.FPR != 0 || first.TPR != 0 || last.FPR != 1 || last.TPR != 1 {
		t.Errorf("from %+v to %+v, want corner to corner", first, last)
	}
	if want := AUROC(in, out); math.Abs(area-want) > 1e-12 {
		t.Errorf("area %v, AUROC %v", area, want)
	}
	if at := ThresholdAt(in, out, 0.95); Above(out, at).Value() < 0.95 {
		t.Errorf("at %v only %v of the outliers is above", at, Above(out, at).Value())
	}
	if ROC(nil, out) != nil {
		t.Error("a curve of nothing")
	}
}

func TestBorderline(t *testing.T) {
	scores := []float32{5, 1, float32(math.NaN()), 3, 2.5, 9}
	if found := Borderline(scores, 2.9, 3); !slices.Equal(found, []int{1, 4, 3}) {
		t.Errorf("nearest to 2.9: %v, want those of 1, 2.5 and 3", found)
	}
	if found := Borderline(scores, 0, 100); len(found) != 5 {
		t.Errorf("all: %v", found)
	}
}

func TestHistogram(t *testing.T) {
	sum := func(v []int) (n int) {
		for _, k := range v {
			n += k
		}
		return n
	}
	h := NewHistogram([]float32{0, 1, 2, 3}, []float32{4, float32(math.NaN())}, 4)
	if h.Low != 0 || h.High != 4 || !slices.Equal(h.In, []int{1, 1, 1, 1}) || !slices.Equal(h.Out, []int{0, 0, 0, 1}) {
		t.Errorf("found %+v", h)
	}
	r := rand.New(rand.NewPCG(2, 2))
	far := normals(r, 100, 1e6)
	if h = NewHistogram(normals(r, 100, 0), far, 30); sum(h.In) != 100 || h.Above != 100 || slices.Max(h.In) > 60 {
		t.Errorf("one set far away: %+v, want the other to be seen and the rest counted", h)
	}
	if h = NewHistogram([]float32{2}, []float32{2}, 3); sum(h.In) != 1 || h.High <= h.Low {
		t.Errorf("one value: %+v", h)
	}
	if h = NewHistogram(nil, nil, 3); sum(h.In)+sum(h.Out) != 0 {
		t.Errorf("of nothing: %+v", h)
	}
}

func TestRanks(t *testing.T) {
	nan := float32(math.NaN())
	found := Ranks([]float32{10, 1000, nan, -5, 10})
	if want := []float32{0.5, 1, 0, 0, 0.5}; found[2] == found[2] {
		t.Errorf("no number has rank %v", found[2])
	} else if found[2] = 0; !slices.Equal(found, want) {
		t.Errorf("ranks %v, want %v", found, want)
	}
	if one := Ranks([]float32{7}); one[0] != 0.5 {
		t.Errorf("of one score: %v", one)
	}
}
