package ui

import (
	"errors"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/sampling"
	"ebmstudio/studio"
)

// chosen is the number of corners there are.
func (g *terrain) chosen() (n int) {
	for _, c := range g.corners {
		if c != nil {
			n++
		}
	}
	return n
}

// setKind says what spans the plane.
func (l *landscape) setKind(i int) {
	g := l.ground()
	if g.principal == (i == 1) {
		return
	}
	g.principal = i == 1
	if g.principal {
		l.takeChains()
	} else {
		l.span()
	}
	l.refresh()
}

// drawChains runs the sampler, so that chains can span the map.
func (l *landscape) drawChains() {
	if g := l.ground(); g != nil {
		g.waiting = true
		l.w.startRun()
		l.refresh()
	}
}

// tryChains spans the map by chains where a run of theirs has ended; what a person has
// chosen stays.
func (l *landscape) tryChains() {
	h, g := l.w.now, l.ground()
	if g.chosen() > 0 || g.principal || h.chains.job == nil || !h.chains.progress.Phase.Final() {
		return
	}
	if x, ok := h.chains.job.Recording().Last(); ok && x.N >= 3 {
		l.spanBy(x)
	}
}

// spanBy takes three pictures of the chains.
func (l *landscape) spanBy(x sampling.Images) {
	h, g := l.w.now, l.ground()
	three, which, err := studio.ThreeOf(x, min(h.chains.selected, x.N-1))
	if err != nil {
		return // the hint says what is wanted
	}
	for i, chain := range which {
		g.corners[i] = &corner{name: trf("chain %d of seed %d", chain+1, h.chains.ran.Seed), x: studio.Pick(three, i)}
	}
	l.span()
}

// takeChains spans the plane by the chains as they are now.
func (l *landscape) takeChains() {
	h, g := l.w.now, l.ground()
	if h.chains.job == nil {
		l.w.showError(tr("There is no chain yet"), errors.New(tr("draw chains first: press Start, or the space bar")))
		return
	}
	rec := h.chains.job.Recording()
	if g.principal {
		v, share, err := studio.ViewOfChain(rec, h.chains.selected, studio.ViewMargin)
		if err != nil {
			l.w.showError(tr("This chain spans no plane"), err)
			return
		}
		g.chain = h.chains.selected
		l.side.share.SetText(trf("Chain %d: the axes hold %.0f %% and %.0f %% of how its steps vary.", g.chain+1, 100*share[0], 100*share[1]))
		l.take(v)
		return
	}
	x, ok := rec.Last()
	if !ok || x.N < 3 {
		l.w.showError(tr("These chains span no plane"), errors.New(tr("at least three are wanted: raise Chains in the task Sample")))
		return
	}
	l.spanBy(x)
	l.refresh()
}

// span makes the plane of the three corners, where there are three.
func (l *landscape) span() {
	h, g := l.w.now, l.ground()
	if g.chosen() < 3 {
		g.seen = g.seen && h.opened.Plane()
		return
	}
	x := sampling.NewImages(3, h.opened.Model.C, h.opened.Model.H, h.opened.Model.W)
	var names [3]string
	for i, c := range g.corners {
		copy(x.Image(i), c.x.Data)
		names[i] = c.name
	}
	v, err := studio.ViewThrough(x, names, studio.ViewMargin)
	if err != nil {
		l.w.showError(tr("These pictures span no plane"), err)
		return
	}
	l.take(v)
}

// cornerMenu offers where a corner's picture comes from.
func (l *landscape) cornerMenu(i int, under fyne.CanvasObject) {
	h, g := l.w.now, l.ground()
	item := func(text string, on bool, do func()) *fyne.MenuItem {
		m := fyne.NewMenuItem(text, do)
		m.Disabled = !on
		return m
	}
	kept := l.w.gallery.looked()
	items := []*fyne.MenuItem{
		item(tr("The selected chain"), h.chains.job != nil && h.chains.frames > 0, func() { l.cornerOfChain(i) }),
		item(tr("The picture looked at in the gallery"), kept != nil, func() { l.cornerOfFile(i, l.w.gallery.library.open().Path(kept.Name)) }),
		item(tr("A file…"), true, func() {
			extensions := []string{"png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff"}
			l.w.choose(func() (string, error) { return l.w.chooser.Open(tr("Choose a picture"), tr("Pictures"), extensions) }, func(path string) { l.cornerOfFile(i, path) })
		}),
		item(tr("The place looked at"), g.seen && g.looking, func() { l.setCorner(i, &corner{l.placeName(g.at), l.clipped(g.view.Plane.At(g.at))}) }),
	}
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), l.w.win.Canvas(), l.w.below(under))
}

func (l *landscape) placeName(at [2]float64) string {
	return trf("place %s, %s", number2(at[0]), number2(at[1]))
}

// setCorner makes a picture one of the three.
func (l *landscape) setCorner(i int, c *corner) {
	g := l.ground()
	g.corners[i] = c
	l.span()
	l.refresh()
}

// cornerOfChain takes the selected chain's picture as it is shown.
func (l *landscape) cornerOfChain(i int) {
	h := l.w.now
	x, ok := h.chains.job.Recording().Last()
	if !ok || h.chains.selected >= x.N {
		return
	}
	l.setCorner(i, &corner{trf("chain %d of seed %d", h.chains.selected+1, h.chains.ran.Seed), studio.Pick(x, h.chains.selected)})
}

// cornerOfFile reads a picture in the background.
func (l *landscape) cornerOfFile(i int, path string) {
	h := l.w.now
	l.w.background(func() func() {
		x, _, err := h.opened.ReadPictures(path)
		return func() {
			switch {
			case err != nil:
				l.w.showError(trf("%s could not be opened", filepath.Base(path)), err)
			case l.w.now == h:
				l.setCorner(i, &corner{filepath.Base(path), studio.Pick(x, 0)})
			}
		}
	})
}

// drop makes a picture file the next corner that is missing, or the last.
func (l *landscape) drop(path string) bool {
	g := l.ground()
	if g == nil || l.w.now.opened.Plane() {
		return false
	}
	i := 2
	for k := len(g.corners) - 1; k >= 0; k-- {
		if g.corners[k] == nil {
			i = k
		}
	}
	g.principal = false
	l.cornerOfFile(i, path)
	return true
}

// moveMark follows a mark that is dragged: when it is let go, the picture at the place is
// what spans the map. The plane stays.
func (l *landscape) moveMark(i int, x, y float64, done bool) {
	g := l.ground()
	if g == nil || i >= len(g.view.Marks) {
		return
	}
	at := g.view.Frame.Place(x, y)
	l.lookAt(at)
	if !done {
		return
	}
	g.corners[i] = &corner{l.placeName(at), l.clipped(g.view.Plane.At(at))}
	marks := append([]studio.MapMark(nil), g.view.Marks...)
	marks[i] = studio.MapMark{Name: g.corners[i].name, At: at}
	g.view.Marks = marks
	l.dropClimb()
	l.askCut()
	l.refresh()
}

// clipped are pictures inside the model's range; points stay where they are.
func (l *landscape) clipped(x sampling.Images) sampling.Images {
	m := l.w.now.opened.Model
	if !l.w.now.opened.Plane() {
		for j, v := range x.Data {
			x.Data[j] = min(max(v, m.Lo), m.Hi)
		}
	}
	return x
}
