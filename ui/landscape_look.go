package ui

import (
	"context"
	"errors"
	"image"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

const (
	slopeArrows = 18 // along each side of the map
	forceScale  = 12 // device pixels of a picture's pixel under the force
)

// latest is work off the UI goroutine of which only the newest counts: while one is under
// way the next waits, and those between are left out.
type latest struct {
	busy  bool
	again func()
}

// do runs start now or when what is under way has ended.
func (a *latest) do(start func()) {
	if a.busy {
		a.again = start
		return
	}
	a.busy = true
	start()
}

// done is called on the UI goroutine when it has ended.
func (a *latest) done() {
	a.busy = false
	if next := a.again; next != nil {
		a.again = nil
		a.do(next)
	}
}

func (l *landscape) newLook() {
	l.title = widget.NewLabelWithStyle("", fyne.TextAlignCenter, fyne.TextStyle{})
	l.title.SizeName, l.title.Importance, l.title.Truncation = theme.SizeNameCaptionText, widget.LowImportance, fyne.TextTruncateEllipsis
	l.facts = widget.NewLabel("")
	l.facts.Wrapping, l.facts.SizeName = fyne.TextWrapWord, theme.SizeNameCaptionText
	l.picture = &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScalePixels, Image: image.NewRGBA(image.Rect(0, 0, 1, 1))}
	l.picture.SetMinSize(fyne.NewSize(lookLeast-16, lookWidth-16))
	l.force = ttwidget.NewSelect([]string{tr("Force: off")}, func(string) {
		if g := l.ground(); g != nil && !l.side.filling && l.force.SelectedIndex() >= 0 {
			g.force = l.force.SelectedIndex()
			l.askForce()
			l.showPicture()
		}
	})
	l.force.SetToolTip(tr("Minus the gradient of the energy, of all terms or of one: blue pixels are pulled darker, red ones brighter; the arrows say how it would shift what is drawn"))
	l.look = container.NewVBox(l.title, l.picture, l.force, l.facts)
	l.fitted = widgets.NewDensityMap(tr("Fitted"), tr("Computing…"))
	l.fitted.SetToolTip(tr("The model's density exp(-E), normalised over the square, with the chains on it"))
	l.truth = widgets.NewDensityMap(tr("True"), tr("Choose the data"))
	l.truth.SetToolTip(tr("The density of the data that the model was trained on, with the chains on it"))
	l.fitted.OnResize, l.truth.OnResize = func() { l.showDots() }, func() { l.showDots() }
	l.densities = container.NewGridWithRows(2, l.fitted, l.truth)
	l.densities.Hide()
}

func (l *landscape) newPlots() {
	l.cut = widgets.NewPlot(tr("Line cut"), tr("The energy along a straight line"))
	l.cut.SetToolTip(tr("The energy along the line on the map. Click or drag to look at a place."))
	l.cut.OnResize, l.cut.OnPick = l.drawCut, l.pickCut
	l.barrier = widgets.NewPlot(tr("Barrier"), tr("Find it on the right: the energy between two pictures"))
	l.barrier.SetToolTip(tr("The energy from one picture to the other: thin along the straight line, bold along the path of least energy. Click to look at a place of that path."))
	l.barrier.OnResize, l.barrier.OnPick = l.drawClimb, l.pickClimb
	l.film = widgets.NewStrip(30, func(i int) { l.pickFilm(i) })
	l.reel = container.NewStack(container.NewHScroll(l.film))
	l.reel.Hide()
}

// hover shows the place under the pointer.
func (l *landscape) hover(x, y float64) {
	if g := l.ground(); g != nil && g.seen {
		l.lookAt(g.view.Frame.Place(x, y))
	}
}

// lookAt shows a place of the plane.
func (l *landscape) lookAt(at [2]float64) {
	g := l.ground()
	g.at, g.looking = at, true
	l.showLook()
	l.showCursor()
	l.askForce()
}

// showLook puts the place looked at into the widgets.
func (l *landscape) showLook() {
	h, g := l.w.now, l.ground()
	if g == nil || !g.seen {
		return
	}
	if h.opened.Plane() {
		l.showDensities()
		if g.looking {
			l.heat.SetReadout(trf("(%s, %s) · E %s", number2(g.at[0]), number2(g.at[1]), energyText(g.land.At(g.at))))
		}
		return
	}
	if !g.looking {
		l.title.SetText(tr("Point at the map"))
		l.facts.SetText(tr("The picture at the pointer and its energy appear here. Click: chains begin there. Drag: the map or a mark moves. Wheel: zoom. Keys: arrows, Enter, + and -."))
	} else {
		l.title.SetText(trf("u %s · v %s", number2(g.at[0]), number2(g.at[1])))
		l.facts.SetText(l.factsOf(g))
	}
	l.showPicture()
}

// factsOf says what is known of the place.
func (l *landscape) factsOf(g *terrain) string {
	m := l.w.now.opened.Model
	text := trf("Energy %s", energyText(g.land.At(g.at)))
	if e := g.land.At(g.at); math.IsNaN(e) && g.land.Cells > 0 {
		text = tr("No finite energy here")
	}
	outside := 0
	x := g.view.Plane.At(g.at)
	for _, v := range x.Data {
		if d := 0.02 * (m.Hi - m.Lo); v < m.Lo-d || v > m.Hi+d {
			outside++
		}
	}
	if share := float64(outside) / float64(len(x.Data)); share > 0.005 {
		text += "\n" + trf("%.0f %% of its pixels are beyond the model's range", 100*share)
	}
	if f := g.shownForce(); f != nil {
		text += "\n" + trf("|force| %s", energyText(f.Norm()))
	}
	if g.off > 0 && l.side.paths.Checked {
		text += "\n" + trf("Selected chain: %s off the plane", number2(g.off))
	}
	return text
}

// shownForce is the force that is asked for, nil where there is none.
func (g *terrain) shownForce() *studio.Force {
	if g.force < 1 || g.force > len(g.forces) {
		return nil
	}
	return &g.forces[g.force-1]
}

// showPicture paints the place's picture, with the force over it where that is wanted.
func (l *landscape) showPicture() {
	h, g := l.w.now, l.ground()
	m := h.opened.Model
	names := []string{tr("Force: off"), tr("Force: all terms")}
	if len(g.forces) > 1 {
		for _, f := range g.forces[1:] {
			names = append(names, trf("Force: %s", f.Name))
		}
	}
	l.side.filling = true
	l.force.SetOptions(names)
	l.force.SetSelectedIndex(min(g.force, len(names)-1))
	l.side.filling = false
	if !g.looking {
		l.picture.Image = image.NewRGBA(image.Rect(0, 0, 1, 1))
		l.picture.Refresh()
		return
	}
	x := g.view.Plane.At(g.at)
	l.picture.Image = studio.PictureOf(x, 0, m.Lo, m.Hi)
	if f := g.shownForce(); f != nil {
		var arrows [][2]widgets.Dot
		for _, a := range f.Arrows(x) {
			w, t := float64(m.W), float64(m.H)
			arrows = append(arrows, [2]widgets.Dot{{X: a.X / w, Y: a.Y / t}, {X: (a.X + a.DX) / w, Y: (a.Y + a.DY) / t}})
		}
		l.picture.Image = widgets.DrawArrows(f.Over(x, m.Lo, m.Hi, f.Strongest()), max(1, 28*forceScale/m.W), arrows)
	}
	l.picture.Refresh()
}

// askForce computes the force at the place looked at.
func (l *landscape) askForce() {
	h, g := l.w.now, l.ground()
	if g == nil || !g.seen || !g.looking || g.force == 0 || h.opened.Plane() {
		return
	}
	ask := &l.asking[1]
	ask.do(func() {
		x, r, at, model := g.view.Plane.At(g.at), mapRecipe(h), g.at, mapModel(h)
		l.w.background(func() func() {
			forces, err := l.w.studio.Forces(l.w.ctx, model, r, x)
			return func() {
				if err == nil && g.at == at {
					g.forces = forces
				}
				l.failed(tr("The force cannot be computed"), err)
				if l.w.now == h && l.visible() {
					l.showLook()
				}
				ask.done()
			}
		})
	})
}

// failed tells an error that is not the end of the program.
func (l *landscape) failed(title string, err error) {
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, studio.ErrClosed) {
		l.w.showError(title, err)
	}
}
