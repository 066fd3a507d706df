package ui

import (
	"image"
	"image/color"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

const (
	frameGap    = 33 * time.Millisecond // between two frames on the screen
	frameGapMax = 250 * time.Millisecond
	paintDelay  = 9 * time.Millisecond   // after it a shown frame is being painted
	curveGap    = 120 * time.Millisecond // between two drawings of the curves
	tickPhase   = 100 * time.Millisecond // between two looks at a phase that has no steps
)

// view is what the window wants to see; a newer one replaces it.
type view struct {
	job              *studio.Job
	frame            int
	follow           bool
	selected         int
	energy, gradient widgets.Frame
	density          *studio.Density // of points of the plane, nil for pictures
	stage            int             // of the density that is looked at; -1: the one that the chains are on
	dots             widgets.MapFrame
	before           bool          // the pictures that the chains began with, too
	along            widgets.Frame // of the energies along a walk; of no width where there is none
}

// shot is a view as pictures and numbers, ready for the widgets.
type shot struct {
	job                  *studio.Job
	progress             studio.Progress
	elapsed              time.Duration // in the present phase
	frame, frames, step  int
	images               []*image.RGBA // each its own and never written again
	before               []*image.RGBA // what the chains began with, where that was asked for
	energies, gradients  []float32     // one a chain at the step shown; NaN where unknown
	first                []float32     // energies of what the chains began with
	along                *widgets.Drawing
	acceptance           float64     // of the chain selected so far, NaN without proposals
	diverged             map[int]int // chain -> first step that was not finite
	marks                []color.Color
	energyPlot, gradPlot *widgets.Drawing // nil where unchanged
	stage                int              // of the density, that the chains are on; -1 where there is none
	places               [][2]float32     // of the chains on the density
	dots                 *image.RGBA      // the places drawn
}

// feed turns the newest view into shots on its own goroutine: at most one a
// frame time, at most one waiting for the UI. What the UI is too slow for is
// never made.
type feed struct {
	show    func(shot) // on the UI goroutine
	do      dispatcher
	palette []color.RGBA

	wake    chan struct{}
	quit    chan struct{}
	pending atomic.Bool

	lock sync.Mutex
	want view

	// The goroutine's own.
	drawn    curveKey
	drawnAt  time.Time
	energy   []widgets.Curve
	gradient []widgets.Curve
	phase    studio.Phase
	since    time.Time
}

// curveKey tells whether curves have to be read and drawn again.
type curveKey struct {
	job              *studio.Job
	step, selected   int
	energy, gradient widgets.Frame
	final            bool
}

func newFeed(do dispatcher, palette []color.RGBA, show func(shot)) *feed {
	f := &feed{show: show, do: do, palette: palette, wake: make(chan struct{}, 1), quit: make(chan struct{})}
	go f.run()
	return f
}

// look asks for a view; poke says that the job has moved. Both return at once and
// may be called from any goroutine.
func (f *feed) look(v view) {
	f.lock.Lock()
	f.want = v
	f.lock.Unlock()
	f.poke()
}

func (f *feed) poke() {
	select {
	case f.wake <- struct{}{}:
	default: // one wake-up is waiting already, it will see the newest state
	}
}

func (f *feed) close() { close(f.quit) }

func (f *feed) run() {
	again := time.NewTimer(time.Hour)
	defer again.Stop()
	for {
		select {
		case <-f.quit:
			return
		case <-f.wake:
		case <-again.C:
		}
		f.lock.Lock()
		v := f.want
		f.lock.Unlock()
		if v.job == nil {
			continue
		}
		began := time.Now()
		if !f.pending.CompareAndSwap(false, true) {
			again.Reset(frameGap / 4) // the UI has not shown the last one yet
			continue
		}
		s := f.shoot(v)
		f.do(func() {
			f.pending.Store(false)
			f.show(s)
		})
		if p := s.progress.Phase; p == studio.Queued || p == studio.Opening || p == studio.Compiling || p == studio.Retracing || p == studio.Stopping || !f.current(v, s) {
			again.Reset(tickPhase)
		}
		if !f.rest(began) {
			return
		}
	}
}

// rest waits until the next frame may be made. Without a GPU the window paints on
// the processor that the chains run on, so the UI goroutine is asked how long it
// was busy with the last frame, and gets twice that time off. It reports false
// when the feed is closed.
func (f *feed) rest(began time.Time) bool {
	if !f.wait(paintDelay) {
		return false
	}
	asked, answered := time.Now(), make(chan struct{})
	f.do(func() { close(answered) })
	select {
	case <-f.quit:
		return false
	case <-answered:
	}
	busy := time.Since(asked)
	return f.wait(min(max(frameGap-time.Since(began), 2*busy), frameGapMax))
}

func (f *feed) wait(d time.Duration) bool {
	select {
	case <-f.quit:
		return false
	case <-time.After(d):
		return true
	}
}

// shoot reads what a view shows.
func (f *feed) shoot(v view) shot {
	s := shot{job: v.job, progress: v.job.Progress(), acceptance: math.NaN(), stage: -1}
	if s.progress.Phase != f.phase || f.drawn.job != v.job {
		f.phase, f.since = s.progress.Phase, time.Now()
	}
	s.elapsed = time.Since(f.since)
	rec := v.job.Recording()
	s.frames = rec.Frames()
	if s.frames == 0 {
		return s
	}
	s.frame = min(max(v.frame, 0), s.frames-1)
	if v.follow {
		s.frame = s.frames - 1
	}
	s.step = rec.StepOf(s.frame)
	for chain := range rec.Chains() {
		s.images = append(s.images, rec.Frame(s.frame, chain))
	}
	if v.before && s.step > 0 && rec.StepOf(0) == 0 {
		for chain := range rec.Chains() {
			s.before = append(s.before, rec.Frame(0, chain))
		}
	}
	if v.density != nil {
		s.place(v, rec)
	}
	f.draw(v, rec, &s)
	s.energies, s.gradients = at(f.energy, s.step), at(f.gradient, s.step)
	if v.before {
		s.first = at(f.energy, 0)
	}
	if v.along.Width > 0 {
		s.along = drawAlong(v.along, s.first, s.energies)
	}
	s.diverged = map[int]int{}
	for chain := range rec.Chains() {
		if step, yes := rec.Diverged(chain); yes {
			s.diverged[chain] = step
		}
	}
	s.marks = rankColors(s.energies, f.palette)
	s.acceptance = acceptance(rec, v.selected, s.step)
	return s
}

// place finds the chains on the density and draws them, with the selected one's path
// on this stage.
func (s *shot) place(v view, rec *studio.Recording) {
	d := v.density
	s.stage = d.StageOf(s.step)
	onMap := func(p [2]float32) widgets.Dot {
		side := float64(d.Hi - d.Lo)
		return widgets.Dot{X: float64(p[0]-d.Lo) / side, Y: float64(d.Hi-p[1]) / side}
	}
	points := rec.Points(s.frame)
	dots := make([]widgets.Dot, len(points))
	for i, p := range points {
		s.places = append(s.places, d.Place(s.step, p))
		dots[i] = onMap(s.places[i])
	}
	var path []widgets.Dot
	for frame := max(0, s.frame-pathFrames); frame <= s.frame; frame++ {
		step, points := rec.StepOf(frame), rec.Points(frame)
		if d.StageOf(step) == s.stage && v.selected >= 0 && v.selected < len(points) {
			path = append(path, onMap(d.Place(step, points[v.selected])))
		}
	}
	s.dots = widgets.DrawDots(v.dots, dots, v.selected, path, v.stage >= 0 && v.stage != s.stage)
}

func (f *feed) key(v view, s *shot) curveKey {
	return curveKey{v.job, s.progress.Step, v.selected, v.energy, v.gradient, s.progress.Phase.Final()}
}

// current reports whether the curves show what the view asks for.
func (f *feed) current(v view, s shot) bool { return s.frames == 0 || f.drawn == f.key(v, &s) }

// draw reads and draws the curves where they are behind and the last drawing is
// old enough, or where a person waits for it.
func (f *feed) draw(v view, rec *studio.Recording, s *shot) {
	key := f.key(v, s)
	if key == f.drawn {
		return
	}
	moved := key
	moved.step = f.drawn.step
	if moved == f.drawn && time.Since(f.drawnAt) < curveGap {
		return
	}
	f.energy, f.gradient = curves(rec, "energy"), curves(rec, "gradient")
	last := max(s.progress.Steps, s.progress.Step)
	if s.progress.Phase == studio.Stopped {
		last = s.progress.Step
	}
	energy := widgets.DrawCurves(v.energy, f.energy, v.selected, last)
	gradient := widgets.DrawCurves(v.gradient, f.gradient, v.selected, last)
	s.energyPlot, s.gradPlot = &energy, &gradient
	f.drawn, f.drawnAt = key, time.Now()
}

func curves(rec *studio.Recording, name string) []widgets.Curve {
	all, jumps := make([]widgets.Curve, rec.Chains()), rec.Jumps()
	for i := range all {
		all[i].Steps, all[i].Values = rec.Curve(name, i)
		all[i].Marks = jumps
	}
	return all
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
		if steps[i] <= step {
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
