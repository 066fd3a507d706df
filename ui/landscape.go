package ui

import (
	"image"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/sampling"
	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// terrain is what a person asks of a session's landscape, and what was found. Its fields
// belong to the UI goroutine.
type terrain struct {
	corners   [3]*corner // the pictures that span the plane; nil: not chosen
	principal bool       // the plane is that of a chain instead
	chain     int        // that one
	cells     int        // along each side at the end
	level     int        // of the noise whose energy it is, counted from 1; 0: the cleanest
	waiting   bool       // chains were drawn to span the plane

	view studio.MapView
	seen bool   // there is a view
	key  string // what the map was asked for: recipe, plane and frame
	job  *studio.LandscapeJob
	land studio.Landscape
	off  float64 // how far the selected chain is off the plane

	at      [2]float64 // the place looked at
	looking bool       // there is one
	line    int        // of the cut, see cutLines
	cut     studio.Cut
	forces  []studio.Force
	force   int // which of them is shown, counted from 1; 0: none
	climb   climb

	bookmarks []bookmark
}

// corner is a picture that the plane goes through.
type corner struct {
	name string
	x    sampling.Images // one
}

// landscape is the task that shows the energy on a plane. Its parts:
//
//	landscape.go        the layout, coming and going
//	landscape_map.go    what is mapped: jobs, zoom, drawing
//	landscape_side.go   the knobs; landscape_corners.go the pictures that span the plane
//	landscape_look.go   the place looked at: picture, force
//	landscape_chains.go chains begun on the map, their paths, points of the plane
//	landscape_bookmarks.go views kept under a name; landscape_level.go the noise level
//	landscape_cut.go    cuts; landscape_climb.go barriers; landscape_save.go files
type landscape struct {
	w       *Window
	heat    *widgets.EnergyMap
	drawing drawing
	asking  [2]latest // for cuts, for forces

	picture   *canvas.Image
	title     *widget.Label
	facts     *widget.Label
	force     *ttwidget.Select
	look      *fyne.Container // picture and force
	fitted    *widgets.DensityMap
	truth     *widgets.DensityMap
	densities *fyne.Container // in place of the picture, for points

	cut     *widgets.Plot
	barrier *widgets.Plot
	film    *widgets.Strip
	reel    *fyne.Container

	hintTitle, hintText *widget.Label
	hintDo              *ttwidget.Button
	hint, work, middle  *fyne.Container
	side                *landscapeSide
}

func newLandscape(w *Window) place {
	l := &landscape{w: w}
	w.landscape = l
	l.heat = widgets.NewEnergyMap(tr("Energy E(x)"), tr("Computing the first points…"))
	l.heat.SetToolTip(tr("The energy on a plane through pictures: bright is low, that is likely. Click starts chains at the place; drag moves the map or a mark, the wheel zooms. Keys: arrows, Enter, + and -."))
	l.heat.OnHover, l.heat.OnPick, l.heat.OnMark, l.heat.OnPan, l.heat.OnZoom = l.hover, l.pick, l.moveMark, l.pan, l.zoom
	l.heat.OnKey, l.heat.OnResize = w.typedKey, func() { l.draw(true) }
	l.newLook()
	l.newPlots()
	l.side = newLandscapeSide(l)

	l.hintTitle = widget.NewLabelWithStyle("", fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	l.hintTitle.SizeName = theme.SizeNameSubHeadingText
	l.hintText = widget.NewLabel("")
	l.hintText.Alignment, l.hintText.Wrapping, l.hintText.Importance = fyne.TextAlignCenter, fyne.TextWrapWord, widget.LowImportance
	l.hintDo = ttwidget.NewButton("", nil)
	l.hintDo.Importance = widget.HighImportance
	l.hint = container.NewVBox(layout.NewSpacer(), l.hintTitle, l.hintText, container.NewCenter(l.hintDo), layout.NewSpacer())

	l.work = container.New(sharing{lookLeast, lookWidth}, l.heat, container.NewStack(l.look, l.densities))
	above := widgets.NewPanel(widgets.ColorStage, 8, container.NewStack(l.work, l.hint))
	plots := container.NewGridWithColumns(2, widgets.NewPanel(widgets.ColorPanel, 8, l.cut), widgets.NewPanel(widgets.ColorPanel, 8, container.NewBorder(nil, l.reel, nil, nil, l.barrier)))
	split := container.NewVSplit(above, plots)
	split.Offset = 0.72
	l.middle = container.NewStack(split)
	return place{
		title: tr("Landscape"), tip: tr("Walk the energy: a map of a plane through pictures, cuts, barriers, forces"),
		middle: l.middle, side: l.side.box, show: l.show, drop: l.drop, needs: func(h *session) bool { return h.draws() },
	}
}

// The width of the place looked at: where there is room, and the least.
const (
	lookWidth = 216
	lookLeast = 166
)

// visible reports whether the landscape is what the window shows.
func (l *landscape) visible() bool { return l.w.tasks != nil && l.w.tasks.now == taskLandscape }

// ground is the terrain of the session looked at, made on first need; nil without one.
func (l *landscape) ground() *terrain {
	h := l.w.now
	if h == nil || !h.draws() {
		return nil
	}
	if h.terrain == nil {
		h.terrain = newTerrain(h.opened)
	}
	return h.terrain
}

// newTerrain is nothing asked yet; of points of the plane their plane is there at once.
func newTerrain(o *studio.Opened) *terrain {
	g := &terrain{cells: 64, climb: climb{steps: studio.DefaultBarrier().Steps}}
	if v, err := studio.ViewOfPoints(o); err == nil {
		for i, name := range []string{"A", "B"} { // ends for a cut and a barrier
			v.Marks = append(v.Marks, studio.MapMark{Name: name, At: v.Frame.Place(0.25+0.5*float64(i), 0.5)})
		}
		g.view, g.seen = v, true
	}
	return g
}

// show is called when a person comes here, or looks at another model.
func (l *landscape) show() {
	g := l.ground()
	if g == nil || !l.visible() {
		return
	}
	points := l.w.now.opened.Plane()
	setVisible(l.densities, points)
	setVisible(l.look, !points)
	if !g.seen {
		l.tryChains()
	}
	l.compute()
	l.refresh()
	l.draw(true)
}

// refresh puts everything that is known into the widgets.
func (l *landscape) refresh() {
	g := l.ground()
	if g == nil || !l.visible() {
		return
	}
	l.side.show()
	setVisible(l.hint, !g.seen)
	setVisible(l.work, g.seen)
	if !g.seen {
		l.tell()
	}
	l.showMap()
	l.showLook()
	l.showCut()
	l.showClimb()
	l.middle.Refresh()
}

// tell says what a map needs.
func (l *landscape) tell() {
	h, g := l.w.now, l.ground()
	title, text, button, do := tr("A map needs three pictures"),
		tr("The plane through them is what is shown. Draw chains, and three of them that lie far apart span it; or choose pictures on the right, or drop some here."),
		tr("Draw chains"), l.drawChains
	switch n := g.chosen(); {
	case h.chains.active():
		title, button = phaseText(h.chains.progress, l.w.elapsed), ""
		text = tr("Three of these chains will span the map when they have come to their end.")
	case n > 0:
		title, text = trf("%d of three pictures are chosen", n), tr("Choose the others on the right or drop them here; chains can stand in for them.")
	case h.chains.job != nil && h.chains.progress.Phase.Final():
		text = tr("The chains of the task Sample do not span a plane: at least three that differ are wanted. Draw more of them, or choose pictures on the right.")
	}
	l.hintTitle.SetText(title)
	l.hintText.SetText(text)
	l.hintDo.SetText(button)
	l.hintDo.OnTapped = do
	l.hintDo.SetToolTip(tr("Run the sampler of the task Sample"))
	setVisible(l.hintDo, button != "")
}

// showMap puts the map's words and marks into the widget; its picture comes by draw.
func (l *landscape) showMap() {
	g := l.ground()
	if !g.seen {
		return
	}
	f := g.view.Frame
	l.heat.SetRange(number2(f.U0), number2(f.U1), number2(f.V1), number2(f.V0))
	var marks []widgets.MapMark
	for i, m := range g.view.Marks {
		x, y := f.Share(m.At)
		name := m.Name
		if !g.principal {
			name = string(rune('A' + i))
		}
		marks = append(marks, widgets.MapMark{X: x, Y: y, Name: short(name), Held: g.principal})
	}
	l.heat.SetMarks(marks)
	l.heat.SetTitle(mapTitle(l.w.now.opened, g.level))
	lo, hi, ok := g.land.Range()
	if ok {
		l.heat.SetBar(l.w.densities, barText(hi), barText(lo))
	} else {
		l.heat.SetBar(nil, "", "")
	}
	l.heat.SetReadout(l.state(g))
	if g.land.Cells == 0 {
		l.heat.SetPicture(nil)
		l.heat.SetLayer(nil)
	}
	l.showCursor()
}

// barText is energyText with as many digits as there is room for.
func barText(v float64) string {
	if math.Abs(v) >= 1000 {
		return energyText(v)
	}
	return number2(v)
}

// short is the first letter of a mark's name, as large as a disc has room for.
func short(name string) string { return capital(string([]rune(name)[:1])) }

// state says how far the map is, and what is wrong with it.
func (l *landscape) state(g *terrain) string {
	text := ""
	if g.job != nil {
		switch p := g.job.Progress(); {
		case p.Phase == studio.Failed:
			return tr("no map: the message above says why")
		case p.Phase == studio.Compiling:
			text = tr("compiling the model…")
		case p.Phase == studio.Stopped && g.land.Cells < g.cells:
			text = trf("stopped at %d × %d", g.land.Cells, g.land.Cells)
		case !p.Phase.Final():
			text = trf("%d × %d so far", g.land.Cells, g.land.Cells)
		}
	}
	if n := g.land.Broken(); n > 0 {
		if text != "" {
			text += " · "
		}
		text += trf("%d of %d points not finite: hatched", n, len(g.land.Energy))
	}
	return text
}

// clear takes the map of another model away.
func (l *landscape) clear() {
	l.heat.SetPicture(nil)
	l.heat.SetLayer(nil)
	l.heat.SetMarks(nil)
	l.picture.Image = image.NewRGBA(image.Rect(0, 0, 1, 1))
	l.picture.Refresh()
	l.cut.SetDrawing(widgets.Drawing{Empty: true})
	l.barrier.SetDrawing(widgets.Drawing{Empty: true})
}

// close ends what is computed for the landscape of a session.
func (g *terrain) close() {
	if g == nil {
		return
	}
	if g.job != nil {
		g.job.Stop()
	}
	if g.climb.job != nil {
		g.climb.job.Stop()
	}
}
