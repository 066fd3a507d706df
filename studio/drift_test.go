package studio

import (
	"math"
	"strings"
	"testing"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// drifting is a recording of chains whose energies are given.
func drifting(trained, steps int, energy func(chain, step int) float32) *Recording {
	r := newRecording(3, 1, 1, 1, 0, 1, 1<<20)
	r.knows(&models.Model{TrainedSteps: trained})
	for step := range steps + 1 {
		r.add(step, sampling.NewImages(3, 1, 1, 1))
		r.point("energy", step, []float32{energy(0, step), energy(1, step), energy(2, step)})
	}
	return r
}

// The drift is the mean energy's way since the trained number of steps, in units of the
// spread between chains then.
func TestDrift(t *testing.T) {
	energy := func(chain, step int) float32 { return float32(chain) - 0.5*float32(max(0, step-10)) }
	d, ok := drifting(10, 30, energy).Drift()
	if !ok || d.Trained != 10 || d.Steps != 30 || math.Abs(d.Moved+10) > 1e-6 || math.Abs(d.Spread-1) > 1e-6 || d.Times() != 10 {
		t.Errorf("found %+v, %v, want 10 down since step 10, with a spread of 1", d, ok)
	}
	if words := d.Words(); !strings.Contains(words, "to step 10") || !strings.Contains(words, "-10") || !strings.Contains(words, "10.0 times") {
		t.Errorf("found %q", words)
	}
	for name, r := range map[string]*Recording{
		"shorter than twice":   drifting(10, 19, energy),
		"unknown":              drifting(0, 30, energy),
		"nothing to set it by": drifting(10, 30, func(int, int) float32 { return 1 }),
	} {
		if d, ok := r.Drift(); ok {
			t.Errorf("%s: found %+v, want none", name, d)
		}
	}
	if step := drifting(10, 11, energy).TrainedStep(); step != 10 {
		t.Errorf("found step %d marked, want 10", step)
	}
	if step := drifting(10, 10, energy).TrainedStep(); step != 0 {
		t.Errorf("found step %d marked, want none: chains have not walked on", step)
	}
}

// On noise levels a level is compared with itself: energies of two are no drift.
func TestDriftOfLevels(t *testing.T) {
	r := newRecording(2, 1, 1, 1, 0, 1, 1<<20)
	r.knows(&models.Model{
		TrainedSteps: 10, Levels: []float64{1, 0},
		Diffuse: func(sampling.Key, sampling.Images, sampling.Settings) (sampling.Images, error) {
			return sampling.Images{}, nil
		},
	})
	for step := range 21 {
		if step%20 == 5 {
			r.level("level 1", 5, sampling.NewImages(2, 1, 1, 1))
		}
		r.add(step, sampling.NewImages(2, 1, 1, 1))
		e := float32(1000)
		if step >= 5 {
			e = float32(step)
		}
		r.point("energy", step, []float32{e, e + 2})
	}
	d, ok := r.Drift()
	if !ok || d.Trained != 10 || d.Moved != 10 {
		t.Errorf("found %+v, %v, want 10 up since step 10, 5 steps into the level", d, ok)
	}
}
