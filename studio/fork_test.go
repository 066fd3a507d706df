package studio

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ebmstudio/sampling"
)

// fork is the job of a fork, run to its end.
func fork(t *testing.T, s *Studio, o *Opened, r Recipe, of *Job, step, chain int) *Job {
	t.Helper()
	j, err := s.Fork(o, r, of, step, chain, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Wait(deadline(t)); err != nil {
		t.Fatal(err)
	}
	return j
}

func sameEnd(t *testing.T, a, b *Job) bool {
	t.Helper()
	x, ok := a.Recording().Last()
	y, okToo := b.Recording().Last()
	if !ok || !okToo {
		t.Fatal("a run has no pictures")
	}
	return slices.Equal(x.Data, y.Data)
}

// A fork that changes nothing equals its run to the bit: from a kept state, from one
// some steps before, and from the recipe alone.
func TestAForkThatChangesNothingIsItsRun(t *testing.T) {
	for _, sampler := range Samplers() {
		for name, budget := range map[string]int64{"all states kept": 1 << 20, "few states kept": 1} {
			t.Run(sampler+", "+name, func(t *testing.T) {
				s, o := (&fake{}).open(t, budget)
				r := recipe(o, 3, sampling.Settings{"steps": 40})
				r.Sampler = sampler
				r.Acts = []Act{{Step: 5, Chain: 1, Do: Freeze}, {Step: 9, Chain: 2, Do: Noise, Amount: 0.2}, {Step: 21, Chain: 1, Do: Thaw}}
				whole := run(t, s, o, r)
				for _, step := range []int{0, 1, 9, 20, 37, 39} {
					f := fork(t, s, o, r, whole, step, EveryChain)
					if !sameEnd(t, f, whole) {
						t.Errorf("fork at step %d: its last pictures differ from the run's", step)
					}
					if again := run(t, s, o, f.Recipe()); !sameEnd(t, again, whole) || again.Parted() {
						t.Errorf("fork at step %d, made from its recipe alone: it differs", step)
					}
					if d := f.Recipe().Differences(o.Model); len(d) > 0 {
						t.Errorf("fork at step %d: found differences %q, want none", step, d)
					}
				}
				if n, ok := whole.Recording().Again(37); budget == 1 && (n == 0 || !ok) {
					t.Errorf("with a budget of 1 byte %d steps are walked again, want some", n)
				}
			})
		}
	}
}

func TestForksOfForks(t *testing.T) {
	s, o := (&fake{}).open(t, 0)
	r := recipe(o, 3, sampling.Settings{"steps": 30})
	whole := run(t, s, o, r)
	other := r.Clone()
	other.Seed, other.Terms = 9, []Term{{Weight: 2, Labels: []int{1}}}
	first := fork(t, s, o, other, whole, 10, EveryChain)
	if sameEnd(t, first, whole) {
		t.Error("a fork with another seed and mixture ends like its run")
	}
	if got, want := strings.Join(first.Recipe().Differences(o.Model), ", "), "seed 9, another mixture"; got != want {
		t.Errorf("found differences %q, want %q", got, want)
	}
	other.Seed, other.Settings = 11, sampling.Settings{"steps": 50}
	second := fork(t, s, o, other, first, 25, 2)
	rec := second.Recording()
	if rec.StepOf(0) != 25 || rec.StepOf(rec.Frames()-1) != 50 || second.Progress().Steps != 50 {
		t.Errorf("found steps %d to %d of %d, want 25 to 50", rec.StepOf(0), rec.StepOf(rec.Frames()-1), second.Progress().Steps)
	}
	for chain := range 3 {
		if a, b := rec.Frame(0, chain).Pix, first.Recording().Frame(25-10, 2).Pix; !slices.Equal(a, b) {
			t.Errorf("chain %d does not begin as chain 3 of the run it was forked from", chain+1)
		}
	}
	alone := run(t, s, o, second.Recipe())
	if !sameEnd(t, alone, second) || alone.Parted() {
		t.Error("the fork of a fork, made from its recipe alone, differs")
	}
	path := filepath.Join(t.TempDir(), "fork.png")
	res, err := second.Result()
	if err != nil {
		t.Fatal(err)
	}
	if err := SavePicture(path, res, 1); err != nil {
		t.Fatal(err)
	}
	if c, err := s.Reproduce(deadline(t), path, o, nil); err != nil || !c.Exact {
		t.Errorf("reproduce the picture of a fork of a fork: found %v, %v", c, err)
	}
	back, err := ParseRecipe(second.Recipe().JSON())
	if err != nil || back.depth() != 2 {
		t.Errorf("the recipe read again: found %d forks, %v, want 2", back.depth(), err)
	}
}

// What was done while a run was under way is in its recipe.
func TestActsOnTheWayAreInTheRecipe(t *testing.T) {
	f := &fake{}
	var job *Job
	s, o := f.open(t, 0)
	ready := make(chan struct{})
	f.before = func(call int) {
		<-ready
		for _, a := range map[int][]Act{3: {{Do: Freeze}}, 7: {{Chain: 1, Do: Kill}, {Chain: 2, Do: Noise, Amount: 0.5}}, 9: {{Do: Thaw}}}[call] {
			if err := job.Act(a.Do, a.Chain, a.Amount); err != nil {
				t.Error(err)
			}
		}
	}
	job = s.Sample(o, recipe(o, 3, sampling.Settings{"steps": 20}), nil)
	close(ready)
	if err := job.Wait(deadline(t)); err != nil {
		t.Fatal(err)
	}
	f.before = nil
	acts := job.Recipe().Acts
	if len(acts) != 4 {
		t.Fatalf("found acts %v, want 4", acts)
	}
	rec, frozen := job.Recording(), acts[0].Step
	if !slices.Equal(rec.Frame(frozen, 0).Pix, rec.Frame(acts[3].Step, 0).Pix) || slices.Equal(rec.Frame(acts[3].Step, 0).Pix, rec.Frame(20, 0).Pix) {
		t.Error("the frozen chain has moved, or the thawed one has not")
	}
	if step, yes := rec.Killed(1); !yes || step != acts[1].Step || !rec.Held(1) || !slices.Equal(rec.Frame(step, 1).Pix, rec.Frame(20, 1).Pix) {
		t.Errorf("found killed %v at step %d, want it at %d and still since", yes, step, acts[1].Step)
	}
	if again := run(t, s, o, job.Recipe()); !sameEnd(t, again, job) {
		t.Error("the recipe with its acts makes other pictures")
	}
	if _, err := s.Fork(o, job.Recipe(), job, 15, 1, nil); err == nil || !strings.Contains(err.Error(), "chain 2 was killed at step") {
		t.Errorf("fork from a killed chain: found %v", err)
	}
	later := fork(t, s, o, recipe(o, 3, sampling.Settings{"steps": 20}), job, 15, EveryChain)
	if _, yes := later.Recording().Killed(1); !yes || !later.Recording().Held(1) {
		t.Error("a killed chain is alive in a fork after that step")
	}
	earlier := fork(t, s, o, recipe(o, 3, sampling.Settings{"steps": 20}), job, 2, EveryChain)
	if _, yes := earlier.Recording().Killed(1); !yes {
		t.Error("a fork before the kill that changes nothing leaves the kill out")
	}
	if err := job.Act(Freeze, 0, 0); err == nil || !strings.Contains(err.Error(), "the run is over") {
		t.Errorf("act on a run that is over: found %v", err)
	}
}

func TestARunWhoseChainsAreAllKilledStops(t *testing.T) {
	s, o := (&fake{}).open(t, 0)
	r := recipe(o, 2, sampling.Settings{"steps": 1000})
	r.Acts = []Act{{Step: 3, Chain: 0, Do: Kill}, {Step: 6, Chain: 1, Do: Kill}}
	j := run(t, s, o, r)
	if p := j.Progress(); p.Phase != Stopped || p.Step > 10 {
		t.Errorf("found phase %s after step %d, want it stopped soon after step 6", p.Phase, p.Step)
	}
}

func TestForksThatCannotBe(t *testing.T) {
	s, o := (&fake{}).open(t, 0)
	r := recipe(o, 2, sampling.Settings{"steps": 12})
	whole := run(t, s, o, r)
	changed := &Opened{Model: o.Model, Name: o.Name, Weights: o.Weights, SHA256: "c0c1"}
	for name, c := range map[string]struct {
		o     *Opened
		r     Recipe
		step  int
		chain int
		want  string
	}{
		"a step that is not made": {o, r, 13, EveryChain, "found step 13, the run has made 12"},
		"a chain there is not":    {o, r, 4, 2, "found chain 2, want 0 to 1"},
		"a changed model file":    {changed, r, 4, EveryChain, "a fork goes on with the same weights"},
	} {
		if _, err := s.Fork(c.o, c.r, whole, c.step, c.chain, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: found %v, want an error with %q", name, err, c.want)
		}
	}
	if _, err := s.Fork(o, r, whole, 12, EveryChain, nil); err == nil || !strings.Contains(err.Error(), "nothing is left to walk") {
		t.Errorf("a fork at the end: found %v", err)
	}
	if err := s.Sample(o, r.ForkOf(whole.Recipe(), 12, EveryChain), nil).Wait(deadline(t)); err == nil || !strings.Contains(err.Error(), "nothing is left to walk") {
		t.Errorf("a recipe of a fork at the end: found %v", err)
	}
	r.Settings = sampling.Settings{"steps": 20}
	if end := fork(t, s, o, r, whole, 12, EveryChain); end.Progress().Step != 20 {
		t.Errorf("a fork at the end with more steps: found step %d, want 20", end.Progress().Step)
	}
	draft, err := s.Draft(o, r, whole, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := draft.Wait(deadline(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Fork(o, r, draft, 3, EveryChain, nil); err == nil || !strings.Contains(err.Error(), "hint: start a run") {
		t.Errorf("a fork of a draft: found %v", err)
	}
	for name, bad := range map[string]Recipe{
		"an unknown act":  {Acts: []Act{{Do: "wake"}}},
		"a missing chain": {Acts: []Act{{Do: Kill, Chain: 2}}},
		"endless noise":   {Acts: []Act{{Do: Noise, Amount: math.Inf(1)}}},
		"a bad run":       {Fork: &Fork{Of: Recipe{Version: 99}}},
		"other chains":    {Fork: &Fork{Of: recipe(o, 3, nil), Chain: EveryChain}},
	} {
		bad.Version, bad.Chains, bad.Sampler, bad.Checkpoint = RecipeVersion, 2, SamplerFamily, o.Ref()
		if err := bad.Validate(o.Model); err == nil || !strings.Contains(err.Error(), "found") && !strings.Contains(err.Error(), "want") {
			t.Errorf("%s: found %v, want an error that says what was found", name, err)
		}
	}
}
