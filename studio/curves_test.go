package studio

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ebmstudio/sampling"
)

// TestJumpsAreRecorded: the curve knows after which steps the pictures were changed.
func TestJumpsAreRecorded(t *testing.T) {
	s, o := new(fake).open(t, 0)
	plan := o.Model.Plan
	o.Model.Plan = func(terms []sampling.Term, set sampling.Settings) (sampling.Plan, error) {
		p, err := plan(terms, set)
		stage := p[0]
		stage.Steps = 4
		jumped := stage
		jumped.Jump, jumped.Steps = true, 3
		jumped.Start = func(_ sampling.Key, _ int, x sampling.Images) (sampling.Images, error) {
			y := sampling.NewImages(x.N, x.C, x.H, x.W)
			return y, nil // far up the bowl
		}
		return sampling.Plan{stage, jumped, jumped}, err
	}
	j := run(t, s, o, recipe(o, 2, sampling.Settings{"step_noise": 0, "step_size": 0.5}))
	if found, want := j.Recording().Jumps(), []int{4, 7}; !slices.Equal(found, want) {
		t.Fatalf("jumps after %v, want %v", found, want)
	}
	steps, energy := j.Recording().Curve("energy", 0)
	at := func(step int) float32 { return energy[slices.Index(steps, step)] }
	if !(at(4) > 4*at(3) && at(7) > 4*at(6)) {
		t.Errorf("energies %v: want those of the changed pictures at the steps of jumps", energy)
	}
	path := filepath.Join(t.TempDir(), "curves.csv")
	if err := SaveCurves(path, j.Recording()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 1+2*11 || lines[0] != "chain,step,energy,gradient,moved,accepted,jump" || !strings.HasPrefix(lines[5], "1,4,") || !strings.HasSuffix(lines[5], ",1") || !strings.HasSuffix(lines[4], ",") {
		t.Errorf("found\n%s", text)
	}
}
