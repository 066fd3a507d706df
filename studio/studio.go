// Package studio is the program without a face: it opens checkpoints, runs
// chains, scores and encodes pictures, records what happens and exports it. The
// command line and the window are its two clients.
//
//	s := studio.New(studio.Config{Families: zoo.Families(), Engine: openEngine})
//	o, err := s.Open(ctx, "last.ckpt", studio.Options{})
//	job := s.Sample(o, studio.DefaultRecipe(o), nil)
//	err = job.Wait(ctx)
//	res, err := job.Result()
//	paths, err := studio.SaveGallery("out", res)
//
// All work on the device happens in the lane, one goroutine that does one step
// of the most urgent job at a time; everything else returns at once.
package studio

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gomlx/compute"

	"ebmstudio/models"
)

// Options are what a person adds when opening a checkpoint; see models.Options.
type Options = models.Options

// DefaultBudget is the number of bytes of recorded frames a run may keep before
// its recording is thinned.
const DefaultBudget = 256 << 20

// Config is what a studio needs from outside.
type Config struct {
	Families []models.Family                           // the kinds of model it can open
	Engine   func(ctx context.Context) (Engine, error) // opened lazily, once, on first need
	Budget   int64                                     // bytes of recorded frames a run, DefaultBudget where 0
}

// Engine is the device that evaluates energies.
type Engine struct {
	Name, Device, Version string
	Note                  string // why a better engine was passed over, empty where none was
	Backend               compute.Backend
}

// String names the engine and its version, as recipes record it.
func (e Engine) String() string {
	if e.Version == "" {
		return e.Name
	}
	return e.Name + " " + e.Version
}

// ErrClosed is the error of work that is given to a closed studio.
var ErrClosed = errors.New("the studio is closed")

// Studio holds the engine, the opened models and the lane. It is safe for
// concurrent use.
type Studio struct {
	config Config
	lane   *lane

	engineLock sync.Mutex // held while the engine opens
	engine     *Engine

	openLock sync.Mutex // held while a checkpoint opens
	lock     sync.Mutex // guards the fields below
	opened   []*Opened
	jobs     int // number of jobs ever made
	paces    map[paceKey]time.Duration
}

// New returns a studio. It starts the lane's goroutine; Close ends it.
func New(c Config) *Studio {
	if c.Budget <= 0 {
		c.Budget = DefaultBudget
	}
	return &Studio{config: c, lane: newLane()}
}

// Engine opens the engine on the first call and returns it. An engine that did
// not open is tried again on the next call.
func (s *Studio) Engine(ctx context.Context) (Engine, error) {
	s.engineLock.Lock()
	defer s.engineLock.Unlock()
	if s.engine != nil {
		return *s.engine, nil
	}
	if s.config.Engine == nil {
		return Engine{}, errors.New("open the engine: none is configured")
	}
	if err := ctx.Err(); err != nil {
		return Engine{}, err
	}
	e, err := guard(func() (Engine, error) { return s.config.Engine(ctx) })
	if err != nil {
		return Engine{}, fmt.Errorf("open the engine: %w", err)
	}
	s.engine = &e
	return e, nil
}

// Close stops all jobs, keeping what they made, and ends the lane after the
// evaluation that is under way.
func (s *Studio) Close() error {
	s.lane.close()
	return nil
}

// guard turns a panic of f into its error: models and engines are guests, and a
// fault of theirs must not end the program.
func guard[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicError(p)
		}
	}()
	return f()
}

func panicError(p any) error {
	if err, ok := p.(error); ok {
		return fmt.Errorf("internal fault: %w", err)
	}
	return fmt.Errorf("internal fault: %v", p)
}
