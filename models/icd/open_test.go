package icd

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/fixtures"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
)

// fixture opens a case's first file; what a test changes in it is its own.
func fixture(t *testing.T, name string) *checkpoint.File {
	t.Helper()
	f, err := checkpoint.Open(fixtures.Case(t, name).Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// flags are the file's options, to be changed.
func flags(f *checkpoint.File) map[string]any {
	return f.Tree.(map[string]any)["FLAGS"].(map[string]any)
}

func remove(f *checkpoint.File, match func(name string) bool) {
	f.Names = slices.DeleteFunc(f.Names, match)
	maps.DeleteFunc(f.Tensors, func(name string, _ checkpoint.Tensor) bool { return match(name) })
}

func is(name string) func(string) bool { return func(n string) bool { return n == name } }

func under(prefix string) func(string) bool {
	return func(n string) bool { return strings.HasPrefix(n, prefix) }
}

// TestOpenSays holds the errors of checkpoints that are almost right.
func TestOpenSays(t *testing.T) {
	const ema = "ema_model_state_dict_0."
	net := func(pairs ...string) models.Options {
		o := models.Options{Net: map[string]string{}}
		for i := 0; i < len(pairs); i += 2 {
			o.Net[pairs[i]] = pairs[i+1]
		}
		return o
	}
	for _, test := range []struct {
		name, file string
		edit       func(*checkpoint.File)
		o          models.Options
		want       []string // parts of the error
	}{
		{
			"missing", "cifar_multiscale", func(f *checkpoint.File) { remove(f, is(ema+"mid_res_2b.conv1.bias")) },
			models.Options{},
			[]string{"load ", "model_30.pth", "as icd: 1 tensor missing (" + ema + "mid_res_2b.conv1.bias)"},
		},
		{"attention is always stored", "cifar_cond_sn", func(f *checkpoint.File) { remove(f, under(ema+"self_attn.")) }, models.Options{}, []string{"7 tensors missing", "self_attn.gamma"}},
		{"not finite", "mnist_legacy", func(f *checkpoint.File) {
			w := f.Tensors[ema+"energy_map.bias"]
			w.Data = slices.Clone(w.Data)
			binary.LittleEndian.PutUint32(w.Data, math.Float32bits(float32(math.Inf(1))))
			f.Tensors[ema+"energy_map.bias"] = w
		}, models.Options{}, []string{"unusable values (" + ema + "energy_map.bias"}},
		{
			"flags of another size", "cifar_multiscale", func(f *checkpoint.File) { flags(f)["filter_dim"] = int64(16) },
			models.Options{},
			[]string{"misshapen", "found [8 3 3 3], want [16 3 3 3]", "hint: the FLAGS say dataset=cifar10 filter_dim=16 multiscale=true"},
		},
		{"flags of one scale", "cifar_multiscale", func(f *checkpoint.File) { flags(f)["multiscale"] = false }, models.Options{}, []string{"unused", "multiscale=false", "--net"}},
		{
			"flags of another version", "cifar_multiscale", func(f *checkpoint.File) { delete(flags(f), "self_attn") },
			models.Options{},
			[]string{`FLAGS: no "self_attn" among`, "want true or false", "another version", "--net self_attn=VALUE"},
		},
		{"flags of another type", "cifar_multiscale", func(f *checkpoint.File) { flags(f)["norm"] = int64(3) }, models.Options{}, []string{"FLAGS: norm: found 3, want true or false", "--net norm=VALUE"}},
		{"width that is no number", "cifar_multiscale", func(f *checkpoint.File) { flags(f)["filter_dim"] = math.NaN() }, models.Options{}, []string{"FLAGS: filter_dim: found NaN"}},
		{"width that is too large", "cifar_multiscale", nil, net("filter_dim", "100000"), []string{"filter_dim 100000: want an even number from 4 to 4096"}},
		{"flags that are something else", "cifar_multiscale", func(f *checkpoint.File) {
			f.Tree.(map[string]any)["FLAGS"] = checkpoint.Opaque{Class: "argparse.Namespace"}
		}, models.Options{}, []string{"FLAGS: found argparse.Namespace, want an EasyDict"}},
		{"no flags", "mnist_legacy", func(f *checkpoint.File) { delete(f.Tree.(map[string]any), "FLAGS") }, models.Options{}, []string{`no "dataset" among 0 options`, "--net dataset=VALUE"}},
		{"unknown data set", "cifar_multiscale", nil, net("dataset", "imagenet"), []string{`dataset "imagenet": want celeba, cifar10, lsun, mnist, object, small or stl`}},
		{"conditional digits", "mnist_legacy", nil, net("cond", "true"), []string{"MNISTModel takes no condition"}},
		{"unknown option", "mnist_legacy", nil, net("depth", "3"), []string{`network option "depth": want model, size or dataset, filter_dim`}},
		{"no such model", "celeba_pair", nil, net("model", "1"), []string{`network option "model": found "1", want one of the file's models: 0`}},
		{"size", "celeba_pair", nil, net("size", "20"), []string{"20x20 pixels are too small"}},
		{"size in words", "celeba_pair", nil, net("size", "large"), []string{`found size "large", want pixels`}},
		{"digits of another size", "mnist_legacy", nil, net("size", "32"), []string{"MNISTModel takes 28x28"}},
		{"unknown weights", "mnist_legacy", nil, models.Options{Weights: "best"}, []string{`found "best", want ema or raw`}},
		{"no averaged weights", "mnist_legacy", func(f *checkpoint.File) { remove(f, under("ema_")) }, models.Options{Weights: "ema"}, []string{"model 0: the file holds no averaged (ema) weights", "--weights raw"}},
		{"no raw weights", "mnist_legacy", func(f *checkpoint.File) { remove(f, under("model_state_dict_0.")) }, models.Options{Weights: "raw"}, []string{"model 0: the file holds no raw weights", "--weights ema"}},
		{"another filter", "cifar_cond_sn", func(f *checkpoint.File) {
			w := f.Tensors[ema+"res_1b.avg_pool.filt"]
			w.Data = slices.Clone(w.Data)
			binary.LittleEndian.PutUint32(w.Data, math.Float32bits(0.5))
			f.Tensors[ema+"res_1b.avg_pool.filt"] = w
		}, models.Options{}, []string{"res_1b.avg_pool.filt", "want the filter [1 2 1]"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := fixture(t, "icd/"+test.file)
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

// TestEnsemble: every model of a file with several can be opened, by number.
func TestEnsemble(t *testing.T) {
	f := fixture(t, "icd/mnist_legacy")
	const from = "ema_model_state_dict_0."
	for _, name := range slices.Clone(f.Names) {
		if rest, ok := strings.CutPrefix(name, from); ok {
			second := "ema_model_state_dict_1." + rest
			f.Names = append(f.Names, second)
			f.Tensors[second] = f.Tensors[name]
		}
	}
	c, err := read(f, models.Options{Net: map[string]string{"model": "1"}})
	if err != nil {
		t.Fatal(err)
	}
	if c.source.prefix != "ema_model_state_dict_1." || c.source.weights != "ema" {
		t.Errorf("source %+v, want the averaged weights of model 1", c.source)
	}
	if _, err := read(f, models.Options{Weights: "raw", Net: map[string]string{"model": "1"}}); err == nil || !strings.Contains(err.Error(), "model 1: the file holds no raw weights") {
		t.Errorf("found error %v, want that model 1 has no raw weights", err)
	}
	if facts := c.facts(); !slices.Contains(facts, models.Fact{Name: "model", Value: "1 of 0, 1"}) {
		t.Errorf("facts %v lack the model's number", facts)
	}
}

// TestFlagsOfResumedRuns: the bound methods among a resumed run's FLAGS harm nothing,
// and what the FLAGS say is shown.
func TestFlagsOfResumedRuns(t *testing.T) {
	f, err := checkpoint.Open(fixtures.Case(t, "icd/celeba_pair").Checkpoints[1])
	if err != nil {
		t.Fatal(err)
	}
	c, err := read(f, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := models.Fact{Name: "FLAGS", Value: "dataset=celeba filter_dim=8 multiscale=true self_attn=true cond=true spec_norm=false norm=true alias=false square_energy=false sigmoid=false"}
	if facts := c.facts(); !slices.Contains(facts, want) {
		t.Errorf("facts %v\nlack %v", facts, want)
	}
}

// TestPublishedNetworks: the networks of the published commands, at their full
// widths, hold exactly the arrays that the authors' files do.
func TestPublishedNetworks(t *testing.T) {
	for _, c := range []struct {
		keys  string
		flags Flags
	}{
		{"keys_cifar10.json", Flags{Dataset: "cifar10", FilterDim: 64, Multiscale: true, SelfAttn: true, Norm: true}},
		{"keys_celeba_cond.json", Flags{Dataset: "celeba", FilterDim: 128, Multiscale: true, SelfAttn: true, Cond: true, Norm: true}},
		{"keys_mnist.json", Flags{Dataset: "mnist", FilterDim: 64, Multiscale: true, SelfAttn: true, Norm: true}},
	} {
		t.Run(c.keys, func(t *testing.T) {
			want := publishedKeys(t, c.keys)
			if c.flags.Dataset == "mnist" {
				c.flags.FilterDim = want["conv1.weight"][0]
			}
			net, err := NewNet(c.flags)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string][]int{}
			for _, s := range net.Specs() {
				got[s.Name] = s.Shape
			}
			for name, shape := range want {
				if !slices.Equal(got[name], shape) {
					t.Errorf("%s: found %v, want %v", name, got[name], shape)
				}
			}
			for name := range got {
				if _, ok := want[name]; !ok {
					t.Errorf("%s: not in the authors' file", name)
				}
			}
		})
	}
}

// TestStandardise: every output channel has mean 0 and unbiased deviation 1.
func TestStandardise(t *testing.T) {
	w := nn.NewArray(2, 3, 3, 3)
	for i := range w.Data {
		w.Data[i] = float32(math.Sin(float64(i)))*0.1 + 0.3
	}
	s := standardise(w)
	for o := range 2 {
		var mean, square float64
		row := s.Data[o*27 : (o+1)*27]
		for _, v := range row {
			mean += float64(v) / 27
		}
		for _, v := range row {
			square += (float64(v) - mean) * (float64(v) - mean) / 26
		}
		// The 1e-5 added to a deviation of 0.07 takes 1.4e-4 off.
		if math.Abs(mean) > 1e-6 || math.Abs(math.Sqrt(square)-1) > 3e-4 {
			t.Errorf("channel %d: mean %v, deviation %v, want 0 and 1", o, mean, math.Sqrt(square))
		}
	}
}

// publishedKeys are names and shapes of a published configuration.
func publishedKeys(t *testing.T, name string) map[string][]int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(fixtures.Dir(t), "icd", name))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Keys [][3]any `json:"keys"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	keys := map[string][]int{}
	for _, k := range file.Keys {
		shape := []int{}
		for _, d := range k[1].([]any) {
			shape = append(shape, int(d.(float64)))
		}
		keys[k[0].(string)] = shape
	}
	return keys
}
