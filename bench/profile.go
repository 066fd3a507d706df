package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/internal/nn"
	"ebmstudio/models/cdrl"
)

// convolution is a layer's shape: square pictures, and how often the network has it.
type convolution struct {
	side, in, out, kernel, count int
}

func (c convolution) flops(batch int) float64 {
	return 2 * float64(c.in*c.out*c.kernel*c.kernel) * float64(c.side*c.side*batch)
}

// together puts alike convolutions together.
func together(all []convolution) (list []convolution) {
	for _, c := range all {
		i := slices.IndexFunc(list, func(o convolution) bool {
			return o.side == c.side && o.in == c.in && o.out == c.out && o.kernel == c.kernel
		})
		if i < 0 {
			list, i = append(list, c), len(list)
		}
		list[i].count++
	}
	return list
}

// convolutions are those of a CLEL network, alike ones together.
func (s sizes) convolutions() []convolution {
	side, in := pixels, s.widths[0]
	all := []convolution{{side: side, in: 3, out: in, kernel: 3}}
	for stage, out := range s.widths {
		if stage > 0 {
			side /= 2
		}
		for range s.blocks {
			all = append(all, convolution{side: side, in: in, out: out, kernel: 3}, convolution{side: side, in: out, out: out, kernel: 3})
			if in != out {
				all = append(all, convolution{side: side, in: in, out: out, kernel: 1})
			}
			in = out
		}
	}
	return together(all)
}

// convolutions are those of a CDRL model's energy, alike ones together.
func (s cdrlSizes) convolutions() []convolution {
	n, side := cdrl.NewNet(s.channels, s.classes, s.width, s.multiples, s.blocks), s.side
	all := []convolution{{side: side, in: s.channels, out: s.width, kernel: 3}}
	for _, block := range n.Blocks {
		if block.Pool {
			side /= 2
		}
		all = append(all, convolution{side: side, in: block.In, out: block.Out, kernel: 3}, convolution{side: side, in: block.Out, out: block.Out, kernel: 3})
		if block.In != block.Out {
			all = append(all, convolution{side: side, in: block.In, out: block.Out, kernel: 3})
		}
	}
	return together(all)
}

// profile is figure 22: how fast xla:cpu is at each convolution by itself of CLEL's network
// of the authors' size and of small CDRL ones, forward and its gradient by the pictures, as
// a share of its matrix product; and what of an evaluation is none of them: activations,
// sums, pools, copies.
func (b *bench) profile(context.Context) error {
	if b.xla == nil {
		skipped("profile of convolutions", "", b.noXLA).write(b.out)
		return nil
	}
	product, flops, err := b.matrixProduct()
	if err != nil {
		return err
	}
	if err := b.profileOf(b.nets[1], published(b.quick)[1].convolutions(), product, flops); err != nil {
		return err
	}
	for _, s := range cdrlNetworks(b.quick) {
		if s.name == cdrlAuthors {
			continue
		}
		n, err := s.make(b.dir)
		if err != nil {
			return err
		}
		if err := b.profileOf(n, s.convolutions(), product, flops); err != nil {
			return err
		}
	}
	return nil
}

// profileOf writes the rows of a network.
func (b *bench) profileOf(n net, list []convolution, product turn, flops float64) error {
	batch := b.batches()[1]
	var alone time.Duration
	for _, c := range list {
		t, err := b.convolution(c, batch)
		if err != nil {
			return err
		}
		here, probe, err := interleave(min(b.rounds, 5), t, product)
		if err != nil {
			return err
		}
		alone += time.Duration(c.count) * here
		speed, peak := 2*c.flops(batch)/here.Seconds(), flops/probe.Seconds()
		row{
			fmt.Sprintf("%d convolutions %dx%d of %d to %d channels, %dx%d pixels, with gradient, %d chains", c.count, c.kernel, c.kernel, c.in, c.out, c.side, c.side, batch),
			ms(here), gflops(speed), fmt.Sprintf("%.0f %%", 100*speed/peak), "", "of the matrix product",
		}.write(b.out)
	}
	m, err := n.open(b.xla.Backend)
	if err != nil {
		return err
	}
	answer, err := evaluator(m, batch)
	if err != nil {
		return err
	}
	t, err := b.turnOf(func() error { _, err := answer(); return err })
	if err != nil {
		return err
	}
	whole, err := rotate(min(b.rounds, 5), t)
	if err != nil {
		return err
	}
	row{
		fmt.Sprintf("not in its convolutions, %s, %d chains", n.name, batch), ms(whole[0] - alone), ms(whole[0]) + " (all)",
		fmt.Sprintf("%.0f %%", 100*float64(whole[0]-alone)/float64(whole[0])), "", "",
	}.write(b.out)
	return nil
}

// convolution is a turn of one and its gradient by the pictures.
func (b *bench) convolution(c convolution, batch int) (turn, error) {
	x, k := ramp(batch, c.side, c.side, c.in), ramp(c.kernel, c.kernel, c.in, c.out)
	exec, err := graph.NewExec(b.xla.Backend, func(x, k *graph.Node) []*graph.Node {
		y := nn.Conv(x, k, nil, 1, c.kernel/2)
		return []*graph.Node{y, graph.Gradient(graph.ReduceAllSum(graph.Square(y)), x)[0]}
	})
	if err != nil {
		return nil, err
	}
	once := func() error {
		out, err := exec.Call(x, k)
		if err != nil {
			return err
		}
		nn.Free(out...)
		return nil
	}
	if err := once(); err != nil { // compiles
		return nil, err
	}
	return b.turnOf(once)
}

// ramp is an array of small numbers.
func ramp(dims ...int) *tensors.Tensor {
	values := make([]float32, nn.Size(dims))
	for i := range values {
		values[i] = float32(i%31)/31 - 0.5
	}
	return tensors.FromFlatDataAndDimensions(values, dims...)
}
