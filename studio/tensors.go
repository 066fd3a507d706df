package studio

import (
	"fmt"
	"math"
	"strings"
)

// TensorInfo is what a person may want to know about a tensor of a checkpoint.
type TensorInfo struct {
	Name, DType string
	Shape       []int
	// Of the values that are finite; all zero for an empty tensor.
	Min, Max, Mean, Std float64
	NotFinite           int   // values that are infinite or not numbers
	Err                 error // why there are no statistics
}

// Tensors lists the tensors of the file with their statistics, in file order. It
// reads every value: some tenths of a second for a large file.
func (o *Opened) Tensors() []TensorInfo {
	infos := make([]TensorInfo, len(o.File.Names))
	for i, name := range o.File.Names {
		infos[i] = o.tensor(name)
	}
	return infos
}

func (o *Opened) tensor(name string) TensorInfo {
	t := o.File.Tensors[name]
	info := TensorInfo{Name: name, DType: t.DType, Shape: t.Shape}
	values, err := t.Float32s()
	if err != nil {
		info.Err = err
		return info
	}
	info.Min, info.Max = math.Inf(1), math.Inf(-1)
	var n int
	var sum, squares float64
	for _, v32 := range values {
		v := float64(v32)
		if !finite(v) {
			info.NotFinite++
			continue
		}
		n++
		info.Min, info.Max = min(info.Min, v), max(info.Max, v)
		sum += v
		squares += v * v
	}
	if n == 0 {
		info.Min, info.Max = 0, 0
		return info
	}
	info.Mean = sum / float64(n)
	info.Std = math.Sqrt(max(0, squares/float64(n)-info.Mean*info.Mean))
	return info
}

// notFiniteError explains energies that are no numbers: it names the tensors
// whose values are none, or says that the weights are sound.
func (o *Opened) notFiniteError() error {
	var bad []string
	for _, t := range o.Tensors() {
		if t.NotFinite > 0 {
			bad = append(bad, t.Name)
		}
	}
	if len(bad) == 0 {
		return fmt.Errorf("%s: the energy of every picture is not a finite number, though the weights are; try a smaller step size", o.Name)
	}
	n := min(3, len(bad))
	more := ""
	if len(bad) > n {
		more = ", ..."
	}
	return fmt.Errorf("%s: the energy of every picture is not a finite number: %d tensors hold values that are not (%s%s), want finite weights",
		o.Name, len(bad), strings.Join(bad[:n], ", "), more)
}
