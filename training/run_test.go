package training

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// walker is a learner without a network: a random walk whose steps depend on the
// iteration alone, as those of a real one do.
type walker struct {
	at      []float32
	metrics func(i int) map[string]float64 // nil: close energies
	sheets  func(context.Context) error
	size    int // numbers in the model, to fill disks
}

func (w *walker) learner() *models.Learner {
	if w.at == nil {
		w.at = make([]float32, max(w.size, 4))
	}
	tensor := func() []checkpoint.Named {
		return []checkpoint.Named{{Name: "at", Tensor: checkpoint.Float32Tensor([]int{len(w.at)}, slices.Clone(w.at))}}
	}
	return &models.Learner{
		Config: map[string]string{"rate": "0.5"}, Iterations: 20, Samples: "energy_samples", Data: "energy_data",
		Step: func(_ context.Context, i int) (map[string]float64, error) {
			z := make([]float32, len(w.at))
			if err := sampling.NewKey(1).Normal(sampling.StreamStep, 0, i, z); err != nil {
				return nil, err
			}
			for j := range w.at {
				w.at[j] += 0.5*z[j] - 0.1*w.at[j]
			}
			if w.metrics != nil {
				return w.metrics(i), nil
			}
			return map[string]float64{"energy_data": float64(w.at[0]), "energy_samples": float64(w.at[1]), "loss": 1 / float64(i+1)}, nil
		},
		State: func() ([]checkpoint.Named, error) { return tensor(), nil },
		Restore: func(f *checkpoint.File) error {
			v, err := f.Tensors["at"].Float32s()
			if err == nil && len(v) != len(w.at) {
				return fmt.Errorf("found %d numbers, want %d", len(v), len(w.at))
			}
			w.at = v
			return err
		},
		Model: func(n int) ([]checkpoint.Named, map[string]string, error) {
			return tensor(), map[string]string{"iterations": fmt.Sprint(n)}, nil
		},
		Sheets: func(ctx context.Context, _ int) ([]models.Sheet, error) {
			if w.sheets != nil {
				if err := w.sheets(ctx); err != nil {
					return nil, err
				}
			}
			return []models.Sheet{{Name: "noise", Pictures: sampling.NewImages(3, 1, 4, 5), Columns: 2}}, nil
		},
		Cosines: func() (map[string][]float32, error) {
			return map[string][]float32{"f": {-1, 0, 1}, "h": {0.5, 0.4}}, nil
		},
	}
}

// train runs a walker and fails the test where that fails.
func train(t *testing.T, w *walker, ctx context.Context, o Options) Result {
	t.Helper()
	result, err := Run(ctx, w.learner(), o)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// stopAt is a context that ends, and options that end it, after n iterations.
func stopAt(n int, o Options) (context.Context, Options) {
	ctx, cancel := context.WithCancel(context.Background())
	o.Notify = func(p Progress) {
		if p.Iteration == n {
			cancel()
		}
	}
	return ctx, o
}

func TestResumedEqualsUninterrupted(t *testing.T) {
	whole, parts := t.TempDir(), t.TempDir()
	if r := train(t, &walker{}, context.Background(), Options{Dir: whole, LogEvery: 1}); r != (Result{Iterations: 20, Reason: Done}) {
		t.Errorf("found %+v, want 20 iterations done", r)
	}
	ctx, o := stopAt(7, Options{Dir: parts, LogEvery: 1})
	if r := train(t, &walker{}, ctx, o); r.Iterations != 7 || r.Reason != Stopped || r.Skipped != nil {
		t.Errorf("found %+v, want 7 iterations, stopped", r)
	}
	train(t, &walker{}, context.Background(), Options{Dir: parts, LogEvery: 1, Resume: true, Iterations: 13})
	train(t, &walker{}, context.Background(), Options{Dir: parts, LogEvery: 1, Resume: true})
	for _, name := range []string{StateFile, ModelFile} {
		if !bytes.Equal(read(t, whole, name), read(t, parts, name)) {
			t.Errorf("%s of the interrupted run differs from that of the whole one", name)
		}
	}
	var a, b history
	if err := errors.Join(a.read(filepath.Join(whole, HistoryFile), 20), b.read(filepath.Join(parts, HistoryFile), 20)); err != nil {
		t.Fatal(err)
	}
	same := func(x, y Entry) bool { return x.Iteration == y.Iteration && maps.Equal(x.Metrics, y.Metrics) }
	if len(a.entries) != 20 || !slices.EqualFunc(a.entries, b.entries, same) {
		t.Errorf("histories differ: %d and %d entries", len(a.entries), len(b.entries))
	}
}

func TestWhatARunLeaves(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	train(t, &walker{}, context.Background(), Options{Dir: dir, LogEvery: 5, SheetsEvery: 10})
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range found {
		names = append(names, f.Name())
	}
	want := []string{CosinesFile, CurvesFile, HistoryFile, ModelFile, "sheet-noise-000010.png", "sheet-noise-000020.png", StateFile}
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Errorf("found %q, want %q", names, want)
	}
	for _, name := range want {
		if filepath.Ext(name) == ".png" {
			if _, err := png.Decode(bytes.NewReader(read(t, dir, name))); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	settings, err := Settings(dir)
	if err != nil || !maps.Equal(settings, map[string]string{"rate": "0.5"}) {
		t.Errorf("found settings %v, error %v", settings, err)
	}
}

func TestTimeLimit(t *testing.T) {
	w := &walker{metrics: func(int) map[string]float64 {
		time.Sleep(5 * time.Millisecond)
		return map[string]float64{}
	}}
	dir := t.TempDir()
	told := 0
	r := train(t, w, context.Background(), Options{Dir: dir, Iterations: 100_000, For: 50 * time.Millisecond, Notify: func(p Progress) {
		told++
		if p.Left > 50*time.Millisecond {
			t.Errorf("says %s are left of 50 ms", p.Left)
		}
	}})
	if r.Reason != OutTime || r.Iterations < 1 || r.Iterations > 11 || told != r.Iterations {
		t.Errorf("found %+v after telling %d times, want the time to be up after at most 11", r, told)
	}
	f, err := checkpoint.Open(filepath.Join(dir, StateFile))
	if err != nil || f.Metadata[keyIteration] != fmt.Sprint(r.Iterations) {
		t.Errorf("found a state of iteration %q, error %v, want %d", f.Metadata[keyIteration], err, r.Iterations)
	}
}

func TestRewrite(t *testing.T) {
	dir := t.TempDir()
	ctx, o := stopAt(7, Options{Dir: dir, LogEvery: 1})
	train(t, &walker{}, ctx, o)
	model, state, lines := read(t, dir, ModelFile), read(t, dir, StateFile), read(t, dir, HistoryFile)
	// What a training under way has measured since its last save.
	lines = append(lines, []byte(`{"iteration":8,"metrics":{}}`+"\n")...)
	if err := errors.Join(os.WriteFile(filepath.Join(dir, HistoryFile), lines, 0o644), os.Remove(filepath.Join(dir, ModelFile))); err != nil {
		t.Fatal(err)
	}
	w := &walker{metrics: func(int) map[string]float64 { t.Error("an iteration was done"); return nil }}
	if r := train(t, w, context.Background(), Options{Dir: dir, Rewrite: true}); r != (Result{Iterations: 7, Reason: Written}) {
		t.Errorf("found %+v, want the 7 iterations of the state", r)
	}
	if !bytes.Equal(model, read(t, dir, ModelFile)) {
		t.Error("the model differs from the one that the run wrote")
	}
	if !bytes.Equal(state, read(t, dir, StateFile)) || !bytes.Equal(lines, read(t, dir, HistoryFile)) {
		t.Error("the state or the history was touched")
	}
}

func TestDivergence(t *testing.T) {
	energies := func(data, samples float64) map[string]float64 {
		return map[string]float64{"energy_data": data, "energy_samples": samples}
	}
	for _, tc := range []struct {
		name    string
		from    int // first bad iteration
		metrics map[string]float64
		after   int // iterations done when it stops
		want    string
	}{
		{"not a number", 5, map[string]float64{"loss": math.NaN()}, 5, "diverged: loss is NaN"},
		{"infinite", 5, energies(math.Inf(1), 0), 5, "diverged: energy_data is +Inf"},
		{"bottomless", 5, energies(0, -2e4), 5, "want them below 10000"},
		{"apart", 5, energies(0, 6), 5 + patience - 1, "far apart for 200 iterations"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			good := Options{Dir: dir, Iterations: 5, LogEvery: 1}
			train(t, &walker{}, context.Background(), good)
			state := read(t, dir, StateFile)
			w := &walker{metrics: func(i int) map[string]float64 {
				if i < tc.from {
					return energies(0, 0)
				}
				return tc.metrics
			}}
			// Saving after every iteration would overwrite what is good.
			r, err := Run(context.Background(), w.learner(), Options{Dir: dir, Iterations: 1000, Resume: true, SaveEvery: 1})
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "hint: the last good state is kept") {
				t.Errorf("found error %v, want %q in it", err, tc.want)
			}
			if r.Iterations != tc.after {
				t.Errorf("stopped after %d iterations, want %d", r.Iterations, tc.after)
			}
			if !bytes.Equal(state, read(t, dir, StateFile)) {
				t.Error("the last good state was overwritten")
			}
			entries, err := ReadHistory(dir)
			if end := entries[len(entries)-1]; err != nil || !strings.Contains(end.Diverged, tc.want) || end.Iteration != tc.after+1 {
				t.Errorf("the history ends with %+v (%v), want why and after which iteration", end, err)
			}
		})
	}
}

// TestEnergiesApartForAWhile: a gap that closes again is no divergence.
func TestEnergiesApartForAWhile(t *testing.T) {
	w := &walker{metrics: func(i int) map[string]float64 {
		gap := 6.0
		if i%patience == patience-1 {
			gap = 0
		}
		return map[string]float64{"energy_data": 0, "energy_samples": gap}
	}}
	train(t, w, context.Background(), Options{Dir: t.TempDir(), Iterations: 3 * patience})
}

func TestSheetsThatTakeTooLong(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	w := &walker{sheets: func(ctx context.Context) error {
		cancel() // Ctrl-C while the last sheets are drawn
		<-ctx.Done()
		return ctx.Err()
	}}
	r := train(t, w, ctx, Options{Dir: dir})
	if r.Reason != Done || !errors.Is(r.Skipped, context.Canceled) {
		t.Errorf("found %+v, want a finished run that says that its sheets are missing", r)
	}
	read(t, dir, StateFile)
	read(t, dir, ModelFile)
	broken := errors.New("no memory")
	w = &walker{sheets: func(context.Context) error { return broken }}
	if _, err := Run(context.Background(), w.learner(), Options{Dir: t.TempDir()}); !errors.Is(err, broken) {
		t.Errorf("found error %v, want %v", err, broken)
	}
}

func TestFoldersThatAreNotTaken(t *testing.T) {
	used, file := t.TempDir(), filepath.Join(t.TempDir(), "file")
	train(t, &walker{}, context.Background(), Options{Dir: used, Iterations: 2})
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	damaged := t.TempDir()
	data := read(t, used, StateFile)
	if err := os.WriteFile(filepath.Join(damaged, StateFile), data[:len(data)-3], 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name    string
		learner *models.Learner
		options Options
		want    string
	}{
		{"used", (&walker{}).learner(), Options{Dir: used}, "holds a training state already\nhint: go on with --resume"},
		{"below a file", (&walker{}).learner(), Options{Dir: filepath.Join(file, "run")}, "make the run's folder"},
		{"nothing to resume", (&walker{}).learner(), Options{Dir: t.TempDir(), Resume: true}, StateFile},
		{"nothing to rewrite", (&walker{}).learner(), Options{Dir: t.TempDir(), Rewrite: true}, StateFile},
		{"damaged state", (&walker{}).learner(), Options{Dir: damaged, Resume: true}, StateFile},
		{"another network", (&walker{size: 9}).learner(), Options{Dir: used, Resume: true}, "found 4 numbers, want 9"},
	} {
		if _, err := Run(context.Background(), tc.learner, tc.options); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: found error %v, want %q in it", tc.name, err, tc.want)
		}
	}
	other := (&walker{}).learner()
	other.Config["rate"] = "0.25"
	if _, err := Run(context.Background(), other, Options{Dir: used, Resume: true}); err == nil || !strings.Contains(err.Error(), `setting "rate": found 0.25, but the run was started with 0.5`) {
		t.Errorf("another setting: found error %v", err)
	}
	newer := (&walker{}).learner()
	newer.Config["warmth"] = "1" // a setting that came after the run
	if _, err := Run(context.Background(), newer, Options{Dir: used, Resume: true}); err != nil {
		t.Error(err)
	}
	other.Schedule = []string{"rate"}
	if _, err := Run(context.Background(), other, Options{Dir: used, Resume: true}); err != nil {
		t.Errorf("another setting of the schedule: %v", err)
	}
}

func TestDensity(t *testing.T) {
	d := density([]float32{-1, -1, 0, 1})
	if sum := d[0] + d[cosineBins/2] + d[cosineBins-1]; math.Abs(sum*2/cosineBins-1) > 1e-12 || d[0] != 2*d[cosineBins-1] {
		t.Errorf("found %v, want area 1, half of it at -1", d)
	}
}
