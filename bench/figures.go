package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"ebmstudio/models"
)

// Figures and what is wanted of each.
const (
	wantedSpeed   = 1.2  // times PyTorch's
	wantedOutside = 0.05 // of a step
	wantedGo      = 6.0  // times xla:cpu's time
	wantedOpen    = 1.0  // seconds
	wantedMemory  = 2.5  // times the file
	wantedFrame   = 3 * time.Second
)

// batches are the numbers of chains that are measured.
func (b *bench) batches() [2]int {
	if b.quick {
		return [2]int{2, 4}
	}
	return [2]int{16, 64}
}

// perTurn is how many steps are measured in a turn: more of the short ones.
func (b *bench) perTurn(net, batch int) int {
	if b.quick {
		return 1
	}
	return [2][2]int{{6, 3}, {3, 1}}[net][batch]
}

// againstTwin is figure 1: a Langevin step on xla:cpu against PyTorch's.
func (b *bench) againstTwin(ctx context.Context) error {
	for i, n := range b.nets {
		if b.xla == nil || b.twin == nil {
			skipped("CLEL Langevin step, "+n.name, fmt.Sprintf("≥ %vx", wantedSpeed), b.noXLA+b.noTwin).write(b.out)
			continue
		}
		m, err := n.open(b.xla.Backend)
		if err != nil {
			return err
		}
		energy, grad, err := n.parity(m, b.twin)
		if err != nil {
			return err
		}
		row{
			figure: "agreement with the twin, " + n.name, here: fmt.Sprintf("energies %.1g, gradients %.1g", energy, grad),
			wanted: fmt.Sprintf("≤ %g, %g", energyTolerance, gradTolerance), verdict: verdict(true),
		}.write(b.out)
		for j, batch := range b.batches() {
			if err := b.stepAgainstTwin(ctx, n, m, batch, b.perTurn(i, j)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) stepAgainstTwin(ctx context.Context, n net, m *models.Model, batch, count int) error {
	c, err := startChains(ctx, m, batch)
	if err != nil {
		return err
	}
	defer c.stop()
	if _, _, err := b.twin.step(n.name, batch, 1); err != nil { // it chooses its memory format
		return err
	}
	format := ""
	theirs := func() (took time.Duration, err error) {
		took, format, err = b.twin.step(n.name, batch, count)
		return took, err
	}
	ours, peer, err := interleave(b.rounds, c.turn(count), theirs)
	if err != nil {
		return err
	}
	ratio := float64(peer) / float64(ours)
	row{
		fmt.Sprintf("CLEL Langevin step, %s, %d chains", n.name, batch), ms(ours) + " (xla:cpu)", ms(peer) + " (PyTorch, " + format + ")",
		times(ratio) + " as fast", fmt.Sprintf("≥ %vx", wantedSpeed), verdict(ratio >= wantedSpeed),
	}.write(b.out)
	return nil
}

// outsideNet is figure 2: what of a step is not the network.
func (b *bench) outsideNet(ctx context.Context) error {
	n, batch, steps := b.nets[0], b.batches()[1], 40
	if b.quick {
		steps = 3
	}
	figure := fmt.Sprintf("outside the network in a step, %s, %d chains", n.name, batch)
	wanted := fmt.Sprintf("< %.0f %%", 100*wantedOutside)
	if b.xla == nil {
		skipped(figure, wanted, b.noXLA).write(b.out)
		return nil
	}
	step, outside, err := outsideNet(ctx, b.xla, n, batch, steps)
	if err != nil {
		return err
	}
	share := float64(outside) / float64(step)
	row{figure, ms(outside), ms(step) + " (the whole step)", fmt.Sprintf("%.1f %%", 100*share), wanted, verdict(share < wantedOutside)}.write(b.out)
	return nil
}

// goEngine is figure 3: the pure-Go engine against xla:cpu.
func (b *bench) goEngine(ctx context.Context) error {
	list := []net{b.nets[0]}
	n, ok, err := b.bundled()
	switch {
	case err != nil:
		return err
	case ok:
		list = append(list, n)
	}
	wanted := fmt.Sprintf("≤ %vx", wantedGo)
	for _, n := range list {
		figure := fmt.Sprintf("step on the pure-Go engine, %s, %d chains", n.name, b.batches()[0])
		if b.xla == nil {
			skipped(figure, wanted, b.noXLA).write(b.out)
			continue
		}
		ours, peer, err := b.stepOnBoth(ctx, n, b.batches()[0])
		if err != nil {
			return err
		}
		ratio := float64(ours) / float64(peer)
		row{figure, ms(ours) + " (go)", ms(peer) + " (xla:cpu)", times(ratio) + " the time", wanted, verdict(ratio <= wantedGo)}.write(b.out)
	}
	if !ok {
		skipped("step on the pure-Go engine, the bundled model", wanted, "no model is bundled").write(b.out)
	}
	return nil
}

func (b *bench) stepOnBoth(ctx context.Context, n net, batch int) (plain, xla time.Duration, err error) {
	var turns []turn
	for _, e := range []struct {
		m     func() (*models.Model, error)
		count int
	}{
		{func() (*models.Model, error) { return n.open(b.plain.Backend) }, 1},
		{func() (*models.Model, error) { return n.open(b.xla.Backend) }, b.perTurn(0, 0)},
	} {
		m, err := e.m()
		if err != nil {
			return 0, 0, err
		}
		c, err := startChains(ctx, m, batch)
		if err != nil {
			return 0, 0, err
		}
		defer c.stop()
		turns = append(turns, c.turn(e.count))
	}
	return interleave(b.rounds, turns[0], turns[1])
}

// opening is figure 4: a large checkpoint, which the system has in its cache.
func (b *bench) opening(ctx context.Context) error {
	count := 96 // MiB: 100 MB
	if b.quick {
		count = 2
	}
	for _, f := range []struct {
		name, file string
		write      func(string, int) error
	}{
		{"safetensors", "large.safetensors", writeSafeTensors},
		{"PyTorch zip", "large.pth", writeTorch},
	} {
		path := filepath.Join(b.dir, f.file)
		if err := f.write(path, count); err != nil {
			return err
		}
		o, size, err := openInChild(ctx, path)
		if err != nil {
			return err
		}
		if o.Tensors != count {
			return fmt.Errorf("open %s: found %d tensors, want %d", f.file, o.Tensors, count)
		}
		memory := "not told by this system"
		ratio := float64(o.Peak) / float64(size)
		if o.Peak > 0 {
			memory = times(ratio) + " its size"
		}
		row{
			fmt.Sprintf("open a checkpoint of %.0f MB, %s", float64(size)/1e6, f.name), fmt.Sprintf("%.2f s", o.Seconds), "",
			"memory " + memory, fmt.Sprintf("< %v s, < %vx", wantedOpen, wantedMemory),
			verdict(o.Seconds < wantedOpen && ratio < wantedMemory),
		}.write(b.out)
	}
	return nil
}

// window is figure 5: from the program's start to the first moving frame.
func (b *bench) window(ctx context.Context) error {
	figure, wanted := "window of the bundled model, without compiling", fmt.Sprintf("< %v", wantedFrame)
	if _, ok, err := b.bundled(); err != nil || !ok {
		skipped(figure, wanted, "no model is bundled").write(b.out)
		return err
	}
	line, without, why, err := firstFrame(ctx, b.dir)
	if err != nil {
		return err
	}
	if why != "" {
		skipped(figure, wanted, why).write(b.out)
		return nil
	}
	row{figure, without.String(), "", line, wanted, verdict(without < wantedFrame)}.write(b.out)
	return nil
}
