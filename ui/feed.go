package ui

import (
	"image"
	"image/color"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

const (
	frameGap    = 33 * time.Millisecond // between two frames on the screen
	scrubGap    = 16 * time.Millisecond // while a person scrubs
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
	second           string        // the curve of the second plot
}

// shot is a view as pictures and numbers, ready for the widgets.
type shot struct {
	job                  *studio.Job
	progress             studio.Progress
	elapsed              time.Duration // in the present phase
	frame, frames, step  int
	images               []*image.RGBA // each its own and never written again
	before               []*image.RGBA // what the chains began with, where that was asked for
	energies, seconds    []float32     // one a chain at the step shown; NaN where unknown
	far                  []float64     // robust z-scores of the energies
	held                 []bool        // chains that are held now
	killed               map[int]int   // chain -> step after which it was killed
	first                []float32     // energies of what the chains began with
	along                *widgets.Drawing
	acceptance           float64      // of the chain selected so far, NaN without proposals
	drift                studio.Drift // since the steps of training
	drifts               bool
	diverged             map[int]int // chain -> first step that was not finite
	marks                []color.Color
	energyPlot, gradPlot *widgets.Drawing // the newest, the same where nothing was drawn anew
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
	frames  atomic.Int64 // shown since the start
	least   atomic.Int64 // nanoseconds between two frames that a person allows, 0: no cap

	lock sync.Mutex
	want view

	// The goroutine's own.
	drawn   curveKey
	drawnAt time.Time
	plots   [2]*widgets.Drawing // what was drawn: energies, the second curve
	energy  []widgets.Curve
	second  []widgets.Curve
	drift   studio.Drift
	drifts  bool
	phase   studio.Phase
	since   time.Time
}

// curveKey tells whether curves have to be read and drawn again.
type curveKey struct {
	job              *studio.Job
	step, selected   int
	energy, gradient widgets.Frame
	final            bool
	second           string
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
			f.frames.Add(1)
			f.show(s)
		})
		if p := s.progress.Phase; p == studio.Queued || p == studio.Opening || p == studio.Compiling || p == studio.Retracing || p == studio.Stopping || !f.current(v, s) {
			again.Reset(tickPhase)
		}
		if !f.rest(began, v.follow) {
			return
		}
	}
}

// rest waits until the next frame may be made. Without a GPU the window paints on
// the processor that the chains run on, so the UI goroutine is asked how long it
// was busy with the last frame, and gets twice that time off. It reports false
// when the feed is closed.
// A person who scrubs gets up to 60 frames a second, chains under way 30.
func (f *feed) rest(began time.Time, follow bool) bool {
	gap, delay := frameGap, paintDelay
	if !follow {
		gap, delay = scrubGap, paintDelay/3
	}
	if !f.wait(delay) {
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
	capped := time.Duration(f.least.Load()) - time.Since(began)
	return f.wait(max(min(max(gap-time.Since(began), 2*busy), frameGapMax), capped))
}

// atMost caps the frames a second, 0 takes the cap away.
func (f *feed) atMost(frames int) {
	least := time.Duration(0)
	if frames > 0 {
		least = time.Second / time.Duration(frames)
	}
	f.least.Store(int64(least))
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
	s.energies, s.seconds = at(f.energy, s.step), at(f.second, s.step)
	s.far = studio.RobustZ(s.energies)
	if v.before {
		s.first = at(f.energy, 0)
	}
	if v.along.Width > 0 {
		s.along = drawAlong(v.along, s.first, s.energies)
	}
	s.diverged, s.killed = map[int]int{}, map[int]int{}
	for chain := range rec.Chains() {
		s.held = append(s.held, rec.Held(chain))
		if step, yes := rec.Killed(chain); yes {
			s.killed[chain] = step
		}
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
	return curveKey{v.job, s.progress.Step, v.selected, v.energy, v.gradient, s.progress.Phase.Final(), v.second}
}

// current reports whether the curves show what the view asks for.
func (f *feed) current(v view, s shot) bool { return s.frames == 0 || f.drawn == f.key(v, &s) }
