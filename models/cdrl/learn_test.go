package cdrl

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/models"
	"ebmstudio/sampling"
	"ebmstudio/training/trainingtest"
)

// tinySettings are those of a training that takes no time, with more by name.
func tinySettings(more ...string) map[string]string {
	m := map[string]string{
		"batch": "4", "iterations": "6", "warm-up": "2", "langevin-steps": "2", "levels": "3", "ema": "0.5",
		"width": "4", "multiples": "1,2", "blocks": "1", "embedding": "4",
		"init-width": "4", "init-multiples": "1,1", "init-blocks": "1", "init-groups": "2",
	}
	for i := 0; i < len(more); i += 2 {
		m[more[i]] = more[i+1]
	}
	return m
}

// brightness is a data set of two classes, bright pictures and dark ones.
func brightness() models.Data {
	d := models.Data{Name: "brightness", C: 1, H: 8, W: 8, Count: 100, Labels: []string{"dark", "bright"}}
	d.Batch = func(k sampling.Key, step, n int, _ float64, _ bool) (sampling.Images, error) {
		x := sampling.NewImages(n, d.C, d.H, d.W)
		err := k.Uniforms(sampling.StreamUser+99, step, x, 0, 0.5)
		for i := range n {
			for j := range x.Image(i) {
				x.Image(i)[j] += 0.5 * float32(i%2)
			}
		}
		return x, err
	}
	d.Labelled = func(k sampling.Key, step, n int, noise float64, flip bool) (sampling.Images, [][]int, error) {
		x, err := d.Batch(k, step, n, noise, flip)
		classes := make([][]int, n)
		for i := range classes {
			classes[i] = []int{i % 2}
		}
		return x, classes, err
	}
	return d
}

// board is a checkerboard of 8 squares of side 4 between -8 and 8.
func board() models.Data {
	return models.Data{Name: "board", C: 2, H: 1, W: 1, Count: math.MaxInt32, Batch: func(k sampling.Key, step, n int, _ float64, _ bool) (sampling.Images, error) {
		u, x := sampling.NewImages(n, 3, 1, 1), sampling.NewImages(n, 2, 1, 1)
		err := k.Uniforms(sampling.StreamUser+99, step, u, 0, 1)
		for i := range n {
			square := int(8 * u.Image(i)[0])
			x.Image(i)[0] = 4*(float32(2*(square%2)+square/2%2)+u.Image(i)[1]) - 8
			x.Image(i)[1] = 4*(float32(square/2)+u.Image(i)[2]) - 8
		}
		return x, err
	}}
}

// onBoard is the part of points that lies on the squares: 0.5 of uniform ones.
func onBoard(x sampling.Images) float64 {
	on := 0
	for i := range x.N {
		column, row := math.Floor(float64(x.Image(i)[0]+8)/4), math.Floor(float64(x.Image(i)[1]+8)/4)
		if column >= 0 && column < 4 && row >= 0 && row < 4 && int(column+row)%2 == 0 {
			on++
		}
	}
	return float64(on) / float64(x.N)
}

func tinyLearner(t testing.TB, b compute.Backend, data models.Data, settings map[string]string) *learner {
	t.Helper()
	c, err := ParseLearnConfig(settings, isPoints(data))
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLearner(b, data, c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func begin(t testing.TB, b compute.Backend, data models.Data, settings map[string]string) *models.Learner {
	t.Helper()
	l, err := Learn(b, data, settings)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestResume: 6 iterations leave the same bytes as 3, a new process's learner and 3
// more, on every engine. All weights and both optimisers have moved by then.
func TestResume(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		data, settings := brightness(), tinySettings("multiples", "1", "init-multiples", "1")
		if !strings.HasSuffix(t.Name(), "/go") { // XLA takes minutes to compile what runs for milliseconds
			data = board()
		}
		f := trainingtest.Resumes(t, 3, func() *models.Learner { return begin(t, b, data, settings) })
		start, err := tinyLearner(t, b, data, settings).state()
		if err != nil {
			t.Fatal(err)
		}
		for _, was := range start {
			if string(was.Tensor.Data) == string(f.Tensors[was.Name].Data) {
				t.Errorf("%s has not moved", was.Name)
			}
		}
	})
}

// TestLearnVariants: pictures and points, the rows of Tables 9 and 10 and the other
// switches train, and what they write opens and samples.
func TestLearnVariants(t *testing.T) {
	b := enginetest.Open(t, "go")
	for _, more := range [][]string{
		{"conditional", "false"},
		{"initializer", "false", "proposal-noise", "0"},
		{"shared-noise", "false"},
		{"init-data", "1"},
		{"level-each", "false"},
		{"levels", "2", "logsnr-min", "-4", "logsnr-max", "6"},
		{"spectral", "false", "activation", "swish", "add-q", "true", "grad-norm", "0"},
		{"init-attend", "8,4"},
		{"points", "", "level-each", "true", "spectral", "true"},
		{"points", ""},
	} {
		t.Run(strings.Join(more, " "), func(t *testing.T) {
			data, settings := brightness(), tinySettings(more...)
			points := more[0] == "points"
			if points {
				data = board()
				delete(settings, "points")
			}
			l := begin(t, b, data, settings)
			for i := range 2 {
				m, err := l.Step(context.Background(), i)
				if err != nil {
					t.Fatal(err)
				}
				if _, found := m["initializer_loss"]; found == (more[0] == "initializer") {
					t.Errorf("found measurements %v", m)
				}
				for name, v := range m {
					if math.IsNaN(v) || math.IsInf(v, 0) {
						t.Errorf("%s is %v", name, v)
					}
				}
			}
			sheets, err := l.Sheets(context.Background(), 2)
			if err != nil || len(sheets) != 1 || sheets[0].Pictures.N == 0 {
				t.Fatalf("found %d sheets, error %v", len(sheets), err)
			}
			for _, v := range sheets[0].Pictures.Data {
				if math.IsNaN(float64(v)) {
					t.Fatal("a sheet has a pixel that is no number")
				}
			}
			for _, weights := range []string{"ema", "raw"} {
				m, err := Open(b, trainingtest.Model(t, l, 2), models.Options{Weights: weights})
				if err != nil {
					t.Fatal(err)
				}
				if m.Name != data.Name || m.H != data.H || points != (m.Hi == pointRange) || (len(m.Labels) == 2) == (points || more[0] == "conditional") {
					t.Errorf("found %q, %d pixels up to %v, labels %q", m.Name, m.H, m.Hi, m.Labels)
				}
			}
		})
	}
}

// TestSilent: a model trained without an initializer has one that proposes its input.
func TestSilent(t *testing.T) {
	b := enginetest.Open(t, "go")
	for name, data := range map[string]models.Data{"pictures": brightness(), "points": board()} {
		l := begin(t, b, data, tinySettings("initializer", "false"))
		if _, err := l.Step(context.Background(), 0); err != nil {
			t.Fatal(err)
		}
		c := must[*contents](t)(read(trainingtest.Model(t, l, 1), models.Options{}))
		n := must[*network](t)(c.place(b))
		x := n.start(sampling.NewKey(1), 3)
		y := must[sampling.Images](t)(n.proposed(x, n.schedule.Levels[1], compose(nil, 0, false)))
		if !slices.Equal(x.Data, y.Data) {
			t.Errorf("%s: the initializer changes its input", name)
		}
	}
}

// TestRevise: the chains of training are those of sampling: a proposal and Langevin
// steps down the energy of the opened model, under the same noise.
func TestRevise(t *testing.T) {
	b := enginetest.Open(t, "go")
	for name, data := range map[string]models.Data{"pictures": brightness(), "points": board()} {
		l := tinyLearner(t, b, data, tinySettings("langevin-steps", "3", "label-dropout", "0", "init-dropout", "0", "level-each", "false"))
		for i := range 3 { // so that layers that start at 0 do not
			must[map[string]float64](t)(l.step(context.Background(), i))
		}
		list, about, err := l.model(3)
		if err != nil {
			t.Fatal(err)
		}
		n := must[*network](t)(must[*contents](t)(read(trainingtest.File(list, about), models.Options{Weights: "raw"})).place(b))
		p := must[pairs](t)(l.pairs(5))
		if err := l.refold(l.energy.weights, &l.effective); err != nil {
			t.Fatal(err)
		}
		for _, level := range l.schedule.Levels {
			p.levels = []Level{level}
			d := l.place(p)
			revised, err := l.revise(context.Background(), l.key, 0, d, l.effective, l.proposal.weights)
			if err != nil {
				t.Fatal(err)
			}
			found := must[sampling.Images](t)(hostImages(revised, p.noisy))
			var mix mixture
			if p.labels != nil {
				mix = mixture{{p.labels, 1}}
			}
			c := must[choices](t)(n.choose(sampling.Settings{"steps": 3, "step_rule": 0}, n.sampler.knobs()))
			stage := must[sampling.Stage](t)(n.stage(c, level, n.asks(mix)))
			stage.Finish = nil
			// Sampling numbers the proposals by the level.
			key := sampling.RecordedBy(func(stream sampling.Stream, image, step int, dst []float32) error {
				if stream == sampling.StreamPropose {
					step = 0
				}
				return l.key.Normal(stream, image, step, dst)
			})
			var last sampling.Images
			for s, err := range sampling.Run(context.Background(), key, p.noisy.Clone(), sampling.Plan{stage}) {
				if err != nil {
					t.Fatal(err)
				}
				last = s.X
			}
			close32(t, fmt.Sprintf("%s, level %d", name, level.I), found.Data, last.Data, 1e-5)
		}
	}
}

// TestBoardRuns: a checkerboard trains for a few iterations with the default networks,
// and its losses are finite and move.
func TestBoardRuns(t *testing.T) {
	l := begin(t, enginetest.Open(t, "go"), board(), map[string]string{"batch": "32", "warm-up": "1"})
	var first, last map[string]float64
	for i := range 4 {
		m, err := l.Step(context.Background(), i)
		if err != nil {
			t.Fatal(err)
		}
		if last = m; i == 0 {
			first = m
		}
	}
	if first["initializer_loss"] == last["initializer_loss"] || math.IsNaN(last["energy_data"]) {
		t.Errorf("found %v, then %v", first, last)
	}
}

func TestLearnSettings(t *testing.T) {
	for _, points := range []bool{false, true} {
		c, err := ParseLearnConfig(nil, points)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseLearnConfig(c.Settings(), !points)
		if err != nil || fmt.Sprint(again) != fmt.Sprint(c) {
			t.Errorf("settings do not survive being written: %+v, error %v, want %+v", again, err, c)
		}
	}
	for _, tc := range []struct{ name, value, want string }{
		{"learning-rate", "1", `"learning-rate": unknown, want one of activation, add-q`},
		{"lr", "fast", `"lr": found "fast", want a value such as 0.001`},
		{"lr", "0", `"lr": found 0, want a number above 0`},
		{"init-data", "2", `"init-data": found 2, want a number from 0, at most 1`},
		{"multiples", "1,0", `"multiples": found 0`},
		{"multiples", "none", `want a multiple of the width for each scale`},
		{"init-groups", "0", `"init-groups": found 0, want a number from 1`},
		{"init-groups", "3", `"init-groups": found 3, want a divisor`},
		{"activation", "tanh", `"activation": found "tanh", want lrelu or swish`},
		{"logsnr-min", "12", `log-SNR from 12 to 9.8`},
		{"ema", "1", `"ema": found 1`},
		{"label-dropout", "NaN", `"label-dropout"`},
	} {
		if _, err := ParseLearnConfig(tinySettings(tc.name, tc.value), false); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s %s: found error %v, want %q in it", tc.name, tc.value, err, tc.want)
		}
	}
	data := brightness()
	data.H = 9
	if _, err := Learn(enginetest.Open(t, "go"), data, tinySettings()); err == nil || !strings.Contains(err.Error(), "found pictures of 9x8 pixels, want squares") {
		t.Errorf("found error %v", err)
	}
	data.Count = 3
	if _, err := Learn(enginetest.Open(t, "go"), data, tinySettings()); err == nil || !strings.Contains(err.Error(), "found 3 pictures, want at least a batch of 4") {
		t.Errorf("found error %v", err)
	}
}

// TestRestoreRefuses: a state that does not fit is an error that names the tensor,
// and leaves the learner as it was.
func TestRestoreRefuses(t *testing.T) {
	trainingtest.Refuses(t, begin(t, enginetest.Open(t, "go"), board(), tinySettings()), map[string]func(*checkpoint.File){
		"adam_v.init.h1.weight": func(f *checkpoint.File) { delete(f.Tensors, "adam_v.init.h1.weight") },
		"ema_ebm.final_dense.weight": func(f *checkpoint.File) {
			f.Tensors["ema_ebm.final_dense.weight"] = checkpoint.Float32Tensor([]int{2}, []float32{0, 0})
		},
	})
}
