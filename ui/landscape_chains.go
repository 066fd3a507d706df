package ui

import (
	"image"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

const (
	mapPaths  = 16  // of chains whose paths are drawn, besides the selected one
	fewPaths  = 4   // of chains whose steps are as long as the map's features: points
	mapPlaces = 240 // of a path
)

// pick lets the chains of the task Sample begin at a place of the map.
func (l *landscape) pick(x, y float64) {
	h, g := l.w.now, l.ground()
	if g == nil || !g.seen {
		return
	}
	at := g.view.Frame.Place(x, y)
	l.lookAt(at)
	l.askCut()
	if bad := l.w.controls.invalid(); bad != "" {
		return // the knob says what is wrong
	}
	start := l.clipped(g.view.Plane.At(at))
	r, ok, err := studio.BeginAt(h.opened, h.chains.recipe, start)
	switch {
	case err != nil:
		l.w.showError(tr("Chains cannot begin here"), err)
		return
	case ok:
		h.given = given{}
		h.chains.recipe = r
		l.w.runNow(h)
	default: // no recipe can say so: the pictures are a draft
		l.w.replace(h, func() (*studio.Job, error) {
			return l.w.studio.SampleAt(h.opened, h.chains.recipe, start, l.w.feed.poke)
		}, replaced{draft: true})
	}
	l.side.show()
}

// noiseAgain lets the chains begin with noise.
func (l *landscape) noiseAgain() {
	h := l.w.now
	h.chains.recipe.Initial = nil
	h.given = given{}
	l.w.showRun()
	l.side.show()
}

// follow is told of every picture of the run.
func (l *landscape) follow(h *session, c shot) {
	g := l.ground()
	if g == nil || !l.visible() {
		return
	}
	switch {
	case !g.seen && g.waiting && c.progress.Phase.Final():
		g.waiting = false
		l.tryChains()
		l.refresh()
	case !g.seen:
		l.tell()
	default:
		l.draw(false)
		if h.opened.Plane() {
			l.showDots()
		}
	}
	if l.side.three.Disabled() {
		enable(l.side.three, c.frames > 0)
	}
}

// pathsOn are the chains' paths on a map up to a step, and how far off the plane the
// selected one is there.
func pathsOn(land studio.Landscape, rec *studio.Recording, selected, step int) (paths [][]widgets.Dot, bold int, off float64) {
	bold = -1
	whole := mapPaths
	if land.Plane.Origin.Size() == 2 {
		whole = fewPaths
	}
	for chain := range rec.Chains() {
		if chain >= 8*mapPaths && chain != selected {
			continue
		}
		steps, x := rec.Walk(chain, mapPlaces)
		n := 0
		for n < len(steps) && steps[n] <= step {
			n++
		}
		from := 0
		if chain >= whole && chain != selected {
			from = max(0, n-1) // where it is, without its path
		}
		places, offs, err := land.Plane.Project(x.Slice(from, n))
		if err != nil || n == 0 {
			continue
		}
		if chain == selected {
			bold, off = len(paths), offs[len(offs)-1]
		}
		paths = append(paths, dotsOn(land.Frame, places))
	}
	return paths, bold, off
}

// showDensities puts the fitted and the true density beside the map of a model of points.
func (l *landscape) showDensities() {
	h := l.w.now
	d := h.density
	if d == nil || len(d.levels) == 0 {
		l.fitted.SetPicture(nil)
		l.truth.SetPicture(nil)
		return
	}
	last := d.levels[len(d.levels)-1]
	for _, m := range []*widgets.DensityMap{l.fitted, l.truth} {
		m.SetRange(float64(d.of.Lo), float64(d.of.Hi))
	}
	l.fitted.SetPicture(last.model)
	l.truth.SetPicture(last.truth)
	text := ""
	if last.model != nil && last.truth != nil {
		text = trf("overlap %.0f %%", 100*last.overlap)
	}
	l.truth.SetReadout(text)
}

// showDots puts the chains on both densities.
func (l *landscape) showDots() {
	h, g := l.w.now, l.ground()
	if g == nil || !h.opened.Plane() || h.density == nil || h.density.of.Size == 0 {
		return
	}
	of, places := h.density.of, l.w.stage.last.places
	dots := make([]widgets.Dot, len(places))
	for i, at := range places {
		side := float64(of.Hi - of.Lo)
		dots[i] = widgets.Dot{X: float64(at[0]-of.Lo) / side, Y: float64(of.Hi-at[1]) / side}
	}
	for _, m := range []*widgets.DensityMap{l.fitted, l.truth} {
		var layer *image.RGBA
		if f := m.Frame(); len(dots) > 0 && f.Side > 0 {
			layer = widgets.DrawDots(f, dots, h.chains.selected, nil, false)
		}
		m.SetDots(layer)
	}
}

// setData says what the model was trained on.
func (l *landscape) setData(i int) {
	h := l.w.now
	if h.density == nil {
		return
	}
	h.density.data = ""
	if i > 0 {
		h.density.data = studio.PointSets()[i-1]
	}
	l.w.computeDensity(h)
}
