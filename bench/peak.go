package main

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
)

// wantedPeak is the share of the machine's measured matrix-product speed that CLEL's
// residual network is to reach at 64 chains.
const wantedPeak = 0.8

// peak is figure 17: how much of the speed of XLA's own matrix product, measured by turns,
// the convolutions of CLEL's networks reach. What is counted are the products and sums of
// convolutions and linear layers, of the energy and of its gradient by the pictures.
func (b *bench) peak(context.Context) error {
	wanted := fmt.Sprintf("≥ %.0f %%", 100*wantedPeak)
	if b.xla == nil {
		skipped("share of the peak of matrix products", wanted, b.noXLA).write(b.out)
		return nil
	}
	product, flops, err := b.matrixProduct()
	if err != nil {
		return err
	}
	batch := b.batches()[1]
	for i, n := range b.nets {
		m, err := n.open(b.xla.Backend)
		if err != nil {
			return err
		}
		mine, err := b.evaluation(m, batch)
		if err != nil {
			return err
		}
		here, probe, err := interleave(b.rounds, mine, product)
		if err != nil {
			return err
		}
		speed, peak := published(b.quick)[i].flops(batch)/here.Seconds(), flops/probe.Seconds()
		w, v := "", ""
		if i == len(b.nets)-1 {
			w, v = wanted, verdict(speed >= wantedPeak*peak)
		}
		row{
			fmt.Sprintf("share of the peak of matrix products, %s, %d chains", n.name, batch), gflops(speed), gflops(peak) + " (XLA's product)",
			fmt.Sprintf("%.0f %%", 100*speed/peak), w, v,
		}.write(b.out)
	}
	return nil
}

func gflops(perSecond float64) string { return fmt.Sprintf("%.0f GFLOP/s", perSecond/1e9) }

// matrixProduct is a turn of XLA's product of two square matrices that lie on the device,
// and how many operations one has.
func (b *bench) matrixProduct() (turn, float64, error) {
	side := 2048
	if b.quick {
		side = 64
	}
	left, right := ramp(side, side), ramp(side, side)
	exec, err := graph.NewExec(b.xla.Backend, func(x, y *graph.Node) *graph.Node { return graph.Dot(x, y).Product() })
	if err != nil {
		return nil, 0, err
	}
	multiply := func() error {
		out, err := exec.Call(left, right)
		if err != nil {
			return err
		}
		return out[0].FinalizeAll()
	}
	if err := multiply(); err != nil { // compiles, and moves the matrices to the device
		return nil, 0, err
	}
	t, err := b.turnOf(multiply)
	return t, 2 * float64(side) * float64(side) * float64(side), err
}

// flops counts the floating-point operations of an evaluation with its gradient: those of
// the convolutions and linear layers, each as often again for the gradient.
func (s sizes) flops(batch int) float64 {
	var sum float64
	for _, c := range s.convolutions() {
		sum += float64(c.count) * c.flops(batch)
	}
	last := s.widths[len(s.widths)-1]
	sum += 2 * float64(batch) * float64(last*s.hidden+s.hidden*latentOfPublished)
	return 2 * sum
}
