package vaeebm

import (
	"ebmstudio/internal/nn"
	"ebmstudio/sampling"
)

// Leap makes several Langevin steps at once on the device (sampling.Fused).
func (e *energy) Leap(k sampling.Key, step int, x sampling.Images, l sampling.Langevin, n int) (leap sampling.Leap, ok bool, err error) {
	if err := x.Check(e.of.channels, e.of.height, e.of.width); err != nil {
		return leap, false, err
	}
	in, err := e.of.inputs(nn.Array{Shape: []int{x.N, x.C, x.H, x.W}, Data: x.Data}, e.picture)
	if err != nil {
		return leap, false, err
	}
	return e.of.leap.Leap(k, step, x, l, n, in[1:]...)
}
