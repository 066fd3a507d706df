package studio

import (
	"image"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ebmstudio/sampling"
)

// TestGridFile: a job file makes the same grid again, and says what is wrong with it.
func TestGridFile(t *testing.T) {
	s, o := (&fake{}).open(t, 1<<20)
	job, _ := madeGrid(t, s, o, gridOf(t, o, recipe(o, 2, sampling.Settings{"steps": 3}), "seed=1-5 (+2)", "step_noise=0..1:2"))
	path := filepath.Join(t.TempDir(), "grid.json")
	if err := job.Grid.SaveFile(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := ParseGridFile(data)
	if err != nil {
		t.Fatal(err)
	}
	g, err := file.Grid(o)
	if err != nil || g.X.Text != "seed=1-5 (+2)" || len(g.X.Values) != 3 || len(g.Y.Values) != 2 {
		t.Fatalf("found the edges %q and %q (%v)", g.X.Text, g.Y.Text, err)
	}
	again, _ := madeGrid(t, s, o, g)
	for i, cell := range again.Cells() {
		if !slices.Equal(cell.Result.Pictures.Data, job.Cells()[i].Result.Pictures.Data) {
			t.Errorf("cell %d of the file's grid differs", i)
		}
	}
	swapped := g.Swapped()
	if swapped.X.Name != "step_noise" || swapped.Y.Name != "seed" {
		t.Errorf("swapped: found %s and %s", swapped.X.Name, swapped.Y.Name)
	}
	text := string(data)
	for want, bad := range map[string]string{
		"found version 2, want 1":  strings.Replace(text, `"version": 1`, `"version": 2`, 1),
		"found no recipe":          `{"version": 1, "x": "seed=1"}`,
		"found no x and no y":      `{"version": 1, "recipe": {}}`,
		`unknown field "z"`:        `{"version": 1, "z": "seed=1", "recipe": {}}`,
		"recipe: found no version": `{"version": 1, "x": "seed=1", "recipe": {}}`,
	} {
		if _, err := ParseGridFile([]byte(bad)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("found error %v, want %q", err, want)
		}
	}
}

// TestGridOrder: what is costly to change changes least often.
func TestGridOrder(t *testing.T) {
	_, o := (&fake{}).open(t, 1<<20)
	for edges, want := range map[[2]string][]gridPlace{
		{"seed=1,2", "label=low,high"}: {{column: 0}, {column: 1}, {row: 1}, {column: 1, row: 1}},
		{"label=low,high", "seed=1,2"}: {{}, {row: 1}, {column: 1}, {column: 1, row: 1}},
	} {
		if found := gridOf(t, o, recipe(o, 1, nil), edges[0], edges[1]).order(); !slices.Equal(found, want) {
			t.Errorf("%v: found %v, want %v", edges, found, want)
		}
	}
}

// TestGridCellEnergy is the mean of those that are finite, and stands below the cell.
func TestGridCellEnergy(t *testing.T) {
	c := GridCell{Result: Result{Energies: []float32{1, float32(math.NaN()), 4}}}
	if e, ok := c.Energy(); !ok || e != 2.5 {
		t.Errorf("found %v, %v, want 2.5", e, ok)
	}
	if _, ok := (GridCell{}).Energy(); ok {
		t.Error("a cell without energies has one")
	}
	s, o := (&fake{c: 3, h: 16, w: 16}).open(t, 1<<20)
	job, _ := madeGrid(t, s, o, gridOf(t, o, recipe(o, 1, sampling.Settings{"steps": 2}), "seed=1,2", ""))
	m, err := job.Sheet()
	if err != nil {
		t.Fatal(err)
	}
	l, err := job.Grid.sheetFor(o.Model)
	if err != nil {
		t.Fatal(err)
	}
	from, w, h := l.at(1, 0), 16*l.scale, 16*l.scale
	if !inked(m, image.Rect(from.X, from.Y+h, from.X+w, from.Y+h+captionLine)) {
		t.Error("found no energy below a cell")
	}
}
