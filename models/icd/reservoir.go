package icd

import (
	"cmp"
	"fmt"
	"slices"

	"ebmstudio/sampling"
)

// reservoir is the buffer of past samples that chains begin with (section 2.5): every
// sample that was ever made is in it with the same probability. Without Reservoir it
// holds the newest ones.
type reservoir struct {
	pictures *sampling.Replay
	all      bool    // reservoir sampling
	reinit   float64 // part of the chains that begins with noise
	label    []int   // of every picture; 0 without classes
	age      []int   // Langevin steps since its chain began with noise
	born     []int   // the iteration that put it there
}

// Streams of the run's key, apart from those of jumps.
const (
	streamPlace   = sampling.StreamUser + 0x20 + iota // where a sample is put
	streamFresh                                       // which chains begin with noise
	streamShown                                       // which class of a picture is shown, or none
	streamClasses                                     // classes of chains that begin with noise
)

func newReservoir(k sampling.Key, size, c, h, w int, reinit float64, all bool) (*reservoir, error) {
	p, err := sampling.NewReplay(k, size, c, h, w, 0, 1, 0)
	if err != nil {
		return nil, err
	}
	return &reservoir{pictures: p, all: all, reinit: reinit, label: make([]int, size), age: make([]int, size), born: make([]int, size)}, nil
}

// starts are the pictures that an iteration's chains begin with.
type starts struct {
	x          sampling.Images
	label, age []int
	fresh      []bool          // which began with noise
	others     sampling.Images // past samples that none of the chains begins with
}

// filled is the number of pictures kept after so many samples.
func (r *reservoir) filled(seen int) int { return min(seen, r.pictures.Len()) }

// draw returns n starts and, where enough pictures are kept, others besides; seen is
// the number of samples made before. Until n+others are kept, all chains begin with
// noise.
func (r *reservoir) draw(k sampling.Key, step, n, others, seen int) (starts, error) {
	s := starts{label: make([]int, n), age: make([]int, n), fresh: make([]bool, n)}
	kept := r.filled(seen)
	if kept < n+others {
		x := r.pictures.At(make([]int, n))
		s.x = x
		for i := range n {
			s.fresh[i] = true
		}
	} else {
		slots, err := k.Choose(sampling.StreamReplay, step, n+others, kept)
		if err != nil {
			return s, fmt.Errorf("draw from the reservoir: %w", err)
		}
		s.x, s.others = r.pictures.At(slots[:n]), r.pictures.At(slots[n:])
		for i, slot := range slots[:n] {
			var u [1]float32
			if err := k.Uniform(streamFresh, i, step, u[:]); err != nil {
				return s, err
			}
			s.label[i], s.age[i], s.fresh[i] = r.label[slot], r.age[slot], float64(u[0]) < r.reinit
		}
	}
	for i := range n {
		if !s.fresh[i] {
			continue
		}
		s.age[i] = 0
		if err := k.From(i).Uniforms(sampling.StreamReinit, step, s.x.Slice(i, i+1), 0, 1); err != nil {
			return s, err
		}
	}
	return s, nil
}

// put adds samples made in an iteration: in order until the buffer is full, then (Vitter's
// algorithm R) sample number t in a random one of t places, if there is such a slot.
func (r *reservoir) put(k sampling.Key, step, seen int, x sampling.Images, label, age []int) error {
	size := r.pictures.Len()
	for i := range x.N {
		slot, count := seen+i, seen+i+1
		switch {
		case slot < size:
		case r.all:
			var u [2]float32 // 48 bits
			if err := k.Uniform(streamPlace, i, step, u[:]); err != nil {
				return err
			}
			slot = int((float64(u[0]) + float64(u[1])*0x1p-24) * float64(count))
		default:
			slot %= size
		}
		if slot >= size {
			continue
		}
		if err := r.pictures.Put([]int{slot}, x.Slice(i, i+1)); err != nil {
			return err
		}
		r.label[slot], r.age[slot], r.born[slot] = label[i], age[i], step
	}
	return nil
}

// newest are the slots of up to n pictures that were put there last.
func (r *reservoir) newest(n, seen int) []int {
	kept := r.filled(seen)
	slots := make([]int, 0, kept)
	for slot := range kept {
		slots = append(slots, slot)
	}
	// The newest come first; of one iteration those of lower slots.
	slices.SortStableFunc(slots, func(a, b int) int { return cmp.Compare(r.born[b], r.born[a]) })
	return slots[:min(n, kept)]
}

// meanAge is how many steps the chains of the kept pictures have walked on average.
func (r *reservoir) meanAge(seen int) float64 {
	kept, sum := r.filled(seen), 0
	for slot := range kept {
		sum += r.age[slot]
	}
	return float64(sum) / float64(max(kept, 1))
}
