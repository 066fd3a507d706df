package studio

import (
	"fmt"
	"image"
	"image/color"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ebmstudio/sampling"
)

// gridOf reads the axes of a grid, either of which may be empty.
func gridOf(t *testing.T, o *Opened, base Recipe, x, y string) Grid {
	t.Helper()
	g := Grid{Base: base}
	for text, axis := range map[string]*Axis{x: &g.X, y: &g.Y} {
		if text == "" {
			continue
		}
		var err error
		if *axis, err = ReadAxis(o.Model, base, text); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// made runs a grid to its end and saves its cells.
func madeGrid(t *testing.T, s *Studio, o *Opened, g Grid) (job *GridJob, paths map[[2]int][]string) {
	t.Helper()
	dir := t.TempDir()
	paths = map[[2]int][]string{}
	g.Save = func(c GridCell) (err error) {
		paths[[2]int{c.Column, c.Row}], err = g.SaveCell(dir, c)
		return err
	}
	job, err := s.Grid(o, g, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := job.Wait(deadline(t)); err != nil {
		t.Fatal(err)
	}
	return job, paths
}

// TestGridIsRuns: a cell is what a run of its recipe makes, and is made again from its
// file.
func TestGridIsRuns(t *testing.T) {
	s, o := (&fake{}).open(t, 1<<20)
	job, paths := madeGrid(t, s, o, gridOf(t, o, recipe(o, 3, nil), "step_noise=0,0.1", "label=low,1"))
	p := job.Progress()
	if p.Phase != Done || p.Step != 40 || p.Steps != 40 || len(job.Cells()) != 4 {
		t.Errorf("found %+v and %d cells, want 40 of 40 steps and 4 cells", p, len(job.Cells()))
	}
	for _, cell := range job.Cells() {
		r := recipe(o, 3, sampling.Settings{"step_noise": 0.1 * float64(cell.Column)})
		r.Terms = []Term{{Weight: 1, Name: o.Model.Labels[cell.Row], Labels: []int{cell.Row}}}
		want, err := run(t, s, o, r).Result()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(cell.Result.Pictures.Data, want.Pictures.Data) || !slices.Equal(cell.Result.Energies, want.Energies) {
			t.Errorf("cell %d, %d differs from a run of its recipe", cell.Column, cell.Row)
		}
		saved := paths[[2]int{cell.Column, cell.Row}]
		if name := fmt.Sprintf("r%dc%d-002.png", cell.Row, cell.Column); len(saved) != 3 || filepath.Base(saved[2]) != name {
			t.Fatalf("found the files %v, want 3 with %s last", saved, name)
		}
		c, err := s.Reproduce(deadline(t), saved[2], o, nil)
		if err != nil || !c.Exact || c.FirstStep != -1 {
			t.Errorf("%s made again: %v, error %v", saved[2], c, err)
		}
	}
}

// TestGridStepsShareARun: pictures on the way cost no run of their own, and each is
// made again from its file, a generator's too.
func TestGridStepsShareARun(t *testing.T) {
	for name, open := range map[string]func() (*Studio, *Opened, *fake){
		"noise":     func() (*Studio, *Opened, *fake) { f := &fake{}; s, o := f.open(t, 1<<20); return s, o, f },
		"generator": func() (*Studio, *Opened, *fake) { s, o := generating(t); return s, o, nil },
	} {
		s, o, f := open()
		base := recipe(o, 2, sampling.Settings{"steps": 9})
		job, paths := madeGrid(t, s, o, gridOf(t, o, base, "seed=1..2", "step=4,0,7"))
		if f != nil && f.calls.Load() != 2*(7+1) {
			t.Errorf("%s: found %d evaluations, want 7 of each seed and one of the last pictures", name, f.calls.Load())
		}
		for _, cell := range job.Cells() {
			step := []int{4, 0, 7}[cell.Row]
			if cell.Result.Steps != step || cell.Result.Recipe.Seed != uint64(1+cell.Column) {
				t.Errorf("%s: found %d steps of seed %d in row %d, want %d", name, cell.Result.Steps, cell.Result.Recipe.Seed, cell.Row, step)
			}
			if len(cell.Result.Energies) != 2 {
				t.Errorf("%s: found the energies %v after %d steps, want 2", name, cell.Result.Energies, step)
			}
			c, err := s.Reproduce(deadline(t), paths[[2]int{cell.Column, cell.Row}][1], o, nil)
			if err != nil || !c.Exact || c.FirstStep != -1 {
				t.Errorf("%s: step %d made again: %v, error %v", name, step, c, err)
			}
		}
	}
}

// TestGridWeights: the words of the recipe follow the weights.
func TestGridWeights(t *testing.T) {
	s, o := (&fake{}).open(t, 1<<20)
	base := recipe(o, 1, sampling.Settings{"steps": 1})
	if err := base.Ask(o.Model, "low AND high"); err != nil {
		t.Fatal(err)
	}
	job, _ := madeGrid(t, s, o, gridOf(t, o, base, "weight:LOW=-1..1:3", ""))
	for i, want := range []string{"-low AND high", "0*low AND high", "low AND high"} {
		r := job.Cells()[i].Result.Recipe
		if r.Expression != want || r.Validate(o.Model) != nil {
			t.Errorf("found the expression %q (%v), want %q", r.Expression, r.Validate(o.Model), want)
		}
	}
}

func TestGridStopped(t *testing.T) {
	f := &fake{}
	var job *GridJob
	begun := make(chan struct{})
	f.before = func(call int) {
		if call == 2*11+5 {
			<-begun
			job.Stop()
		}
	}
	s, o := f.open(t, 1<<20)
	job, err := s.Grid(o, gridOf(t, o, recipe(o, 1, nil), "seed=1..4", ""), nil)
	close(begun)
	if err != nil {
		t.Fatal(err)
	}
	if err := job.Wait(deadline(t)); err != nil {
		t.Fatal(err)
	}
	if cells := job.Cells(); job.Progress().Phase != Stopped || len(cells) != 2 {
		t.Errorf("found phase %s and %d cells, want it stopped with 2", job.Progress().Phase, len(cells))
	}
	if _, err := job.Sheet(); err != nil {
		t.Error(err)
	}
}

// TestGridSheet: whole factors, every pixel at its place, captions where the edges are.
func TestGridSheet(t *testing.T) {
	s, o := (&fake{c: 3, h: 16, w: 16}).open(t, 1<<20)
	job, _ := madeGrid(t, s, o, gridOf(t, o, recipe(o, 1, sampling.Settings{"steps": 2}), "step_noise=0,0.1,0.2", "label=low,high"))
	m, err := job.Sheet()
	if err != nil {
		t.Fatal(err)
	}
	l, err := job.Grid.sheetFor(o.Model)
	if err != nil {
		t.Fatal(err)
	}
	if l.scale != 7 {
		t.Errorf("found the factor %d, want 7", l.scale)
	}
	for _, cell := range job.Cells() {
		from, picture := l.at(cell.Column, cell.Row), cell.Result.Picture(0)
		for y := range 16 * 7 {
			for x := range 16 * 7 {
				if !sameColour(m.At(from.X+x, from.Y+y), picture.At(x/7, y/7)) {
					t.Fatalf("cell %d, %d: pixel %d, %d of the sheet is another than the picture's", cell.Column, cell.Row, x, y)
				}
			}
		}
		if !inked(m, image.Rect(0, from.Y, l.left-gridMargin, from.Y+112)) {
			t.Errorf("row %d: found no caption", cell.Row)
		}
		if !inked(m, image.Rect(from.X, l.top-gridGap-captionLine, from.X+112, l.top-gridGap)) {
			t.Errorf("column %d: found no caption", cell.Column)
		}
	}
	if !inked(m, image.Rect(l.left, 0, l.bounds.Max.X, gridMargin+captionLine)) {
		t.Error("found no name above the columns")
	}
}

func sameColour(a, b color.Color) bool {
	return color.RGBAModel.Convert(a) == color.RGBAModel.Convert(b)
}

// inked reports whether something is drawn in a rectangle.
func inked(m image.Image, r image.Rectangle) bool {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if !sameColour(m.At(x, y), color.Gray{Y: background}) {
				return true
			}
		}
	}
	return false
}

// TestGridCaptions: long ones are broken and cut, never wider than their place.
func TestGridCaptions(t *testing.T) {
	_, o := (&fake{}).open(t, 1<<20)
	long := strings.Repeat("low AND NOT high AND ", 12) + "low"
	g := gridOf(t, o, recipe(o, 4, nil), "compose=low;"+long+";NOT high", "seed=1,12345678901234567890")
	l, err := g.sheetFor(o.Model)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(l.columns[1]); n != captionLines || !strings.HasSuffix(l.columns[1][n-1], "…") {
		t.Errorf("found %q, want %d lines that end in dots", l.columns[1], captionLines)
	}
	for _, lines := range l.columns {
		for _, line := range lines {
			if l.width(line) > l.column {
				t.Errorf("%q is wider than its column", line)
			}
		}
	}
	if w := l.left - 2*gridMargin; w < l.width("12345678901234567890") {
		t.Errorf("found a gutter of %d pixels, want the seed in it", w)
	}
}

func TestAxisValues(t *testing.T) {
	_, o := (&fake{}).open(t, 1<<20)
	o.Model.Knobs = append(slices.Clone(o.Model.Knobs), sampling.Knob{Name: "scale", Min: 1e-3, Max: 1e3, Default: 1, Log: true})
	for text, want := range map[string]string{
		"step_noise=0, 0.5,1":   "0 0.5 1",
		"step_noise=0..1:4":     "0 0.3333 0.6667 1",
		"scale=0.01..100:5":     "0.01 0.1 1 10 100",
		"steps=1..100:3":        "1 51 100",
		"seed=3..1":             "3 2 1",
		"seed=1-4":              "1 2 3 4",
		"seed=1-9 (+3), 20":     "1 4 7 20",
		"steps=10-5(-2)":        "10 8 6",
		"step_noise=0-0.3(+.1)": "0 0.1 0.2 0.3",
		"step_noise=0-1 [3]":    "0 0.5 1",
		"scale=1e-2-1e2 [3]":    "0.01 1 100",
		"step_noise=1e-2":       "1e-2",
		"seed=1-9 (-2)":         "!found the step -2, which does not lead from 1 to 9",
		"seed=1-9 (+0)":         "!found the step +0",
		"seed=1-99999 (+1)":     "!found more than 1024 values",
		"step_noise=0-1":        "!found no count",
		"seed=1-9 [1]":          `!found the count "1"`,
		"seed=1-9 (2)":          "!want a whole number",
		"seed=7,1..2,9":         "7 1 2 9",
		"label= HIGH,0":         "high low",
		"compose=low;low+high;": "!found an empty expression",
		"compose=low; low+high": "low low+high",
		"compose=low;hgih":      "!found no such", // refused with the cell, see TestGridRefuses
		"seed=":                 "!found no values",
		"seed":                  "!want NAME=VALUES",
		"seed=1,,2":             "!found an empty value",
		"seed=-1":               `!found "-1", want a whole number`,
		"seed=1.5":              `!found "1.5", want a whole number`,
		"step=-1":               `!found "-1", want a step`,
		"seed=1,1":              "!found 1 twice",
		"seed=1..100000":        "!found more than 1024 values",
		"step_noise=0..1":       "!found no count, want FROM..TO:COUNT",
		"step_noise=0..1:1":     `!found the count "1"`,
		"step_noise=a..1:3":     `!found "a", want a number`,
		"step_noise=NaN":        `!found "NaN", want a number`,
		"step_noise=2":          "!knob step_noise: found 2, want 0 to 1",
		"steps=1.5":             "!knob steps: found 1.5, want a whole number",
		"guidance=1":            "!unknown knob, want one of steps, step_size, step_noise",
		"label=hgih":            `!unknown class "hgih", did you mean "high"`,
		"weight:hgih=1":         `!unknown class "hgih"`,
	} {
		a, err := ReadAxis(o.Model, recipe(o, 1, nil), text)
		var found []string
		for _, v := range a.Values {
			found = append(found, v.Text)
		}
		if problem, bad := strings.CutPrefix(want, "!"); bad && problem != "found no such" {
			if err == nil || !strings.Contains(err.Error(), problem) {
				t.Errorf("%s: found error %v, want %q", text, err, problem)
			}
		} else if err != nil || !bad && strings.Join(found, " ") != want {
			t.Errorf("%s: found %q, error %v, want %q", text, found, err, want)
		}
	}
}

// TestGridRefuses: everything is known before the first run.
func TestGridRefuses(t *testing.T) {
	f := &fake{}
	s, o := f.open(t, 1<<20)
	composed := recipe(o, 1, nil)
	if err := composed.Ask(o.Model, "low"); err != nil {
		t.Fatal(err)
	}
	plain := recipe(o, 1, nil)
	for _, c := range []struct {
		base       Recipe
		x, y, want string
	}{
		{plain, "", "", "found no axis"},
		{plain, "seed=1", "seed=2", "want two that change different things"},
		{plain, "label=low", "compose=high", "want two that change different things"},
		{composed, "label=low", "", "found classes beside an axis of classes"},
		{plain, "seed=1..33", "step_noise=0..1:32", "found 33 x 32 cells, want at most 1024"},
		{recipe(o, 100, nil), "seed=1..50", "", "want at most 4096 pictures"},
		{plain, "step=3,11", "", "step 11: found a step beyond the run, which has 10"},
		{plain, "step=8", "steps=9,7", "step 8, steps 7: found a step beyond the run, which has 7"},
		{plain, "compose=low;hgih", "", `compose hgih: compose "hgih": character 1: unknown class`},
		{composed, "weight:high=1", "", "weight of high 1: found no high among what is composed"},
	} {
		_, err := s.Grid(o, gridOf(t, o, c.base, c.x, c.y), nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %s: found error %v, want %q", c.x, c.y, err, c.want)
		}
	}
	if f.calls.Load() != 0 {
		t.Errorf("found %d evaluations, want none", f.calls.Load())
	}
}
