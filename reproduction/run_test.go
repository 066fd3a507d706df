package reproduction

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/models/zoo"
	"ebmstudio/resources"
	"ebmstudio/sampling"
	"ebmstudio/studio"
)

// bundled are the names of the models that the program carries.
func bundled() (names []string) {
	for _, b := range resources.Models() {
		names = append(names, b.Name)
	}
	return names
}

// session is a studio on the pure-Go engine.
func session(t *testing.T) *studio.Studio {
	t.Helper()
	backend := enginetest.Open(t, "go")
	s := studio.New(studio.Config{Families: zoo.Families(), Engine: func(context.Context) (studio.Engine, error) {
		return studio.Engine{Name: "go", Backend: backend}, nil
	}})
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// runner runs experiments in a folder.
func runner(t *testing.T, s *studio.Studio, dir string) *Runner {
	t.Helper()
	open := func(ctx context.Context, all []resources.Bundled, name string) (*studio.Opened, error) {
		i := slices.IndexFunc(all, func(b resources.Bundled) bool { return b.Name == name })
		return s.OpenBytes(ctx, name, all[i].Data, studio.Options{})
	}
	return &Runner{
		Studio: s, Dir: dir, Preset: Small,
		Open: func(ctx context.Context, name string) (*studio.Opened, error) {
			return open(ctx, resources.Models(), name)
		},
		Judge: func(ctx context.Context, o *studio.Opened) (*studio.Opened, error) {
			if o.Model.C == 3 {
				return open(ctx, resources.Judges(), "faces-16")
			}
			return open(ctx, resources.Judges(), "fashion-28")
		},
	}
}

// tiny is an experiment of seconds: two rows of one training.
func tiny() Experiment {
	training := pointModel("tiny", 3, "batch", "4", "width", "4", "blocks", "1", "embedding", "4", "init-width", "4", "init-blocks", "1", "init-groups", "2", "langevin-steps", "1", "levels", "2")
	row := func(name string, steps float64) Row {
		return Row{name, training.Name, []Probe{Points{Data: points, Settings: sampling.Settings{"steps": steps}}, Health{}}}
	}
	return Experiment{
		ID: "E0", Title: "Tiny", Source: "none", Does: "Nothing of use.",
		Paper:    Paper{Columns: []string{"FID"}, Rows: []PaperRow{{"one", "one step", []string{"1.5"}}, {"other", "", []string{"2.5"}}}},
		Measures: []Measure{{inSupport, "the share", 3}, {stable, "the share of trainings", 2}},
		Claims:   []Claim{{Says: "it trains", Measure: stable, Within: []string{"one step", "two steps"}, Low: 1, High: 1}},
		Small:    Preset{Cost: "a second", Seeds: 2, Count: 20, Trainings: []Training{training}, Rows: []Row{row("one step", 1), row("two steps", 2)}},
	}
}

// TestResumes: what was measured before an interruption is not measured again, and a
// training that was done is not done again; another count is another question.
func TestResumes(t *testing.T) {
	s, dir := session(t), t.TempDir()
	r := runner(t, s, dir)
	ctx, stop := context.WithCancel(t.Context())
	r.Notify = func(p Progress) {
		if p.Done == 1 {
			stop()
		}
	}
	if _, err := r.Run(ctx, tiny()); !errors.Is(err, context.Canceled) {
		t.Fatalf("found %v, want the cancellation", err)
	}
	path := filepath.Join(dir, "E0-small", ResultFile)
	first, err := ReadResult(path)
	if err != nil || len(first.Units) == 0 || len(first.Units) == 4 {
		t.Fatalf("found %d rows, %v, want some of four", len(first.Units), err)
	}
	if text := Section(tiny(), first); !strings.Contains(text, " of 4 rows measured so far)") {
		t.Errorf("found no word of the missing rows in\n%s", text)
	}
	trained, err := filepath.Glob(filepath.Join(dir, "models", "tiny-seed1-*", trainedFile))
	if err != nil || len(trained) != 1 {
		t.Fatalf("found the trainings %v, %v, want one of seed 1", trained, err)
	}
	before, err := os.Stat(trained[0])
	if err != nil {
		t.Fatal(err)
	}
	r.Notify = nil
	release, err := studio.LockFolder(filepath.Join(dir, "E0-small"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Run(t.Context(), tiny()); err == nil || !strings.Contains(err.Error(), "is being worked in by") {
		t.Errorf("found %v, want that another process works there", err)
	}
	release()
	whole, err := r.Run(t.Context(), tiny())
	if err != nil || len(whole.Units) != 4 {
		t.Fatalf("found %d rows, %v, want four", len(whole.Units), err)
	}
	if u := whole.Units[0]; u.Seconds != first.Units[0].Seconds || u.Row != "one step" || u.Values[stable] != 1 {
		t.Errorf("found %+v, want the first row as it was measured: %+v", u, first.Units[0])
	}
	if after, err := os.Stat(trained[0]); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("the model was trained again (%v)", err)
	}
	for _, c := range tiny().Claims {
		if v := c.Check(whole); v.Outcome != Holds || v.Of != 2 {
			t.Errorf("%s: found %+v", c.Says, v)
		}
	}
	text := Section(tiny(), whole)
	for _, want := range []string{"| one step | 1.5 | ", "| other (paper alone) | 2.5 | - | - |", "N = 20 a row and seed, seeds 1 to 2", "| it trains | stable | holds | 1.00 | 2 of 2 |  |"} {
		if !strings.Contains(text, want) {
			t.Errorf("found no %q in\n%s", want, text)
		}
	}
	r.Count, r.Seeds = 10, 1
	again, err := r.Run(t.Context(), tiny())
	if err != nil || len(again.Units) != 2 || again.Units[0].Key == whole.Units[0].Key {
		t.Errorf("found %d rows, %v, want two of another count", len(again.Units), err)
	}
}

// TestSettings: what rows ask of bundled models their knobs can do.
func TestSettings(t *testing.T) {
	s := session(t)
	r := runner(t, s, t.TempDir())
	for _, e := range All() {
		for _, preset := range []string{Small, Full} {
			p, err := e.Preset(preset)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range p.Rows {
				if !slices.Contains(bundled(), row.Model) {
					continue
				}
				o, err := r.Open(t.Context(), row.Model)
				if err != nil {
					t.Fatal(err)
				}
				for _, probe := range row.Probes {
					asked, ok := probe.(interface {
						recipe(*studio.Opened) studio.Recipe
					})
					if !ok {
						continue
					}
					if err := o.Check(asked.recipe(o)); err != nil {
						t.Errorf("%s %s, %s: %v", e.ID, preset, row.Name, err)
					}
				}
			}
		}
	}
}

// depending is a probe that depends on what is on the machine.
type depending struct{ found *string }

func (depending) Measure(context.Context, *Bench) (map[string]float64, error) { return nil, nil }

func (d depending) Found() string { return *d.found }

// MarshalJSON is of what the probe asks, which stays the same.
func (depending) MarshalJSON() ([]byte, error) { return []byte("{}"), nil }

// TestFetchedData: a row that was measured without data that has to be fetched is another
// question once it is there; and what is said of the sets of E6 is said of all.
func TestFetchedData(t *testing.T) {
	w, found := &walk{}, ""
	row := Row{Probes: []Probe{depending{&found}}}
	without := w.key(row)
	if w.key(row) != without {
		t.Error("found another key for the same, want the row taken over")
	}
	found = studio.FetchedData
	if w.key(row) == without {
		t.Error("found the same key with and without the data, want the row measured anew")
	}
	for _, set := range append(studio.MadeSets(), studio.FetchedData) {
		if setMeans[set] == "" {
			t.Errorf("found no words about %s", set)
		}
	}
	if there := (Outliers{Others: []string{studio.FetchedData}}).Found() != ""; there != studio.DataThere(studio.FetchedData) {
		t.Errorf("found the digits among E6's sets: %v, on the machine: %v", there, !there)
	}
}

// TestMeter: an iteration in which something is compiled does not count, nor does what was
// spent before the first one; iterations that are not seen share their time.
func TestMeter(t *testing.T) {
	times := []float64{50, 52, 54, 90, 96, 98}
	m := &meter{spent: func() (float64, bool) {
		now := times[0]
		times = times[1:]
		return now, true
	}}
	for _, iteration := range []int{101, 102, 103, 104, 107, 108} {
		m.see(iteration)
	}
	if each := m.median(); each != 2 {
		t.Errorf("found %g an iteration, want 2", each)
	}
	unknown := &meter{spent: func() (float64, bool) { return 0, false }}
	unknown.see(1)
	unknown.see(2)
	if each := unknown.median(); each != 0 {
		t.Errorf("found %g where no system says it, want 0", each)
	}
}

// TestCourse: a course begins where the chains walk, after iterations without them.
func TestCourse(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	for i, moved := range []float64{0, 0, 0, 0.4, 0.3, 0.2, 0.1} {
		fmt.Fprintf(&text, "{\"iteration\":%d,\"metrics\":{\"moved\":%g}}\n", i+1, moved)
	}
	if err := os.WriteFile(filepath.Join(dir, studio.TrainHistoryFile), []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	values, err := Health{Courses: map[string]string{course: "moved"}}.Measure(t.Context(), &Bench{Trained: &Trained{Dir: dir}})
	if got := values[course]; err != nil || math.Abs(got-0.25) > 1e-12 {
		t.Errorf("found a course of %g (%v), want .1/.4", got, err)
	}
}
