package nn

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Bank is a list of named arrays that stay on the device between calls: the weights
// of a training, or its optimiser's state.
type Bank struct {
	Names  []string
	Values []*tensors.Tensor
}

// NewBank copies arrays to a bank.
func NewBank(p Params) *Bank {
	b := &Bank{}
	for _, q := range p {
		b.Names = append(b.Names, q.Name)
		b.Values = append(b.Values, tensors.FromFlatDataAndDimensions(q.Data, q.Shape...))
	}
	return b
}

// ZeroBank is a bank of zeros, one for every array that is trained.
func ZeroBank(specs []Spec) *Bank {
	var p Params
	for _, s := range specs {
		if s.Role.Trainable() {
			p = append(p, Param{Name: s.Name, Array: NewArray(s.Shape...)})
		}
	}
	return NewBank(p)
}

// Params copies a bank to the host.
func (b *Bank) Params() (Params, error) {
	var p Params
	for i, name := range b.Names {
		v, err := tensors.CopyFlatData[float32](b.Values[i])
		if err != nil {
			return nil, fmt.Errorf("read %q from the device: %w", name, err)
		}
		p = append(p, Param{Name: name, Array: Array{Shape: b.Values[i].Shape().Dimensions, Data: v}})
	}
	return p, nil
}

// Replace puts outputs of a routine in the place of the banks' values, in order, frees
// the old ones and returns the outputs that are left.
func Replace(out []*tensors.Tensor, banks ...*Bank) ([]*tensors.Tensor, error) {
	for _, b := range banks {
		for i := range b.Values {
			if err := b.Values[i].FinalizeAll(); err != nil {
				return nil, err
			}
			b.Values[i] = out[i]
		}
		out = out[len(b.Names):]
	}
	return out, nil
}

// Free gives device memory back at once rather than at the next collection.
func Free(list ...*tensors.Tensor) {
	for _, t := range list {
		if t != nil {
			_ = t.FinalizeAll() // memory only: nothing to do about a failure
		}
	}
}

// Routine is a compiled function of single tensors and of banks: a part of a
// training's iteration.
type Routine struct {
	name string
	exec *graph.Exec
}

// NewRoutine makes a routine of so many single tensors, followed by banks with the
// names given; it compiles when it is first called.
func NewRoutine(b compute.Backend, name string, singles int, banks [][]string, build func(x []*graph.Node, banks []Weights) []*graph.Node) (*Routine, error) {
	exec, err := graph.NewExec(Plain(b), func(nodes []*graph.Node) []*graph.Node {
		rest := nodes[singles:]
		var list []Weights
		for _, names := range banks {
			w := Weights{}
			for i, name := range names {
				w[name] = rest[i]
			}
			list, rest = append(list, w), rest[len(names):]
		}
		return build(nodes[:singles], list)
	})
	if err != nil {
		return nil, fmt.Errorf("build %s: %w", name, err)
	}
	return &Routine{name, exec.WithName(name)}, nil
}

// Call runs a routine. Its arguments stay the caller's; the outputs become so.
func (r *Routine) Call(singles []*tensors.Tensor, banks ...*Bank) ([]*tensors.Tensor, error) {
	var args []any
	for _, t := range singles {
		args = append(args, t)
	}
	for _, b := range banks {
		for _, t := range b.Values {
			args = append(args, t)
		}
	}
	out, err := r.exec.Call(args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.name, err)
	}
	return out, nil
}

// In returns the nodes of w in the order of names.
func (w Weights) In(names []string) []*graph.Node {
	nodes := make([]*graph.Node, len(names))
	for i, name := range names {
		nodes[i] = w.Get(name)
	}
	return nodes
}

// Names lists the arrays of specs that are kept, in order.
func Names(specs []Spec, keep func(Spec) bool) []string {
	var names []string
	for _, s := range specs {
		if keep(s) {
			names = append(names, s.Name)
		}
	}
	return names
}

// Trained and Every choose among specs, for [Names].
func Trained(s Spec) bool { return s.Role.Trainable() }

// Every keeps all of them.
func Every(Spec) bool { return true }
