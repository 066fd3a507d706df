package studio

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Arrays are named arrays, as .npz and .safetensors files hold them; which ones a
// family reads and writes is in docs/arrays.md.
type Arrays = map[string]checkpoint.Tensor

// AskClasses adds the classes that every picture is to have together to the arrays
// for a model, as "compose" int64 [M] counted from 1 (CDRL, equation 13). The text is
// a list of such numbers, "1,3", or an expression of names without weights (see
// ReadExpression). An empty one adds nothing; arrays that ask for classes already are
// an error.
func AskClasses(m *models.Model, in Arrays, text string) error {
	const name = "compose"
	if strings.TrimSpace(text) == "" {
		return nil
	}
	classes, listed := classNumbers(text)
	if !listed {
		terms, err := ExpressionTerms(m, text)
		if err != nil {
			return err
		}
		for _, t := range terms {
			if t.Weight != 1 || t.Any != nil {
				return fmt.Errorf("compose %q: found a weight or OR, but arrays take classes that are all wanted alike", text)
			}
			classes = append(classes, int64(t.Labels[0])+1)
		}
	}
	if t, ok := in[name]; ok {
		return fmt.Errorf("array %q: found %v beside the classes %v asked for, want one or the other", name, t.Shape, classes)
	}
	in[name] = checkpoint.Int64Tensor([]int{len(classes)}, classes)
	return nil
}

// classNumbers reads whole numbers with commas between.
func classNumbers(text string) ([]int64, bool) {
	var all []int64
	for part := range strings.SplitSeq(text, ",") {
		v, err := strconv.ParseInt(strings.TrimSpace(part), 10, 64)
		if err != nil {
			return nil, false
		}
		all = append(all, v)
	}
	return all, true
}

// Images is a batch of pictures; see sampling.Images.
type Images = sampling.Images

// ReadArrays reads an .npz or .safetensors file.
func ReadArrays(path string) (Arrays, error) {
	if err := CheckArrayFile(path); err != nil {
		return nil, err
	}
	f, err := checkpoint.Open(path)
	if err != nil {
		return nil, err
	}
	if f.Format != checkpoint.NPZ && f.Format != checkpoint.SafeTensors {
		return nil, fmt.Errorf("open %q: found a %s file, want .npz or .safetensors arrays", path, f.Format)
	}
	return f.Tensors, nil
}

// WriteArrays writes arrays, sorted by name, to an .npz or .safetensors file; the
// file appears whole or not at all.
func WriteArrays(path string, a Arrays) error {
	if err := CheckArrayFile(path); err != nil {
		return err
	}
	named := make([]checkpoint.Named, 0, len(a))
	for _, name := range slices.Sorted(maps.Keys(a)) {
		named = append(named, checkpoint.Named{Name: name, Tensor: a[name]})
	}
	return checkpoint.Write(path, named, nil)
}

// CheckArrayFile reports a file name whose extension is not that of arrays.
func CheckArrayFile(path string) error {
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".npz" && ext != ".safetensors" {
		return fmt.Errorf("arrays %q: found extension %q, want .npz or .safetensors", path, ext)
	}
	return nil
}

// ErrNoArrays is the error of a family that does not compute arrays.
var ErrNoArrays = errors.New("exchanges no arrays")

// Arrays computes all that the model's family defines for the arrays given ("ebm
// energy"). The family checks arrays and settings; the ranges of knobs are those of
// sliders and do not bind here.
func (s *Studio) Arrays(ctx context.Context, o *Opened, in Arrays, set sampling.Settings) (Arrays, error) {
	return s.compute(ctx, "arrays of "+o.Name, o, o.Model.Arrays, in, set)
}

// Replay runs the family's sampler with the start and the noise given ("ebm sample
// --replay").
func (s *Studio) Replay(ctx context.Context, o *Opened, in Arrays, set sampling.Settings) (Arrays, error) {
	return s.compute(ctx, "replay on "+o.Name, o, o.Model.Replay, in, set)
}

func (s *Studio) compute(ctx context.Context, title string, o *Opened, f func(Arrays, sampling.Settings) (Arrays, error), in Arrays, set sampling.Settings) (Arrays, error) {
	if f == nil {
		return nil, fmt.Errorf("%s: family %s %w", o.Name, o.Model.Family, ErrNoArrays)
	}
	if err := finiteArrays(in); err != nil {
		return nil, refuse("%s: %w", title, err)
	}
	return inLane(ctx, s, title, urgencyScore, func() (Arrays, error) { return f(in, set) })
}

// finiteArrays reports a number that is none, or infinite, in arrays of float32.
func finiteArrays(in Arrays) error {
	for _, name := range sortedNames(in) {
		if in[name].DType != "float32" {
			continue // whether another type is wanted is the family's to say
		}
		v, err := in[name].Float32s()
		if err != nil {
			return fmt.Errorf("array %q: %w", name, err)
		}
		if i := slices.IndexFunc(v, func(x float32) bool { return !finite(float64(x)) }); i >= 0 {
			return fmt.Errorf("array %q: found %g at place %d of %d, want finite numbers", name, v[i], i, len(v))
		}
	}
	return nil
}

// Pictures are the pictures "x" of arrays: float32 [N,C,H,W] in the model's own
// range.
func (o *Opened) Pictures(a Arrays) (sampling.Images, error) {
	m := o.Model
	t, ok := a["x"]
	switch {
	case !ok:
		return sampling.Images{}, fmt.Errorf("array x: found none among %s, want pictures [N,%d,%d,%d]", strings.Join(sortedNames(a), ", "), m.C, m.H, m.W)
	case t.DType != "float32":
		return sampling.Images{}, fmt.Errorf("array x: found %s, want float32", t.DType)
	case len(t.Shape) != 4 || t.Shape[1] != m.C || t.Shape[2] != m.H || t.Shape[3] != m.W:
		return sampling.Images{}, fmt.Errorf("array x: found shape %v, want [N,%d,%d,%d]", t.Shape, m.C, m.H, m.W)
	}
	v, err := t.Float32s()
	if err != nil {
		return sampling.Images{}, fmt.Errorf("array x: %w", err)
	}
	return sampling.Images{N: t.Shape[0], C: m.C, H: m.H, W: m.W, Data: v}, nil
}

// LatentArrays is the array "z" [N,D] of latents, as energy and replay read it.
func LatentArrays(z [][]float32) Arrays {
	if len(z) == 0 {
		return Arrays{}
	}
	return Arrays{"z": checkpoint.Float32Tensor([]int{len(z), len(z[0])}, slices.Concat(z...))}
}

// Latents are the latents "z" of arrays: float32 [N,D].
func (o *Opened) Latents(a Arrays) ([][]float32, error) {
	d := o.Model.LatentSize
	t, ok := a["z"]
	switch {
	case !ok:
		return nil, fmt.Errorf("array z: found none among %s, want latents [N,%d]", strings.Join(sortedNames(a), ", "), d)
	case t.DType != "float32":
		return nil, fmt.Errorf("array z: found %s, want float32", t.DType)
	case len(t.Shape) != 2 || t.Shape[1] != d:
		return nil, fmt.Errorf("array z: found shape %v, want [N,%d]", t.Shape, d)
	}
	v, err := t.Float32s()
	if err != nil {
		return nil, fmt.Errorf("array z: %w", err)
	}
	rows := make([][]float32, t.Shape[0])
	for i := range rows {
		rows[i] = v[i*d : (i+1)*d]
	}
	return rows, nil
}
