package studio

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Frame is a rectangle of a plane, in its coordinates, which are distances between
// pictures in the model's pixel units.
type Frame struct{ U0, U1, V0, V1 float64 }

// FrameAround is the square around places, wider than they reach on each side by a share
// of their reach.
func FrameAround(places [][2]float64, margin float64) Frame {
	lo, hi := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for _, at := range places {
		for k, v := range at {
			lo[k], hi[k] = min(lo[k], v), max(hi[k], v)
		}
	}
	half := max(hi[0]-lo[0], hi[1]-lo[1], 1e-6) * (0.5 + margin)
	u, v := (lo[0]+hi[0])/2, (lo[1]+hi[1])/2
	return Frame{u - half, u + half, v - half, v + half}
}

// Place is the place at a share of the width from the left and of the height from the top.
func (f Frame) Place(x, y float64) [2]float64 {
	return [2]float64{f.U0 + x*(f.U1-f.U0), f.V1 - y*(f.V1-f.V0)}
}

// Share is where a place lies in the frame: Place turned round.
func (f Frame) Share(at [2]float64) (x, y float64) {
	return (at[0] - f.U0) / (f.U1 - f.U0), (f.V1 - at[1]) / (f.V1 - f.V0)
}

func (f Frame) check() error {
	for _, v := range []float64{f.U0, f.U1, f.V0, f.V1} {
		if !finite(v) {
			return fmt.Errorf("frame: found %v, want finite ends", f)
		}
	}
	if f.U1 <= f.U0 || f.V1 <= f.V0 {
		return fmt.Errorf("frame: found %g to %g and %g to %g, want ends that rise", f.U0, f.U1, f.V0, f.V1)
	}
	return nil
}

// Landscape is the energy on a frame of a plane. It is a value: nothing writes to it
// once it is handed out.
type Landscape struct {
	Plane sampling.Plane
	Frame Frame
	Cells int // along each side so far, 0 before the first points
	// Energy has (Cells+1)^2 values, at the corners of the cells: rows from the top (large
	// v) down. Where the model gives no finite number, it is that: NaN or an infinity.
	Energy []float32
}

// LandscapeOptions say how fine a landscape becomes.
type LandscapeOptions struct {
	Cells int // along each side at the end: 8 times a power of 2, at most 256
}

// coarsest is the number of cells along each side that a landscape begins with.
const coarsest = 8

// mapBatch is how many pictures are evaluated between two looks at the lane; always as
// many, so that one program does.
const mapBatch = 64

// LandscapeJob is a landscape on its way.
type LandscapeJob struct {
	*Job
	latest atomic.Pointer[Landscape]
}

// Latest is the landscape as fine as it is so far.
func (j *LandscapeJob) Latest() Landscape { return *j.latest.Load() }

// Landscape puts the energies of a recipe's terms on a frame of a plane into the lane,
// coarse first, ahead of runs, then twice as fine until all is there, as a run, every level
// with the points of those before. On models with noise levels the energy is that of the
// cleanest one. notify is as that of Sample.
func (s *Studio) Landscape(o *Opened, r Recipe, p sampling.Plane, f Frame, opt LandscapeOptions, notify func()) (*LandscapeJob, error) {
	e, err := energyOf(o.Model, r)
	if err == nil {
		err = checkLandscape(o.Model, p, f, opt)
	}
	if err != nil {
		return nil, fmt.Errorf("landscape of %s: %w", o.Name, err)
	}
	l := &LandscapeJob{}
	l.latest.Store(&Landscape{Plane: p, Frame: f})
	l.Job = s.newJob("landscape of "+o.Name, urgencyView, notify, func(j *Job, yield func() bool) error {
		m := mapping{job: j, energy: e, yield: yield}
		if err := m.warm(); err != nil {
			return fmt.Errorf("landscape of %s: %w", o.Name, err)
		}
		for cells := coarsest; cells <= opt.Cells; cells *= 2 {
			next, more, err := m.refine(*l.latest.Load(), cells)
			if err != nil {
				return fmt.Errorf("landscape of %s: %w", o.Name, err)
			}
			if !more {
				return nil
			}
			l.latest.Store(&next)
			j.urgency = urgencyRender // there is something to see: chains begun on it go first
			j.notify()
		}
		return nil
	})
	l.steps = mapSteps(opt.Cells)
	l.start()
	return l, nil
}

// mapSteps is the number of batches of a landscape.
func mapSteps(cells int) (n int) {
	had := 0
	for c := coarsest; c <= cells; c *= 2 {
		all := (c + 1) * (c + 1)
		n += (all - had + mapBatch - 1) / mapBatch
		had = all
	}
	return n
}

func checkLandscape(m *models.Model, p sampling.Plane, f Frame, opt LandscapeOptions) error {
	if c := opt.Cells; c < coarsest || c > 256 || c&(c-1) != 0 {
		return fmt.Errorf("found %d cells a side, want 8, 16, 32, 64, 128 or 256", c)
	}
	if err := p.Origin.Check(m.C, m.H, m.W); err != nil {
		return fmt.Errorf("plane: %w", err)
	}
	return f.check()
}

// energyOf is the sum of a recipe's terms as one energy.
func energyOf(m *models.Model, r Recipe) (sampling.Energy, error) {
	if err := chainable(m); err != nil {
		return nil, err
	}
	if err := r.Validate(m); err != nil {
		return nil, err
	}
	terms, _, err := ledgerTerms(m, r)
	return sampling.Sum(terms), err
}

// mapping evaluates the points of a landscape or a path in the lane.
type mapping struct {
	job    *Job
	energy sampling.Energy
	yield  func() bool
	done   int // batches
}

// warm compiles what a batch needs, as a phase of its own.
func (m *mapping) warm() error {
	m.job.enter(Compiling)
	terms, _ := m.energy.(sampling.Sum)
	took, err := models.WarmValues(terms, mapBatch)
	if err != nil {
		return fmt.Errorf("compile: %w", err)
	}
	m.job.compiled(took)
	m.job.enter(Running)
	return nil
}

// refine is a landscape with more cells a side; more is false where the job is stopped.
func (m *mapping) refine(l Landscape, cells int) (next Landscape, more bool, err error) {
	next = Landscape{Plane: l.Plane, Frame: l.Frame, Cells: cells, Energy: make([]float32, (cells+1)*(cells+1))}
	var missing []int
	for i := range next.Energy {
		row, column := i/(cells+1), i%(cells+1)
		if l.Cells > 0 && row%2 == 0 && column%2 == 0 {
			next.Energy[i] = l.Energy[row/2*(l.Cells+1)+column/2]
			continue
		}
		missing = append(missing, i)
	}
	for batch := range slices.Chunk(missing, mapBatch) {
		places := make([][2]float64, mapBatch)
		for k := range places {
			i := batch[min(k, len(batch)-1)]
			places[k] = l.Frame.Place(float64(i%(cells+1))/float64(cells), float64(i/(cells+1))/float64(cells))
		}
		began := time.Now()
		values, err := valuesOf(m.energy, l.Plane.At(places...))
		if err != nil {
			return next, false, err
		}
		for k, i := range batch {
			next.Energy[i] = values[k]
		}
		m.done++
		m.job.count(m.done, time.Since(began), false)
		if !m.yield() {
			return next, false, nil
		}
	}
	return next, true, nil
}

// valuesOf are the energies of pictures, one each.
func valuesOf(e sampling.Energy, x sampling.Images) ([]float32, error) {
	values, err := e.Value(x)
	if err == nil && len(values) != x.N {
		err = fmt.Errorf("found %d energies, want %d", len(values), x.N)
	}
	return values, err
}

// Cut is the energy along a straight line of a plane.
type Cut struct {
	From, To [2]float64
	Energy   []float32 // evenly spaced, ends included; not finite where the model says so
}

// Length is the distance between both ends.
func (c Cut) Length() float64 { return math.Hypot(c.To[0]-c.From[0], c.To[1]-c.From[1]) }

// Place is the place of value i.
func (c Cut) Place(i int) [2]float64 {
	t := float64(i) / float64(max(1, len(c.Energy)-1))
	return [2]float64{c.From[0] + t*(c.To[0]-c.From[0]), c.From[1] + t*(c.To[1]-c.From[1])}
}

// Cut computes the energy of a recipe's terms at n places from one place of a plane to
// another, ahead of runs.
func (s *Studio) Cut(ctx context.Context, o *Opened, r Recipe, p sampling.Plane, from, to [2]float64, n int) (Cut, error) {
	c := Cut{From: from, To: to}
	e, err := energyOf(o.Model, r)
	switch {
	case err != nil:
		return c, err
	case n < 2 || n > 4096:
		return c, fmt.Errorf("cut: found %d places, want 2 to 4096", n)
	case !finite(c.Length()) || c.Length() == 0:
		return c, fmt.Errorf("cut: found the ends %v and %v, want two places", from, to)
	}
	return inLane(ctx, s, "cut through "+o.Name, urgencyView, func() (Cut, error) {
		if err := p.Origin.Check(o.Model.C, o.Model.H, o.Model.W); err != nil {
			return c, err
		}
		c.Energy = make([]float32, n)
		places := make([][2]float64, n)
		for i := range places {
			places[i] = c.Place(i)
		}
		var err error
		c.Energy, err = valuesOf(e, p.At(places...))
		return c, err
	})
}
