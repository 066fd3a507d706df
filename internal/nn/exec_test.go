package nn

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/internal/engine/enginetest"
)

// scale is the function x*k, and the sum of each row.
func scale(w Weights, in []*graph.Node) []*graph.Node {
	y := graph.Mul(in[0], graph.InsertAxes(w.Get("k"), 0))
	return []*graph.Node{y, graph.ReduceSum(y, 1)}
}

func placed(t *testing.T, b compute.Backend, p ...Param) *Device {
	t.Helper()
	d, err := Place(b, p)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func counting(n, row int) Array {
	a := NewArray(n, row)
	for i := range a.Data {
		a.Data[i] = float32(i)
	}
	return a
}

// TestExecBatches: every batch size gives each row its own result, and few
// programs serve them all.
func TestExecBatches(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		e := NewExec("scale", placed(t, b, Param{"k", Array{[]int{3}, []float32{1, 2, 3}}}), scale)
		tiles := map[int]bool{}
		for _, n := range []int{1, 2, 3, 5, 64, 65, 130} {
			tiles[e.device.tile(n)] = true
			out, err := e.Call(counting(n, 3))
			if err != nil {
				t.Fatal(err)
			}
			if len(out) != 2 || out[0].Shape[0] != n || len(out[1].Data) != n {
				t.Fatalf("%d rows: found shapes %v and %v", n, out[0].Shape, out[1].Shape)
			}
			for i := range n {
				x := float32(3 * i)
				if want := x + 2*(x+1) + 3*(x+2); out[1].Data[i] != want || out[0].Data[3*i+2] != 3*(x+2) {
					t.Fatalf("%d rows: row %d is %v with sum %g, want sum %g", n, i, out[0].Data[3*i:3*i+3], out[1].Data[i], want)
				}
			}
		}
		if programs, spent := e.Compilations(); programs != len(tiles) || len(tiles) > 5 || spent <= 0 {
			t.Errorf("found %d programs in %v, want those of %v rows", programs, spent, tiles)
		}
		if took, err := e.Warm(5, []int{3}); err != nil || took != 0 {
			t.Errorf("warming what is compiled took %v, error %v", took, err)
		}
	})
}

// TestExecConcurrent: many goroutines share a function and its weights.
func TestExecConcurrent(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		e := NewExec("scale", placed(t, b, Param{"k", Array{[]int{3}, []float32{1, 2, 3}}}), scale)
		var wg sync.WaitGroup
		failed := make(chan error, 64)
		for g := range 16 {
			wg.Go(func() {
				for n := range 4 {
					out, err := e.Call(counting(1+(g+n)%9, 3))
					if err == nil && out[1].Data[0] != 8 {
						err = errors.New("a wrong result")
					}
					if err != nil {
						failed <- err
					}
				}
			})
		}
		wg.Wait()
		close(failed)
		for err := range failed {
			t.Error(err)
		}
	})
}

// TestExecErrors: what is wrong with a graph or its inputs is an error, no panic.
func TestExecErrors(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		d := placed(t, b, Param{"k", Array{[]int{3}, []float32{1, 2, 3}}})
		build := func(f Function) *Exec { return NewExec("broken", d, f) }
		for want, call := range map[string]func() error{
			`the network has no array "q"`: func() error {
				_, err := build(func(w Weights, _ []*graph.Node) []*graph.Node { return []*graph.Node{w.Get("q")} }).Call(counting(2, 3))
				return err
			},
			"compile broken for 1 pictures": func() error {
				_, err := build(scale).Call(counting(1, 5))
				return err
			},
			"want 1 rows": func() error {
				_, err := build(func(w Weights, _ []*graph.Node) []*graph.Node { return []*graph.Node{w.Get("k")} }).Call(counting(1, 3))
				return err
			},
			"found no pictures": func() error {
				_, err := build(scale).Call(counting(0, 3))
				return err
			},
			"input 1": func() error {
				_, err := build(scale).Call(counting(2, 3), counting(3, 3))
				return err
			},
		} {
			if err := call(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want one with %q", err, want)
			}
		}
	})
}
