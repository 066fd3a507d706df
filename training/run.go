package training

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
)

// Metadata of a training state.
const (
	keyIteration = "iteration"
	keySetting   = "setting." // before a setting's name
)

// run is a training loop under way.
type run struct {
	learner *models.Learner
	options Options
	history *history
	watch   watch
	pace    pace

	began, saved time.Time
	looked       time.Time // for concerns
	worry        string
	iteration    int
	kept         int    // iterations behind the folder's state; 0: it has none
	notKept      string // why an earlier save could not be kept
}

// Run trains until the iterations are done, the time is up or the context ends,
// and saves; only a divergence or a failure is an error. What was saved before
// stays.
func Run(ctx context.Context, l *models.Learner, o Options) (Result, error) {
	r := &run{learner: l, options: o.withDefaults(), began: time.Now(), saved: time.Now()}
	if r.options.Iterations <= 0 {
		r.options.Iterations = l.Iterations
	}
	if r.options.Rewrite {
		return r.rewrite(ctx)
	}
	if err := os.MkdirAll(r.options.Dir, 0o755); err != nil {
		return Result{}, fmt.Errorf("make the run's folder: %w", err)
	}
	release, err := lock(r.options.Dir)
	if err != nil {
		return Result{}, err
	}
	defer release()
	if err := r.open(); err != nil {
		return Result{}, err
	}
	defer r.history.close()
	reason, err := r.loop(ctx)
	if err == nil && reason == Dropped {
		return Result{Iterations: r.iteration, Reason: reason}, nil
	}
	if err != nil {
		// The curves show how it came to this; the error matters more than theirs.
		_ = r.history.draw(r.path(CurvesFile), l)
		return Result{Iterations: r.iteration}, fmt.Errorf("training, iteration %d: %w", r.iteration, err)
	}
	if err := r.save(); err != nil {
		return Result{Iterations: r.iteration}, err
	}
	return r.finish(ctx, reason)
}

// stoppedFor is how long a person who stopped a run waits for its last sheets.
const stoppedFor = time.Minute

// finish draws the last sheets. Those that are interrupted, or that take too long
// after a stop, are given up, which the result says.
func (r *run) finish(ctx context.Context, reason Reason) (Result, error) {
	result := Result{Iterations: r.iteration, Reason: reason}
	if reason == Stopped {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), stoppedFor)
		defer cancel()
	}
	_, err := r.sheets(ctx)
	if err != nil && ctx.Err() != nil {
		result.Skipped = err
		return result, nil
	}
	return result, err
}

// rewrite writes what is made from a training state, and touches neither the state
// nor the history: a training that is under way in the folder is not disturbed.
func (r *run) rewrite(ctx context.Context) (Result, error) {
	if err := r.resume(); err != nil {
		return Result{}, err
	}
	r.history = &history{}
	if err := r.history.read(r.path(HistoryFile), r.iteration); err != nil {
		return Result{}, fmt.Errorf("read the history: %w", err)
	}
	if err := r.saveModel(); err != nil {
		return Result{Iterations: r.iteration}, err
	}
	return r.finish(ctx, Written)
}

// open takes up what is in the folder.
func (r *run) open() error {
	_, err := os.Stat(r.path(StateFile))
	switch {
	case r.options.Resume:
		if r.options.From > 0 {
			if err := restoreSave(r.options.Dir, r.options.From); err != nil {
				return err
			}
		}
		if err := r.resume(); err != nil {
			return err
		}
		r.kept = r.iteration
	case err == nil:
		return fmt.Errorf("folder %q holds a training state already\nhint: go on with --resume, or name another folder with --out", r.options.Dir)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("look at the run's folder: %w", err)
	}
	r.history, err = openHistory(r.path(HistoryFile), r.iteration)
	return err
}

func (r *run) resume() error {
	f, err := checkpoint.Open(r.path(StateFile))
	if err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	n, err := iterationsOf(f)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(r.learner.Config)) {
		// A setting that the file does not know came to the program after the run.
		if was, ok := f.Metadata[keySetting+name]; ok && was != r.learner.Config[name] && !slices.Contains(r.learner.Schedule, name) {
			now := r.learner.Config[name]
			return fmt.Errorf("resume %q: setting %q: found %s, but the run was started with %s", f.Path, name, now, was)
		}
	}
	if !r.options.OtherData {
		if err := r.options.Data.check(f); err != nil {
			return err
		}
	}
	if err := r.learner.Restore(f); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	r.iteration = n
	return nil
}

// Settings reads the settings that a run in a folder was started with.
func Settings(dir string) (map[string]string, error) {
	f, err := checkpoint.Open(filepath.Join(dir, StateFile))
	if err != nil {
		return nil, fmt.Errorf("resume: %w", err)
	}
	settings := map[string]string{}
	for key, v := range f.Metadata {
		if name, ok := strings.CutPrefix(key, keySetting); ok {
			settings[name] = v
		}
	}
	return settings, nil
}

// Iterations reads how many iterations the training state in a folder has behind it.
func Iterations(dir string) (int, error) {
	f, err := checkpoint.Open(filepath.Join(dir, StateFile))
	if err != nil {
		return 0, fmt.Errorf("resume: %w", err)
	}
	return iterationsOf(f)
}

func iterationsOf(f *checkpoint.File) (int, error) {
	n, err := strconv.Atoi(f.Metadata[keyIteration])
	if err != nil || n < 0 {
		return 0, fmt.Errorf("resume %q: metadata %q: found %q, want the number of iterations done", f.Path, keyIteration, f.Metadata[keyIteration])
	}
	return n, nil
}

// loop runs iterations until one of the ends is reached.
func (r *run) loop(ctx context.Context) (Reason, error) {
	for r.iteration < r.options.Iterations {
		if ctx.Err() != nil {
			if r.options.Order() == OrderDiscard {
				return Dropped, nil
			}
			return Stopped, nil
		}
		if r.options.For > 0 && time.Since(r.began) >= r.options.For {
			return OutTime, nil
		}
		// An iteration is not interrupted in the middle: half of one cannot be saved.
		start := time.Now()
		metrics, err := r.learner.Step(context.WithoutCancel(ctx), r.iteration)
		if err != nil {
			return "", err
		}
		if err := r.watch.look(r.learner, metrics); err != nil {
			return "", errors.Join(r.advise(err), r.history.diverged(r.iteration+1, time.Since(r.began), err))
		}
		r.iteration++
		r.pace.add(time.Since(start))
		if err := r.after(ctx, metrics); err != nil {
			return "", err
		}
	}
	return Done, nil
}

// after logs, saves, draws and tells.
func (r *run) after(ctx context.Context, metrics map[string]float64) error {
	if r.iteration%r.options.LogEvery == 0 {
		if err := r.history.add(r.iteration, time.Since(r.began), metrics); err != nil {
			return err
		}
	}
	p := Progress{Iteration: r.iteration, Iterations: r.options.Iterations, Metrics: metrics, PerIteration: r.pace.each}
	p.Left = time.Duration(r.options.Iterations-r.iteration) * r.pace.each
	p.Health, p.Concern = r.watch.health(r.learner, metrics), r.concern()
	if r.options.For > 0 {
		p.Left = min(p.Left, r.options.For-time.Since(r.began))
	}
	// What looks like a divergence does not replace what is good.
	due := time.Since(r.saved) >= r.options.SaveEvery || r.options.Order() == OrderSave
	if due && r.watch.bad == 0 {
		if err := r.save(); err != nil {
			return err
		}
		p.Note = cmp.Or(r.notKept, "saved")
	}
	if n := r.options.SheetsEvery; n > 0 && r.iteration%n == 0 && ctx.Err() == nil {
		drawn, err := r.sheets(ctx)
		if err != nil && ctx.Err() == nil {
			return err
		}
		p.Sheets = drawn
	}
	r.options.Notify(p)
	return nil
}

// save writes the training state, the model and the curves, each atomically.
func (r *run) save() error {
	state, err := r.learner.State()
	if err != nil {
		return fmt.Errorf("save the training state: %w", err)
	}
	metadata := map[string]string{keyIteration: strconv.Itoa(r.iteration)}
	r.options.Data.into(metadata)
	for name, v := range r.learner.Config {
		metadata[keySetting+name] = v
	}
	r.keepEarlier()
	if err := checkpoint.Write(r.path(StateFile), state, metadata); err != nil {
		return fmt.Errorf("save the training state: %w", err)
	}
	r.saved, r.kept = time.Now(), r.iteration
	return r.saveModel()
}

// keepEarlier keeps the state that is about to be replaced, and drops the oldest. A run
// goes on where that cannot be done: its newest save matters more.
func (r *run) keepEarlier() {
	r.notKept = ""
	if r.kept == 0 || r.kept == r.iteration {
		return
	}
	var err error
	if r.options.Keep > 1 {
		err = keepSave(r.options.Dir, r.kept)
	}
	if err = errors.Join(err, dropSaves(r.options.Dir, r.options.Keep-1)); err != nil {
		r.notKept = fmt.Sprintf("saved; an earlier save is lost: %v", err)
	}
}

// saveModel writes the model and the curves.
func (r *run) saveModel() error {
	tensors, about, err := r.learner.Model(r.iteration)
	if err != nil {
		return fmt.Errorf("save the model: %w", err)
	}
	if err := checkpoint.Write(r.path(ModelFile), tensors, about); err != nil {
		return fmt.Errorf("save the model: %w", err)
	}
	return r.history.draw(r.path(CurvesFile), r.learner)
}

// sheets draws and writes the cosines and the sample sheets, one file each.
func (r *run) sheets(ctx context.Context) (drawn []string, err error) {
	if err := r.cosines(); err != nil {
		return nil, err
	}
	if r.learner.Sheets == nil {
		return nil, nil
	}
	sheets, err := r.learner.Sheets(ctx, r.iteration)
	if err != nil {
		return nil, fmt.Errorf("draw sample sheets: %w", err)
	}
	for _, s := range sheets {
		path := r.path(fmt.Sprintf("sheet-%s-%06d.png", s.Name, r.iteration))
		if err := writeSheet(path, s); err != nil {
			return drawn, fmt.Errorf("write %q: %w", path, err)
		}
		drawn = append(drawn, path)
	}
	return drawn, nil
}

// concernEvery is how often a run looks for what a person should know.
const concernEvery = 5 * time.Second

// concern is what it found when it looked last.
func (r *run) concern() string {
	if time.Since(r.looked) >= concernEvery {
		r.looked, r.worry = time.Now(), r.options.Concern()
	}
	return r.worry
}

// cosines draws how alike the directions of different pictures are.
func (r *run) cosines() error {
	if r.learner.Cosines == nil {
		return nil
	}
	curves, err := r.learner.Cosines()
	if err != nil {
		return fmt.Errorf("compare directions: %w", err)
	}
	if err := drawCosines(r.path(CosinesFile), curves); err != nil {
		return fmt.Errorf("draw the cosines: %w", err)
	}
	return nil
}

func (r *run) path(name string) string { return filepath.Join(r.options.Dir, name) }

// advise adds what a person can do about a divergence.
func (r *run) advise(err error) error {
	return Divergence{fmt.Errorf("%w\nhint: the last good state is kept in %s; try %s", err, r.options.Dir, advice(r.learner))}
}

// pace averages the time of an iteration over the last few dozen.
type pace struct {
	each time.Duration
	seen int
}

func (p *pace) add(d time.Duration) {
	p.seen++
	switch {
	case p.seen == 1: // it compiled
	case p.each == 0:
		p.each = d
	default:
		p.each += (d - p.each) / 32
	}
}
