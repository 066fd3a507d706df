package studio

import (
	"math"
	"slices"
	"testing"

	"ebmstudio/sampling"
)

// TestOutliersOfFaces: a model whose energy is the total variation must agree with the
// score of that name; another that knows nothing is at chance.
func TestOutliersOfFaces(t *testing.T) {
	f := &fake{c: 3, h: 16, w: 16}
	s, o := f.open(t, 0)
	constant := false
	o.Model.Score = func(x sampling.Images, _ sampling.Settings) ([]float32, map[string][]float32, error) {
		score := make([]float32, x.N)
		for i := range score {
			var sum float32
			for j, v := range x.Image(i) {
				if j%16 < 15 && !constant {
					sum += max(v-x.Image(i)[j+1], x.Image(i)[j+1]-v)
				}
			}
			score[i] = sum
		}
		return score, nil, nil
	}
	black := OutlierSet{"black", sampling.NewImages(3, 3, 16, 16)}
	ask := OutlierRequest{Model: o, Data: facesData, Count: 24, Seed: 1, Others: []OutlierSet{black}}
	rows, err := s.Outliers(deadline(t), ask)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range rows {
		names = append(names, r.Set)
		switch r.Set {
		case "black", setConstant:
			if r.Model != 0 || r.Variation != 0 {
				t.Errorf("%+v: want pictures of one colour below all others", r)
			}
		case setFlipped:
			// A sum in another order rounds otherwise, which parts what is equal.
			if math.Abs(r.Model-0.5) > 0.02 || math.Abs(r.Variation-0.5) > 0.02 {
				t.Errorf("%+v: want chance, since upside down the variation is the same", r)
			}
		case setNoise:
			if r.Model != 1 || r.Gaussian != 1 || r.Variation != 1 {
				t.Errorf("%+v: want noise above all faces", r)
			}
		}
	}
	if want := []string{"black", setPairs, setFlipped, setPermuted, setNoise, setConstant}; !slices.Equal(names, want) {
		t.Errorf("sets %q, want %q", names, want)
	}
	constant = true
	if rows, err = s.Outliers(deadline(t), ask); err != nil || slices.ContainsFunc(rows, func(r OutlierRow) bool { return r.Model != 0.5 }) {
		t.Errorf("a constant score: %+v (%v), want chance", rows, err)
	}
	ask.Data = "moons"
	if _, err := s.Outliers(deadline(t), ask); err == nil {
		t.Error("points are taken for pictures")
	}
}
