package nn

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/checkpoint"
)

// Tap collects what the layers of a forward pass put out, by name, in the order in which
// they are noted. A nil Tap collects nothing, so that a pass costs no more without one.
type Tap struct {
	names []string
	nodes map[string]*graph.Node
}

// Note keeps the output of a layer, [batch, height, width, channels] or [batch, n]; of
// several of one name the last.
func (t *Tap) Note(name string, x *graph.Node) {
	if t == nil {
		return
	}
	if t.nodes == nil {
		t.nodes = map[string]*graph.Node{}
	}
	if t.nodes[name] == nil {
		t.names = append(t.names, name)
	}
	t.nodes[name] = x
}

// Names are those of the layers, in order.
func (t *Tap) Names() []string { return slices.Clone(t.names) }

// Output is that of a layer in PyTorch's layout, [batch, channels, height, width] or
// [batch, n]; nil where none of this name was noted.
func (t *Tap) Output(name string) *graph.Node {
	x := t.nodes[name]
	if x != nil && x.Rank() == 4 {
		return ChannelsFirst(x)
	}
	return x
}

// Tapped is a forward pass that puts out what all its layers do, compiled on demand. It
// is safe for concurrent use.
type Tapped struct {
	exec  *Exec
	lock  sync.Mutex
	names []string // of the outputs; the same for every shape of the inputs
}

// NewTapped names a forward pass over placed weights. Nothing is compiled yet.
func NewTapped(name string, d *Device, forward func(w Weights, in []*graph.Node, t *Tap)) *Tapped {
	t := &Tapped{}
	t.exec = NewExec(name, d, func(w Weights, in []*graph.Node) []*graph.Node {
		var tap Tap
		forward(w, in, &tap)
		t.lock.Lock()
		t.names = tap.Names()
		t.lock.Unlock()
		outputs := make([]*graph.Node, len(tap.names))
		for i, name := range tap.names {
			outputs[i] = tap.Output(name)
		}
		return outputs
	})
	return t
}

// Call runs the pass for one picture (every input has one row) and returns the layers'
// outputs in order: float32 [channels, height, width], or [n].
func (t *Tapped) Call(in ...Array) ([]checkpoint.Named, error) {
	if len(in) > 0 && len(in[0].Shape) > 0 && in[0].Shape[0] != 1 {
		return nil, fmt.Errorf("evaluate %s: found %d pictures, want one", t.exec.name, in[0].Shape[0])
	}
	out, err := t.exec.Call(in...)
	if err != nil {
		return nil, err
	}
	t.lock.Lock()
	names := t.names
	t.lock.Unlock()
	all := make([]checkpoint.Named, len(out))
	for i, a := range out {
		all[i] = checkpoint.Named{Name: names[i], Tensor: checkpoint.Float32Tensor(a.Shape[1:], a.Data)}
	}
	return all, nil
}

// Compilations returns how many programs exist and the time spent compiling them.
func (t *Tapped) Compilations() (n int, spent time.Duration) { return t.exec.Compilations() }
