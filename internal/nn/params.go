// Package nn holds what the image networks share on GoMLX: layers with PyTorch's
// meaning, strict loading of weights and compiled functions over batches.
//
// A network is a function of its weights: the weights are an ordered list of
// named host arrays ([Params]) and, inside a graph, a map of nodes ([Weights]).
// There is no hidden store, so that the same function serves sampling and
// training.
//
// Host arrays have PyTorch's layout (convolutions [out, in, height, width],
// linear layers [out, in]). Inside graphs pictures and activations are
// channels-last ([batch, height, width, channels]) and convolution kernels are
// [height, width, in, out]: the layout that XLA's CPU compiler runs fastest. An
// array in that layout is named "<layer>.kernel" and one in PyTorch's
// "<layer>.weight", so that the two are never mistaken for each other.
package nn

import (
	"fmt"
	"slices"
)

// Array is a dense float32 array, row major.
type Array struct {
	Shape []int
	Data  []float32 // length: product of Shape
}

// Param is an array of a network with its name.
type Param struct {
	Name string
	Array
}

// Params are the arrays of a network in the order of its file.
type Params []Param

// Size is the number of values that a shape holds; 1 for the empty shape.
func Size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// NewArray returns an array of zeros.
func NewArray(shape ...int) Array {
	return Array{Shape: slices.Clone(shape), Data: make([]float32, Size(shape))}
}

// Find returns the array of a name.
func (p Params) Find(name string) (Array, bool) {
	for _, q := range p {
		if q.Name == name {
			return q.Array, true
		}
	}
	return Array{}, false
}

// Map indexes the arrays by name.
func (p Params) Map() map[string]Array {
	m := make(map[string]Array, len(p))
	for _, q := range p {
		m[q.Name] = q.Array
	}
	return m
}

// Clone returns a copy that shares nothing with p.
func (p Params) Clone() Params {
	c := make(Params, len(p))
	for i, q := range p {
		c[i] = Param{q.Name, Array{slices.Clone(q.Shape), slices.Clone(q.Data)}}
	}
	return c
}

// Names lists the names in order.
func (p Params) Names() []string {
	names := make([]string, len(p))
	for i, q := range p {
		names[i] = q.Name
	}
	return names
}

// Role says what an array is for: whether an optimiser may change it and where
// its first values come from.
type Role int

// The roles of arrays. Buffers are state that training carries along without
// differentiating by it; a moving average of the weights copies them.
const (
	Weight Role = iota // trained: a weight of a convolution or a linear layer
	Bias               // trained
	Gain               // trained, starts at 1 (batch norm)
	Offset             // trained, starts at 0 (batch norm)
	Mean               // buffer, starts at 0 (running mean, input mean)
	Var                // buffer, starts at 1 (running variance, input deviation)
	Left               // buffer: u of a spectral norm
	Right              // buffer: v of a spectral norm
)

// Trainable reports whether an optimiser changes arrays of this role.
func (r Role) Trainable() bool { return r <= Offset }

// Spec says what array a network wants and where its first values come from.
type Spec struct {
	Name  string
	Shape []int
	Role  Role
	// Bound, where not 0, starts the array uniform in -Bound..Bound; Deviation,
	// where not 0, normal with that standard deviation.
	Bound, Deviation float64
}

// Trainable counts the numbers that an optimiser may change.
func Trainable(specs []Spec) int {
	n := 0
	for _, s := range specs {
		if s.Role.Trainable() {
			n += Size(s.Shape)
		}
	}
	return n
}

// notFinite counts the values of a that are NaN or infinite.
func notFinite(a []float32) int {
	n := 0
	for _, v := range a {
		if v-v != 0 { // NaN for both
			n++
		}
	}
	return n
}

// Check reports the first way in which arrays are not what the specs want in
// name, shape or length.
func Check(specs []Spec, p Params) error {
	m := p.Map()
	for _, s := range specs {
		a, ok := m[s.Name]
		if !ok {
			return fmt.Errorf("array %q is missing", s.Name)
		}
		if !slices.Equal(a.Shape, s.Shape) || len(a.Data) != Size(s.Shape) {
			return fmt.Errorf("array %q: found shape %v with %d values, want %v", s.Name, a.Shape, len(a.Data), s.Shape)
		}
	}
	return nil
}
