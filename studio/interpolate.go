package studio

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Ways from one latent to the next.
const (
	PathLinear    = "linear"
	PathSpherical = "spherical" // a great circle
	PathPaper     = "paper"     // VAE-EBM's rho z0 + sqrt(1-rho^2) z1, rho from 1 to 0
)

// Interpolation is a walk in the space of latents.
type Interpolation struct {
	Anchors [][]float32 // at least two, visited in turn
	Path    string      // PathLinear, PathSpherical or PathPaper
	Frames  int         // from one anchor to the next, both included
	Refine  bool        // false: the generator's pictures as they are
	// OwnNoise gives every frame's chain noise of its own. Otherwise all have that of the
	// first, so that neighbouring frames differ by their latents alone and an animation
	// does not flicker.
	OwnNoise bool
	// Points are the latents of the walk themselves, at least one, in place of anchors
	// and frames: such as the places of a LatentPlane that a hand went along.
	Points [][]float32
}

// Ask puts the walk into a recipe: a chain a point, each with its own latent.
func (i Interpolation) Ask(m *models.Model, r *Recipe) error {
	points, err := i.points(m)
	if err != nil {
		return fmt.Errorf("interpolate: %w", err)
	}
	if len(points) > MaxChains {
		return fmt.Errorf("interpolate: found %d points, want at most %d", len(points), MaxChains)
	}
	r.Chains, r.SharedNoise = len(points), !i.OwnNoise
	name := i.Path + " path"
	if len(i.Points) > 0 {
		name = "latents of a plane, " + i.Path
	}
	r.Terms = []Term{{Weight: 1, Name: name, Latents: points}}
	if i.Refine {
		return nil
	}
	if m.Decode == nil {
		return fmt.Errorf("interpolate: %s has no generator whose pictures could be left unrefined", m.Name)
	}
	return r.Turn(m, "steps", 0)
}

// points are the latents along the whole walk; an anchor between two legs is one point.
func (i Interpolation) points(m *models.Model) ([][]float32, error) {
	between, known := map[string]sampling.Between{
		PathLinear: sampling.Linear, PathSpherical: sampling.Spherical,
		PathPaper: func(a, b []float32, t float64) ([]float32, error) { return sampling.Arc(a, b, 1-t) },
	}[i.Path]
	switch {
	case m.LatentSize == 0:
		return nil, fmt.Errorf("%s has no latents", m.Name)
	case !known:
		return nil, fmt.Errorf("unknown path %q, want %s, %s or %s", i.Path, PathLinear, PathSpherical, PathPaper)
	case len(i.Points) > 0:
		return i.Points, checkLatents(m, i.Points)
	case len(i.Anchors) < 2:
		return nil, fmt.Errorf("found %d anchors, want at least 2", len(i.Anchors))
	case i.Frames < 2 || i.Frames > MaxChains:
		return nil, fmt.Errorf("found %d frames, want 2 to %d", i.Frames, MaxChains)
	}
	var points [][]float32
	for k, z := range i.Anchors {
		if len(z) != m.LatentSize {
			return nil, fmt.Errorf("anchor %d: found a latent of %d numbers, want %d", k+1, len(z), m.LatentSize)
		}
		if k == 0 {
			continue
		}
		leg, err := sampling.Path(i.Frames, i.Anchors[k-1], z, between)
		if err != nil {
			return nil, fmt.Errorf("from anchor %d to %d: %w", k, k+1, err)
		}
		if k > 1 {
			leg = leg[1:]
		}
		points = append(points, leg...)
	}
	return points, nil
}

// Interpolate puts the walk into the lane as a run of its own recipe, which r is
// without it.
func (s *Studio) Interpolate(o *Opened, r Recipe, i Interpolation, notify func()) (*Job, error) {
	r = r.Clone()
	if err := i.Ask(o.Model, &r); err != nil {
		return nil, err
	}
	if err := o.Check(r); err != nil {
		return nil, err
	}
	return s.Sample(o, r, notify), nil
}

// SeedLatent is the latent that the first chain of a seed begins from, where a
// model's pictures begin with those of a generator.
func SeedLatent(m *models.Model, seed uint64) ([]float32, error) {
	if m.Decode == nil {
		return nil, fmt.Errorf("a latent of seed %d: %s has no generator, want a picture whose latent its encoder finds", seed, m.Name)
	}
	z := make([]float32, m.LatentSize)
	return z, sampling.NewKey(seed).Normal(sampling.StreamStart, 0, 0, z)
}

// Along is a walk's outcome as a recording that can be saved as an animation: a frame
// a point, with the generator's picture beside the refined one where there are both.
// It is an error where the job has made no pictures.
func (j *Job) Along() (*Recording, error) {
	before, after, err := j.beforeAfter()
	if err != nil {
		return nil, err
	}
	rec := j.recording
	sides := []sampling.Images{before, after}
	if before.Data == nil {
		sides = sides[1:]
	}
	along := newRecording(len(sides), rec.c, rec.h, rec.w, rec.lo, rec.hi, math.MaxInt64)
	for i := range after.N {
		frame := sampling.NewImages(0, rec.c, rec.h, rec.w)
		for _, x := range sides {
			frame.N, frame.Data = frame.N+1, append(frame.Data, x.Image(i)...)
		}
		along.add(i, frame)
	}
	return along, nil
}

// beforeAfter are a sampling job's first pictures and its newest ones; the first are
// left out where no step was walked.
func (j *Job) beforeAfter() (before, after sampling.Images, err error) {
	if j.recording == nil {
		return before, after, errors.New("the job makes no pictures")
	}
	rec := j.recording
	after, ok := rec.Last()
	if !ok {
		return before, after, errors.New("no picture has been made yet")
	}
	rec.lock.Lock()
	defer rec.lock.Unlock()
	if first := rec.load(rec.frames[0]); rec.lastStep > 0 && first.step == 0 {
		before = sampling.NewImages(rec.chains, rec.c, rec.h, rec.w)
		for k, v := range first.pixels {
			before.Data[k] = rec.lo + float32(v)*(rec.hi-rec.lo)/255
		}
	}
	return before, after, nil
}

// SaveStrip writes a walk's pictures side by side, those of every leg of so many
// frames in a row, the generator's above the refined ones. The file appears whole or
// not at all.
func (j *Job) SaveStrip(path string, frames int) error {
	before, after, err := j.beforeAfter()
	if err != nil {
		return fmt.Errorf("save %q: %w", path, err)
	}
	rec := j.recording
	var cells []image.Image
	columns := min(max(frames, 1), after.N)
	for from := 0; from == 0 || from+1 < after.N; from += max(columns-1, 1) {
		for _, x := range []sampling.Images{before, after} {
			for i := from; x.Data != nil && i < from+columns; i++ {
				cells = append(cells, native(quantise(x.Image(min(i, x.N-1)), rec.lo, rec.hi), rec.c, rec.h, rec.w))
			}
		}
	}
	data, err := encodePNG(table(cells, columns, rec.w, rec.h))
	if err != nil {
		return fmt.Errorf("save %q: %w", path, err)
	}
	return writeFiles(outFile{path, data})
}

// table places pictures of w by h row by row; nil leaves a place empty.
func table(cells []image.Image, columns, w, h int) image.Image {
	layout := layoutFor(len(cells), w)
	layout.Columns = columns
	m := image.NewRGBA(layout.bounds(len(cells), w, h))
	draw.Draw(m, m.Bounds(), image.NewUniform(color.Gray{Y: background}), image.Point{}, draw.Src)
	for i, cell := range cells {
		if cell != nil {
			paste(m, layout.place(i, w, h), cell, layout.Scale)
		}
	}
	return m
}

// Energies are those of a sampling job's first pictures and of its newest ones, one a
// chain; nil where they are not known.
func (j *Job) Energies() (first, last []float32) {
	if j.recording == nil {
		return nil, nil
	}
	for chain := range j.recording.chains {
		steps, values := j.recording.Curve("energy", chain)
		if len(steps) == 0 || steps[0] != 0 {
			return nil, j.recording.lastValues("energy")
		}
		first = append(first, values[0])
	}
	return first, j.recording.lastValues("energy")
}
