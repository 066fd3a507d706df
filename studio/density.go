package studio

import (
	"context"
	"fmt"
	"math"
	"strings"

	"ebmstudio/internal/dataset"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Density is what a recipe's chains walk on where pictures are points of the
// plane: on every stage of the plan the model's density over a square, beside the
// true one where the data are known. It is a value: nothing writes to it once it
// is handed out.
type Density struct {
	Size   int     // cells along each side
	Lo, Hi float32 // the square's sides
	Stages []StageDensity
}

// StageDensity is the density on one stage of a plan. Cells are rows from the top
// (large y) down, Size*Size, and sum up to 1.
type StageDensity struct {
	Name        string // the stage's: "level 3"
	First, Last int    // its steps, counted from 1
	// Model is exp(-E), normalised over the square; nil until it is computed.
	Model []float32
	// Truth is what share of the data, made as noisy as the chains are, lies in each
	// cell; nil where the data are not known.
	Truth []float32

	scale float32
}

// DensityOptions say how fine a density is and what the data are.
type DensityOptions struct {
	Size int    // cells along each side
	Data string // the name of the true distribution, one of PointSets; empty: not known
}

const (
	densityBatch  = 1024    // points of one evaluation
	densitySample = 1 << 18 // points that the true density is counted from
)

// PointSets lists the distributions of points whose density can be shown.
func PointSets() []string { return dataset.PointNames() }

// PointSetOf is the distribution of points that a model is named after; empty where
// there is none.
func PointSetOf(o *Opened) string {
	for _, text := range []string{o.Model.Name, o.Name} {
		for _, name := range PointSets() {
			if strings.Contains(strings.ToLower(text), name) {
				return name
			}
		}
	}
	return ""
}

// Plane reports whether the model's pictures are points of the plane.
func (o *Opened) Plane() bool { return isPlane(o.Model.C, o.Model.H, o.Model.W) }

func isPlane(c, h, w int) bool { return c == 2 && h == 1 && w == 1 }

// Density computes the density on every stage of the recipe's plan, the last stage
// first, ahead of other work and a batch of points at a time. each, which may be
// nil, is told after every stage; what it gets may be kept. When ctx ends, the
// work ends after the batch under way and ctx's error is returned.
func (s *Studio) Density(ctx context.Context, o *Opened, r Recipe, opt DensityOptions, each func(Density)) (Density, error) {
	d, plan, err := newDensity(o, r, opt)
	if err != nil {
		return Density{}, fmt.Errorf("density of %s: %w", o.Name, err)
	}
	if each == nil {
		each = func(Density) {}
	}
	grid := d.grid()
	j := s.newJob("density of "+o.Name, urgencyView, nil, func(j *Job, yield func() bool) error {
		j.enter(Running)
		for i := len(d.Stages) - 1; i >= 0; i-- {
			stage := &d.Stages[i]
			energies, more, err := energiesOf(plan[i].Energy, grid, 1/stage.scale, yield)
			if err != nil {
				return fmt.Errorf("density of %s: %s: %w", o.Name, stage.Name, err)
			}
			if !more {
				return nil
			}
			stage.Model = normalised(energies)
			each(d.copied())
		}
		return nil
	}).start()
	if err := j.Wait(ctx); err != nil {
		j.Stop()
		return Density{}, err
	}
	if j.Progress().Phase == Stopped {
		return Density{}, ErrClosed
	}
	return d.copied(), nil
}

// newDensity makes the plan and the true densities, which need no device. The plan
// has the density's stages and no others.
func newDensity(o *Opened, r Recipe, opt DensityOptions) (*Density, sampling.Plan, error) {
	m := o.Model
	if !o.Plane() {
		return nil, nil, fmt.Errorf("found pictures of %dx%dx%d (channels, height, width), want points of the plane, 2x1x1", m.C, m.H, m.W)
	}
	if opt.Size < 2 || opt.Size > 1024 {
		return nil, nil, fmt.Errorf("found %d cells a side, want 2 to 1024", opt.Size)
	}
	if err := r.Validate(m); err != nil {
		return nil, nil, err
	}
	whole, err := planOf(m, r)
	if err != nil {
		return nil, nil, err
	}
	key := sampling.NewKey(r.Seed)
	known, err := knownPoints(m, whole, key, opt.Data)
	if err != nil {
		return nil, nil, err
	}
	d := &Density{Size: opt.Size, Lo: m.Lo, Hi: m.Hi}
	var plan sampling.Plan
	steps := 0
	for i, stage := range whole {
		if stage.Steps == 0 || stage.Energy == nil {
			continue
		}
		s := StageDensity{Name: stage.Name, First: steps + 1, Last: steps + stage.Steps, scale: rescaling(stage, key)}
		steps = s.Last
		if known != nil {
			s.Truth = d.count(known[i], s.scale)
		}
		d.Stages, plan = append(d.Stages, s), append(plan, stage)
	}
	if len(plan) == 0 {
		return nil, nil, fmt.Errorf("the plan has no steps")
	}
	return d, plan, nil
}

// knownPoints are points of the data as noisy as the chains are on each stage of a
// plan: those that the family would hold if all pixels were known.
func knownPoints(m *models.Model, plan sampling.Plan, k sampling.Key, data string) ([]sampling.Images, error) {
	if data == "" {
		return nil, nil
	}
	set, err := dataset.OpenPoints(data)
	if err != nil {
		return nil, err
	}
	points, err := set.At(k, 0, densitySample)
	if err != nil {
		return nil, err
	}
	known := make([]sampling.Images, len(plan))
	for i := range known {
		known[i] = points
	}
	if m.Keep == nil {
		return known, nil
	}
	kept, err := m.Keep(plan, k, points.N, sampling.NewMask(points))
	if err != nil {
		return nil, err
	}
	for i := range known {
		if kept[i].Keep != nil {
			known[i] = kept[i].Keep.Known
		}
	}
	return known, nil
}

// rescaling is the factor by which a stage's Finish multiplies points, or 1 where
// it does something else. Points are shown as Finish leaves them, so that those
// of a stage's last step lie among those of the steps before.
func rescaling(stage sampling.Stage, k sampling.Key) float32 {
	if stage.Finish == nil {
		return 1
	}
	probe := sampling.NewImages(3, 2, 1, 1)
	copy(probe.Data, []float32{1, 0, 0, 1, -2, 2})
	out, err := guard(func() (sampling.Images, error) { return stage.Finish(k, 0, probe) })
	if err != nil || len(out.Data) != len(probe.Data) {
		return 1
	}
	scale := out.Data[0]
	for i, v := range probe.Data {
		if math.Abs(float64(out.Data[i]-scale*v)) > 1e-5*math.Abs(float64(scale)) {
			return 1
		}
	}
	if !(scale > 0) || !finite(float64(scale)) {
		return 1
	}
	return scale
}

// grid are the centres of the cells.
func (d *Density) grid() sampling.Images {
	x := sampling.NewImages(d.Size*d.Size, 2, 1, 1)
	cell := (d.Hi - d.Lo) / float32(d.Size)
	for i := range x.N {
		x.Data[2*i] = d.Lo + cell*(float32(i%d.Size)+0.5)
		x.Data[2*i+1] = d.Hi - cell*(float32(i/d.Size)+0.5)
	}
	return x
}

// energiesOf are the energies of points times a factor, a batch between two yields;
// more is false where yield said to stop.
func energiesOf(e sampling.Energy, points sampling.Images, factor float32, yield func() bool) (all []float32, more bool, err error) {
	for from := 0; from < points.N; from += densityBatch {
		batch := sampling.NewImages(densityBatch, 2, 1, 1) // always as large, so that one program does
		n := min(densityBatch, points.N-from)
		for i, v := range points.Data[2*from : 2*(from+n)] {
			batch.Data[i] = factor * v
		}
		values, err := e.Value(batch)
		if err != nil {
			return nil, false, err
		}
		if len(values) != batch.N {
			return nil, false, fmt.Errorf("found %d energies, want %d", len(values), batch.N)
		}
		all = append(all, values[:n]...)
		if !yield() {
			return nil, false, nil
		}
	}
	return all, true, nil
}

// normalised is exp(-E), summing up to 1. Where an energy is no number there is no
// density.
func normalised(energies []float32) []float32 {
	least := math.Inf(1)
	for _, e := range energies {
		if finite(float64(e)) {
			least = math.Min(least, float64(e))
		}
	}
	sum := 0.0
	p := make([]float32, len(energies))
	for i, e := range energies {
		if finite(float64(e)) {
			v := math.Exp(least - float64(e))
			p[i] = float32(v)
			sum += v
		}
	}
	if sum > 0 {
		for i := range p {
			p[i] /= float32(sum)
		}
	}
	return p
}

// count is the share of points, times a factor, in each cell, evened out over the
// neighbours so that it is not rough with chance. Points outside count for nothing.
func (d *Density) count(points sampling.Images, factor float32) []float32 {
	n := d.Size
	p := make([]float32, n*n)
	cells := float32(n) / (d.Hi - d.Lo)
	for i := range points.N {
		x, y := points.Data[2*i]*factor, points.Data[2*i+1]*factor
		column, row := int(math.Floor(float64((x-d.Lo)*cells))), int(math.Floor(float64((d.Hi-y)*cells)))
		if column >= 0 && column < n && row >= 0 && row < n {
			p[row*n+column] += 1 / float32(points.N)
		}
	}
	for range 2 {
		p = evened(evened(p, n, 1), n, n)
	}
	return p
}

// evened averages every cell with the two beside it, step apart, as 1 : 2 : 1.
func evened(p []float32, n, step int) []float32 {
	out := make([]float32, len(p))
	for i, v := range p {
		at := i / step % n
		before, after := v, v
		if at > 0 {
			before = p[i-step]
		}
		if at < n-1 {
			after = p[i+step]
		}
		out[i] = (before + 2*v + after) / 4
	}
	return out
}

func (d *Density) copied() Density {
	c := *d
	c.Stages = append([]StageDensity(nil), d.Stages...)
	return c
}

// StageOf is the index of the stage that a chain is on after so many steps; -1
// where there is none.
func (d Density) StageOf(step int) int {
	for i, s := range d.Stages {
		if step <= s.Last {
			return i
		}
	}
	return len(d.Stages) - 1
}

// Place is where a chain's point after so many steps lies on the density of the
// stage that it is on.
func (d Density) Place(step int, point [2]float32) [2]float32 {
	i := d.StageOf(step)
	if i < 0 || step == d.Stages[i].Last {
		return point
	}
	scale := d.Stages[i].scale
	return [2]float32{scale * point[0], scale * point[1]}
}
