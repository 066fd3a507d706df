package studio

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

func TestReadMixture(t *testing.T) {
	for text, want := range map[string]string{
		"a.pt": "a.pt: 1*0",
		"dir/hat.safetensors AND NOT 0.5*glasses-2.safetensors": "dir/hat.safetensors glasses-2.safetensors: 1*0 -0.5*1",
		`"my hat.pt:long hair" + 2*b - b`:                       "my hat.pt:long hair b: 1*0 2*1 -1*1",
		"0.5*(a + b)":                                           "a b: 0.5*0 0.5*1",
		"a AND (b OR c) ":                                       "a b c: 1*0 1*any[1*1|1*2]",
		"a OR b AND 0.5*a":                                      "a b: 1*any[1*0|1*1 0.5*0]",
	} {
		names, terms, err := ReadMixture(text)
		if found := strings.Join(names, " ") + ": " + shape(terms); err != nil || found != want {
			t.Errorf("%s: found %s (%v), want %s", text, found, err, want)
		}
	}
	for text, want := range map[string]string{
		"":            `compose "": found no models, want at least one, such as a.safetensors AND NOT b.safetensors`,
		"0*a":         `compose "0*a": the weight of term 1 (a) is 0, want one term that weighs something`,
		"0*a AND 0*b": `compose "0*a AND 0*b": the weights of term 1 (a), term 2 (b) are all 0, want one term that weighs something`,
		"a OR 0*b":    `compose "a OR 0*b": term 1, alternative 2: the weight of term 1 (b) is 0, want one term that weighs something`,
		"a AND":       `compose "a AND": character 6: found the end, want a model`,
		"a b":         `compose "a b": character 3: found "b", want AND, OR, + or - before it`,
		"NOT (a + b)": `compose "NOT (a + b)": character 1: found NOT before a group, want it before one model`,
		`"a`:          `compose "\"a": character 1: found a quotation mark that is not closed`,
		"a AND AND b": `compose "a AND AND b": character 7: found AND, want a model`,
	} {
		if _, _, err := ReadMixture(text); err == nil || err.Error() != want {
			t.Errorf("%s: found %v, want %s", text, err, want)
		}
	}
}

// shape is terms in a short form.
func shape(terms []Term) string {
	var all []string
	for _, t := range terms {
		s := trimFloat(t.Weight) + "*"
		if t.Any == nil {
			s += trimFloat(float64(t.Labels[0]))
		} else {
			var either []string
			for _, alternative := range t.Any {
				either = append(either, shape(alternative))
			}
			s += "any[" + strings.Join(either, "|") + "]"
		}
		all = append(all, s)
	}
	return strings.Join(all, " ")
}

func trimFloat(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// pair is a mixture of two bowls: one around 0, one around 1 whose pixels lie in -1..1.
func pair(t *testing.T) (*Studio, *Opened) {
	t.Helper()
	f := new(fake)
	s, o := f.open(t, 0)
	m := *f.model(1)
	m.Lo, m.Hi, m.Name = -1, 1, "other"
	other := &Opened{Name: "other.pt", SHA256: "0123", Model: &m, warm: map[string]bool{}}
	both, err := s.Mix([]Part{{Opened: o, Label: "low"}, {Opened: other}})
	if err != nil {
		t.Fatal(err)
	}
	s.opened = append(s.opened, other)
	return s, both
}

// TestMixture: the sum of two bowls 1/2 (x-0)^2 and 1/2 (2x-1 - 1)^2 is least at x = 0.8.
func TestMixture(t *testing.T) {
	s, o := pair(t)
	if want := []string{"bowl:low", "other"}; !slices.Equal(o.Model.Labels, want) {
		t.Fatalf("classes %q, want %q", o.Model.Labels, want)
	}
	quiet := sampling.Settings{"steps": 200, "step_size": 0.1, "step_noise": 0}
	for expression, want := range map[string]float64{
		"": 0.8, `"bowl:low" AND other`: 0.8, "0.5*other + 2*0": 0.5, "other": 1, "0 OR other": -1, "other - 0.5*0": 1,
	} {
		r := recipe(o, 2, quiet)
		if err := r.Ask(o.Model, expression); err != nil {
			t.Fatal(err)
		}
		res, err := run(t, s, o, r).Result()
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range res.Pictures.Data {
			apart := math.Abs(float64(v) - want)
			if want < 0 { // either of the two bowls
				apart = min(math.Abs(float64(v)), math.Abs(float64(v)-1))
			}
			if apart > 1e-3 {
				t.Errorf("%q: a pixel of %v, want %v", expression, v, want)
				break
			}
		}
	}
}

// TestMixtureIsReproduced: a saved picture says of which files it was made.
func TestMixtureIsReproduced(t *testing.T) {
	s, o := pair(t)
	r := recipe(o, 2, sampling.Settings{"steps": 5})
	if err := r.Ask(o.Model, "0.5*other - 0.25*0"); err != nil {
		t.Fatal(err)
	}
	res, err := run(t, s, o, r).Result()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.png")
	if err := SavePicture(path, res, 1); err != nil {
		t.Fatal(err)
	}
	saved, _, _, err := ReadPicture(path)
	if err != nil {
		t.Fatal(err)
	}
	if parts := saved.Checkpoint.Parts; len(parts) != 2 || parts[1].SHA256 != "0123" || parts[0].Label != "low" || parts[1].As != "other" {
		t.Fatalf("found parts %+v", parts)
	}
	c, err := s.Reproduce(deadline(t), path, nil, nil)
	if err != nil || !c.Exact {
		t.Fatalf("%v, %v", c, err)
	}
	s.Forget(s.Models()[1])
	if _, err := s.Reproduce(deadline(t), path, nil, nil); err == nil || !strings.Contains(err.Error(), `part 2 of "bowl:low, other": its checkpoint "other.pt"`) {
		t.Errorf("without a part: %v", err)
	}
}

func TestMixtureRefuses(t *testing.T) {
	f := new(fake)
	s, o := f.open(t, 0)
	changed := func(change func(*models.Model)) Part {
		m := *o.Model
		change(&m)
		return Part{Opened: &Opened{Name: "b.pt", Model: &m, warm: map[string]bool{}}}
	}
	for want, part := range map[string]Part{
		"compose: term 2 (b): found pictures of 1x8x5 (channels, height, width), want 1x4x5 as of term 1 (bowl)": changed(func(m *models.Model) { m.H = 8 }),
		"compose: term 2 (b): found pictures of 3x4x5 (channels, height, width), want 1x4x5 as of term 1 (bowl)": changed(func(m *models.Model) { m.C = 3 }),
		"compose: term 2 (b): found a model without an energy, such as a judge":                                  changed(func(m *models.Model) { m.At = nil }),
		"compose: term 2 (b): found a model of 2 noise levels (log-SNR 9.8 to -5.1), want a model without noise levels as term 1 (bowl): energies are added at the same noise": changed(func(m *models.Model) {
			m.Levels = []float64{9.8, -5.1}
			m.Diffuse = func(sampling.Key, sampling.Images, sampling.Settings) (sampling.Images, error) {
				return sampling.Images{}, nil
			}
		}),
	} {
		if _, err := s.Mix([]Part{{Opened: o}, part}); err == nil || err.Error() != want {
			t.Errorf("found %v, want %s", err, want)
		}
	}
	if _, err := s.Mix(nil); err == nil {
		t.Error("an empty mixture is made")
	}
	if _, err := s.Mix([]Part{{Opened: o, Label: "middle"}}); err == nil || !strings.Contains(err.Error(), `term 1 (bowl:middle): unknown class "middle"`) {
		t.Errorf("an unknown class: %v", err)
	}
	both, err := s.Mix([]Part{{Opened: o}, {Opened: o}})
	if err != nil || both.Model.Labels[1] != "bowl (2)" {
		t.Fatalf("the same model twice: %v", err)
	}
	r := recipe(both, 2, nil)
	r.Terms = []Term{{Labels: []int{0}, Name: "bowl"}, {Labels: []int{1}}}
	if err := both.Check(r); err == nil || err.Error() != "recipe: the weights of term 1 (bowl), term 2 are all 0, want one term that weighs something" {
		t.Errorf("weights of 0: %v", err)
	}
	r.Terms = []Term{{Weight: 1, Latents: [][]float32{{1, 2, 3}}}}
	if err := o.Check(r); err == nil || err.Error() != "term 1: found a latent of 3 numbers, want 2" {
		t.Errorf("a latent of another length: %v", err)
	}
}

// TestLedger: rows add up to the total, and the cosines say which terms pull together.
func TestLedger(t *testing.T) {
	s, o := pair(t)
	r := recipe(o, 1, nil)
	if err := r.Ask(o.Model, "2*0 AND -0.5*other AND (0 OR other)"); err != nil {
		t.Fatal(err)
	}
	x := sampling.NewImages(1, 1, 4, 5)
	for i := range x.Data {
		x.Data[i] = 0.5
	}
	l, err := s.Ledger(deadline(t), o, r, x)
	if err != nil {
		t.Fatal(err)
	}
	type line struct {
		name, part       string
		energy, gradient float64
	}
	// At 0.5 the first bowl has 20 pixels of 1/8 and slopes of 1/2, the other 20 of 1/2 and -2.
	side := math.Sqrt(20)
	want := []line{
		{"bowl:low", "", 5, side},
		{"other", "", -5, side},
		{"any", "", 2.5, side / 2},
		{"any", "alternative 1", 2.5, side / 2},
		{"any", "alternative 2", 10, 2 * side},
		{"total", "", 2.5, 2.5 * side},
	}
	if len(l.Rows) != len(want) {
		t.Fatalf("found %+v", l.Rows)
	}
	for i, w := range want {
		found := l.Rows[i]
		if found.Name != w.name || found.Part != w.part || math.Abs(float64(found.Energy[0])-w.energy) > 1e-4 || math.Abs(float64(found.Gradient[0])-w.gradient) > 1e-4 {
			t.Errorf("row %d: found %+v, want %+v", i, found, w)
		}
	}
	if c := l.Cosine; math.Abs(float64(c[0][1][0])-1) > 1e-6 || math.Abs(float64(c[0][2][0])-1) > 1e-6 {
		t.Errorf("cosines %v, want 1: all point up", l.Cosine)
	}
}

// scaledBowl is a bowl seen as two.
type scaledBowl struct{ low, high bowl }

func (b scaledBowl) both() sampling.Sum {
	return sampling.Sum{{Weight: 1, Energy: b.low}, {Weight: 1, Energy: b.high}}
}

func (b scaledBowl) Value(x sampling.Images) ([]float32, error) { return b.both().Value(x) }

func (b scaledBowl) Eval(x sampling.Images) ([]float32, sampling.Images, error) {
	return b.both().Eval(x)
}

func (b scaledBowl) Scales() []string { return []string{"full", "half"} }

func (b scaledBowl) OfScales(x sampling.Images, _ bool) ([][]float32, []sampling.Images, error) {
	e, g, err := b.low.Eval(x)
	f, h, other := b.high.Eval(x)
	return [][]float32{e, f}, []sampling.Images{g, h}, errors.Join(err, other)
}

// TestLedgerOfScales: an energy of several views has a row for each.
func TestLedgerOfScales(t *testing.T) {
	f := new(fake)
	s, o := f.open(t, 0)
	o.Model.At = func(models.Given) (sampling.Energy, error) {
		return scaledBowl{bowl{centre: 0, k: 1, calls: &f.calls}, bowl{centre: 1, k: 1, calls: &f.calls}}, nil
	}
	x := sampling.NewImages(1, 1, 4, 5)
	l, err := s.Ledger(deadline(t), o, recipe(o, 1, nil), x)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	var sum float32
	for _, r := range l.Rows[1:] {
		names, sum = append(names, r.Part), sum+r.Energy[0]
	}
	if !slices.Equal(names, []string{"full", "half"}) || sum != l.Rows[0].Energy[0] || l.Rows[0].Name != "energy" {
		t.Errorf("found %+v", l.Rows)
	}
}
