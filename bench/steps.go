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

// manySteps is more steps than a figure walks.
const manySteps = 5000

// startChains compiles what the chains need and makes their first step. Without terms
// they are the model's own.
func startChains(ctx context.Context, m *models.Model, terms []sampling.Term, s sampling.Settings, n int) (*chains, error) {
	plan, err := m.Plan(terms, s)
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

// aTurn is about how long a turn is: more actions of the short ones.
const aTurn = 200 * time.Millisecond

// actions is how many actions that take so long are measured in a turn.
func (b *bench) actions(took time.Duration) int {
	if b.quick {
		return 1
	}
	return max(1, min(20, int(aTurn/max(took, 1))))
}

// turnOf makes turns of an action.
func (b *bench) turnOf(action func() error) (turn, error) {
	began := time.Now()
	if err := action(); err != nil {
		return nil, err
	}
	count := b.actions(time.Since(began))
	return func() (time.Duration, error) {
		if err := action(); err != nil {
			return 0, err
		}
		began := time.Now()
		for range count {
			if err := action(); err != nil {
				return 0, err
			}
		}
		return time.Since(began) / time.Duration(count), nil
	}, nil
}

// race measures an action of ours and the same of a peer in turn, writes a row and
// returns how many times as fast ours is.
func (b *bench) race(figure string, ours func() error, t *twin, action string, n net, batch int, wanted speed) (float64, error) {
	mine, err := b.turnOf(ours)
	if err != nil {
		return 0, err
	}
	if _, _, err := t.time(action, n.name, batch, 1); err != nil { // it chooses its memory format
		return 0, err
	}
	took, format, err := t.time(action, n.name, batch, 1)
	if err != nil {
		return 0, err
	}
	count := b.actions(took)
	theirs := func() (took time.Duration, err error) {
		took, _, err = t.time(action, n.name, batch, count)
		return took, err
	}
	rounds := b.rounds
	if took > aLongAction {
		rounds = min(rounds, 3)
	}
	here, peer, err := interleave(rounds, mine, theirs)
	if err != nil {
		return 0, err
	}
	ratio := float64(peer) / float64(here)
	row{
		fmt.Sprintf("%s, %s, %d chains", figure, n.name, batch), ms(here) + " (xla:cpu)", ms(peer) + " (" + t.label + ", " + format + ")",
		times(ratio) + " as fast", wanted.String(), wanted.verdict(ratio),
	}.write(b.out)
	return ratio, nil
}

// aLongAction has three rounds at most, so that a run ends within the hour.
const aLongAction = 3 * time.Second

// stepAgainst races a Langevin step.
func (b *bench) stepAgainst(ctx context.Context, figure string, t *twin, n net, m *models.Model, s sampling.Settings, batch int, wanted speed) (float64, error) {
	c, err := startChains(ctx, m, nil, s, batch)
	if err != nil {
		return 0, err
	}
	defer c.stop()
	return b.race(figure, c.step, t, "step", n, batch, wanted)
}

// settle lets the threads of the last turn's program, which spin for a while after
// their work, fall asleep before the next one begins.
const settle = 50 * time.Millisecond

// interleave takes the two in turn, A B A B, so that what disturbs the machine
// meets both, and returns the medians.
func interleave(rounds int, a, b turn) (time.Duration, time.Duration, error) {
	medians, err := rotate(rounds, a, b)
	if err != nil {
		return 0, 0, err
	}
	return medians[0], medians[1], nil
}

// rotate is interleave of any number.
func rotate(rounds int, turns ...turn) ([]time.Duration, error) {
	times := make([][]time.Duration, len(turns))
	for range rounds {
		for i, t := range turns {
			time.Sleep(settle)
			took, err := t()
			if err != nil {
				return nil, err
			}
			times[i] = append(times[i], took)
		}
	}
	medians := make([]time.Duration, len(turns))
	for i := range times {
		medians[i] = median(times[i])
	}
	return medians, nil
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
