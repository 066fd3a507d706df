package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gomlx/compute"

	"ebmstudio/sampling"
)

// Figures and what is wanted of each.
const (
	wantedOutside   = 0.02 // of a step
	wantedGo        = 6.0  // times xla:cpu's time
	wantedOpen      = 1.0  // seconds
	wantedMemory    = 2.5  // times the file
	wantedFrame     = 3 * time.Second
	wantedWindow    = time.Second           // first paint
	wantedWork      = 50 * time.Millisecond // of ours on the window thread at a time
	wantedMegabytes = 800                   // of the window, everything open
)

// batches are the numbers of chains that are measured.
func (b *bench) batches() [2]int {
	if b.quick {
		return [2]int{2, 4}
	}
	return [2]int{16, 64}
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
	for _, backend := range []compute.Backend{b.plain.Backend, b.xla.Backend} {
		m, err := n.open(backend)
		if err != nil {
			return 0, 0, err
		}
		c, err := startChains(ctx, m, nil, sampling.Settings{"steps": manySteps}, batch)
		if err != nil {
			return 0, 0, err
		}
		defer c.stop()
		t, err := b.turnOf(c.step)
		if err != nil {
			return 0, 0, err
		}
		turns = append(turns, t)
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
