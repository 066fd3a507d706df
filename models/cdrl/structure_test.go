package cdrl

import (
	"encoding/json"
	"fmt"
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

// published reads the names and shapes of the tensors of a published model: a
// checkpoint without values.
func published(t *testing.T, name string) *checkpoint.File {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(fixtures.Dir(t), "cdrl", name))
	if err != nil {
		t.Fatal(err)
	}
	var dicts map[string]json.RawMessage
	if err := json.Unmarshal(text, &dicts); err != nil {
		t.Fatal(err)
	}
	f := &checkpoint.File{Path: name, Tensors: map[string]checkpoint.Tensor{}}
	for _, dict := range []string{"pi_state_dict", "p_state_dict"} {
		var keys [][]any
		if err := json.Unmarshal(dicts[dict], &keys); err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			var shape []int
			for _, d := range key[1].([]any) {
				shape = append(shape, int(d.(float64)))
			}
			name := dict + "." + key[0].(string)
			f.Names = append(f.Names, name)
			f.Tensors[name] = checkpoint.Tensor{DType: "float32", Shape: shape}
		}
	}
	return f
}

// TestPublishedNetworks: the structures read from the published models' shapes ask
// for exactly their tensors, and are those of the constructors with the paper's
// sizes (Table 6 and appendix B.1).
func TestPublishedNetworks(t *testing.T) {
	for name, want := range map[string]struct{ classes, blocks int }{"keys_cifar10.json": {0, 3}, "keys_imagenet32_cond.json": {1000, 2}} {
		f := published(t, name)
		net, absent, err := readNet(f, stateNet+"module.")
		if err != nil || len(absent) > 0 {
			t.Fatalf("%s: %v, absent %v", name, err, absent)
		}
		init, absent, err := readInitializer(f, stateInitializer+"module.")
		if err != nil || len(absent) > 0 {
			t.Fatalf("%s: %v, absent %v", name, err, absent)
		}
		init.Groups, init.Heads = 32, 1
		if side := init.side(); side != 32 {
			t.Errorf("%s: found pictures of %d pixels, want 32", name, side)
		}
		wantNet := NewNet(3, want.classes, 128, []int{1, 2, 2, 2}, 8)
		if fmt.Sprint(net) != fmt.Sprint(wantNet) {
			t.Errorf("%s: found %+v, want %+v", name, net, wantNet)
		}
		wantInit := NewInitializer(3, want.classes, 64, []int{1, 1, 1}, want.blocks, 32, []int{8, 16}, 32)
		if fmt.Sprint(init) != fmt.Sprint(wantInit) {
			t.Errorf("%s: found %+v, want %+v", name, init, wantInit)
		}
		sameTensors(t, f, stateNet+"module.", net.Specs())
		sameTensors(t, f, stateInitializer+"module.", init.Specs())
	}
}

func sameTensors(t *testing.T, f *checkpoint.File, prefix string, specs []nn.Spec) {
	t.Helper()
	count := 0
	for _, name := range f.Names {
		if strings.HasPrefix(name, prefix) {
			count++
		}
	}
	if count != len(specs) {
		t.Errorf("%s%s: found %d arrays, want %d", f.Path, prefix, len(specs), count)
	}
	for _, s := range specs {
		if held, ok := f.Tensors[prefix+s.Name]; !ok || !slices.Equal(held.Shape, s.Shape) {
			t.Errorf("%s: %s%s: found %v, want %v", f.Path, prefix, s.Name, s.Shape, held.Shape)
		}
	}
}

// TestReadSizes holds what is read from the fixtures' shapes, raw and averaged.
func TestReadSizes(t *testing.T) {
	for name, want := range map[string]struct {
		side, classes, blocks, pools, scales int
		points                               bool
	}{
		"cdrl/uncond_32": {32, 0, 8, 3, 2, false},
		"cdrl/cond_16":   {16, 3, 8, 3, 2, false},
		"cdrl/toy_2d":    {1, 0, 4, 0, 0, true},
	} {
		file := openFile(t, name)
		if !Knows(file) {
			t.Errorf("%s: not known as cdrl", name)
		}
		for _, weights := range []string{"", "ema", "raw"} {
			c, err := read(file, models.Options{Weights: weights})
			if err != nil {
				t.Fatal(err)
			}
			pools := 0
			for _, b := range c.net.Blocks {
				if b.Pool {
					pools++
				}
			}
			if c.height != want.side || c.net.Classes != want.classes || len(c.net.Blocks) != want.blocks || pools != want.pools ||
				len(c.init.Downs) != want.scales || c.net.Points != want.points || !c.net.Spectral {
				t.Errorf("%s: found %dx%d, net %+v, initializer %+v, want %+v", name, c.height, c.width, c.net, c.init, want)
			}
			if (c.weights == "raw") != (weights == "raw") {
				t.Errorf("%s: asked for %q weights, found %q", name, weights, c.weights)
			}
		}
	}
}

func openFile(t *testing.T, name string) *checkpoint.File {
	t.Helper()
	file, err := checkpoint.Open(fixtures.Case(t, name).Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
