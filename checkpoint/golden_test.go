package checkpoint

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestFilesOfPyTorchAndNumpy reads the files that testdata/make.py wrote and compares
// with what PyTorch and numpy themselves hold.
func TestFilesOfPyTorchAndNumpy(t *testing.T) {
	text, err := os.ReadFile("testdata/want.json")
	if err != nil {
		t.Fatal(err)
	}
	var files map[string][]struct {
		Name, DType string
		Shape       []int
		Values      []json.RawMessage
	}
	if err := json.Unmarshal(text, &files); err != nil {
		t.Fatal(err)
	}
	for file, tensors := range files {
		t.Run(file, func(t *testing.T) {
			f, err := Open(filepath.Join("testdata", file))
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Names) != len(tensors) {
				t.Errorf("holds %d tensors %q, want %d", len(f.Names), f.Names, len(tensors))
			}
			for i, want := range tensors {
				got, ok := f.Tensors[want.Name]
				if !ok || got.DType != want.DType || !slices.Equal(got.Shape, want.Shape) || got.Len() != len(want.Values) {
					t.Errorf("%s: %s %v, want %s %v", want.Name, got.DType, got.Shape, want.DType, want.Shape)
					continue
				}
				if i < len(f.Names) && f.Names[i] != want.Name {
					t.Errorf("tensor %d is %q, want %q", i, f.Names[i], want.Name)
				}
				compareValues(t, want.Name, got, want.Values)
			}
		})
	}
}

func compareValues(t *testing.T, name string, got Tensor, want []json.RawMessage) {
	t.Helper()
	values, err := got.Float32s()
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	for i, raw := range want {
		var x float64
		if err := json.Unmarshal(raw, &x); err != nil {
			x = map[string]float64{`"inf"`: math.Inf(1), `"-inf"`: math.Inf(-1), `"nan"`: math.NaN()}[string(raw)]
		}
		if w := float32(x); values[i] != w && w == w {
			t.Errorf("%s[%d] is %g, want %g", name, i, values[i], w)
		} else if w != w && values[i] == values[i] {
			t.Errorf("%s[%d] is %g, want NaN", name, i, values[i])
		}
	}
}

func TestTreeListsEverything(t *testing.T) {
	for _, file := range []string{"lists_zip.pth.tar", "lists_legacy.pth.tar"} {
		f, err := Open(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		tree := f.Tree.(map[string]any)
		for key, want := range map[string]any{
			"best": 0.25, "epoch": int64(7), "name": "café", "none": nil, "flag": true,
			"3": "three", "bytes": "\xff\x00",
		} {
			if got, ok := tree[key]; !ok || got != want {
				t.Errorf("%s: %s is %#v, want %#v", file, key, got, want)
			}
		}
		args, ok := tree["args"].(Opaque)
		state, _ := args.State.(map[string]any)
		if !ok || args.Class != "argparse.Namespace" || state["lr"] != 0.1 {
			t.Errorf("%s: args is %#v", file, tree["args"])
		}
		if big, _ := tree["big"].(Opaque); big.Class != "int" || len(big.Args) != 1 || big.Args[0] != "1267650600228229401496703205376" {
			t.Errorf("%s: big is %#v", file, tree["big"])
		}
		if counts, _ := tree["milestones"].(map[string]any); counts["2"] != int64(2) || counts["5"] != int64(1) {
			t.Errorf("%s: milestones is %#v", file, tree["milestones"])
		}
		if size, _ := tree["size"].([]any); len(size) != 2 || size[0] != int64(4) {
			t.Errorf("%s: size is %#v", file, tree["size"])
		}
		if dtype, _ := tree["dtype"].(Opaque); dtype.Class != "torch.float16" {
			t.Errorf("%s: dtype is %#v", file, tree["dtype"])
		}
		if set, _ := tree["set"].([]any); len(set) != 1 || set[0] != int64(1) {
			t.Errorf("%s: set is %#v", file, tree["set"])
		}
	}
}

func TestValuesThatAreNoTensorsAreListed(t *testing.T) {
	for file, keys := range map[string][]string{
		"strange_zip.pt": {"sparse", "complex"}, "strange_legacy.pt": {"sparse", "complex"}, "arrays.npz": {"text", "objects"},
	} {
		f, err := Open(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			if _, ok := f.Tree.(map[string]any)[key].(Opaque); !ok {
				t.Errorf("%s: %s is %#v, want Opaque", file, key, f.Tree.(map[string]any)[key])
			}
		}
	}
	for _, file := range []string{"arrays_p2.pdparams", "arrays_p5.pdparams"} {
		f, err := Open(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		tree := f.Tree.(map[string]any)
		if tree["loss"] != 1.5 || tree["step"] != int64(9) || tree["ok"] != true {
			t.Errorf("%s: numpy scalars are %#v %#v %#v", file, tree["loss"], tree["step"], tree["ok"])
		}
	}
}

func TestTensorsShareTheBytesOfTheFile(t *testing.T) {
	for _, file := range []string{"views_zip.pt", "views_legacy.pt"} {
		data, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		f, err := Read(file, data)
		if err != nil {
			t.Fatal(err)
		}
		whole, row := f.Tensors["whole"].Data, f.Tensors["row"].Data
		if &whole[2*6*4] != &row[0] {
			t.Errorf("%s: a contiguous view was copied", file)
		}
	}
}

func TestConfigBesideTheFile(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want any
		fail bool
	}{
		"config.yaml":  {"a:\n  b: [1, 2.5, x]\n", []any{int64(1), 2.5, "x"}, false},
		"config.json":  {`{"a": {"b": [1, 2.5, "x"]}}`, []any{int64(1), 2.5, "x"}, false},
		"config.json ": {`{"a": `, nil, true},
		"config.yaml ": {"just a text", nil, true},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "x.safetensors")
		if err := Write(path, []Named{{"x", Float32Tensor([]int{1}, []float32{1})}}, nil); err != nil {
			t.Fatal(err)
		}
		file := name[:len("config.yaml")]
		if err := os.WriteFile(filepath.Join(dir, file), []byte(tc.text), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path)
		if err != nil {
			t.Fatalf("%q: a configuration kept the file from opening: %v", name, err)
		}
		if (f.ConfigError != nil) != tc.fail {
			t.Errorf("%q: %v", name, f.ConfigError)
			continue
		}
		if !tc.fail {
			got, _ := json.Marshal(f.Config["a"].(map[string]any)["b"])
			want, _ := json.Marshal(tc.want)
			if string(got) != string(want) {
				t.Errorf("%q: %s, want %s", name, got, want)
			}
		}
	}
}
