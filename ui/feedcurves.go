package ui

import (
	"image/color"
	"math"
	"slices"
	"time"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// draw reads and draws the curves where they are behind and the last drawing is
// old enough, or where a person waits for it.
func (f *feed) draw(v view, rec *studio.Recording, s *shot) {
	defer func() {
		s.energyPlot, s.gradPlot = f.plots[0], f.plots[1] // in every shot: the stage may have been cleared since
		s.drift, s.drifts = f.drift, f.drifts
	}()
	key := f.key(v, s)
	if key == f.drawn {
		return
	}
	moved := key
	moved.step = f.drawn.step
	if moved == f.drawn && time.Since(f.drawnAt) < curveGap {
		return
	}
	f.energy, f.second = curves(rec, "energy"), curves(rec, v.second)
	f.drift, f.drifts = rec.Drift()
	last := max(s.progress.Steps, s.progress.Step)
	if s.progress.Phase == studio.Stopped {
		last = s.progress.Step
	}
	energy := widgets.DrawCurves(v.energy, f.energy, v.selected, last)
	gradient := widgets.DrawCurves(v.gradient, f.second, v.selected, last)
	f.plots = [2]*widgets.Drawing{&energy, &gradient}
	f.drawn, f.drawnAt = key, time.Now()
}

func curves(rec *studio.Recording, name string) []widgets.Curve {
	all, jumps := make([]widgets.Curve, rec.Chains()), rec.Jumps()
	for i := range all {
		all[i].Steps, all[i].Values = rec.Curve(name, i)
		all[i].Marks = jumps
		if name == curveAccepted {
			all[i].Values = runningMean(all[i].Values, acceptanceWindow)
		}
	}
	if step := rec.TrainedStep(); step > 0 {
		for i := range all {
			all[i].Marks = append(slices.Clone(jumps), step)
		}
	}
	ringFar(all)
	return all
}

// The curves of the second plot.
const (
	curveGradient = "gradient"
	curveStep     = "step"
	curveAccepted = "accepted"
)

// acceptanceWindow is the number of proposals whose share of accepted ones is drawn.
const acceptanceWindow = 50

// runningMean is the mean of each value and those before it, so many in all; values that
// are not numbers do not count.
func runningMean(values []float32, window int) []float32 {
	out := make([]float32, len(values))
	sum, n := 0.0, 0.0
	count := func(v float32, sign float64) {
		if v == v {
			sum, n = sum+sign*float64(v), n+sign
		}
	}
	for i, v := range values {
		count(v, 1)
		if i >= window {
			count(values[i-window], -1)
		}
		out[i] = float32(sum / n)
	}
	return out
}

// ringFar rings the curves whose last value is an outlier among the others' of that
// step.
func ringFar(all []widgets.Curve) {
	last := make([]float32, len(all))
	for i, c := range all {
		last[i] = float32(math.NaN())
		if n := len(c.Values); n > 0 {
			last[i] = c.Values[n-1]
		}
	}
	for i, z := range studio.RobustZ(last) {
		all[i].Ring = math.Abs(z) > studio.OutlierLimit
	}
}

// at is each curve's value at the last point not after step, NaN without one.
func at(curves []widgets.Curve, step int) []float32 {
	out := make([]float32, len(curves))
	for i, c := range curves {
		n, found := slices.BinarySearch(c.Steps, step)
		if !found {
			n--
		}
		out[i] = float32(math.NaN())
		if n >= 0 && n < len(c.Values) {
			out[i] = c.Values[n]
		}
	}
	return out
}

// drawAlong draws the energies of frames one beside the other, those of the first
// pictures below those of the present ones.
func drawAlong(f widgets.Frame, first, now []float32) *widgets.Drawing {
	steps := make([]int, len(now))
	for i := range steps {
		steps[i] = i
	}
	lines := []widgets.Curve{{Steps: steps, Values: now}}
	if len(first) == len(now) {
		lines = append(lines, widgets.Curve{Steps: steps, Values: first})
	}
	d := widgets.DrawCurves(f, lines, 0, max(1, len(now)-1))
	return &d
}

// acceptance is the share of a chain's proposals that were accepted up to a step.
func acceptance(rec *studio.Recording, chain, step int) float64 {
	steps, values := rec.Curve("accepted", chain)
	n, sum := 0, 0.0
	for i, v := range values {
		if steps[i] <= step && v == v {
			n, sum = n+1, sum+float64(v)
		}
	}
	return sum / float64(n)
}

// rankColors colours every chain by its energy's place among the others: the
// palette's first colour for the lowest.
func rankColors(energies []float32, palette []color.RGBA) []color.Color {
	if len(palette) == 0 {
		return nil
	}
	out := make([]color.Color, len(energies))
	var order []int
	for i, e := range energies {
		if x := float64(e); !math.IsNaN(x) && !math.IsInf(x, 0) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case energies[a] < energies[b]:
			return -1
		case energies[a] > energies[b]:
			return 1
		}
		return 0
	})
	for rank, i := range order {
		t := float64(rank) / math.Max(1, float64(len(order)-1))
		out[i] = ramp(palette, t)
	}
	return out
}

// ramp is the colour at t in 0..1, between the two nearest.
func ramp(palette []color.RGBA, t float64) color.RGBA {
	x := t * float64(len(palette)-1)
	i := min(int(x), len(palette)-2)
	if i < 0 {
		return palette[0]
	}
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (x-float64(i))*(float64(b)-float64(a)))) }
	a, b := palette[i], palette[i+1]
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}
