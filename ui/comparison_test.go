package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2/widget"

	"ebmstudio/checkpoint"
	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

// averagedFile is a copy of a checkpoint with an average of one of its tensors.
func averagedFile(t *testing.T) string {
	t.Helper()
	file, err := checkpoint.Open(studiotest.WriteCheckpoint(t, "a.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	var all []checkpoint.Named
	for _, name := range file.Names {
		all = append(all, checkpoint.Named{Name: name, Tensor: file.Tensors[name]})
	}
	half := make([]float32, 16)
	for i := range half {
		half[i] = float32(i) / 16
	}
	all = append(all, checkpoint.Named{Name: "ema_analytic.bias", Tensor: checkpoint.Float32Tensor([]int{16}, half)})
	path := filepath.Join(t.TempDir(), "averaged.safetensors")
	if err := checkpoint.Write(path, all, map[string]string{"family": "analytic"}); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCompareWeights(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("b.safetensors")
	other := r.now
	r.drop(averagedFile(t))
	r.until("the model is open", func() bool { return len(r.sessions) == 2 })
	r.tasks.to(taskTensors)
	r.inspector.to(insightCompare)
	v := r.inspector.compare
	if v.both.Disabled() || !v.hint.Visible() || v.table.Visible() {
		t.Fatal("before a comparison it does not say what to do, or cannot compare both kinds")
	}

	v.compareKinds()
	r.until("averaged and raw weights are compared", func() bool { return r.now.compared != nil })
	if !strings.Contains(v.note.Text, "A: averaged.safetensors (ema) · B: averaged.safetensors (raw)") || len(v.shown) != 2 || v.hint.Visible() {
		t.Errorf("found %q with %d pairs", v.note.Text, len(v.shown))
	}
	text := func(row, column int) string {
		l := widget.NewLabel("")
		v.cell(widget.TableCellID{Row: row, Col: column}, l)
		return l.Text
	}
	// The average is half of the tensor: b - a is a.
	if text(0, 0) != "analytic.bias" || text(0, 3) != "1" || text(0, 4) != "1.00000" || text(1, 2) != "only in B" {
		t.Errorf("found %q, relative distance %q, cosine %q; then %q", text(0, 0), text(0, 3), text(0, 4), text(1, 2))
	}

	v.compareWith(func() (*studio.Opened, error) { return other.opened, nil })
	r.until("the open models are compared", func() bool { return strings.Contains(v.note.Text, "B: b.safetensors") })
	if v.which.SetSelectedIndex(int(studio.OnlyInA) + 1); len(v.shown) != 1 || v.shown[0].Name != "ema_analytic.bias" || v.which.Selected != "only in A (1)" {
		t.Errorf("%s: found %+v", v.which.Selected, v.shown)
	}

	broken := filepath.Join(t.TempDir(), "broken.ckpt")
	if err := os.WriteFile(broken, []byte("Dear diary"), 0o600); err != nil {
		t.Fatal(err)
	}
	v.compareFile(broken)
	r.until("a file that is none is told", func() bool { return strings.Contains(r.problem, "broken.ckpt") })
	if r.now.compared == nil || len(v.shown) != 1 {
		t.Error("the comparison before is lost")
	}
	v.compareKinds()
	r.switchTo(other) // its comparison ends
	r.settle(patience / 300)
	if !v.both.Disabled() || other.compared != nil || !v.hint.Visible() {
		t.Error("a file without averages offers both kinds, or shows another model's comparison")
	}
}
