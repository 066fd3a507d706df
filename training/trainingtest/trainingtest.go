// Package trainingtest holds what the training of every family must keep to, as checks
// that their tests call.
package trainingtest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
	"ebmstudio/training"
)

// File is a checkpoint of these tensors, in memory.
func File(list []checkpoint.Named, about map[string]string) *checkpoint.File {
	f := &checkpoint.File{Path: "model.safetensors", Tensors: map[string]checkpoint.Tensor{}, Metadata: about}
	for _, n := range list {
		f.Names = append(f.Names, n.Name)
		f.Tensors[n.Name] = n.Tensor
	}
	return f
}

// Model is the checkpoint that a training would write after so many iterations.
func Model(t testing.TB, l *models.Learner, iterations int) *checkpoint.File {
	t.Helper()
	list, about, err := l.Model(iterations)
	if err != nil {
		t.Fatal(err)
	}
	return File(list, about)
}

// Resumes checks that a whole run leaves the same bytes as one that was cut off after
// the iteration at and gone on with by a learner of a new process, and returns the
// state of the whole run. begin makes such a learner; it is called twice.
func Resumes(t *testing.T, at int, begin func() *models.Learner) *checkpoint.File {
	t.Helper()
	whole, parts := t.TempDir(), t.TempDir()
	o := training.Options{Dir: whole, SaveEvery: 1, Notify: func(p training.Progress) {
		if p.Iteration == at { // what a run that was interrupted here leaves
			if err := os.CopyFS(parts, os.DirFS(whole)); err != nil {
				t.Error(err)
			}
		}
	}}
	if _, err := training.Run(context.Background(), begin(), o); err != nil {
		t.Fatal(err)
	}
	r, err := training.Run(context.Background(), begin(), training.Options{Dir: parts, Resume: true})
	if err != nil {
		t.Fatal(err)
	}
	if r.Iterations <= at {
		t.Fatalf("the resumed run ended at iteration %d, want more than %d", r.Iterations, at)
	}
	for _, name := range []string{training.StateFile, training.ModelFile} {
		a, err1 := os.ReadFile(filepath.Join(whole, name))
		b, err2 := os.ReadFile(filepath.Join(parts, name))
		if err1 != nil || err2 != nil || string(a) != string(b) {
			t.Errorf("%s: the resumed run differs from the whole one (%v, %v)", name, err1, err2)
		}
	}
	f, err := checkpoint.Open(filepath.Join(whole, training.StateFile))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Refuses checks that a state which a change has made unfit is an error that holds the
// change's name, usually the tensor's, and leaves the learner as it was.
func Refuses(t *testing.T, l *models.Learner, changes map[string]func(*checkpoint.File)) {
	t.Helper()
	state := func() *checkpoint.File {
		list, err := l.State()
		if err != nil {
			t.Fatal(err)
		}
		return File(list, nil)
	}
	before := state()
	for name, change := range changes {
		f := state()
		for n, v := range f.Tensors { // a state of other numbers
			if v.DType == "float32" && len(v.Data) > 4 {
				f.Tensors[n] = checkpoint.Float32Tensor(v.Shape, make([]float32, len(v.Data)/4))
			}
		}
		change(f)
		if err := l.Restore(f); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: found error %v", name, err)
		}
		for n, v := range state().Tensors {
			if string(v.Data) != string(before.Tensors[n].Data) {
				t.Errorf("%s: the refused state changed %s", name, n)
			}
		}
	}
}
