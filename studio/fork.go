package studio

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"math"
	"reflect"
	"slices"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Fork makes the chains of a recipe go on from another run, after Step steps of it.
// What differs between the two recipes is what the fork changes; where nothing does
// it equals the other run to the bit. A fork is a recipe like any: the run it goes on
// from is made again where it is not at hand.
type Fork struct {
	Of   Recipe `json:"of"`
	Step int    `json:"step"`
	// Chain is the one that all chains of the fork go on from; EveryChain: each from
	// itself.
	Chain int `json:"chain"`
	// State is the SHA-256 of the exact pictures that the chains go on from, for
	// telling whether they were made again; empty in a fork that has not run.
	State string `json:"state,omitempty"`
}

// EveryChain is the Fork.Chain of a fork in which every chain goes on from itself.
const EveryChain = -1

// maxForks is the length of a line of forks.
const maxForks = 64

func (f *Fork) clone() *Fork {
	if f == nil {
		return nil
	}
	c := *f
	c.Of = f.Of.Clone()
	return &c
}

// depth is how many forks lie between the recipe and a run from the start.
func (r Recipe) depth() int {
	n := 0
	for f := r.Fork; f != nil && n <= maxForks; f = f.Of.Fork {
		n++
	}
	return n
}

// ForkOf is the recipe as a fork of a run: with the run's chains as they are after a
// step, or with one of them in place of all. Acts of the run on the steps that both
// have still to walk stay.
func (r Recipe) ForkOf(run Recipe, step, chain int) Recipe {
	f := r.Clone()
	f.Version, f.Initial = RecipeVersion, nil
	f.Fork = &Fork{Of: run.Clone(), Step: step, Chain: chain}
	f.Acts = nil
	if chain != EveryChain {
		return f
	}
	f.Chains = run.Chains
	for _, a := range run.Acts {
		if a.Step >= step {
			f.Acts = append(f.Acts, a)
		}
	}
	return f
}

// Differences are what a fork changes, in short words, such as "seed 9" or "guidance
// 2"; none where it walks on as the run did, or is no fork.
func (r Recipe) Differences(m *models.Model) []string {
	if r.Fork == nil {
		return nil
	}
	of := r.Fork.Of
	var words []string
	say := func(differs bool, format string, a ...any) {
		if differs {
			words = append(words, fmt.Sprintf(format, a...))
		}
	}
	say(r.Fork.Chain != EveryChain, "from chain %d", r.Fork.Chain+1)
	say(r.Seed != of.Seed, "seed %d", r.Seed)
	say(r.Sampler != of.Sampler, "%s", r.Sampler)
	if r.Sampler == of.Sampler {
		knobs, _ := knobsOf(m, r.Sampler) // an unknown sampler has none
		for _, k := range knobs {
			now, before := r.Settings.Of(k), of.Settings.Of(k)
			say(now != before, "%s %.4g", k.Name, now)
		}
	}
	switch {
	case reflect.DeepEqual(r.Terms, of.Terms) && r.Expression == of.Expression:
	case r.Expression != "":
		say(true, "%s", r.Expression)
	case len(r.Terms) == 0:
		say(true, "no class")
	default:
		say(true, "another mixture")
	}
	switch {
	case reflect.DeepEqual(r.Known, of.Known):
	case r.Known == nil:
		say(true, "no mask")
	default:
		say(true, "another mask")
	}
	say(!reflect.DeepEqual(r.Temperature, of.Temperature), "other temperatures")
	say(r.SharedNoise != of.SharedNoise, "noise shared or not")
	for _, a := range r.Acts {
		say(!slices.Contains(of.Acts, a), "%s", a)
	}
	return words
}

// check reports what a model cannot do of a fork.
func (f *Fork) check(r Recipe, m *models.Model) error {
	if f == nil {
		return nil
	}
	if n := r.depth(); n > maxForks {
		return fmt.Errorf("fork: found more than %d forks of forks, want fewer", maxForks)
	}
	var errs []error
	bad := func(format string, a ...any) { errs = append(errs, fmt.Errorf("fork: "+format, a...)) }
	switch {
	case r.Initial != nil:
		bad("found an initial picture beside the run that the chains go on from, want one of the two")
	case !r.Checkpoint.same(f.Of.Checkpoint):
		bad("found a run of the model %q, want one of %q: a fork goes on with the same weights", f.Of.Checkpoint.Name, r.Checkpoint.Name)
	case f.Step < 0:
		bad("found step %d, want 0 or more", f.Step)
	case f.Chain < EveryChain || f.Chain >= f.Of.Chains:
		bad("found chain %d, want 0 to %d", f.Chain, f.Of.Chains-1)
	case f.Chain == EveryChain && r.Chains != f.Of.Chains:
		bad("found %d chains, want the %d of the run, or one chain of it that all go on from", r.Chains, f.Of.Chains)
	}
	if step, killed := f.Of.killed()[f.Chain]; killed && step < f.Step {
		bad("chain %d was killed at step %d, want that step or an earlier one", f.Chain+1, step)
	}
	if err := f.Of.Validate(m); err != nil {
		errs = append(errs, fmt.Errorf("fork: the run it goes on from: %w", err))
	}
	return errors.Join(errs...)
}

// Fork puts a fork into the lane: the recipe as it goes on from a run that may be
// under way or over (see Recipe.ForkOf), with acts of its own. What the run keeps of its
// states is used, so that few steps have to be made again.
func (s *Studio) Fork(o *Opened, r Recipe, from *Job, step, chain int, notify func(), acts ...Act) (*Job, error) {
	switch {
	case from == nil || from.recording == nil:
		return nil, errors.New("fork: found a job that makes no pictures")
	case from.draft:
		return nil, errDraftFork
	case step > from.recording.at():
		return nil, fmt.Errorf("fork: found step %d, the run has made %d so far", step, from.recording.at())
	}
	r = r.ForkOf(from.Recipe(), step, chain)
	r.Checkpoint, r.Acts = o.Ref(), append(r.Acts, acts...)
	if err := o.Check(r); err != nil {
		return nil, err
	}
	if p, err := planOf(o.Model, r); err == nil && p.Steps() <= step {
		return nil, refuse("fork: found step %d, and nothing is left to walk there: fork at an earlier step, or raise the number of steps", step)
	}
	return s.begin(o, r, start{run: from.recording, limit: allSteps}, notify), nil
}

var errDraftFork = errors.New("fork: these chains are a draft, made of others while a weight was turned, and no recipe makes them again\nhint: start a run and fork that")

// stateSum is the SHA-256 of pictures to the bit.
func stateSum(x sampling.Images) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d %d %d %d\n", x.N, x.C, x.H, x.W)
	for i := range x.N {
		writeFloats(h, x.Image(i))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func writeFloats(h hash.Hash, values []float32) {
	b := make([]byte, 0, 4*len(values))
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	_, _ = h.Write(b) // a hash does not fail
}
