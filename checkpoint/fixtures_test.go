package checkpoint_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/fixtures"
)

// key is an entry of the key lists of meta.json: [name, shape, dtype].
type key struct {
	name  string
	shape []int
	dtype string
}

func (k *key) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&k.name, &k.shape, &k.dtype})
}

// prefixes says under which names of a checkpoint the key lists of meta.json are.
var prefixes = map[string]map[string][]string{
	"clel":   {"keys": {"model."}},
	"cdrl":   {"keys_pi": {"pi_state_dict."}, "keys_p": {"p_state_dict."}},
	"icd":    {"keys": {"model_state_dict_0.", "ema_model_state_dict_0."}},
	"vaeebm": {"keys": {""}},
}

func TestFixturesOpen(t *testing.T) {
	for _, name := range fixtures.Cases(t, "") {
		c := fixtures.Case(t, name)
		for _, path := range c.Checkpoints {
			t.Run(name+"/"+filepath.Base(path), func(t *testing.T) {
				f, err := checkpoint.Open(path)
				if err != nil {
					t.Fatal(err)
				}
				checkFormat(t, c, f)
				lists := prefixes[c.Meta.Family]
				if name == "icd/block_groupnorm" {
					lists = map[string][]string{"keys": {""}}
				}
				if strings.HasSuffix(path, ".pdparams") {
					checkPaddle(t, c, f)
					return
				}
				for list, under := range lists {
					var keys []key
					c.Decode(t, list, &keys, false)
					for _, prefix := range under {
						checkKeys(t, f, prefix, keys)
					}
				}
			})
		}
	}
}

func checkFormat(t *testing.T, c *fixtures.Fixture, f *checkpoint.File) {
	t.Helper()
	want := map[bool]string{true: checkpoint.PyTorchZip, false: checkpoint.PyTorchLegacy}[strings.HasPrefix(c.Meta.Format, "zip")]
	if strings.HasSuffix(f.Path, ".pdparams") {
		want = checkpoint.Pickle
	}
	if f.Format != want {
		t.Errorf("format %q, want %q", f.Format, want)
	}
	recorded := c.Meta.Raw["checkpoint_sha256"] // block_groupnorm has none
	if len(f.SHA256) != 64 || recorded != nil && !strings.Contains(string(recorded), f.SHA256) {
		t.Errorf("sha256 %s, want %s", f.SHA256, recorded)
	}
	if wantConfig := c.Meta.Family == "clel" || c.Meta.Family == "vaeebm"; (f.Config != nil) != wantConfig {
		t.Errorf("config %v", f.Config)
	}
}

// checkKeys wants the tensors under prefix to be exactly keys, in their order.
func checkKeys(t *testing.T, f *checkpoint.File, prefix string, keys []key) {
	t.Helper()
	var names []string
	for _, n := range f.Names {
		if rest, ok := strings.CutPrefix(n, prefix); ok {
			names = append(names, rest)
		}
	}
	if len(keys) == 0 || len(names) != len(keys) {
		t.Errorf("%q: %d tensors, want %d", prefix, len(names), len(keys))
	}
	for i, k := range keys {
		x, ok := f.Tensors[prefix+k.name]
		if !ok || !slices.Equal(x.Shape, k.shape) || x.DType != k.dtype {
			t.Errorf("%s%s: %s %v, want %s %v", prefix, k.name, x.DType, x.Shape, k.dtype, k.shape)
		}
		if i < len(names) && names[i] != k.name {
			t.Errorf("%q: tensor %d is %q, want %q", prefix, i, names[i], k.name)
		}
	}
}

// checkPaddle compares the .pdparams with the .pth of the same weights.
func checkPaddle(t *testing.T, c *fixtures.Fixture, f *checkpoint.File) {
	t.Helper()
	twin, err := checkpoint.Open(c.Checkpoints[0])
	if err != nil {
		t.Fatal(err)
	}
	var nets map[string][]key
	c.Decode(t, "keys_pdparams", &nets, false)
	torch := map[string]string{"netEBM": "ebm.", "netG": "generator.", "netE": "encoder."}
	compared := 0
	for net, keys := range nets {
		checkKeys(t, f, net+".", keys)
		for _, k := range keys {
			name := strings.NewReplacer("._mean", ".running_mean", "._variance", ".running_var").Replace(torch[net] + k.name)
			want, err1 := twin.Tensors[name].Float32s()
			got, err2 := f.Tensors[net+"."+k.name].Float32s()
			if err1 != nil || err2 != nil {
				t.Fatal(name, err1, err2)
			}
			if len(k.shape) == 2 { // linear weights are transposed
				rows, cols := k.shape[0], k.shape[1]
				turned := make([]float32, len(got))
				for i := range got {
					turned[(i%cols)*rows+i/cols] = got[i]
				}
				got = turned
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s differs from %s of the .pth", k.name, name)
			}
			compared++
		}
	}
	if compared == 0 {
		t.Error("nothing compared")
	}
	if epoch, ok := f.Tree.(map[string]any)["epoch"].(int64); !ok || epoch < 0 {
		t.Errorf("epoch is %v", f.Tree.(map[string]any)["epoch"])
	}
}

func TestFLAGSBecomePlainMappings(t *testing.T) {
	for _, name := range []string{"icd/celeba_pair", "icd/mnist_legacy"} {
		c := fixtures.Case(t, name)
		for _, path := range c.Checkpoints {
			f, err := checkpoint.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			flags, ok := f.Tree.(map[string]any)["FLAGS"].(map[string]any)
			if !ok {
				t.Fatalf("%s: FLAGS is %T", path, f.Tree.(map[string]any)["FLAGS"])
			}
			if _, ok := flags["filter_dim"].(int64); !ok {
				t.Errorf("%s: filter_dim is %v", path, flags["filter_dim"])
			}
			for k, v := range flags {
				if strings.Contains(fmt.Sprintf("%T", v), "Opaque") {
					t.Errorf("%s: FLAGS.%s is %v", path, k, v)
				}
			}
			if _, method := flags["clear"]; method {
				t.Errorf("%s: FLAGS holds a method of its own", path)
			}
		}
	}
}

func TestShadowParametersEqualTheirNames(t *testing.T) {
	c := fixtures.Case(t, "cdrl/toy_2d")
	f, err := checkpoint.Open(c.Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	c.Decode(t, "ema_shadow_order_pi", &order, false)
	for i, name := range order {
		ema := f.Tensors[fmt.Sprintf("pi_ema_state_dict.shadow_params.%d", i)]
		if want := f.Tensors["pi_state_dict."+name]; len(want.Data) == 0 || !slices.Equal(ema.Shape, want.Shape) {
			t.Errorf("shadow %d has shape %v, %s has %v", i, ema.Shape, name, want.Shape)
		}
	}
}
