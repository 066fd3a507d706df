package ui

import (
	"errors"
	"path/filepath"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/sampling"
	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// anchors are the part of the controls that says where a walk goes.
type anchors struct {
	w       *Window
	list    *fyne.Container
	seed    *ttwidget.Button
	picture *ttwidget.Button
	sample  *ttwidget.Button
	kept    *ttwidget.Button
	label   *ttwidget.Button
	plane   *ttwidget.Check  // drag in the plane of the anchors
	along   *ttwidget.Button // walk the path that was dragged
	way     *ttwidget.Select
	frames  *widgets.Knob
	refine  *ttwidget.Check
	alike   *ttwidget.Check // the same noise in every frame
	closed  *ttwidget.Check
	box     *fyne.Container
	filling bool
}

// ways are the paths between two anchors as people read them, in the order shown.
func ways() (names, values []string) {
	return []string{tr("Great circle (spherical)"), tr("Straight (linear)"), tr("Paper: ρ z₀ + sqrt(1-ρ²) z₁")},
		[]string{studio.PathSpherical, studio.PathLinear, studio.PathPaper}
}

func newAnchors(w *Window) *anchors {
	a := &anchors{w: w, list: container.NewVBox()}
	button := func(text, tip string, do func()) *ttwidget.Button {
		b := ttwidget.NewButton(text, do)
		b.SetToolTip(tip)
		return b
	}
	a.seed = button(tr("+ Seed"), tr("Add the latent that a new seed draws"), a.addSeed)
	a.picture = button(tr("+ Picture"), tr("Add the latent that the encoder finds for a picture; or drop pictures on the window"), a.choose)
	a.sample = button(tr("+ Sample"), tr("Add the latent that the encoder finds for the chain selected in the task Sample"), a.addSample)
	a.kept = button(tr("+ Kept"), tr("Add the latent that the encoder finds for the picture looked at in the gallery"), a.addKept)
	a.label = button(tr("+ Concept"), tr("Add the latent of a class, as the checkpoint keeps it, or of a concept of your own"), a.labelMenu)
	a.newPlane()
	names, values := ways()
	a.way = ttwidget.NewSelect(names, func(name string) {
		if i := slices.Index(names, name); i >= 0 {
			a.turn(func(r *route) { r.way = values[i] })
		}
	})
	a.way.SetToolTip(tr("How the latent goes from one anchor to the next. Latents of many numbers lie near a sphere, which the straight way leaves; the paper's formula keeps their variance and is at z₀ for ρ = 1."))
	a.frames = widgets.NewKnob(widgets.KnobSpec{
		Title: tr("Frames"), Min: 2, Max: maxFrames, Default: 9, Integer: true,
		Help: tr("Pictures from one anchor to the next, both included. Each is a chain of its own."),
	}, tr("Back to the default"))
	a.frames.Slider.OnKey = w.typedKey
	a.frames.OnChanged = func(v float64) { a.turn(func(r *route) { r.frames = int(v) }) }
	a.refine = ttwidget.NewCheck(tr("Refine by Langevin steps"), func(on bool) { a.turn(func(r *route) { r.refine = on }) })
	a.refine.SetToolTip(tr("Off: the generator's pictures as they are, without a chain"))
	a.alike = ttwidget.NewCheck(tr("Same noise in every frame"), func(on bool) { a.turn(func(r *route) { r.own = !on }) })
	a.alike.SetToolTip(tr("On: all chains start alike and get the same noise at every step, so that neighbouring frames differ by their latents alone and the film does not flicker. Off: every frame is a chain of its own, as in Sample."))
	a.closed = ttwidget.NewCheck(tr("Back to the first"), func(on bool) { a.turn(func(r *route) { r.closed = on }) })
	a.closed.SetToolTip(tr("The walk ends where it began, so that its animation loops"))
	title := widget.NewLabelWithStyle(tr("Anchors"), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	adds := container.NewVBox(widgets.NewBeside(a.seed, a.label, a.picture), widgets.NewBeside(a.sample, a.kept))
	a.box = container.NewVBox(container.New(&sideMargin{left: -7}, title), a.list, adds, a.way, a.frames,
		container.New(&sideMargin{left: -7}, container.NewHBox(a.refine)), container.New(&sideMargin{left: -7}, container.NewHBox(a.alike)), container.New(&sideMargin{left: -7}, container.NewHBox(a.closed)),
		container.New(&sideMargin{left: -7}, container.NewHBox(a.plane)), a.along, widget.NewSeparator())
	return a
}

// turn applies what a person did to the session's route.
func (a *anchors) turn(change func(*route)) {
	h := a.w.now
	if a.filling || h == nil || h.walk == nil {
		return
	}
	next := h.walk.route.clone()
	change(&next)
	next.trail = nil
	h.walk.route = next
	a.showPlane(h)
	a.w.showRun()
	a.w.stage.walk.show()
}

// show fills the controls from a session; they are hidden where it does not walk.
func (a *anchors) show(h *session) {
	a.box.Hidden = h == nil || !h.walking()
	if a.box.Hidden {
		return
	}
	a.filling = true
	defer func() { a.filling = false }()
	m, r := h.opened.Model, h.walk.route
	a.seed.Hidden = m.Decode == nil
	a.picture.Hidden, a.sample.Hidden, a.kept.Hidden = m.Encode == nil, m.Encode == nil, m.Encode == nil
	enable(a.kept, a.w.gallery.looked() != nil)
	enable(a.sample, h.chains.job != nil && h.chains.frames > 0)
	names, values := ways()
	a.way.SetSelected(names[max(0, slices.Index(values, r.way))])
	a.frames.SetValue(float64(r.frames))
	a.refine.SetChecked(r.refine)
	a.alike.SetChecked(!r.own)
	a.refine.Hidden = m.Decode == nil
	a.closed.SetChecked(r.closed)
	a.label.Hidden = len(a.labels(h)) == 0
	a.showPlane(h)
	a.showList(h)
}

func (a *anchors) showList(h *session) {
	a.list.RemoveAll()
	for i, k := range h.walk.route.anchors {
		a.list.Add(a.row(i, k, len(h.walk.route.anchors)))
	}
	if len(h.walk.route.anchors) == 0 {
		l := widget.NewLabel(tr("No anchor yet."))
		l.Importance = widget.LowImportance
		a.list.Add(l)
	}
	a.box.Refresh()
}

// anchorSide is that of an anchor's picture in the list.
const anchorSide = 30

func (a *anchors) row(i int, k *anchor, n int) fyne.CanvasObject {
	name := ttwidget.NewLabel(k.name)
	name.Truncation = fyne.TextTruncateEllipsis
	name.SetToolTip(k.name)
	if k.latent == nil {
		name.SetText(trf("%s: encoding…", k.name))
		name.Importance = widget.LowImportance
	}
	small := func(icon fyne.Resource, tip string, on bool, do func()) fyne.CanvasObject {
		b := ttwidget.NewButtonWithIcon("", icon, do)
		b.Importance = widget.LowImportance
		b.SetToolTip(tip)
		enable(b, on)
		return b
	}
	up := small(theme.MoveUpIcon(), tr("Visit it earlier"), i > 0, func() {
		a.change(func(r *route) { r.anchors[i-1], r.anchors[i] = r.anchors[i], r.anchors[i-1] })
	})
	remove := small(theme.CancelIcon(), tr("Visit it no more"), n > 0, func() {
		a.change(func(r *route) { r.anchors = slices.Delete(r.anchors, i, i+1) })
	})
	number := widget.NewLabel(trf("%d", i+1))
	number.Importance = widget.LowImportance
	var left fyne.CanvasObject = number
	if k.picture != nil {
		m := canvas.NewImageFromImage(k.picture)
		m.FillMode, m.ScaleMode = canvas.ImageFillContain, canvas.ImageScalePixels
		m.SetMinSize(fyne.NewSquareSize(anchorSide))
		left = container.NewHBox(number, m)
	}
	return container.NewBorder(nil, nil, left, container.NewHBox(up, remove), name)
}

// change is turn for what the list shows.
func (a *anchors) change(do func(*route)) {
	a.turn(do)
	if h := a.w.now; h != nil && h.walk != nil {
		a.showList(h)
	}
}

// addSeed adds the latent of the next seed that is not visited yet.
func (a *anchors) addSeed() {
	h := a.w.now
	if h == nil || h.walk == nil {
		return
	}
	seed := uint64(1)
	for slices.ContainsFunc(h.walk.route.anchors, func(k *anchor) bool { return k.picture == nil && k.seed == seed }) {
		seed++
	}
	k, err := seedAnchor(h.opened, seed)
	if err != nil {
		a.w.showError(tr("The anchor cannot be added"), err)
		return
	}
	a.change(func(r *route) { r.anchors = append(r.anchors, k) })
}

// choose asks for a picture to encode.
func (a *anchors) choose() {
	extensions := []string{"png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff"}
	a.w.choose(func() (string, error) { return a.w.chooser.Open(tr("Choose a picture"), tr("Pictures"), extensions) }, func(path string) { a.addFile(path) })
}

// addFile adds the latent of a picture file; false where the model has no encoder.
func (a *anchors) addFile(path string) bool {
	h := a.w.now
	if h == nil || h.walk == nil || h.opened.Model.Encode == nil {
		return false
	}
	a.encode(h, filepath.Base(path), func() (sampling.Images, error) {
		x, _, err := h.opened.ReadPictures(path)
		return x, err
	})
	return true
}

// addSample adds the latent of the chain selected in the task Sample.
func (a *anchors) addSample() {
	h := a.w.now
	if h == nil || h.chains.job == nil {
		return
	}
	job, chain := h.chains.job, h.chains.selected
	a.encode(h, trf("chain %d of seed %d", chain+1, h.chains.ran.Seed), func() (sampling.Images, error) {
		res, err := job.Result()
		if err != nil {
			return sampling.Images{}, err
		}
		if chain >= res.Pictures.N {
			return sampling.Images{}, errors.New(tr("no chain is selected"))
		}
		return res.Pictures.Slice(chain, chain+1), nil
	})
}

// addKept adds the latent of the picture that is looked at in the gallery.
func (a *anchors) addKept() {
	if it := a.w.gallery.looked(); it != nil {
		a.addFile(a.w.gallery.library.open().Path(it.Name))
	}
}

// encode adds an anchor whose latent is found in the background; where it cannot be,
// the anchor is taken away again and the reason told.
func (a *anchors) encode(h *session, name string, read func() (sampling.Images, error)) {
	k := &anchor{name: name}
	a.change(func(r *route) { r.anchors = append(r.anchors, k) })
	a.w.background(func() func() {
		x, err := read()
		var rows [][]float32
		if err == nil {
			rows, err = a.w.studio.Encode(a.w.ctx, h.opened, x)
		}
		return func() {
			next := h.walk.route.clone()
			i := slices.Index(next.anchors, k)
			switch {
			case err != nil && i >= 0:
				next.anchors = slices.Delete(next.anchors, i, i+1)
				a.w.showError(trf("%s cannot be an anchor", name), err)
			case i >= 0:
				next.anchors[i] = &anchor{name: name, latent: rows[0], picture: studio.Result{Pictures: x, Lo: h.opened.Model.Lo, Hi: h.opened.Model.Hi}.Picture(0)}
			}
			next.trail = nil
			h.walk.route = next
			if a.w.now == h && h.walking() {
				a.showPlane(h)
				a.showList(h)
				a.w.showRun()
				a.w.stage.walk.show()
			}
		}
	})
}
