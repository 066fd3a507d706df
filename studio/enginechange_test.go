package studio

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"ebmstudio/models"
)

// engines is a studio whose next engine a test names; its fake's models walk by themselves.
func engines(t *testing.T) (s *Studio, o *Opened, next *string) {
	t.Helper()
	f := &fake{c: 1, h: 4, w: 5}
	name := "first"
	s = New(Config{Families: []models.Family{f.family()}, Engine: func(context.Context) (Engine, error) {
		if name == "broken" {
			return Engine{}, errors.New("no such plugin")
		}
		return Engine{Name: name, Version: "1"}, nil
	}})
	t.Cleanup(func() { s.Close() })
	o, err := s.build(t.Context(), "", "bowl.safetensors", f.file(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s, o, &name
}

// TestAnotherEngine: open models, and one made of two, become those of the new engine, and
// the next run says so; the pictures are the same.
func TestAnotherEngine(t *testing.T) {
	s, o, next := engines(t)
	mixed, err := s.Mix([]Part{{Opened: o, As: "a"}, {Opened: o, As: "b"}})
	if err != nil {
		t.Fatal(err)
	}
	before, was := run(t, s, o, recipe(o, 2, nil)), o.Model
	first, err := before.Result()
	if err != nil {
		t.Fatal(err)
	}
	*next = "second"
	c, err := s.PrepareEngine(t.Context())
	if err != nil || o.Model != was {
		t.Fatalf("found %v; preparing has changed the model: %v", err, o.Model != was)
	}
	mixedWas := mixed.Model
	if err := c.Apply(mixed); err != nil {
		t.Fatal(err)
	}
	if e, err := s.Engine(t.Context()); err != nil || e.Name != "second" || o.Model == was || mixed.Model == mixedWas {
		t.Errorf("found the engine %q, %v; model changed %v, mixture %v", e.Name, err, o.Model != was, mixed.Model != mixedWas)
	}
	after, err := run(t, s, o, recipe(o, 2, nil)).Result()
	if err != nil || !strings.HasPrefix(after.Recipe.Engine, "second") || !slices.Equal(first.Pictures.Data, after.Pictures.Data) {
		t.Errorf("found a run of %q, %v, or other pictures", after.Recipe.Engine, err)
	}
	run(t, s, mixed, recipe(mixed, 2, nil))
}

// TestAnEngineThatHasToWait: while a job is under way, paused too, nothing changes; an
// engine that does not open leaves the one that runs.
func TestAnEngineThatHasToWait(t *testing.T) {
	s, o, next := engines(t)
	j := s.Sample(o, recipe(o, 2, map[string]float64{"steps": 100_000}), nil)
	j.Pause()
	if s.Idle() {
		t.Error("a paused job counts as none")
	}
	*next = "second"
	c, err := s.PrepareEngine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	was := o.Model
	if err := c.Apply(); !errors.Is(err, ErrBusy) || o.Model != was {
		t.Errorf("found %v, want that jobs are under way", err)
	}
	j.Stop()
	if err := j.Wait(deadline(t)); err != nil {
		t.Fatal(err)
	}
	for !s.Idle() { // the lane lays it down
	}
	later, err := s.build(t.Context(), "", "later.safetensors", (&fake{c: 1, h: 4, w: 5}).file(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	old := later.Model
	if err := c.Apply(); err != nil || o.Model == was || later.Model == old {
		t.Errorf("found %v; a model that was opened since has changed: %v", err, later.Model != old)
	}
	*next = "broken"
	if _, err := s.PrepareEngine(t.Context()); err == nil || !strings.Contains(err.Error(), "no such plugin") {
		t.Errorf("found %v", err)
	}
	if e, err := s.Engine(t.Context()); err != nil || e.Name != "second" {
		t.Errorf("the engine that runs became %q, %v", e.Name, err)
	}
}
