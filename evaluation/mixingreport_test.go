package evaluation

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// walked are chains of 400 steps: independent values around centres, with pictures of
// four pixels that follow.
func walked(centres ...float64) Walks {
	r := rand.New(rand.NewPCG(1, 2))
	w := Walks{From: 400, To: 799, Of: "the second half of the run", Features: []Series{{Name: "brightness"}}}
	for _, centre := range centres {
		var e, f []float64
		for range 400 {
			e = append(e, centre+r.NormFloat64())
			f = append(f, centre+r.NormFloat64())
		}
		picture := func() []float64 { return []float64{r.Float64(), r.Float64(), r.Float64(), centre} }
		w.Energy, w.Features[0].Values = append(w.Energy, e), append(w.Features[0].Values, f)
		w.First, w.Last = append(w.First, picture()), append(w.Last, picture())
	}
	return w
}

func TestMixingInWords(t *testing.T) {
	good := MixingOf(walked(0, 0, 0, 0))
	apart := MixingOf(walked(0, 0, 5, 0))
	stay := walked(0, 0, 0, 0)
	stay.First[2] = stay.Last[2]
	refused := walked(0, 0, 0, 0)
	for range stay.Energy {
		refused.Accepted = append(refused.Accepted, make([]float64, 400))
	}
	pictures := walked(0, 0, 0, 0)
	pictures.Features = walked(0, 3, 6, 9).Features
	short := walked(0, 0)
	for i := range short.Energy {
		short.Energy[i] = short.Energy[i][:7]
	}
	for _, c := range []struct {
		name  string
		m     Mixing
		mixed bool
		want  string
	}{
		{"good", good, true, "Mixed, as far as these numbers tell"},
		{"good", good, true, "No chain is stuck."},
		{"apart", apart, false, "the chains' energies have not come to agree"},
		{"stay", MixingOf(stay), false, "Stuck: chain 3."},
		{"refused", MixingOf(refused), false, "fewer than 2 % of the proposals are accepted"},
		{"pictures", MixingOf(pictures), false, "the energies agree but the pictures do not"},
		{"short", MixingOf(short), false, "Too few steps"},
		{"none", MixingOf(Walks{Of: "the run"}), false, "Too few steps"},
	} {
		text := strings.Join(c.m.Words(), "\n")
		if c.m.Mixed() != c.mixed || !strings.Contains(text, c.want) {
			t.Errorf("%s: found mixed %v and\n%s\nwant mixed %v and %q", c.name, c.m.Mixed(), text, c.mixed, c.want)
		}
		if strings.Contains(text, "NaN") || strings.Contains(text, "%!") {
			t.Errorf("%s: the words are broken:\n%s", c.name, text)
		}
	}
	if d := good.Distances; d[0][1] != d[1][0] || d[2][2] != 0 || !(good.Typical > 0) {
		t.Errorf("found distances %v", d)
	}
	if math.Abs(good.Energy.BulkESS/1600-1) > 0.15 {
		t.Errorf("found an effective sample size of %v of 1600 independent values", good.Energy.BulkESS)
	}
}
