package reproduction

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"ebmstudio/studio"
)

// Runner runs experiments in a work folder, where everything is kept that was done: a
// second run goes on from there.
type Runner struct {
	Studio *studio.Studio
	// Open opens a bundled model by its name, Judge the judge for a model of pictures.
	Open  func(ctx context.Context, name string) (*studio.Opened, error)
	Judge func(ctx context.Context, o *studio.Opened) (*studio.Opened, error)
	Dir   string
	// Preset is Small or Full; the numbers replace its own where they are not 0.
	Preset                   string
	Seeds, Count, Iterations int
	Notify                   func(Progress)

	opened map[string]*studio.Opened // by name and seed, of the experiment under way
}

// Progress is how far an experiment is.
type Progress struct {
	Now      string // what is done
	Done, Of int    // rows measured, of all seeds
	Left     time.Duration
	Part     string // how far what is done now is; empty: not known
}

// Run measures every row of an experiment with every seed that is not measured yet, and
// trains what that needs. Where ctx ends it, what is done is kept and ctx's error
// returned.
func (r *Runner) Run(ctx context.Context, e Experiment) (Result, error) {
	plan, err := r.plan(e)
	if err != nil {
		return Result{}, err
	}
	engine, err := r.Studio.Engine(ctx)
	if err != nil {
		return Result{}, err
	}
	result := Result{ID: e.ID, Preset: r.Preset, Seeds: plan.Seeds, Count: plan.Count, Iterations: r.Iterations, Engine: engine.String()}
	dir := filepath.Join(r.Dir, folder(e.ID, r.Preset))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return result, fmt.Errorf("make the folder of %s: %w", e.ID, err)
	}
	release, err := studio.LockFolder(dir)
	if err != nil {
		return result, err
	}
	defer release()
	path := filepath.Join(dir, ResultFile)
	old, err := earlier(path)
	if err != nil {
		return result, err
	}
	r.opened = map[string]*studio.Opened{}
	walk := &walk{runner: r, plan: plan, result: &result, engine: result.Engine, began: time.Now()}
	walk.take(old)
	for seed := range uint64(plan.Seeds) {
		for _, row := range plan.Rows {
			if _, done := result.unit(row.Name, seed+1); done {
				continue
			}
			unit, err := walk.measure(ctx, row, seed+1)
			if err != nil {
				return result, fmt.Errorf("%s, %s, seed %d: %w", e.ID, row.Name, seed+1, err)
			}
			result.Units = append(result.Units, unit)
			if err := result.save(path); err != nil {
				return result, err
			}
			walk.tell(Progress{Now: row.Name})
		}
	}
	if err := result.save(path); err != nil {
		return result, err
	}
	return result, os.WriteFile(filepath.Join(dir, "result.md"), []byte(Section(e, result)), 0o644)
}

// plan is the preset with the runner's own numbers.
func (r *Runner) plan(e Experiment) (Preset, error) {
	plan, err := e.Preset(r.Preset)
	if err != nil {
		return plan, err
	}
	if r.Seeds > 0 {
		plan.Seeds = r.Seeds
	}
	if r.Count > 0 {
		plan.Count = r.Count
	}
	if r.Iterations > 0 {
		plan.Trainings = slices.Clone(plan.Trainings)
		for i, t := range plan.Trainings {
			t.Settings = maps.Clone(t.Settings)
			t.Settings["iterations"] = strconv.Itoa(r.Iterations)
			plan.Trainings[i] = t
		}
	}
	return plan, nil
}

// walk is an experiment under way.
type walk struct {
	runner  *Runner
	plan    Preset
	result  *Result
	engine  string
	began   time.Time
	earlier int // rows that were measured before
}

// take takes over what an earlier run measured of the same.
func (w *walk) take(old Result) {
	for seed := range uint64(w.plan.Seeds) {
		for _, row := range w.plan.Rows {
			if u, ok := old.unit(row.Name, seed+1); ok && u.Key == w.key(row) {
				w.result.Units = append(w.result.Units, u)
			}
		}
	}
	w.earlier = len(w.result.Units)
}

// key stands for all that a row's values depend on besides the seed.
func (w *walk) key(row Row) string {
	training, _ := w.plan.training(row.Model)
	text := fmt.Sprintf("%s %s %d", w.engine, row.Model, w.plan.Count) + sum(training)
	for _, p := range row.Probes {
		text += fmt.Sprintf("%T", p) + sum(p)
		if f, ok := p.(finder); ok {
			text += f.Found()
		}
	}
	return short(text)
}

// sum is what a value is as JSON.
func sum(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error() // settings and probes always encode
	}
	return string(text)
}

func short(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:6])
}

// tell adds what is known of the whole to what is told.
func (w *walk) tell(p Progress) {
	if w.runner.Notify == nil {
		return
	}
	p.Done, p.Of = len(w.result.Units), w.plan.Seeds*len(w.plan.Rows)
	if now := p.Done - w.earlier; now > 0 {
		p.Left = time.Since(w.began) / time.Duration(now) * time.Duration(p.Of-p.Done)
	}
	w.runner.Notify(p)
}

// measure trains what a row needs and asks its probes.
func (w *walk) measure(ctx context.Context, row Row, seed uint64) (Unit, error) {
	began := time.Now()
	unit := Unit{Row: row.Name, Seed: seed, Values: map[string]float64{}, Key: w.key(row)}
	b := &Bench{Studio: w.runner.Studio, Judge: w.runner.Judge, Count: w.plan.Count, Seed: seed}
	b.tell = func(part string) { w.tell(Progress{Now: fmt.Sprintf("%s, seed %d", row.Name, seed), Part: part}) }
	if t, ok := w.plan.training(row.Model); ok {
		done, err := w.train(ctx, t, seed)
		if err != nil {
			return unit, err
		}
		b.Trained, unit.Note = &done, done.Diverged
	}
	var err error
	if b.Model, err = w.open(ctx, row.Model, b.Trained, seed); err != nil {
		return unit, err
	}
	for _, p := range row.Probes {
		values, err := p.Measure(ctx, b)
		if err != nil {
			return unit, err
		}
		for name, v := range values {
			if !math.IsNaN(v) && !math.IsInf(v, 0) { // what is no number was not measured
				unit.Values[name] = v
			}
		}
	}
	unit.Seconds = time.Since(began).Seconds()
	return unit, nil
}

// open opens a model once for all rows of it; nil where its training left none.
func (w *walk) open(ctx context.Context, name string, trained *Trained, seed uint64) (*studio.Opened, error) {
	if trained == nil {
		seed = 0 // a bundled model is the same for all
	}
	key := name + " " + strconv.FormatUint(seed, 10)
	if o, ok := w.runner.opened[key]; ok {
		return o, nil
	}
	var o *studio.Opened
	var err error
	switch {
	case trained == nil:
		o, err = w.runner.Open(ctx, name)
	case trained.Model == "":
		return nil, nil
	default:
		o, err = w.runner.Studio.Open(ctx, trained.Model, studio.Options{})
	}
	if err != nil {
		return nil, err
	}
	w.runner.opened[key] = o
	return o, nil
}
