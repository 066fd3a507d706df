package studio

import (
	"math"
	"slices"
	"strings"
	"testing"

	"ebmstudio/evaluation"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Every contender spends the same on a level, and has knobs that the model knows.
func TestContenders(t *testing.T) {
	_, o := (&fake{c: 2, h: 1, w: 1}).open(t, 0)
	o.Model.Diffuse = func(_ sampling.Key, x sampling.Images, _ sampling.Settings) (sampling.Images, error) { return x, nil }
	table := SamplerTable{Model: o, Settings: sampling.Settings{"step_scale": 2}, Steps: 15, LastSteps: 75}
	for _, c := range table.contenders() {
		spent := c.settings["steps_1"]
		if c.sampler == SamplerHMC {
			spent *= 5
		}
		if spent != 75 || c.settings["step_scale"] != 2 || c.settings["step_rule"] != 0 {
			t.Errorf("%s: found %v, want 75 evaluations on the cleanest level and the table's settings", c.name, c.settings)
		}
		if c.settings["resample"] != 0 {
			t.Errorf("%s: found it resampled, though nothing is asked", c.name)
		}
	}
	table.Expression = "low AND high"
	if all := table.contenders(); !slices.ContainsFunc(all, func(c contender) bool { return c.settings["resample"] == 1 }) {
		t.Error("found nothing resampled, though something is asked")
	}
	for _, test := range []struct {
		table SamplerTable
		want  string
	}{
		{SamplerTable{Model: o, Steps: 4, Seeds: []uint64{1}, Chains: 8}, "want at least 5"},
		{SamplerTable{Model: o, Steps: 5, Chains: 8}, "0 seeds"},
		{SamplerTable{Model: &Opened{Model: &models.Model{}}, Steps: 5}, "no noise levels"},
		{SamplerTable{Model: &Opened{Model: &models.Model{C: 3, H: 4, W: 4, Diffuse: o.Model.Diffuse}}, Steps: 5, Seeds: []uint64{1}, Chains: 8}, "no judge"},
	} {
		if err := test.table.check(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("found %v, want %q", err, test.want)
		}
	}
}

// The floor's draws are exact: their total variation falls with the square root of their
// number.
func TestExactShares(t *testing.T) {
	masses := []float64{0.1, 0, 0.6, 0.3}
	for _, n := range []int{1000, 100_000} {
		shares, err := exactShares(masses, n, 3)
		if err != nil {
			t.Fatal(err)
		}
		if d := evaluation.TotalVariation(shares, masses); !(d > 0 && d < 2/math.Sqrt(float64(n))) || shares[1] != 0 {
			t.Errorf("%d draws: found %v, %v from the masses", n, shares, d)
		}
	}
}

func TestOverSeeds(t *testing.T) {
	all := overSeeds([][]SamplerMeasure{{{Name: "right", Mean: 1}}, {{Name: "right", Mean: 3}}})
	if len(all) != 1 || all[0].Mean != 2 || math.Abs(all[0].Spread-math.Sqrt2) > 1e-12 {
		t.Errorf("found %+v, want 2 and the standard deviation of 1 and 3", all)
	}
	text := SamplerMarkdown([]SamplerRow{{Sampler: "MALA", Evaluations: 90, Seconds: 1.25, Measures: all}})
	if want := "| MALA | 90 | 1.2 | 2.000 ± 1.414 |"; !strings.Contains(text, want) {
		t.Errorf("found %q, want %q", text, want)
	}
}

// What a judge must find: classes that are wanted, the opposite of those that are not.
func TestWantedLabels(t *testing.T) {
	m := &models.Model{Labels: []string{"hat", "no hat", "smile", "no smile"}, Attributes: [][2]int{{0, 1}, {2, 3}}}
	found, err := wantedLabels(m, []Term{{Weight: 1, Labels: []int{0}}, {Weight: -1, Labels: []int{2}}, {Weight: 1}})
	if err != nil || !slices.Equal(found, []int{0, 3}) {
		t.Errorf("found %v, %v, want hat and no smile", found, err)
	}
	if _, err := wantedLabels(m, []Term{{Any: [][]Term{{}, {}}}}); err == nil {
		t.Error("found no error for alternatives")
	}
}
