package clel

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/fixtures"
	"ebmstudio/models"
)

// edited is a copy of a checkpoint whose tensors may be changed.
func edited(f *checkpoint.File) *checkpoint.File {
	c := *f
	c.Names = slices.Clone(f.Names)
	c.Tensors = map[string]checkpoint.Tensor{}
	for name, t := range f.Tensors {
		c.Tensors[name] = t
	}
	return &c
}

func remove(f *checkpoint.File, match func(name string) bool) {
	f.Names = slices.DeleteFunc(f.Names, match)
	for name := range f.Tensors {
		if match(name) {
			delete(f.Tensors, name)
		}
	}
}

func is(name string) func(string) bool { return func(n string) bool { return n == name } }

// TestOpenSays holds the errors of checkpoints that are almost right.
func TestOpenSays(t *testing.T) {
	c := fixtures.Case(t, "clel/resnet_28")
	file, err := checkpoint.Open(c.Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	const net = "model.ema_ebm."
	for _, test := range []struct {
		name string
		edit func(*checkpoint.File)
		o    models.Options
		want []string // parts of the error
	}{
		{
			"missing", func(f *checkpoint.File) { remove(f, is(net+"stages.1.2.conv1.bias")) },
			models.Options{},
			[]string{"load ", "last.ckpt", "as clel: 1 tensor missing (model.ema_ebm.stages.1.2.conv1.bias)"},
		},
		{"missing in the middle", func(f *checkpoint.File) {
			remove(f, func(n string) bool { return strings.HasPrefix(n, net+"stages.1.1.") })
		}, models.Options{}, []string{"8 tensors missing", "model.ema_ebm.stages.1.1.conv1.parametrizations.weight.original", "..."}},
		{"essential tensor missing", func(f *checkpoint.File) {
			remove(f, func(n string) bool { return strings.HasPrefix(n, net+"head.") })
		}, models.Options{}, []string{"missing (model.ema_ebm.head.0.weight"}},
		{"everything at once", func(f *checkpoint.File) {
			remove(f, is(net+"head.2.bias"))
			f.Names = append(f.Names, net+"head.5.weight")
			f.Tensors[net+"head.5.weight"] = checkpoint.Float32Tensor([]int{1}, []float32{1})
			f.Tensors[net+"stages.0.0.conv1.bias"] = checkpoint.Float32Tensor([]int{3}, []float32{1, 2, 3})
		}, models.Options{}, []string{
			"1 tensor missing (model.ema_ebm.head.2.bias)", "1 unused (model.ema_ebm.head.5.weight)",
			"1 misshapen (model.ema_ebm.stages.0.0.conv1.bias: found [3], want [8])",
		}},
		{"not a number", func(f *checkpoint.File) {
			poison(f, net+"head.0.weight", 7, float32(math.NaN()))
			poison(f, net+"head.0.weight", 9, float32(math.Inf(1)))
		}, models.Options{}, []string{"1 tensor with unusable values (model.ema_ebm.head.0.weight: 2 of 32768 values are NaN or infinite)"}},
		{
			"the encoder too", func(f *checkpoint.File) { remove(f, is("model.ema_encoder.fc.3.bias")) },
			models.Options{},
			[]string{"1 tensor missing (model.ema_encoder.fc.3.bias)"},
		},
		{"no averaged weights", func(f *checkpoint.File) {
			remove(f, func(n string) bool { return strings.HasPrefix(n, "model.ema_") })
		}, models.Options{Weights: "ema"}, []string{"no averaged (ema) weights", "--weights raw"}},
		{"unknown weights", nil, models.Options{Weights: "best"}, []string{`found "best", want ema or raw`}},
		{"unknown option", nil, models.Options{Net: map[string]string{"depth": "3"}}, []string{`network option "depth"`, "want size"}},
		{"size out of range", nil, models.Options{Net: map[string]string{"size": "0"}}, []string{`found size "0"`}},
		{"picture too small", nil, models.Options{Net: map[string]string{"size": "4"}}, []string{"4x4 pixels are too small", "at least 8"}},
		{"size unknown", func(f *checkpoint.File) {
			remove(f, is("model.sampler.memory"))
			f.Config = nil
		}, models.Options{}, []string{"does not tell the size", "--net size=28"}},
		{"another family", func(f *checkpoint.File) {
			remove(f, func(n string) bool { return strings.Contains(n, "ebm.") })
		}, models.Options{}, []string{"found no tensors", "want the energy network"}},
		{"too many blocks", func(f *checkpoint.File) {
			f.Names = append(f.Names, net+"stages.99999999.1.conv1.bias")
		}, models.Options{}, []string{"want at most 16 stages of 64 blocks"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := edited(file)
			if test.edit != nil {
				test.edit(f)
			}
			_, err := Open(nil, f, test.o)
			if err == nil {
				t.Fatal("opened, want an error")
			}
			for _, part := range test.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q\nlacks %q", err, part)
				}
			}
		})
	}
}

// poison writes one value into a copy of a float32 tensor.
func poison(f *checkpoint.File, name string, i int, v float32) {
	t := f.Tensors[name]
	t.Data = slices.Clone(t.Data)
	binary.LittleEndian.PutUint32(t.Data[4*i:], math.Float32bits(v))
	f.Tensors[name] = t
}

// TestReadSizes holds what is read from the shapes alone.
func TestReadSizes(t *testing.T) {
	for name, want := range map[string]struct {
		h, scales, blocks, features int
		stem                        int
	}{
		"clel/resnet_small_32":    {32, 1, 1, 16, 3},
		"clel/resnet_28":          {28, 1, 2, 16, 7},
		"clel/msresnet_32_legacy": {32, 3, 2, 12, 3},
	} {
		file, err := checkpoint.Open(fixtures.Case(t, name).Checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		if !Knows(file) {
			t.Errorf("%s: not known as clel", name)
		}
		c, err := read(file, models.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if c.height != want.h || len(c.net.Scales) != want.scales || len(c.net.Scales[0].Blocks[0]) != want.blocks ||
			c.net.Features != want.features || c.encoder.Stem != want.stem || c.net.Channels != 3 {
			t.Errorf("%s: found %dx%d, net %+v, encoder %+v, want %+v", name, c.height, c.width, c.net, c.encoder, want)
		}
	}
}

// TestKnowsOnlyCLEL: checkpoints of the other families are not taken for CLEL.
func TestKnowsOnlyCLEL(t *testing.T) {
	for _, name := range fixtures.Cases(t, "") {
		for _, path := range fixtures.Case(t, name).Checkpoints {
			file, err := checkpoint.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := Knows(file), strings.HasPrefix(name, "clel/"); got != want {
				t.Errorf("%s: known as clel: %v, want %v", name, got, want)
			}
		}
	}
}

// TestHeader: what is written as metadata is read back.
func TestHeader(t *testing.T) {
	h := Header{
		Name: "fashion", Height: 28, Width: 28, Channels: 1, Labels: []string{"coat", "bag, red"}, TrainedSteps: 900, Iterations: 20000,
		StepSize: 50, StepNoise: 0.005, StepClip: 0.01, Steps: 40, Beta: 0.01,
	}
	got, err := ParseHeader(h.Metadata())
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != h.Name || got.Height != 28 || got.Channels != 1 || !slices.Equal(got.Labels, h.Labels) || got.TrainedSteps != 900 ||
		got.Iterations != 20000 || got.StepSize != 50 || got.StepNoise != 0.005 || got.StepClip != 0.01 || got.Steps != 40 || got.Beta != 0.01 {
		t.Errorf("found %+v, want %+v", got, h)
	}
	for key, text := range map[string]string{keySize: "28x28x", keySteps: "many", keyLabels: "coat", keyBeta: "NaN"} {
		m := h.Metadata()
		m[key] = text
		if _, err := ParseHeader(m); err == nil && key != keySize {
			t.Errorf("metadata %s=%q: no error", key, text)
		}
	}
}
