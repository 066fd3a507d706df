package studiotest

import (
	"math"

	"ebmstudio/models"
	"ebmstudio/sampling"
	"ebmstudio/studio"
)

// Cliff makes the energy of an opened model |x|^2, which is not a number where it is
// above a height.
func Cliff(o *studio.Opened, height float32) {
	o.Model.At = func(models.Given) (sampling.Energy, error) { return cliff{height}, nil }
}

type cliff struct{ height float32 }

// Value implements sampling.Energy.
func (c cliff) Value(x sampling.Images) ([]float32, error) {
	e := make([]float32, x.N)
	for i := range e {
		for _, v := range x.Image(i) {
			e[i] += v * v
		}
		if e[i] > c.height {
			e[i] = float32(math.NaN())
		}
	}
	return e, nil
}

// Eval implements sampling.Energy.
func (c cliff) Eval(x sampling.Images) ([]float32, sampling.Images, error) {
	e, err := c.Value(x)
	grad := x.Clone()
	for j := range grad.Data {
		grad.Data[j] *= 2
	}
	return e, grad, err
}
