package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"

	"github.com/gomlx/compute"

	"ebmstudio/models"
	"ebmstudio/resources"
	"ebmstudio/sampling"
)

// across is figure 19: by how much the same recipe of four chains differs between xla:cpu
// and the pure-Go engine, on every bundled model that starts from noise. Noise is the same
// to the bit; a network's rounding is not, and a chain may make it larger step by step.
func (b *bench) across(ctx context.Context) error {
	if b.xla == nil {
		skipped("the same recipe on both engines", "", b.noXLA).write(b.out)
		return nil
	}
	for _, r := range resources.Models() {
		if err := b.acrossOf(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
	}
	return nil
}

// mostSteps is how long chains are followed.
const mostSteps = 200

func (b *bench) acrossOf(ctx context.Context, r resources.Bundled) error {
	var next [2]func() (sampling.State, error, bool)
	var m *models.Model
	for i, backend := range []compute.Backend{b.plain.Backend, b.xla.Backend} {
		var err error
		if m, err = openBundled(backend, r); err != nil {
			return err
		}
		if m.Hole != nil {
			return nil // its energy depends on a picture
		}
		plan, err := m.Plan(nil, nil)
		if err != nil {
			return err
		}
		key := sampling.NewKey(1)
		var stop func()
		next[i], stop = iter.Pull2(sampling.Run(ctx, key, m.Start(key, 4), plan))
		defer stop()
	}
	limit := mostSteps
	if b.quick {
		limit = 3
	}
	var apart []float64 // after each step, as a share of the pixels' range
	var levels, values int
	for len(apart) < limit {
		ours, err, more := next[0]()
		if !more {
			break
		}
		theirs, other, _ := next[1]()
		if err != nil || other != nil {
			return fmt.Errorf("chains on the two engines: %w", errors.Join(err, other))
		}
		worst := 0.0
		levels, values = 0, len(ours.X.Data)
		for j, v := range ours.X.Data {
			worst = math.Max(worst, math.Abs(float64(v-theirs.X.Data[j]))/float64(m.Hi-m.Lo))
			if grey(v, m) != grey(theirs.X.Data[j], m) {
				levels++
			}
		}
		apart = append(apart, worst)
	}
	if len(apart) == 0 {
		return fmt.Errorf("found no steps")
	}
	row{
		"go and xla:cpu apart, " + r.Name, fmt.Sprintf("%.1g of the range after %d steps", apart[len(apart)-1], len(apart)), "",
		fmt.Sprintf("%.1g after 1, %.1g after 10", apart[0], apart[min(9, len(apart)-1)]),
		"", fmt.Sprintf("%.2f %% of the values fall on another of 256 levels", 100*float64(levels)/float64(values)),
	}.write(b.out)
	return nil
}

// grey is the level of 0 to 255 that a value is shown as.
func grey(v float32, m *models.Model) uint8 {
	return uint8(math.Round(255 * math.Min(math.Max(float64(v-m.Lo)/float64(m.Hi-m.Lo), 0), 1)))
}
