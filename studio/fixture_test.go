package studio_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute"

	"ebmstudio/internal/engine"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/internal/fixtures"
	"ebmstudio/models/zoo"
	"ebmstudio/studio"
)

// studioOn returns a studio whose engine is the given backend.
func studioOn(t *testing.T, name string, b compute.Backend) *studio.Studio {
	t.Helper()
	s := studio.New(studio.Config{Families: zoo.Families(), Engine: func(context.Context) (studio.Engine, error) {
		return studio.Engine{Name: name, Version: "test", Backend: b}, nil
	}})
	t.Cleanup(func() { s.Close() })
	return s
}

// TestFixtureEndToEnd opens the authors' checkpoint, deletes the file, samples,
// saves, and makes the saved pictures again, exactly.
func TestFixtureEndToEnd(t *testing.T) {
	path := fixtures.Case(t, "clel/resnet_28").Checkpoint
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var elsewhere string // a sheet made on another engine
	outside := t.TempDir()
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		if raceDetector && strings.HasSuffix(t.Name(), "/"+engine.Go) {
			t.Skip("-race checks pointers, and the engine's own matrix product steps beyond a slice before it returns (compute v0.1.3)")
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		s := studioOn(t, b.Name(), b)
		copied := filepath.Join(t.TempDir(), filepath.Base(path))
		if err := os.WriteFile(copied, data, 0o644); err != nil {
			t.Fatal(err)
		}
		o, err := s.Open(ctx, copied, studio.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(copied); err != nil {
			t.Fatal(err)
		}
		r := studio.DefaultRecipe(o)
		r.Chains, r.Settings = 5, map[string]float64{"steps": 3}
		seen := map[studio.Phase]bool{}
		var j *studio.Job
		ready := make(chan struct{})
		j = s.Sample(o, r, func() { <-ready; seen[j.Progress().Phase] = true })
		close(ready)
		if err := j.Wait(ctx); err != nil {
			t.Fatal(err)
		}
		for _, want := range []studio.Phase{studio.Opening, studio.Compiling, studio.Running, studio.Done} {
			if !seen[want] {
				t.Errorf("the phase %q was never seen", want)
			}
		}
		t.Logf("%+v", j.Progress())
		if p := j.Progress(); p.Step != 3 || p.Compile == 0 || p.PerStep == 0 {
			t.Errorf("found %+v, want 3 steps and their times", p)
		}
		res, err := j.Result()
		if err != nil {
			t.Fatal(err)
		}
		scores, err := s.Score(ctx, o, res.Pictures, nil)
		if err != nil || len(scores.Score) != 5 {
			t.Errorf("found %d scores (%v), want 5", len(scores.Score), err)
		}
		rows, err := s.Encode(ctx, o, res.Pictures)
		if err != nil || len(rows) != 5 {
			t.Fatalf("found %d latents (%v), want 5", len(rows), err)
		}
		r.Terms = studio.Compose([]studio.Term{{Weight: 1, Latents: rows[:1]}, {Weight: 1, Latents: rows[1:2]}})
		if err := s.Sample(o, r, nil).Wait(ctx); err != nil {
			t.Errorf("composition: %v", err)
		}
		paths, err := studio.SaveGallery(filepath.Join(t.TempDir(), "out"), res)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []string{paths[4], paths[5]} {
			c, err := s.Reproduce(ctx, p, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !c.Exact || c.FirstStep != -1 {
				t.Errorf("%s: %s", filepath.Base(p), c)
			}
		}
		if elsewhere == "" {
			elsewhere = filepath.Join(outside, "0.png")
			if err := studio.SavePicture(elsewhere, res, 0); err != nil {
				t.Fatal(err)
			}
			return
		}
		// Engines round differently: three steps may move a pixel by a level or two.
		c, err := s.Reproduce(ctx, elsewhere, nil, nil)
		if err != nil || c.MaxDifference > 2 || c.FirstStep == 0 {
			t.Errorf("made on another engine: %v, %s", err, c)
		}
		t.Logf("made on another engine: %s", c)
	})
}
