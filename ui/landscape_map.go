package ui

import (
	"fmt"
	"image"

	"ebmstudio/sampling"
	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// contourLevels is the number of contours of a map.
const contourLevels = 12

// compute begins to map what is asked for where that is not what is there. The map before
// stays to be seen until there are new points.
func (l *landscape) compute() {
	h, g := l.w.now, l.ground()
	if g == nil || !g.seen {
		return
	}
	r := mapRecipe(h)
	key := l.mapKey(g, r)
	switch {
	case key == g.key && g.job != nil:
		return
	case key == g.key && g.land.Cells == g.cells: // it came with the project
		l.askCut()
		return
	}
	if g.job != nil {
		g.job.Stop()
	}
	notify := func() { l.w.do(func() { l.came(h, key) }) }
	job, err := l.w.studio.Landscape(mapModel(h), r, g.view.Plane, g.view.Frame, studio.LandscapeOptions{Cells: g.cells}, notify)
	g.key, g.job = key, job
	if err != nil {
		g.key, g.job = "", nil
		l.w.showError(tr("The map cannot be computed"), err)
		return
	}
	l.heat.SetReadout(l.state(g))
	l.askCut()
	l.askForce()
}

// mapRecipe is what of a session's recipe the energy depends on.
func mapRecipe(h *session) studio.Recipe {
	r := h.chains.recipe.Clone()
	r.Seed, r.Chains, r.Initial, r.Temperature, r.Engine = 1, 1, nil, nil, ""
	r.Fork = nil
	return r
}

// mapKey tells maps apart. A view that was made anew is another, whatever its numbers.
func (l *landscape) mapKey(g *terrain, r studio.Recipe) string {
	return fmt.Sprintf("%s\n%v %d %d %p", r.JSON(), g.view.Frame, g.cells, g.level, &g.view.Plane.U[0])
}

// came takes over what a map's job has found.
func (l *landscape) came(h *session, key string) {
	g := h.terrain
	if g == nil || g.key != key || g.job == nil {
		return // another was asked for meanwhile
	}
	p := g.job.Progress()
	if p.Phase == studio.Failed {
		l.w.showError(tr("The map could not be computed"), p.Err)
	}
	next := g.job.Latest()
	fresh := next.Cells != g.land.Cells || next.Frame != g.land.Frame || next.Cells > 0 && &next.Energy[0] != &g.land.Energy[0]
	if next.Cells > 0 && fresh {
		g.land = next
	}
	if l.w.now != h || !l.visible() {
		return
	}
	l.side.showJob()
	l.heat.SetReadout(l.state(g))
	if next.Cells > 0 && fresh {
		l.draw(true)
		l.showLook()
	}
}

// drawing makes pictures of maps off the UI goroutine, one at a time.
type drawing struct{ busy, again, heat bool }

// draw has the layer of lines drawn anew, and the heat map too.
func (l *landscape) draw(heat bool) {
	h, g := l.w.now, l.ground()
	if g == nil || !g.seen || g.land.Cells == 0 || !l.visible() {
		return
	}
	d := &l.drawing
	d.heat = d.heat || heat
	if d.busy {
		d.again = true
		return
	}
	frame := l.heat.Frame()
	if frame.Side < 1 {
		return
	}
	heat = d.heat
	d.busy, d.heat = true, false
	land, palette := g.land, l.w.densities
	lines := l.lines(h, g)
	l.w.background(func() func() {
		var picture *image.RGBA
		if heat {
			picture = land.Picture(frame.Side, palette)
		}
		layer, off := lines(land)
		drawn := widgets.DrawMapLayer(frame, layer)
		return func() {
			d.busy = false
			if l.w.now == h && l.visible() {
				g.off = off
				if heat {
					l.heat.SetPicture(picture)
					l.showMap()
				}
				l.heat.SetLayer(drawn)
				if g.looking && !h.opened.Plane() {
					l.facts.SetText(l.factsOf(g))
				}
			}
			if d.again {
				d.again = false
				l.draw(false)
			}
		}
	})
}

// lines is what makes the layer of a map off the UI goroutine, and says how far off the
// plane the selected chain is.
func (l *landscape) lines(h *session, g *terrain) func(land studio.Landscape) (widgets.MapLayer, float64) {
	var rec *studio.Recording
	if h.chains.job != nil && l.side.paths.Checked {
		rec = h.chains.job.Recording()
	}
	selected, frame := h.chains.selected, h.chains.frame
	contours, arrows := l.side.contours.Checked, h.opened.Plane() && l.side.slopes.Checked
	var route sampling.Images
	if b := g.climb.found; b.Relaxed.Path.N > 0 {
		route = b.Relaxed.Path
	}
	return func(land studio.Landscape) (layer widgets.MapLayer, off float64) {
		if contours {
			for _, s := range land.Contours(contourLevels) {
				layer.Contours = append(layer.Contours, [2]widgets.Dot{{X: s[0][0], Y: s[0][1]}, {X: s[1][0], Y: s[1][1]}})
			}
		}
		if arrows {
			layer.Arrows = dotPairs(land.Slopes(slopeArrows))
		}
		layer.Selected = -1
		if rec != nil {
			layer.Paths, layer.Selected, off = pathsOn(land, rec, selected, rec.StepOf(frame))
		}
		if route.N > 0 {
			if places, _, err := land.Plane.Project(route); err == nil {
				layer.Route = dotsOn(land.Frame, places)
			}
		}
		return layer, off
	}
}

func dotPairs(all [][2][2]float64) (dots [][2]widgets.Dot) {
	for _, a := range all {
		dots = append(dots, [2]widgets.Dot{{X: a[0][0], Y: a[0][1]}, {X: a[1][0], Y: a[1][1]}})
	}
	return dots
}

func dotsOn(f studio.Frame, places [][2]float64) []widgets.Dot {
	dots := make([]widgets.Dot, len(places))
	for i, at := range places {
		dots[i].X, dots[i].Y = f.Share(at)
	}
	return dots
}

// pan moves the frame with the hand.
func (l *landscape) pan(dx, dy float64, done bool) {
	g := l.ground()
	if g == nil || !g.seen || !done {
		return
	}
	f := g.view.Frame
	u, v := dx*(f.U1-f.U0), dy*(f.V1-f.V0)
	l.frame(studio.Frame{U0: f.U0 - u, U1: f.U1 - u, V0: f.V0 + v, V1: f.V1 + v})
}

// zoom makes the frame smaller or larger about a place.
func (l *landscape) zoom(x, y, factor float64) {
	g := l.ground()
	if g == nil || !g.seen {
		return
	}
	f := g.view.Frame
	at := f.Place(x, y)
	w, h := (f.U1-f.U0)/factor, (f.V1-f.V0)/factor
	if w < 1e-4 || w > 1e5 {
		return
	}
	l.frame(studio.Frame{U0: at[0] - x*w, U1: at[0] + (1-x)*w, V0: at[1] - (1-y)*h, V1: at[1] + y*h})
}

// frame maps another part of the plane. Until its first points are there, the part of the
// map before that lies in it is shown.
func (l *landscape) frame(f studio.Frame) {
	g := l.ground()
	g.view.Frame = f
	l.compute()
	g.land = g.land.Seen(f)
	l.draw(true)
	l.showMap()
}

// whole shows all that spans the plane.
func (l *landscape) whole() {
	h, g := l.w.now, l.ground()
	if g == nil || !g.seen {
		return
	}
	if v, err := studio.ViewOfPoints(h.opened); err == nil {
		l.frame(v.Frame)
		return
	}
	places := make([][2]float64, len(g.view.Marks))
	for i, m := range g.view.Marks {
		places[i] = m.At
	}
	l.frame(studio.FrameAround(places, studio.ViewMargin))
}

// take maps another view.
func (l *landscape) take(v studio.MapView) {
	g := l.ground()
	g.view, g.seen, g.looking = v, true, false
	g.land, g.cut, g.climb.found = studio.Landscape{}, studio.Cut{}, studio.Barrier{}
	if g.climb.job != nil {
		g.climb.job.Stop()
	}
	l.compute()
	l.refresh()
}
