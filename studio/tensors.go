package studio

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
)

// TensorInfo is what a person may want to know about a tensor of a checkpoint.
type TensorInfo struct {
	Name, DType string
	Shape       []int
	// Of the values that are finite; all zero for an empty tensor.
	Min, Max, Mean, Std float64
	Zeros               int   // values that are 0
	NotFinite           int   // values that are infinite or not numbers
	Err                 error // why there are no statistics
}

// Tensors lists the tensors of the file with their statistics, in file order. It
// reads every value: some tenths of a second for a large file.
func (o *Opened) Tensors() []TensorInfo {
	infos := make([]TensorInfo, len(o.File.Names))
	for i, name := range o.File.Names {
		infos[i], _, _ = o.tensor(context.Background(), name) // without an end it has no other error than its own
	}
	return infos
}

// cancelEvery is how many values are looked at before the context is asked again.
const cancelEvery = 1 << 18

// tensor returns the statistics of a tensor and its values. The error is the context's.
func (o *Opened) tensor(ctx context.Context, name string) (TensorInfo, []float32, error) {
	t := o.File.Tensors[name]
	info := TensorInfo{Name: name, DType: t.DType, Shape: t.Shape}
	values, err := t.Float32s()
	if err != nil {
		info.Err = err
		return info, nil, nil
	}
	info.Min, info.Max = math.Inf(1), math.Inf(-1)
	var sum, squares float64
	for i, v32 := range values {
		if i%cancelEvery == 0 && ctx.Err() != nil {
			return info, nil, ctx.Err()
		}
		v := float64(v32)
		if !finite(v) {
			info.NotFinite++
			continue
		}
		if v == 0 {
			info.Zeros++
		}
		info.Min, info.Max = min(info.Min, v), max(info.Max, v)
		sum += v
		squares += v * v
	}
	n := len(values) - info.NotFinite
	if n == 0 {
		info.Min, info.Max = 0, 0
		return info, values, nil
	}
	info.Mean = sum / float64(n)
	info.Std = math.Sqrt(max(0, squares/float64(n)-info.Mean*info.Mean))
	return info, values, nil
}

// TensorHistogram counts how often the values of a tensor fall into bins of one width from
// the least finite value to the greatest.
type TensorHistogram struct {
	TensorInfo
	Values    int     // in the tensor, those that are not finite included
	Low, High float64 // outer edges: Min and Max, moved apart where they are equal
	Counts    []int   // one a bin; nil where no value is finite
}

// Histogram counts the values of one tensor in so many bins, at least 1. A name that the
// file does not have, values that cannot be read and an ended context are errors.
func (o *Opened) Histogram(ctx context.Context, name string, bins int) (TensorHistogram, error) {
	if _, ok := o.File.Tensors[name]; !ok {
		return TensorHistogram{}, o.noTensor(name)
	}
	info, values, err := o.tensor(ctx, name)
	if err == nil {
		err = info.Err
	}
	if err != nil {
		return TensorHistogram{}, fmt.Errorf("histogram of %q in %s: %w", name, o.Name, err)
	}
	h := TensorHistogram{TensorInfo: info, Values: len(values), Low: info.Min, High: info.Max}
	if h.Values == h.NotFinite {
		return h, nil
	}
	if h.Low == h.High {
		apart := max(0.5*math.Abs(h.Low), math.SmallestNonzeroFloat32)
		if h.Low == 0 {
			apart = 1
		}
		h.Low, h.High = h.Low-apart, h.High+apart
	}
	h.Counts = make([]int, max(1, bins))
	for i, v := range values {
		if i%cancelEvery == 0 && ctx.Err() != nil {
			return TensorHistogram{}, ctx.Err()
		}
		if x := float64(v); finite(x) {
			h.Counts[h.Bin(x)]++
		}
	}
	return h, nil
}

// Bin is the bin of a value; values beyond the edges belong to the outer ones.
func (h TensorHistogram) Bin(v float64) int {
	n := len(h.Counts)
	return min(n-1, max(0, int((v-h.Low)/(h.High-h.Low)*float64(n))))
}

// Edges are the lower and the upper edge of a bin.
func (h TensorHistogram) Edges(bin int) (low, high float64) {
	width := (h.High - h.Low) / float64(len(h.Counts))
	return h.Low + float64(bin)*width, h.Low + float64(bin+1)*width
}

// noTensor is the error of a name that the file does not have. It offers the names that
// hold what was asked.
func (o *Opened) noTensor(name string) error {
	var near []string
	for _, n := range o.File.Names {
		if len(near) < 3 && strings.Contains(strings.ToLower(n), strings.ToLower(name)) {
			near = append(near, n)
		}
	}
	hint := "ebm inspect FILE --tensors lists them"
	if len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return fmt.Errorf("tensor %q of %s: found none of this name among %d tensors\nhint: %s", name, o.Name, len(o.File.Names), hint)
}

// notFiniteError explains energies that are no numbers: it names the tensors
// whose values are none, or says that the weights are sound.
func (o *Opened) notFiniteError() error {
	bad := slices.DeleteFunc(o.Tensors(), func(t TensorInfo) bool { return t.NotFinite == 0 })
	if len(bad) == 0 {
		return fmt.Errorf("%s: the energy of every picture is not a finite number, though the weights are; try a smaller step size", o.Name)
	}
	names, more := make([]string, min(3, len(bad))), ""
	for i := range names {
		names[i] = bad[i].Name
	}
	if len(bad) > len(names) {
		more = ", ..."
	}
	return fmt.Errorf("%s: the energy of every picture is not a finite number: %d tensors hold values that are not (%s%s), want finite weights",
		o.Name, len(bad), strings.Join(names, ", "), more)
}
