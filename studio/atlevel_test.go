package studio

import (
	"math"
	"strings"
	"testing"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// levelled is the analytic model with three noise levels, the energy of level n divided by
// n.
func levelled(t *testing.T) (*Studio, *Opened) {
	s, o := (&fake{c: 2, h: 1, w: 1}).open(t, 0)
	plain := o.Model.At
	o.Model.Levels = []float64{9.25, 3, -3}
	o.Model.At = func(g models.Given) (sampling.Energy, error) {
		e, err := plain(g)
		return sampling.Sum{{Weight: 1 / float64(max(1, g.Level)), Energy: e}}, err
	}
	return s, o
}

func TestALandscapeOfANoiseLevel(t *testing.T) {
	s, o := levelled(t)
	v, err := ViewOfPoints(o)
	if err != nil {
		t.Fatal(err)
	}
	lowest := func(level int) Landscape {
		at, err := o.AtLevel(level)
		if err != nil {
			t.Fatal(err)
		}
		j, err := s.Landscape(at, recipe(o, 1, nil), v.Plane, v.Frame, LandscapeOptions{Cells: 8}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Wait(deadline(t)); err != nil {
			t.Fatal(err)
		}
		return j.Latest()
	}
	clean, noisy := lowest(0), lowest(3)
	for i, e := range clean.Energy {
		if math.Abs(float64(noisy.Energy[i]-e/3)) > 1e-6 {
			t.Fatalf("point %d: found %g on level 3, want a third of %g", i, noisy.Energy[i], e)
		}
	}
	if one, err := o.AtLevel(1); err != nil || one != o {
		t.Errorf("level 1 is another model than the cleanest: %v", err)
	}
	if got := o.LevelName(0); got != "noise level 1 of 3 (log-SNR 9.2)" {
		t.Errorf("found the name %q", got)
	}
	for level, want := range map[int]string{4: "found 4, want 1 (the cleanest) to 3", -1: "found -1"} {
		if _, err := o.AtLevel(level); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("level %d: found %v, want %q", level, err, want)
		}
	}
	_, plain := (&fake{}).open(t, 0)
	if _, err := plain.AtLevel(2); err == nil || !strings.Contains(err.Error(), "has no noise levels") || plain.LevelName(1) != "" {
		t.Errorf("a model without levels: found %v", err)
	}
}
