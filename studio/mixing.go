package studio

import (
	"fmt"
	"math"
	"slices"

	"ebmstudio/evaluation"
)

// Mixing is a report of how well chains mix; see Recording.Mixing.
type Mixing = evaluation.Mixing

// OutlierLimit is the robust z-score above which a chain is far from the others.
const OutlierLimit = evaluation.OutlierLimit

// RobustZ are the robust z-scores of chains' values: 0.6745 (x - median) / MAD
// (Iglewicz and Hoaglin 1993; see evaluation.RobustZ).
func RobustZ(values []float32) []float64 {
	wide := make([]float64, len(values))
	for i, v := range values {
		wide[i] = float64(v)
	}
	return evaluation.RobustZ(wide)
}

// mixingFrames is the largest number of frames that a mixing report looks into.
const mixingFrames = 256

// featureSide: pictures are told apart by the mean brightness of so many times so many
// parts.
const featureSide = 4

// Mixing measures how well the chains of a recording mix: over the second half of the
// run, or over the last noise level of a ladder, since what comes before has another
// energy. Chains that were killed or have diverged are left out. It reads the recording
// alone, and may be called while the run goes on.
func (r *Recording) Mixing() Mixing {
	w := evaluation.Walks{Of: "the second half of the run"}
	var chains []int
	for chain := range r.Chains() {
		_, dead := r.Killed(chain)
		_, gone := r.Diverged(chain)
		if !dead && !gone {
			chains = append(chains, chain)
		}
	}
	if len(chains) == 0 {
		return evaluation.MixingOf(w)
	}
	w.From, w.To = r.StepOf(0), r.StepOf(r.Frames()-1)
	if levels := r.Levels(); len(levels) > 0 {
		last := levels[len(levels)-1]
		w.From, w.Of = last.From, last.Name+", the last"
	} else {
		w.From += (w.To - w.From + 1) / 2
	}
	w.Energy = r.within("energy", chains, w.From, w.To)
	w.Accepted = r.within("accepted", chains, w.From+1, w.To)
	w.Names = chains
	r.features(&w, chains)
	return evaluation.MixingOf(w)
}

// within are a curve's values over some steps, those of a step where a chain has none
// left out; nil where there is no such curve.
func (r *Recording) within(name string, chains []int, from, to int) [][]float64 {
	out := make([][]float64, len(chains))
	for i, chain := range chains {
		steps, values := r.Curve(name, chain)
		for k, step := range steps {
			if v := float64(values[k]); step >= from && step <= to && !math.IsNaN(v) {
				out[i] = append(out[i], v)
			}
		}
	}
	if slices.ContainsFunc(out, func(v []float64) bool { return v == nil }) {
		return nil
	}
	return out
}

// features are the means of parts of the pictures, or points' places, over the frames
// between two steps, and the pictures at the two ends.
func (r *Recording) features(w *evaluation.Walks, chains []int) {
	r.lock.Lock()
	defer r.lock.Unlock()
	var frames []frame
	for _, f := range r.frames {
		if f.step >= w.From && f.step <= w.To {
			frames = append(frames, f)
		}
	}
	if len(frames) == 0 {
		return
	}
	first, last := frames[0], frames[len(frames)-1]
	if every := (len(frames) + mixingFrames - 1) / mixingFrames; every > 1 {
		kept := frames[:0:0]
		for i := 0; i < len(frames); i += every {
			kept = append(kept, frames[i])
		}
		frames = kept
	}
	first, last = r.load(first), r.load(last)
	frames = r.whole(frames)
	names := r.featureNames()
	w.Features = make([]evaluation.Series, len(names))
	for k, name := range names {
		w.Features[k] = evaluation.Series{Name: name, Values: make([][]float64, len(chains))}
	}
	for i, chain := range chains {
		w.First, w.Last = append(w.First, r.values(first, chain)), append(w.Last, r.values(last, chain))
		for _, f := range frames {
			for k, v := range r.featuresOf(f, chain) {
				w.Features[k].Values[i] = append(w.Features[k].Values[i], v)
			}
		}
	}
}

// values is a chain's picture in 0..1.
func (r *Recording) values(f frame, chain int) []float64 {
	n := r.c * r.h * r.w
	out := make([]float64, n)
	for j := range out {
		if f.points != nil {
			out[j] = float64((f.points[chain*n+j] - r.lo) / (r.hi - r.lo))
			continue
		}
		out[j] = float64(f.pixels[chain*n+j]) / 255
	}
	return out
}

func (r *Recording) featureNames() []string {
	if isPlane(r.c, r.h, r.w) {
		return []string{"place from left to right", "place from bottom to top"}
	}
	var names []string
	for y := range featureSide {
		for x := range featureSide {
			names = append(names, fmt.Sprintf("brightness of the part in row %d, column %d of %dx%d", y+1, x+1, featureSide, featureSide))
		}
	}
	return names
}

func (r *Recording) featuresOf(f frame, chain int) []float64 {
	if f.points != nil {
		return r.values(f, chain)
	}
	sums, counts := make([]float64, featureSide*featureSide), make([]float64, featureSide*featureSide)
	pixels := f.pixels[chain*r.c*r.h*r.w:]
	for c := range r.c {
		for y := range r.h {
			row := pixels[(c*r.h+y)*r.w:]
			for x := range r.w {
				k := y*featureSide/r.h*featureSide + x*featureSide/r.w
				sums[k] += float64(row[x])
				counts[k]++
			}
		}
	}
	for k := range sums {
		sums[k] /= 255 * max(1, counts[k])
	}
	return sums
}
