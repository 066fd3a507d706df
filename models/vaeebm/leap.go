package vaeebm

import (
	"ebmstudio/internal/nn"
	"ebmstudio/sampling"
)

// Leap makes several Langevin steps at once on the device (sampling.Fused).
func (e *energy) Leap(l sampling.Leap) (made sampling.Leapt, ok bool, err error) {
	if err := l.X.Check(e.of.channels, e.of.height, e.of.width); err != nil {
		return made, false, err
	}
	in, err := e.of.inputs(nn.Array{Shape: []int{l.X.N, l.X.C, l.X.H, l.X.W}, Data: l.X.Data}, e.picture)
	if err != nil {
		return made, false, err
	}
	return e.of.leap.Leap(l, in[1:]...)
}
