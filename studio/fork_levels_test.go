package studio_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute"

	"ebmstudio/internal/engine"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/resources"
	"ebmstudio/studio"
)

// TestForksOfBundledModels forks runs of every family on the engines: with nothing
// changed the fork equals its run to the bit, from a kept state and from its recipe. On
// a ladder every level has its proposal.
func TestForksOfBundledModels(t *testing.T) {
	settings := map[string]map[string]float64{
		"cdrl-faces-16": {"steps": 2}, "fashion-28": {"steps": 8}, "icd-fashion-28": {"steps": 12, "jump_every": 4}, "vaeebm-fashion-28": {"steps": 6}, "rings": {"steps": 2},
	}
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		s := studioOn(t, b.Name(), b)
		for _, m := range resources.Models() {
			set, ok := settings[m.Name]
			if !ok || b.Name() == engine.Go && m.Name != "cdrl-faces-16" { // the slower engine: the family with the most to remember
				continue
			}
			o, err := s.OpenBytes(ctx, m.Name+".safetensors", m.Data, studio.Options{})
			if err != nil {
				t.Fatal(err)
			}
			r := studio.DefaultRecipe(o)
			r.Chains, r.Settings = 2, set
			whole := s.Sample(o, r, nil)
			if err := whole.Wait(ctx); err != nil {
				t.Fatalf("%s: %v", m.Name, err)
			}
			want, _ := whole.Recording().Last()
			steps := whole.Progress().Steps
			for _, step := range []int{0, steps / 2} {
				f, err := s.Fork(o, r, whole, step, studio.EveryChain, nil)
				if err == nil {
					err = f.Wait(ctx)
				}
				if err != nil {
					t.Fatalf("%s: fork at step %d: %v", m.Name, step, err)
				}
				if found, _ := f.Recording().Last(); !slices.Equal(found.Data, want.Data) {
					t.Errorf("%s: the fork at step %d of %d ends otherwise than its run", m.Name, step, steps)
				}
				again := s.Sample(o, f.Recipe(), nil)
				if err := again.Wait(ctx); err != nil {
					t.Fatal(err)
				}
				if found, _ := again.Recording().Last(); !slices.Equal(found.Data, want.Data) || again.Parted() {
					t.Errorf("%s: the fork at step %d, made from its recipe, ends otherwise", m.Name, step)
				}
			}
			if o.Model.Diffuse != nil {
				checkLevels(ctx, t, s, o, r, whole)
			}
		}
	})
}

// checkLevels looks at the ladder of a run, and forks with other steps on it.
func checkLevels(ctx context.Context, t *testing.T, s *studio.Studio, o *studio.Opened, r studio.Recipe, whole *studio.Job) {
	t.Helper()
	rec := whole.Recording()
	levels := rec.Levels()
	if len(levels) < 3 || levels[len(levels)-1].Name != "level 1" || levels[0].From != 0 || levels[1].From != levels[0].To {
		t.Fatalf("%s: found levels %+v", o.Name, levels)
	}
	for _, l := range levels {
		if rec.Proposal(l, 1) == nil || rec.Refined(l, 1) == nil || len(rec.Change(l, 1)) != o.Model.H*o.Model.W {
			t.Errorf("%s: %s lacks a picture", o.Name, l.Name)
		}
	}
	if last := levels[len(levels)-1]; !slices.Equal(rec.Refined(last, 0).Pix, rec.Frame(rec.Frames()-1, 0).Pix) {
		t.Errorf("%s: the last level's result is not the last frame", o.Name)
	}
	more := r.Clone()
	if err := more.Turn(o.Model, "steps_1", 7); err != nil {
		t.Fatal(err)
	}
	f, err := s.Fork(o, more, whole, levels[1].To, studio.EveryChain, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Wait(ctx); err != nil || f.Progress().Step != whole.Progress().Step+5 {
		t.Errorf("%s: a fork with 5 steps more on the last level ends at step %d, %v", o.Name, f.Progress().Step, err)
	}
	lower := r.Clone()
	if err := lower.Turn(o.Model, "from_level", 2); err != nil {
		t.Fatal(err)
	}
	f, err = s.Fork(o, lower, whole, 1, studio.EveryChain, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Wait(ctx); err == nil || !strings.Contains(err.Error(), "leave the start level as it is") {
		t.Errorf("%s: a fork on another ladder: found %v", o.Name, err)
	}
}
