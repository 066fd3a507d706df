package cdrl

import (
	"bytes"
	"encoding/binary"
	"maps"
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
	c.Names, c.Tensors = slices.Clone(f.Names), maps.Clone(f.Tensors)
	return &c
}

func remove(f *checkpoint.File, match func(name string) bool) {
	f.Names = slices.DeleteFunc(f.Names, match)
	maps.DeleteFunc(f.Tensors, func(name string, _ checkpoint.Tensor) bool { return match(name) })
}

func starting(prefix string) func(string) bool {
	return func(name string) bool { return strings.HasPrefix(name, prefix) }
}

func net(pairs ...string) models.Options {
	o := models.Options{Net: map[string]string{}}
	for i := 0; i < len(pairs); i += 2 {
		o.Net[pairs[i]] = pairs[i+1]
	}
	return o
}

// TestOpenSays holds the errors of checkpoints that are almost right.
func TestOpenSays(t *testing.T) {
	file := openFile(t, "cdrl/cond_16")
	const pi, p = "pi_state_dict.module.", "p_state_dict.module."
	for _, test := range []struct {
		name string
		edit func(*checkpoint.File)
		o    models.Options
		want []string // parts of the error
	}{
		{"no initializer", func(f *checkpoint.File) { remove(f, starting("p_state_dict.")) }, net(), []string{"load ", "60.pth.tar", "as cdrl: the file holds no initializer", "p_state_dict"}},
		{"no energy", func(f *checkpoint.File) { remove(f, starting("pi_state_dict.")) }, net(), []string{"holds no energy network", "pi_state_dict"}},
		{
			"missing", func(f *checkpoint.File) { remove(f, starting(pi+"module_list.5.conv2.weight_u")) },
			models.Options{Weights: "raw"},
			[]string{"1 tensor missing (pi_state_dict.module.module_list.5.conv2.weight_u)"},
		},
		{"essential tensors missing", func(f *checkpoint.File) {
			remove(f, starting(p+"init_conv."))
			remove(f, starting(pi+"temb_map1."))
		}, models.Options{Weights: "raw"}, []string{"missing (pi_state_dict.module.temb_map1.weight_orig", "p_state_dict.module.init_conv.weight"}},
		{"a unit without its skip", func(f *checkpoint.File) { remove(f, starting(p+"ups.1.2.")) }, models.Options{Weights: "raw"}, []string{"missing"}},
		{
			"averaged list too short", func(f *checkpoint.File) { remove(f, starting("pi_ema_state_dict.shadow_params.66")) }, net(),
			[]string{`"pi_ema_state_dict.shadow_params" lists 66 tensors, want 67`},
		},
		{"averaged list of another order", func(f *checkpoint.File) {
			a, b := "pi_ema_state_dict.shadow_params.0", "pi_ema_state_dict.shadow_params.1"
			f.Tensors[a], f.Tensors[b] = f.Tensors[b], f.Tensors[a]
		}, net(), []string{"shadow_params.0", "found shape [48 12], want [48]", "temb_map1.bias"}},
		{"no averaged weights", func(f *checkpoint.File) { remove(f, starting("pi_ema_")) }, models.Options{Weights: "ema"}, []string{"no averaged (ema) weights", "--weights raw"}},
		{"not a number", func(f *checkpoint.File) {
			t := f.Tensors[pi+"temb_final.weight"]
			t.Data = slices.Clone(t.Data)
			binary.LittleEndian.PutUint32(t.Data[8:], math.Float32bits(float32(math.NaN())))
			f.Tensors[pi+"temb_final.weight"] = t
		}, models.Options{Weights: "raw"}, []string{"unusable values (pi_state_dict.module.temb_final.weight: 1 of"}},
		{"unknown weights", nil, models.Options{Weights: "best"}, []string{`found "best", want ema or raw`}},
		{"unknown option", nil, net("depth", "3"), []string{`network option "depth": want one of activation, add_q`}},
		{"unknown activation", nil, net("activation", "tanh"), []string{`network option "activation": found "tanh", want lrelu or swish`}},
		{"schedule out of order", nil, net("logsnr_min", "10"), []string{"found log-SNR from 10 to 9.8, want the lower number first"}},
		{"no levels", nil, net("levels", "0"), []string{`network option "levels": found "0", want a whole number from 1`}},
		{"too many heads", nil, net("init_heads", "5"), []string{"32 channels, which do not divide into 5 heads"}},
		{"groups", nil, net("init_groups", "48"), []string{"which do not divide into 48 groups"}},
		{"size", nil, net("size", "15"), []string{"15x15 pixels: the initializer takes patches of 1 and halves them 1 times"}},
		{"too many blocks", func(f *checkpoint.File) { f.Names = append(f.Names, pi+"module_list.99999999.g") }, models.Options{Weights: "raw"}, []string{"want numbers from 0 to 511"}},
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

// TestAveragesAreThoseThatOpen: the pairs of averaged and raw names say the same as the
// view that averaged weights are opened through.
func TestAveragesAreThoseThatOpen(t *testing.T) {
	compared := 0
	for _, name := range fixtures.Cases(t, Name) {
		file, err := checkpoint.Open(fixtures.Case(t, name).Checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		from, err := locate(file, "ema")
		if err != nil || from.file == file {
			continue // raw weights alone, or averages with names
		}
		pairs := averages(file)
		for average, raw := range pairs {
			if !bytes.Equal(from.file.Tensors[raw].Data, file.Tensors[average].Data) {
				t.Errorf("%s: %s is not the average of %s", name, average, raw)
			}
			compared++
		}
		for _, n := range file.Names {
			if _, paired := pairs[n]; !paired && strings.Contains(n, stateSuffix) {
				t.Errorf("%s: %s is the average of nothing", name, n)
			}
		}
	}
	if compared == 0 {
		t.Error("no file has averages without names")
	}
}
