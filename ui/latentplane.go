package ui

import (
	"context"
	"errors"
	"image"
	"image/draw"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// dragged is a place between three or four anchors of a walk, and how the hand came
// there. Its fields belong to the UI goroutine.
type dragged struct {
	on     bool
	at     [2]float64
	path   [][2]float64
	places [][2]float64 // of the newest run's chains
	moving bool         // the handle is held
	// The generator makes one picture at a time; again: the hand went on meanwhile.
	busy, again bool
	corners     map[*anchor]*image.RGBA // the generator's pictures of the anchors
	asked       bool                    // for them
}

const (
	pathStep = 0.01 // the least way between two places of a path
	pathMost = 600  // places of a path
)

// dragging reports whether a latent can be dragged now.
func (s *session) dragging() bool { return s.walking() && s.walk.drag.on && s.spans() }

// spans reports whether the anchors span a plane whose latents the generator shows.
func (s *session) spans() bool {
	n := len(s.walk.route.anchors)
	return s.generates() && (n == 3 || n == 4) && s.walk.route.ready()
}

// plane is what the anchors span.
func (p route) plane() studio.LatentPlane {
	plane := studio.LatentPlane{Path: p.way}
	for _, a := range p.anchors {
		plane.Anchors = append(plane.Anchors, a.latent)
	}
	return plane
}

// latentDrag is the pad in the middle of the window: the generator shows the place under
// the hand at once, and the chain of the place is run when the hand lets go.
type latentDrag struct {
	w   *Window
	pad *widgets.LatentPad
	of  []*anchor // that the pad shows
}

func newLatentDrag(w *Window) *latentDrag {
	d := &latentDrag{w: w, pad: widgets.NewLatentPad()}
	d.pad.SetToolTip(tr("A place between the anchors is a mix of their latents. Drag: the generator shows it at once. Let go: its Langevin steps are run. The arrow keys move it too."))
	d.pad.OnMove, d.pad.OnRelease, d.pad.OnKey = d.move, d.release, w.typedKey
	d.pad.Hide()
	return d
}

// show puts the session's plane into the pad, and hides it where there is none.
func (d *latentDrag) show(h *session) {
	setVisible(d.pad, h.dragging())
	if !h.dragging() {
		return
	}
	g, anchors := &h.walk.drag, h.walk.route.anchors
	missing := slices.ContainsFunc(anchors, func(a *anchor) bool { return g.corners[a] == nil })
	if !slices.Equal(d.of, anchors) || missing {
		d.of = slices.Clone(anchors)
		pictures := make([]image.Image, len(anchors))
		for i, a := range anchors {
			if m := g.corners[a]; m != nil {
				pictures[i] = m
			}
		}
		d.pad.SetCorners(h.walk.route.plane().Corners(), pictures)
	}
	g.at[0], g.at[1] = h.walk.route.plane().Inside(g.at[0], g.at[1])
	d.pad.SetHandle(g.at[0], g.at[1])
	d.pad.SetTrail(g.path)
	if missing && !g.asked {
		d.askCorners(h)
	}
}

// askCorners has the generator make the pictures of the anchors.
func (d *latentDrag) askCorners(h *session) {
	g, anchors := &h.walk.drag, slices.Clone(h.walk.route.anchors)
	g.asked = true
	d.decode(h, h.walk.route.plane().Anchors, func(made []*image.RGBA) {
		g.asked = false
		if made == nil {
			return
		}
		g.corners = map[*anchor]*image.RGBA{}
		for i, a := range anchors {
			g.corners[a] = made[i]
		}
		if d.w.now == h {
			d.of = nil
			d.show(h)
			if h.dragging() && h.job == nil && !g.moving {
				d.draft(h)
			}
		}
	})
}

// decode has the generator make pictures of latents in the background; then gets nil
// where it cannot, which is told.
func (d *latentDrag) decode(h *session, latents [][]float32, then func([]*image.RGBA)) {
	r := h.recipe.Clone()
	if h.opened.Model.Hole != nil {
		r.Known = h.chains.recipe.Known
	}
	w := d.w
	w.background(func() func() {
		res, err := w.studio.Decode(w.ctx, h.opened, r, latents)
		var made []*image.RGBA
		for i := range res.Pictures.N {
			m := res.Picture(i)
			to := image.NewRGBA(image.Rect(0, 0, m.Bounds().Dx(), m.Bounds().Dy()))
			draw.Draw(to, to.Bounds(), m, m.Bounds().Min, draw.Src)
			made = append(made, to)
		}
		return func() {
			if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, studio.ErrClosed) {
				w.showError(tr("The generator cannot show this latent"), err)
			}
			then(made)
		}
	})
}

// move takes the handle to a place, or to the nearest between the anchors. A run under
// way ends: what it shows is not looked at any more.
func (d *latentDrag) move(x, y float64) {
	h := d.w.now
	if h == nil || !h.dragging() {
		return
	}
	g := &h.walk.drag
	if !g.moving {
		g.moving, g.path = true, nil
		if h.active() {
			h.job.Stop()
			d.w.refreshProgress(h)
		}
	}
	x, y = h.walk.route.plane().Inside(x, y)
	g.at = [2]float64{x, y}
	if n := len(g.path); n == 0 || n < pathMost && math.Hypot(x-g.path[n-1][0], y-g.path[n-1][1]) >= pathStep {
		g.path = append(g.path, g.at)
	}
	d.pad.SetHandle(x, y)
	d.pad.SetTrail(g.path)
	d.draft(h)
}

// draft shows the generator's picture of the place. While one is being made the newest
// place waits, those between are left out.
func (d *latentDrag) draft(h *session) {
	g := &h.walk.drag
	if g.busy {
		g.again = true
		return
	}
	z, err := h.walk.route.plane().At(g.at[0], g.at[1])
	if err != nil {
		d.w.showError(tr("The generator cannot show this latent"), err)
		return
	}
	g.busy = true
	d.decode(h, [][]float32{z}, func(made []*image.RGBA) {
		g.busy = false
		v := d.w.stage.walk
		if len(made) == 1 && d.w.now == h && h.dragging() && (g.moving || h.job == nil) {
			setVisible(v.before.box, true)
			v.before.grid.SetImages(made)
			v.before.title.SetText(tr("generator"))
			v.after.title.SetText(tr("let go to refine it"))
		}
		if g.again {
			g.again = false
			d.draft(h)
		}
	})
}

// release runs the chain of the place where the hand let go.
func (d *latentDrag) release() {
	h := d.w.now
	if h == nil || !h.dragging() || !h.walk.drag.moving {
		return
	}
	g := &h.walk.drag
	g.moving = false
	if n := len(g.path); n > 0 && g.path[n-1] != g.at {
		g.path = append(g.path, g.at)
	}
	d.walk(h, [][2]float64{g.at})
	d.w.controls.anchors.showPlane(h)
}

// walk runs chains on the latents of places.
func (d *latentDrag) walk(h *session, places [][2]float64) {
	plane := h.walk.route.plane()
	next := h.walk.route.clone()
	next.trail = nil
	for _, at := range places {
		z, err := plane.At(at[0], at[1])
		if err != nil {
			d.w.showError(tr("The run cannot be started"), err)
			return
		}
		next.trail = append(next.trail, z)
	}
	h.walk.route, h.walk.drag.places = next, places
	d.w.startRun()
}

// follow moves the handle to the place of the frame looked at.
func (d *latentDrag) follow(h *session, frame, frames int) {
	if g := &h.walk.drag; h.dragging() && h.walk.ranRoute.trail != nil && frames == len(g.places) {
		g.at = g.places[frame]
		d.pad.SetHandle(g.at[0], g.at[1])
	}
}

// newPlane makes the two controls of dragging.
func (a *anchors) newPlane() {
	a.plane = ttwidget.NewCheck(tr("Drag between the anchors"), func(on bool) {
		h := a.w.now
		if a.filling || h == nil || h.walk == nil {
			return
		}
		if g := &h.walk.drag; on && g.path == nil {
			g.at = [2]float64{0.5, 0.6}
		}
		h.walk.drag.on = on
		a.showPlane(h)
		a.w.stage.walk.show()
	})
	a.plane.SetToolTip(tr("Three anchors span a plane of latents, four a square. Drag in it: the generator follows the hand, the chain is run when you let go."))
	a.along = ttwidget.NewButtonWithIcon(tr("Walk the dragged path"), theme.MediaPlayIcon(), func() {
		if h := a.w.now; h != nil && h.dragging() && len(h.walk.drag.path) > 1 {
			even := h.walk.route
			even.trail = nil
			a.w.stage.walk.drag.walk(h, studio.Resample(h.walk.drag.path, min(maxChains, even.points())))
		}
	})
	a.along.SetToolTip(tr("Draw frames evenly spaced along the path that you dragged: a strip that can be played and saved"))
}

// showPlane shows whether a latent can be dragged, and whether there is a path.
func (a *anchors) showPlane(h *session) {
	filling := a.filling
	a.filling = true
	a.plane.Hidden = !h.generates()
	if h.spans() {
		a.plane.Enable()
	} else {
		a.plane.Disable()
	}
	a.plane.SetChecked(h.dragging())
	a.filling = filling
	if a.along.Visible() != h.dragging() {
		setVisible(a.along, h.dragging())
		a.w.controls.box.Refresh() // what is below moves
	}
	enable(a.along, len(h.walk.drag.path) > 1)
}

// labelled is a latent that has a name: that of a class or of a concept.
type labelled struct {
	name    string
	latent  []float32
	picture image.Image
}

// labels are the latents with names that a model has.
func (a *anchors) labels(h *session) (all []labelled) {
	if h.generates() {
		return nil
	}
	for i, name := range h.opened.Model.Labels {
		if z, err := studio.ClassLatent(h.opened.Model, i); err == nil {
			all = append(all, labelled{name: name, latent: z})
		}
	}
	for _, c := range h.kept {
		all = append(all, labelled{c.Name, c.Latent, conceptPicture(c)})
	}
	return all
}

// labelMenu offers them as anchors.
func (a *anchors) labelMenu() {
	h := a.w.now
	if h == nil || h.walk == nil {
		return
	}
	var items []*fyne.MenuItem
	for _, l := range a.labels(h) {
		items = append(items, fyne.NewMenuItem(l.name, func() { a.addLabel(l) }))
	}
	at := a.w.app.Driver().AbsolutePositionForObject(a.label).AddXY(0, a.label.Size().Height)
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), a.w.win.Canvas(), at)
}

func (a *anchors) addLabel(l labelled) {
	a.change(func(r *route) {
		r.anchors = append(r.anchors, &anchor{name: l.name, latent: l.latent, picture: l.picture})
	})
}
