package main

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// turn does one unmeasured step, so that caches and threads are warm, then some
// measured ones, and returns the mean time of those.
type turn func() (time.Duration, error)

// chains are a model's Langevin chains, walked step by step as the studio does.
type chains struct {
	next func() (sampling.State, error, bool)
	stop func()
}

// startChains compiles what the chains need and makes their first step.
func startChains(ctx context.Context, m *models.Model, n int) (*chains, error) {
	plan, err := m.Plan(nil, sampling.Settings{"steps": 5000})
	if err != nil {
		return nil, err
	}
	if _, err := models.Warm(plan, n); err != nil {
		return nil, err
	}
	key := sampling.NewKey(1)
	c := &chains{}
	c.next, c.stop = iter.Pull2(sampling.Run(ctx, key, m.Start(key, n), plan))
	return c, c.step()
}

func (c *chains) step() error {
	_, err, more := c.next()
	if !more {
		return fmt.Errorf("the chains ended early, want more steps in their plan")
	}
	return err
}

// turn measures count steps.
func (c *chains) turn(count int) turn {
	return func() (time.Duration, error) {
		if err := c.step(); err != nil {
			return 0, err
		}
		began := time.Now()
		for range count {
			if err := c.step(); err != nil {
				return 0, err
			}
		}
		return time.Since(began) / time.Duration(count), nil
	}
}

// settle lets the threads of the last turn's program, which spin for a while after
// their work, fall asleep before the next one begins.
const settle = 50 * time.Millisecond

// interleave takes the two in turn, A B A B, so that what disturbs the machine
// meets both, and returns the medians.
func interleave(rounds int, a, b turn) (time.Duration, time.Duration, error) {
	var times [2][]time.Duration
	for range rounds {
		for i, t := range []turn{a, b} {
			time.Sleep(settle)
			took, err := t()
			if err != nil {
				return 0, 0, err
			}
			times[i] = append(times[i], took)
		}
	}
	return median(times[0]), median(times[1]), nil
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
