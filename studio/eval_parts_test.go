package studio

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ebmstudio/evaluation"
	"ebmstudio/sampling"
)

// TestChainHealth: chains of fine steps in a bowl are nearly always right and agree; of
// steps as long as the bowl is wide a test would refuse some, and MALA says so itself.
func TestChainHealth(t *testing.T) {
	f := &fake{}
	_, o := f.open(t, 0)
	health := func(sampler string, set sampling.Settings) *evaluation.Chains {
		r := recipe(o, 8, set)
		r.Sampler = sampler
		c, err := chainHealth(t.Context(), o, r, func(done, of int) {})
		if err != nil || c == nil || c.Accepted == nil || c.PerESS == nil {
			t.Fatalf("%s: found %+v (%v)", sampler, c, err)
		}
		return c
	}
	fine := health(SamplerFamily, sampling.Settings{"step_size": 0.005, "step_noise": 0.1})
	coarse := health(SamplerFamily, sampling.Settings{"step_size": 0.72, "step_noise": 0.012})
	if math.Abs(fine.Temperature-1) > 1e-6 || math.Abs(coarse.Temperature-0.0001) > 1e-6 || !fine.Unadjusted {
		t.Errorf("temperatures: found %v and %v, want 1 and 0.0001", fine.Temperature, coarse.Temperature)
	}
	if *fine.Accepted < 0.98 || *coarse.Accepted > 0.9 || *coarse.Accepted < 0.05 {
		t.Errorf("accepted: found %v of fine and %v of coarse steps, want nearly all and some", *fine.Accepted, *coarse.Accepted)
	}
	if fine.Chains != 8 || fine.Steps != evalChainSteps/2 || fine.Gradients != 8*evalChainSteps/2 || *coarse.RHat > 1.05 {
		t.Errorf("found %+v of fine steps and R-hat %v of coarse ones", fine, *coarse.RHat)
	}
	if m := health(SamplerMALA, sampling.Settings{"delta": 0.05}); m.Unadjusted || *m.Accepted < 0.05 || *m.Accepted > 0.999 {
		t.Errorf("MALA: found %+v", m)
	}
}

// TestInside: coverage is told of each thing asked alone, so that samples of one of two
// things cover half; where one has too few pictures nothing is told.
func TestInside(t *testing.T) {
	q := row{asks: []ask{{}, {}}}
	var real [2][][]float32
	for i := range 16 {
		real[0], real[1] = append(real[0], []float32{float32(i)}), append(real[1], []float32{1000 + float32(i)})
	}
	if v := inside(q, func(a int) (_, samples [][]float32) { return real[a], real[0] }); v == nil || *v != 0.5 {
		t.Errorf("samples of one thing: found %v, want 0.5", v)
	}
	if v := inside(q, func(a int) (_, samples [][]float32) { return real[a], real[a][:5*(1-a)+2] }); v != nil {
		t.Errorf("two samples of one thing: found %v, want nothing", *v)
	}
}

// TestPlots: a report has a plot of each part, a bar a row and column; what a stopped one
// lacks has none.
func TestPlots(t *testing.T) {
	kid := 0.01
	m := evaluation.Manifold{Neighbours: 5, Precision: 1, Coverage: 0.5}
	r := EvalReport{
		Judging: &evaluation.Judging{Name: "judge"},
		Cells: []evaluation.Cell{
			{Row: "seen", Column: columnBoth, ByAsked: []evaluation.Counted{{}}, Asked: evaluation.Rate{Right: 1, Of: 2}, Distances: evaluation.Distances{KID: &kid, Places: &m}, Inception: &evaluation.Distances{FD: &kid}},
			{Row: "seen", Column: columnEnergy, ByAsked: []evaluation.Counted{{}}, Asked: evaluation.Rate{Of: 2}},
			{Row: "not", Column: columnBoth, ByAsked: []evaluation.Counted{{}}},
		},
		Inpainting: filledOf([]filled{{chains: Fidelity{PSNR: 9}}, {chains: Fidelity{PSNR: 11}, unchanged: evaluation.Rate{Right: 3, Of: 4}}}),
		Outliers:   []evaluation.Outlier{{Set: "noise", Score: "m", Area: evaluation.Area{Value: 1}}, {Set: "noise", Score: "gaussian", Trivial: true}},
	}
	r.Training = &evaluation.Training{Runs: []evaluation.TrainingHealth{{Name: "one", Gap: evaluation.Mean{Value: -0.5, Half: 0.1}}}}
	var names []string
	for _, p := range plotsOf(r) {
		names = append(names, p.name)
	}
	if want := []string{"right", "places", "distances", "fid", "holes", "outliers", "training"}; !slices.Equal(names, want) {
		t.Errorf("found plots %q, want %q", names, want)
	}
	right := rightBars(r.Cells)
	if len(right.Groups) != 2 || len(right.Series) != 2 || right.Series[0].Values[0] != 0.5 || !math.IsNaN(right.Series[1].Values[1]) {
		t.Errorf("right: found %+v, want two rows of two columns, one of them empty", right)
	}
	if h := r.Inpainting; h.Rows[1].PSNR.Value != 10 || h.Unchanged != (evaluation.Rate{Right: 3, Of: 4}) {
		t.Errorf("filled: found %+v, want 10 dB and 3 of 4 unchanged", h)
	}
	dir := t.TempDir()
	if err := SaveEvalFolder(dir, r); err != nil {
		t.Fatal(err)
	}
	r.Complete = true
	if err := SaveEvalFolder(dir, r); err != nil {
		t.Fatal(err)
	}
	for _, less := range []EvalReport{{}, {Asked: evaluation.Asked{Seed: 1}}} {
		if err := SaveEvalFolder(dir, less); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "report.json"))
		if err != nil {
			t.Fatal(err)
		}
		if was, err := ParseEvalReport(text); err != nil || was.Complete != less.Same(r.Asked) {
			t.Errorf("half a report with seed %d: found complete %v (%v)", less.Seed, was.Complete, err)
		}
	}
	for _, name := range []string{"report.json", "report.md", "plots/right.png", "plots/outliers.svg"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// TestTrainingRun: a history's energies, memory and end; one of a judge has none.
func TestTrainingRun(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "history.jsonl"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"iteration":10,"seconds":1,"metrics":{"energy_data":-1,"energy_samples":2},"resident":5}
{"iteration":20,"seconds":2,"metrics":{"energy_data":-1,"energy_samples":3},"resident":7}
{"iteration":21,"seconds":2,"metrics":null,"diverged":"loss is NaN"}
`)
	r, err := trainingRun(dir)
	if err != nil || len(r.Measured) != 2 || r.Measured[1].Samples != 3 || r.Memory != 7 || r.Diverged != "loss is NaN" || r.Name != filepath.Base(dir) {
		t.Errorf("found %+v (%v)", r, err)
	}
	write(`{"iteration":10,"seconds":1,"metrics":{"loss":1}}`)
	if _, err := trainingRun(dir); err == nil {
		t.Error("no energies: want an error")
	}
}
