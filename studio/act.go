package studio

import (
	"errors"
	"fmt"
	"slices"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Act is what a person does to one chain after a step: part of the recipe, so that a
// picture made with a hand in it can be made again.
type Act struct {
	Step   int     `json:"step"` // of the run, before the next one
	Chain  int     `json:"chain"`
	Do     Deed    `json:"do"`
	Amount float64 `json:"amount,omitempty"` // of Noise: its deviation as a share of the pixel range
}

// Deed is what an Act does.
type Deed string

// The deeds.
const (
	Freeze Deed = "freeze" // the chain stays as it is
	Thaw   Deed = "thaw"   // it walks on
	Kill   Deed = "kill"   // it stays, is not saved with the others and not counted
	Noise  Deed = "noise"  // Gaussian noise is added to it
)

// String is the act in words, chains counted from 1.
func (a Act) String() string {
	text := fmt.Sprintf("%s chain %d at step %d", a.Do, a.Chain+1, a.Step)
	if a.Do == Noise {
		text = fmt.Sprintf("noise %.3g on chain %d at step %d", a.Amount, a.Chain+1, a.Step)
	}
	return text
}

// checkAlone reports what is wrong with an act on one of so many chains.
func (a Act) checkAlone(chains int) error {
	switch {
	case !slices.Contains([]Deed{Freeze, Thaw, Kill, Noise}, a.Do):
		return fmt.Errorf("recipe: unknown act %q, want %s, %s, %s or %s", a.Do, Freeze, Thaw, Kill, Noise)
	case a.Chain < 0 || a.Chain >= chains:
		return fmt.Errorf("recipe: %s: found chain %d, want 0 to %d", a.Do, a.Chain, chains-1)
	case a.Step < 0:
		return fmt.Errorf("recipe: %s: found step %d, want 0 or more", a.Do, a.Step)
	case !(a.Amount >= 0 && a.Amount <= 10) || a.Do != Noise && a.Amount != 0:
		return fmt.Errorf("recipe: %s: found amount %g, want 0 to 10 of noise, else none", a.Do, a.Amount)
	}
	return nil
}

// killed are the chains that were killed in the recipe's own steps or before, with the
// step.
func (r Recipe) killed() map[int]int {
	all := map[int]int{}
	if f := r.Fork; f != nil && f.Chain == EveryChain && r.depth() <= maxForks {
		for chain, step := range f.Of.killed() {
			if step < f.Step {
				all[chain] = step
			}
		}
	}
	for _, a := range r.Acts {
		if _, dead := all[a.Chain]; a.Do == Kill && !dead {
			all[a.Chain] = a.Step
		}
	}
	return all
}

// steer applies the acts after the state's step. A chain that was killed stays so.
func steer(acts []Act, killed map[int]int, m *models.Model) func(sampling.Key, sampling.State) (sampling.State, error) {
	return func(k sampling.Key, s sampling.State) (sampling.State, error) {
		hold := make([]bool, s.X.N)
		copy(hold, s.Held)
		for _, a := range acts {
			if a.Step != s.Step || a.Chain >= s.X.N {
				continue
			}
			switch dead, is := killed[a.Chain]; {
			case is && dead < a.Step:
			case a.Do == Noise:
				var err error
				if s, err = s.Renoise(k, a.Chain, a.Amount*float64(m.Hi-m.Lo), m.Lo, m.Hi); err != nil {
					return s, err
				}
			default:
				hold[a.Chain] = a.Do != Thaw
			}
		}
		return s.Hold(hold), nil
	}
}

// Act does something to a chain of a run that is under way, after the step that it is
// at; the act becomes part of the run's recipe.
func (j *Job) Act(do Deed, chain int, amount float64) error {
	if j.recording == nil {
		return errors.New("act: found a job that makes no pictures")
	}
	a := Act{Chain: chain, Do: do, Amount: amount}
	if err := a.checkAlone(j.recording.Chains()); err != nil {
		return err
	}
	if step, dead := j.recording.Killed(chain); dead {
		return fmt.Errorf("chain %d was killed at step %d and is out of this run\nhint: fork the run at that step or before to have it back", chain+1, step)
	}
	j.lock.Lock()
	defer j.lock.Unlock()
	if j.phase.Final() {
		return fmt.Errorf("the run is over\nhint: fork it to %s chain %d", do, chain+1)
	}
	j.asked = append(j.asked, a)
	return nil
}

// steer applies the recipe's acts and those that were asked for meanwhile. Called by
// the lane alone.
func (w *walk) steer(k sampling.Key, s sampling.State) (sampling.State, error) {
	j := w.job
	j.lock.Lock()
	asked := j.asked
	j.asked = nil
	for _, a := range asked {
		a.Step = s.Step
		j.recipe.Acts = append(j.recipe.Acts, a)
	}
	r := j.recipe
	j.lock.Unlock()
	killed := r.killed()
	for chain, step := range killed {
		if step <= s.Step {
			j.recording.kill(chain, step)
		}
	}
	s, err := steer(r.Acts, killed, w.opened.Model)(k, s)
	j.recording.hold(s.Held)
	return s, err
}
