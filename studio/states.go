package studio

import "ebmstudio/sampling"

// keptStates are exact states of a run at steps that are multiples of stride, and the
// last: what a fork goes on from. Above its budget every second one is dropped, as
// with frames; the steps between are walked again.
type keptStates struct {
	budget int64
	stride int
	all    []keptState
	memory int64 // bytes of the pictures that are in memory; what a stage began with is shared
}

// keptState is a state, whose pictures are without numbers while they are on the disk.
type keptState struct {
	sampling.State
	at int64 // as that of a frame
}

func (k *keptStates) add(s sampling.State) {
	if n := len(k.all); n > 0 && (k.all[n-1].Step%k.stride != 0 || k.all[n-1].Step == s.Step) {
		k.memory -= k.all[n-1].bytes()
		k.all = k.all[:n-1] // kept for being the last, or made anew by a stage of no steps
	}
	k.all = append(k.all, keptState{State: s.Resting()})
	k.memory += k.all[len(k.all)-1].bytes()
	k.thin()
}

// thin drops states until the budget holds.
func (k *keptStates) thin() {
	for k.memory > k.budget && len(k.all) > 2 {
		k.stride *= 2
		kept := k.all[:0]
		for i, s := range k.all {
			if s.Step%k.stride == 0 || i == len(k.all)-1 {
				kept = append(kept, s)
				continue
			}
			k.memory -= s.bytes()
		}
		clear(k.all[len(kept):])
		k.all = kept
		if k.stride > 1<<30 {
			return
		}
	}
}

// bytes is what the state's pictures occupy in memory.
func (s keptState) bytes() int64 { return int64(4 * len(s.X.Data)) }

// keepState keeps a state that a fork may go on from.
func (r *Recording) keepState(s sampling.State) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.states.add(s)
}

// stateBefore is the last kept state that is not after a step; of a nil recording
// there is none.
func (r *Recording) stateBefore(step int) (sampling.State, bool) {
	if r == nil {
		return sampling.State{}, false
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	for i := len(r.states.all) - 1; i >= 0; i-- {
		if s := r.states.all[i]; s.Step <= step {
			if x, ok := r.stateOf(s); ok {
				return x, true
			}
		}
	}
	return sampling.State{}, false
}

// Again is how many steps have to be walked again before a fork at a step can begin:
// 0 where its exact state is kept; false where the run has no state before it.
func (r *Recording) Again(step int) (steps int, ok bool) {
	r.lock.Lock()
	defer r.lock.Unlock()
	for i := len(r.states.all) - 1; i >= 0; i-- {
		if s := r.states.all[i]; s.Step <= step {
			return step - s.Step, true
		}
	}
	return step, false
}

// Bytes is what the frames and states of the recording occupy in memory.
func (r *Recording) Bytes() int64 {
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.memory + r.states.memory
}

// Thin lowers the budget of the recording: frames and exact states between those that
// are kept are dropped. A fork at such a step walks some steps again.
func (r *Recording) Thin(budget int64) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.budget, r.states.budget = min(r.budget, budget-budget/statesShare), min(r.states.budget, budget/statesShare)
	r.thin()
	r.states.thin()
}

// statesShare: one part in so many of a recording's budget is for exact states.
const statesShare = 4
