package studio

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"

	"ebmstudio/models"
)

// ErrBusy is the error of a change that has to wait until nothing runs.
var ErrBusy = errors.New("jobs are under way, paused ones included")

// Idle reports whether no job is under way, paused ones included.
func (s *Studio) Idle() bool {
	s.lane.lock.Lock()
	defer s.lane.lock.Unlock()
	return len(s.lane.jobs) == 0
}

// EngineChange is an engine, with every open model made for it, that is ready to take the
// place of the one that runs.
type EngineChange struct {
	Engine Engine
	studio *Studio
	models map[*Opened]*models.Model
}

// PrepareEngine opens an engine as the configuration says now and makes every open model
// for it. It takes as long as opening them did; nothing has changed yet, and where it
// fails nothing does.
func (s *Studio) PrepareEngine(ctx context.Context) (*EngineChange, error) {
	e, err := guard(func() (Engine, error) { return s.config.Engine(ctx) })
	if err != nil {
		return nil, fmt.Errorf("open the engine: %w", err)
	}
	c := &EngineChange{Engine: e, studio: s, models: map[*Opened]*models.Model{}}
	for _, o := range s.Models() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m, err := s.modelOn(e, o)
		if err != nil {
			return nil, fmt.Errorf("make %s for the engine %s: %w", o.Name, e.Name, err)
		}
		c.models[o] = m
	}
	return c, nil
}

// modelOn is the model of an open checkpoint for another engine.
func (s *Studio) modelOn(e Engine, o *Opened) (*models.Model, error) {
	family, err := s.familyOf(o.Name, o.File)
	if err != nil {
		return nil, err
	}
	opt := Options{Weights: o.Weights, Net: maps.Clone(o.Net)}
	m, err := guard(func() (*models.Model, error) { return family.Open(e.Backend, o.File, opt) })
	if err == nil && m.Name == "" {
		m.Name = strings.TrimSuffix(o.Name, filepath.Ext(o.Name))
	}
	return m, err
}

// Apply puts the engine in the place of the one that runs, for all open models and for
// those made of several, which are given. The error is ErrBusy where a job is under way;
// then nothing has changed. Nobody may look at a model meanwhile.
func (c *EngineChange) Apply(several ...*Opened) error {
	s := c.studio
	s.openLock.Lock() // no checkpoint is opened meanwhile
	defer s.openLock.Unlock()
	s.lane.lock.Lock()
	defer s.lane.lock.Unlock()
	if len(s.lane.jobs) > 0 {
		return ErrBusy
	}
	for _, o := range s.Models() {
		if c.models[o] == nil { // opened since
			m, err := s.modelOn(c.Engine, o)
			if err != nil {
				return fmt.Errorf("make %s for the engine %s: %w", o.Name, c.Engine.Name, err)
			}
			c.models[o] = m
		}
	}
	for o, m := range c.models {
		o.become(m)
	}
	s.engineLock.Lock()
	s.engine = &c.Engine
	s.engineLock.Unlock()
	for _, o := range several {
		anew, err := s.madeAnew(o)
		if err != nil {
			return fmt.Errorf("make %s for the engine %s: %w", o.Name, c.Engine.Name, err)
		}
		o.become(anew.Model)
	}
	return nil
}

// madeAnew makes a model of several anew, of its parts as they are now.
func (s *Studio) madeAnew(o *Opened) (*Opened, error) {
	if o.Op == opMix {
		return s.Mix(o.Parts)
	}
	parts := make([]*Opened, len(o.Parts))
	for i, p := range o.Parts {
		parts[i] = p.Opened
	}
	return s.Join(o.Op, parts)
}

// become takes another model, of which nothing is compiled yet.
func (o *Opened) become(m *models.Model) {
	o.lock.Lock()
	defer o.lock.Unlock()
	o.Model = m
	clear(o.warm)
}
