package vaeebm

import (
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/fixtures"
	"ebmstudio/models"
)

// edited is a copy of a checkpoint whose tensors and configuration may be changed.
func edited(f *checkpoint.File) *checkpoint.File {
	c := *f
	c.Names, c.Tensors, c.Config = slices.Clone(f.Names), maps.Clone(f.Tensors), maps.Clone(f.Config)
	return &c
}

func remove(f *checkpoint.File, name string) {
	f.Names = slices.DeleteFunc(f.Names, func(n string) bool { return n == name })
	delete(f.Tensors, name)
}

// TestOpenSays holds the errors of checkpoints that are almost right.
func TestOpenSays(t *testing.T) {
	files := map[string]*checkpoint.File{}
	for _, name := range fixtures.Cases(t, Name) {
		for i, path := range fixtures.Case(t, name).Checkpoints {
			file, err := checkpoint.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			files[[]string{"torch ", "paddle "}[i]+strings.Split(name, "/")[1]] = file
		}
	}
	plain, completing := "torch uncond_28", "torch completion_32_legacy"
	net := func(pairs ...string) models.Options {
		o := models.Options{Net: map[string]string{}}
		for i := 0; i < len(pairs); i += 2 {
			o.Net[pairs[i]] = pairs[i+1]
		}
		return o
	}
	without := func(f *checkpoint.File) { f.Config = nil }
	for name, test := range map[string]struct {
		file string
		edit func(*checkpoint.File)
		o    models.Options
		want []string
	}{
		"no config":             {plain, without, net(), []string{"load ", "model.pth", "as vaeebm", "config.json", "--net strides=", "--net paddings="}},
		"no config, completion": {completing, without, net(), []string{"the size of the pictures", "config.json", "--net size=32"}},
		"unreadable config":     {plain, func(f *checkpoint.File) { f.Config, f.ConfigError = nil, errors.New("config.json beside it: broken") }, net(), []string{"config.json beside it: broken"}},
		"config of another":     {plain, func(f *checkpoint.File) { f.Config["latent_dim"] = int64(12) }, net(), []string{"latent_dim 12, the tensors 16"}},
		"wrong type in config":  {plain, func(f *checkpoint.File) { f.Config["delta"] = "big" }, net(), []string{"config.json beside it", "delta"}},
		"kind":                  {plain, func(f *checkpoint.File) { f.Config["kind"] = "conditional" }, net(), []string{"tensors are those of a unconditional"}},
		"strides":               {plain, nil, net("strides", "1,1,2"), []string{"one for each of the generator's 4 layers"}},
		"strides and size":      {plain, nil, net("strides", "1,1,2,1"), []string{"make pictures of 15 pixels, want 28x28"}},
		"not numbers":           {plain, nil, net("strides", "one"), []string{`network option "strides": found "one"`}},
		"unknown option":        {plain, nil, net("depth", "3"), []string{`network option "depth": want one of size`}},
		"size":                  {completing, nil, net("size", "24"), []string{"too small", "at least 32"}},
		"size of another":       {completing, nil, net("size", "64"), []string{"1 tensor misshapen (ebm.fc.weight: found [1 768], want [1 3072])"}},
		"missing":               {plain, func(f *checkpoint.File) { remove(f, "ebm.fc.bias"); remove(f, "generator.model.4.bias") }, net(), []string{"2 tensors missing (ebm.fc.bias, generator.model.4.bias)"}},
		"essential":             {plain, func(f *checkpoint.File) { remove(f, "generator.model.2.weight") }, net(), []string{"missing (generator.model.2.weight"}},
		"paddle's names":        {"paddle completion_32_legacy", func(f *checkpoint.File) { remove(f, "netG.up_bn.0._variance") }, net(), []string{"1 tensor missing (netG.up_bn.0._variance)"}},
		"paddle's order": {"paddle uncond_28", func(f *checkpoint.File) {
			f.Tensors["netE.mu.weight"] = checkpoint.Float32Tensor([]int{16, 1568}, make([]float32, 16*1568))
		}, net(), []string{"netE.mu.weight: found [16 1568], want [1568 16]"}},
		"not a number": {plain, func(f *checkpoint.File) {
			f.Tensors["ebm.fc.bias"] = checkpoint.Float32Tensor([]int{1}, []float32{float32(math.NaN())})
		}, net(), []string{"unusable values (ebm.fc.bias"}},
		"averaged weights": {plain, nil, models.Options{Weights: "ema"}, []string{"no averaged (ema) weights"}},
		"too many layers": {plain, func(f *checkpoint.File) {
			f.Names = append(f.Names, "generator.model.99999999.bias")
		}, net(), []string{"want at most 32 layers"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := edited(files[test.file])
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

// TestKnowsOnlyItsOwn: checkpoints of the other families are not taken for this one.
func TestKnowsOnlyItsOwn(t *testing.T) {
	for _, name := range fixtures.Cases(t, "") {
		for _, path := range fixtures.Case(t, name).Checkpoints {
			file, err := checkpoint.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := Knows(file), strings.HasPrefix(name, Name+"/"); got != want {
				t.Errorf("%s: known: %v, want %v", path, got, want)
			}
		}
	}
}
