package sampling

import (
	"fmt"
	"math"
	"slices"
)

// Weighing makes the chains of a ladder of stages one sample: they carry weights, and
// where few chains hold most of the weight, chains are drawn anew by it (sequential
// Monte Carlo; Del Moral, Doucet and Jasra, 2006). A chain then depends on the others:
// a batch of 8 is no longer 8 batches of 1.
//
// # What it corrects
//
// CDRL's Algorithm 2 comes down its levels by drawing y from
//
//	p(y|x) proportional to exp(-E_t(y)) N(x; y, (1 - alpha_t) I),
//
// x being the picture of the noisier level (Eq. 3). That is exact where the densities
// exp(-E_t) are the marginals of one diffusion, as those of a trained network are meant
// to be. Guidance and products (Eq. 11, 13 and 14) have energies C_t = B_t + D_t, B_t
// that of no class and D_t = -sum_k c_k log(p_t(x|k)/p_t(x)). Noising exp(-C_t) does not
// give exp(-C_(t+1)), so that these are no marginals of a diffusion, and coming down by
// their conditionals ends elsewhere than at exp(-C_1) (Skreta and others,
// arXiv:2503.02819, for continuous time). What lacks can be weighed.
//
// # The weights
//
// The paths of B, y_T, ..., y_1 with y_t from p_B(y_t|x_(t+1)), x_(t+1) being y_(t+1) in
// the scale of the next level, have the marginals exp(-B_t) up to constants. Multiplied
// by exp(-D_1(y_1)) they end at exp(-C_1). That factor is telescoped over the levels,
//
//	exp(-D_1(y_1)) = prod_t exp(-(D_t(y_t) - D_(t+1)(y_(t+1)))),  D_(T+1) = 0,
//
// so that after each level the weighted chains stand for exp(-C_t). Within a level the
// factor comes in Ramp portions (Neal's annealed importance sampling, 2001): the stage's
// first pictures are draws of p_B(y|x); step k = 1..Ramp first multiplies the weight by
//
//	exp(-(D_t(y) - D_(t+1)(y_(t+1))) / Ramp)
//
// and then moves y by the stage's kernel, which leaves p_B(y|x) exp(-D_t(y) k/Ramp)
// invariant (MALA and HMC exactly, Langevin steps up to their own bias). The energy
// difference at a picture between what the kernel left invariant and the next target is
// thus all that a weight is made of. The weights are right as far as the first pictures
// are draws of p_B(y|x) and B's levels are one diffusion's: of an initializer that is
// told nothing and of a well trained network.
//
// The means of the weights estimate the constant of exp(-C_1) in units of that of exp(-B_1):
// see Weights.LogConstant.
type Weighing struct {
	Base Energy // B_t; the stage's own energy is C_t
	Ramp int    // steps over which the weights come in, 1 to the stage's
	// Threshold is the share of the chains below which their effective number lets them
	// be drawn anew, 0 (never) to 1.
	Threshold float64
	// Last says that no weighed stage follows: where weights differ, chains are drawn anew
	// at the ramp's end (unless Threshold is 0), so that what the plan ends with has none.
	Last bool
}

// Weights are those of chains that are weighed. They are never written to.
type Weights struct {
	Log    []float64 // logarithms, one a chain, up to a common constant; -Inf: does not count
	Origin []int     // the chain, by its place at the start, that each one is descended from
	// EffectiveSize is (sum w)^2 / sum w^2 before the last step, and before chains were
	// drawn anew in it; Lowest is the lowest in the run.
	EffectiveSize, Lowest float64
	Resampled             bool // in the last step
	Resamplings           int
	// LogConstant estimates log(Z_C/Z_B) of the level reached, Z being the integrals of
	// exp(-C) and exp(-B); exp(LogConstant) has no bias.
	LogConstant float64

	before []float64 // D_(t+1) at the pictures with which the stage was entered
}

// Surviving is the share of the first chains that the present ones are descended from.
func (w *Weights) Surviving() float64 {
	seen := make(map[int]bool, len(w.Origin))
	for _, i := range w.Origin {
		seen[i] = true
	}
	return float64(len(seen)) / float64(len(w.Origin))
}

// unweighed are the weights of n chains at the start.
func unweighed(n int) *Weights {
	w := &Weights{Log: make([]float64, n), Origin: make([]int, n), EffectiveSize: float64(n), Lowest: float64(n), before: make([]float64, n)}
	for i := range w.Origin {
		w.Origin[i] = i
	}
	return w
}

// of are the weights of some chains, in that order.
func (w *Weights) of(chains []int) *Weights {
	if w == nil {
		return nil
	}
	next := *w
	next.Log, next.Origin, next.before = of(w.Log, chains), of(w.Origin, chains), of(w.before, chains)
	return &next
}

func (g *Weighing) check(steps int) error {
	switch {
	case g.Base == nil:
		return fmt.Errorf("weighing: found no base energy")
	case g.Ramp < 1 || g.Ramp > steps:
		return fmt.Errorf("weighing: found a ramp of %d steps, want 1 to the stage's %d", g.Ramp, steps)
	case !(g.Threshold >= 0 && g.Threshold <= 1):
		return fmt.Errorf("weighing: found threshold %v, want 0 to 1", g.Threshold)
	}
	return nil
}

// weighed is the state with the weights' next portion.
func (s State) weighed(at *both, ramp int) State {
	next := *s.Weights
	next.Resampled = false
	next.Log = make([]float64, s.X.N)
	for i := range next.Log {
		next.Log[i] = s.Weights.Log[i] - (at.beyond(i)-s.Weights.before[i])/float64(ramp)
		if s.frozen(i) || math.IsNaN(next.Log[i]) {
			next.Log[i] = math.Inf(-1)
		}
	}
	next.LogConstant += logSum(next.Log, s.Held) - logSum(s.Weights.Log, s.Held)
	next.EffectiveSize = math.Exp(2*logSum(next.Log, s.Held) - logSum(doubled(next.Log), s.Held))
	next.Lowest = min(next.Lowest, next.EffectiveSize)
	s.Weights = &next
	return s
}

func doubled(v []float64) []float64 {
	twice := make([]float64, len(v))
	for i, x := range v {
		twice[i] = 2 * x
	}
	return twice
}

// logSum is log sum exp(v), without those left out.
func logSum(v []float64, without []bool) float64 {
	most := math.Inf(-1)
	for i, x := range v {
		if without == nil || !without[i] {
			most = max(most, x)
		}
	}
	if math.IsInf(most, 0) {
		return most
	}
	var sum float64
	for i, x := range v {
		if without == nil || !without[i] {
			sum += math.Exp(x - most)
		}
	}
	return most + math.Log(sum)
}

func (w *Weights) differ() bool {
	return slices.ContainsFunc(w.Log, func(v float64) bool { return v != w.Log[0] })
}

// equal are the weights after chains were drawn anew by them.
func (w *Weights) equal() *Weights {
	next := *w
	next.Log, next.Resampled, next.Resamplings = make([]float64, len(w.Log)), true, w.Resamplings+1
	return &next
}

// rested are the weights in a step that does not weigh.
func (w *Weights) rested() *Weights {
	if w == nil || !w.Resampled {
		return w
	}
	next := *w
	next.Resampled = false
	return &next
}

func (s State) holds(i int) bool { return s.Held != nil && s.Held[i] }

// free is the number of chains that nobody holds.
func (s State) free() int {
	n := s.X.N
	for _, held := range s.Held {
		if held {
			n--
		}
	}
	return n
}

// resampled draws chains by their weights, systematically: with one uniform number u,
// of StreamResample at s.Step, the chains in which (u + k)/n fall, k = 0..n-1, on the
// line of their summed weights. It returns, for every place, the chain that comes to be
// there: one that is drawn at all stays where it is. Chains that are held stay, and are
// not drawn by others.
func (s State) resampled(k Key) ([]int, error) {
	var u [1]float32
	k.first = 0
	if err := k.Uniform(StreamResample, 0, s.Step, u[:]); err != nil {
		return nil, err
	}
	total, n := logSum(s.Weights.Log, s.Held), float64(s.free())
	chosen, spare := make([]int, s.X.N), []int(nil)
	at, next := 0.0, float64(u[0])/n
	for i, log := range s.Weights.Log {
		chosen[i] = -1
		if s.holds(i) {
			chosen[i] = i
			continue
		}
		for at += math.Exp(log - total); next < at; next += 1 / n {
			if chosen[i] < 0 {
				chosen[i] = i
			} else {
				spare = append(spare, i)
			}
		}
	}
	last := slices.Index(s.Weights.Log, slices.Max(s.Weights.Log))
	for i, from := range chosen {
		if from >= 0 {
			continue
		}
		if len(spare) == 0 { // the sum of the weights was rounded below 1
			spare = []int{last}
		}
		chosen[i], spare = spare[0], spare[1:]
	}
	return chosen, nil
}
