package reproduction

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/google/renameio/v2"

	"ebmstudio/studio"
)

// Trained is a training that is over.
type Trained struct {
	Dir          string  `json:"-"`
	Model        string  `json:"-"`                                         // its checkpoint; empty where it left none
	Diverged     string  `json:"diverged,omitempty"`                        // why it ended early; empty: it did not
	PerIteration float64 `json:"processor_seconds_per_iteration,omitempty"` // 0: not known
}

// trainedFile marks the folder of a training that is over.
const trainedFile = "trained.json"

// train trains a model for a seed, or goes on with it, or finds it done. Experiments
// that want the same model share it.
func (w *walk) train(ctx context.Context, t Training, seed uint64) (Trained, error) {
	if t.Shared {
		seed = 1
	}
	settings := maps.Clone(t.Settings)
	settings["seed"] = strconv.FormatUint(seed, 10)
	dir := filepath.Join(w.runner.Dir, "models", fmt.Sprintf("%s-seed%d-%s", t.Name, seed, short(w.engine+t.Family+t.Data+t.Only+sum(settings))))
	done, err := readTrained(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return done, err
	}
	_, began := os.Stat(filepath.Join(dir, studio.TrainStateFile))
	clock := &meter{spent: processorSeconds}
	result, err := w.runner.Studio.Train(ctx, studio.TrainRequest{
		Family: t.Family, Settings: settings, Data: t.Data, Only: t.Only, Channels: 1,
		Options: studio.TrainOptions{Dir: dir, Resume: began == nil, SaveEvery: time.Minute, Notify: func(p studio.TrainProgress) {
			clock.see(p.Iteration)
			w.tell(Progress{
				Now:  fmt.Sprintf("train %s, seed %d", t.Name, seed),
				Part: fmt.Sprintf("%d of %d iterations, %s left", p.Iteration, p.Iterations, p.Left.Round(time.Second)),
			})
		}},
	})
	done.PerIteration = clock.median()
	var diverged studio.TrainDiverged
	switch {
	case errors.As(err, &diverged):
		done.Diverged, _, _ = cutHint(err)
	case err != nil:
		return done, fmt.Errorf("train %s: %w", t.Name, err)
	case result.Reason != studio.TrainDone:
		return done, fmt.Errorf("train %s: stopped after %d iterations, which are kept: %w", t.Name, result.Iterations, context.Canceled)
	}
	return finished(dir, done)
}

// meter measures the processor time of iterations: other programs on the machine change it
// less than the time that passes.
type meter struct {
	spent func() (seconds float64, known bool)
	at    int     // the iteration that was seen last
	until float64 // what was spent by then
	each  []float64
}

// see notes that an iteration is done.
func (m *meter) see(iteration int) {
	now, known := m.spent()
	if !known {
		return
	}
	if n := iteration - m.at; m.at > 0 && n > 0 {
		m.each = append(m.each, (now-m.until)/float64(n))
	}
	m.at, m.until = iteration, now
}

// median is that of an iteration, so that compiling and pictures of samples do not count; 0
// where it is not known.
func (m *meter) median() float64 {
	if len(m.each) == 0 {
		return 0
	}
	slices.Sort(m.each)
	return m.each[len(m.each)/2]
}

// finished marks a training as over.
func finished(dir string, done Trained) (Trained, error) {
	text, err := json.Marshal(done)
	if err == nil {
		err = renameio.WriteFile(filepath.Join(dir, trainedFile), append(text, '\n'), 0o644)
	}
	if err != nil {
		return done, fmt.Errorf("mark the training as done: %w", err)
	}
	return readTrained(dir)
}

func readTrained(dir string) (Trained, error) {
	done := Trained{Dir: dir}
	text, err := os.ReadFile(filepath.Join(dir, trainedFile))
	if err != nil {
		return done, err
	}
	if err := json.Unmarshal(text, &done); err != nil {
		return done, fmt.Errorf("read %q: %w", filepath.Join(dir, trainedFile), err)
	}
	if model := filepath.Join(dir, studio.TrainModelFile); done.Diverged == "" || exists(model) {
		done.Model = model
	}
	return done, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// history reads the measurements of a training.
func (t Trained) history() ([]studio.TrainEntry, error) {
	f, err := os.Open(filepath.Join(t.Dir, studio.TrainHistoryFile))
	if err != nil {
		return nil, fmt.Errorf("read a training's history: %w", err)
	}
	defer f.Close()
	var all []studio.TrainEntry
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var e studio.TrainEntry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("read %q: %w", f.Name(), err)
		}
		all = append(all, e)
	}
	return all, nil
}
