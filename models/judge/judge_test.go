package judge

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/models"
	"ebmstudio/sampling"
	"ebmstudio/training"
)

// tinySettings are those of a training that takes a second.
func tinySettings(more ...string) map[string]string {
	m := map[string]string{"batch": "8", "iterations": "60", "warm-up": "2", "width": "4,4", "hidden": "6", "ema": "0.9", "lr": "0.02", "view": "none", "tested": "50"}
	for i := 0; i < len(more); i += 2 {
		m[more[i]] = more[i+1]
	}
	return m
}

// halves is a data set of pictures whose left half is bright or dark, and whose right
// half is: as four classes, or as two attributes.
func halves(attributes bool) models.Data {
	d := models.Data{Name: "halves", C: 1, H: 8, W: 8, Count: 1000, Mean: []float32{0.5}, Std: []float32{0.3}, Labels: []string{"none", "left", "right", "both"}}
	if attributes {
		d.Labels = []string{"no left", "left", "right", "no right"}
		d.Attributes = [][2]int{{1, 0}, {2, 3}}
	}
	draw := func(k sampling.Key, step, n int) (sampling.Images, [][]int, error) {
		x, classes := sampling.NewImages(n, d.C, d.H, d.W), make([][]int, n)
		err := k.Uniforms(sampling.StreamUser+99, step, x, 0, 0.3)
		for i := range n {
			left, right := i%2, i/2%2
			for j := range x.Image(i) {
				if j%d.W < d.W/2 && left == 1 || j%d.W >= d.W/2 && right == 1 {
					x.Image(i)[j] += 0.7
				}
			}
			classes[i] = []int{left + 2*right}
			if attributes {
				classes[i] = []int{left, 3 - right}
			}
		}
		return x, classes, err
	}
	d.Labelled = func(k sampling.Key, step, n int, _ float64, _ bool) (sampling.Images, [][]int, error) {
		return draw(k, step, n)
	}
	d.Test = func(n int) (sampling.Images, [][]int, error) { return draw(sampling.NewKey(77), 0, n) }
	return d
}

func begin(t *testing.T, b compute.Backend, d models.Data, settings map[string]string) *models.Learner {
	t.Helper()
	l, err := Learn(b, d, settings)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestTrainOpenJudge: classes and attributes are learned, the file says how well, and
// what it opens as judges the same.
func TestTrainOpenJudge(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		for _, attributes := range []bool{false, true} {
			dir, d := t.TempDir(), halves(attributes)
			if _, err := training.Run(context.Background(), begin(t, b, d, tinySettings()), training.Options{Dir: dir}); err != nil {
				t.Fatal(err)
			}
			f, err := checkpoint.Open(filepath.Join(dir, training.ModelFile))
			if err != nil {
				t.Fatal(err)
			}
			h, err := ParseHeader(f.Metadata)
			if err != nil {
				t.Fatal(err)
			}
			if h.Accuracy == nil || h.Accuracy.Tested != 50 || h.Accuracy.Right < 0.95 || len(h.Accuracy.Labels) != 4 {
				t.Errorf("attributes %v: accuracy in the file: found %+v, want at least 0.95 of 50 and 4 labels", attributes, h.Accuracy)
			}
			if n := min(50, d.Count); h.Accuracy.LearntFrom != n || h.Accuracy.Learnt < 0.95 {
				t.Errorf("attributes %v: on training pictures: found %v of %d, want at least 0.95 of %d", attributes, h.Accuracy.Learnt, h.Accuracy.LearntFrom, n)
			}
			m, err := Open(b, f, models.Options{})
			if err != nil {
				t.Fatal(err)
			}
			x, classes, err := d.Test(50)
			if err != nil {
				t.Fatal(err)
			}
			p, features, err := m.Classify(x)
			if err != nil {
				t.Fatal(err)
			}
			if got := measure(p, classes, m.Attributes); got.Right != h.Accuracy.Right || !slices.Equal(got.Labels, h.Accuracy.Labels) {
				t.Errorf("attributes %v: the opened judge's accuracy: found %+v, the file says %+v", attributes, got, *h.Accuracy)
			}
			if len(features) != 50 || len(features[0]) != 6 || m.At != nil || m.Name != "halves-cnn" || m.Lo != 0 || m.Hi != 1 {
				t.Errorf("attributes %v: found %d features of %s, want 6 of halves-cnn", attributes, len(features[0]), m.Name)
			}
			pairs := m.Attributes
			if !attributes {
				pairs = nil
			}
			for i, row := range p {
				var sum float64
				for _, v := range row {
					sum += float64(v)
				}
				if want := max(1, float64(len(pairs))); math.Abs(sum-want) > 1e-5 {
					t.Errorf("picture %d: probabilities %v add up to %v, want %v", i, row, sum, want)
				}
			}
		}
	})
}

// TestResume: a run that was interrupted and resumed equals a whole one to the bit.
func TestResume(t *testing.T) {
	b := enginetest.Open(t, "go")
	whole, parts := t.TempDir(), t.TempDir()
	settings := tinySettings("iterations", "6")
	o := training.Options{Dir: whole, SaveEvery: 1, Notify: func(p training.Progress) {
		if p.Iteration == 3 {
			if err := os.CopyFS(parts, os.DirFS(whole)); err != nil {
				t.Error(err)
			}
		}
	}}
	if _, err := training.Run(context.Background(), begin(t, b, halves(true), settings), o); err != nil {
		t.Fatal(err)
	}
	if _, err := training.Run(context.Background(), begin(t, b, halves(true), settings), training.Options{Dir: parts, Resume: true}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{training.StateFile, training.ModelFile} {
		a, err1 := os.ReadFile(filepath.Join(whole, name))
		b, err2 := os.ReadFile(filepath.Join(parts, name))
		if err1 != nil || err2 != nil || string(a) != string(b) {
			t.Errorf("%s: the resumed run differs from the whole one (%v, %v)", name, err1, err2)
		}
	}
}

// TestCrossEntropy compares the first losses with those by hand: the last layer starts
// at 0, so that every class has probability 1/4 and every attribute 1/2.
func TestCrossEntropy(t *testing.T) {
	b := enginetest.Open(t, "go")
	for attributes, want := range map[bool]float64{false: math.Log(4), true: 2 * math.Log(2)} {
		m, err := begin(t, b, halves(attributes), tinySettings()).Step(context.Background(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(m["loss"]-want) > 1e-6 {
			t.Errorf("attributes %v: first loss: found %v, want %v", attributes, m["loss"], want)
		}
	}
}

// TestMeasure by hand: two attributes, three pictures.
func TestMeasure(t *testing.T) {
	pairs := [][2]int{{0, 1}, {2, 3}}
	p := [][]float32{{0.9, 0.1, 0.2, 0.8}, {0.4, 0.6, 0.2, 0.8}, {0.5, 0.5, 0.7, 0.3}}
	a := measure(p, [][]int{{0, 3}, {0, 3}, {1, 2}}, pairs)
	if a.Tested != 3 || math.Abs(a.Right-2.0/3) > 1e-12 || !slices.Equal(a.Labels, []float64{0.5, 1, 1, 1}) {
		t.Errorf("found %+v, want 2/3 right and labels 0.5 1 1 1", a)
	}
}

// TestBadSettings: what cannot be meant is named.
func TestBadSettings(t *testing.T) {
	b := enginetest.Open(t, "go")
	none := halves(false)
	none.Labelled = nil
	odd := halves(true)
	odd.Attributes = [][2]int{{0, 1}, {1, 2}}
	for want, l := range map[string]struct {
		d models.Data
		s map[string]string
	}{
		"no classes":          {none, tinySettings()},
		"hold each of the 4":  {odd, tinySettings()},
		`"view": found "big"`: {halves(false), tinySettings("view", "big")},
		"halved 4 times":      {halves(false), tinySettings("width", "2,2,2,2")},
		"want at least a":     {halves(false), tinySettings("batch", "2000")},
		`"speed": unknown`:    {halves(false), tinySettings("speed", "1")},
	} {
		if _, err := Learn(b, l.d, l.s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("found %v, want an error with %q", err, want)
		}
	}
}

// TestOpenSays holds the errors of files that are almost right.
func TestOpenSays(t *testing.T) {
	b := enginetest.Open(t, "go")
	tensors, about, err := begin(t, b, halves(true), tinySettings()).Model(0)
	if err != nil {
		t.Fatal(err)
	}
	for want, edit := range map[string]func(f *checkpoint.File){
		"missing (judge.hidden.weight)": func(f *checkpoint.File) { delete(f.Tensors, "judge.hidden.weight") },
		"unused (judge.more)": func(f *checkpoint.File) {
			f.Names = append(f.Names, "judge.more")
			f.Tensors["judge.more"] = checkpoint.Float32Tensor([]int{1}, []float32{1})
		},
		`"size": found "8"`:                   func(f *checkpoint.File) { f.Metadata[keySize] = "8" },
		"halved 2 times":                      func(f *checkpoint.File) { f.Metadata[keySize] = "2,2" },
		"found 2 outputs, want 4":             func(f *checkpoint.File) { delete(f.Metadata, keyAttributes) },
		`hold each of the 3 labels once`:      func(f *checkpoint.File) { f.Metadata[keyLabels] = `["a","b","c"]` },
		`metadata "labels"`:                   func(f *checkpoint.File) { f.Metadata[keyLabels] = `["a` },
		"load \"halves\" as judge: found net": nil,
	} {
		f := &checkpoint.File{Path: "halves", Tensors: map[string]checkpoint.Tensor{}, Metadata: map[string]string{}}
		for _, n := range tensors {
			f.Names, f.Tensors[n.Name] = append(f.Names, n.Name), n.Tensor
		}
		for k, v := range about {
			f.Metadata[k] = v
		}
		o := models.Options{}
		if edit == nil {
			o.Net = map[string]string{"size": "8"}
		} else {
			edit(f)
		}
		if _, err := Open(b, f, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("found %v, want an error with %q", err, want)
		}
	}
	if fmt.Sprint((*Accuracy)(nil).text(nil)) == "" {
		t.Error("an accuracy that was not measured says nothing")
	}
}
