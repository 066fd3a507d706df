package studiotest

import (
	"ebmstudio/models"
	"ebmstudio/sampling"
	"ebmstudio/studio"
)

// Centre is where the points of Plane are likeliest, in both coordinates.
const Centre = 4

// Plane makes an opened model one of points of the plane, from -8 to 8: the energy is
// half the squared distance to (Centre, Centre), the plan 10 steps on "level 2" and
// 10 on "level 1".
func Plane(o *studio.Opened) {
	m := o.Model
	m.C, m.H, m.W, m.Lo, m.Hi = 2, 1, 1, -8, 8
	m.At = func(models.Given) (sampling.Energy, error) { return well{}, nil }
	m.Plan = func(terms []sampling.Term, _ sampling.Settings) (sampling.Plan, error) {
		k := sampling.Langevin{StepSize: 0.3}
		return sampling.Plan{
			{Name: "level 2", Energy: sampling.Sum(terms), Kernel: k, Steps: 10},
			{Name: "level 1", Energy: sampling.Sum(terms), Kernel: k, Steps: 10},
		}, nil
	}
	m.Start = func(_ sampling.Key, n int) sampling.Images { return sampling.NewImages(n, 2, 1, 1) }
}

type well struct{}

// Value implements sampling.Energy.
func (well) Value(x sampling.Images) ([]float32, error) {
	e, _, err := well{}.Eval(x)
	return e, err
}

// Eval implements sampling.Energy.
func (well) Eval(x sampling.Images) ([]float32, sampling.Images, error) {
	e, grad := make([]float32, x.N), x.Clone()
	for i := range grad.Data {
		grad.Data[i] -= Centre
		e[i/2] += grad.Data[i] * grad.Data[i] / 2
	}
	return e, grad, nil
}
