package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// landscapeSide are the knobs of the landscape.
type landscapeSide struct {
	l        *landscape
	kind     *ttwidget.Select // what spans the plane
	rows     *fyne.Container
	three    *ttwidget.Button
	share    *widget.Label
	cells    *ttwidget.Select
	level    *ttwidget.Select // of the noise
	levels   *fyne.Container  // it, with its name
	contours *ttwidget.Check
	paths    *ttwidget.Check
	slopes   *ttwidget.Check
	noise    *ttwidget.Button
	data     *ttwidget.Select
	known    *fyne.Container // the data, with their name
	line     *ttwidget.Select
	pair     *ttwidget.Select
	steps    *widgets.Knob
	climb    *ttwidget.Button
	told     *widget.Label // of the barrier
	job      *fyne.Container
	bar      *widget.ProgressBar
	export   *ttwidget.Button
	views    *ttwidget.Button // bookmarks
	plane    *fyne.Container
	climbs   *fyne.Container
	box      fyne.CanvasObject
	filling  bool
}

// cellChoices are the resolutions of a map.
func cellChoices() (names []string, cells []int) {
	return []string{tr("32 × 32, quick"), "64 × 64", tr("128 × 128, fine")}, []int{32, 64, 128}
}

func newLandscapeSide(l *landscape) *landscapeSide {
	s := &landscapeSide{l: l, rows: container.NewVBox()}
	pick := func(tip string, options []string, do func(int)) *ttwidget.Select {
		var c *ttwidget.Select
		c = ttwidget.NewSelect(options, func(string) {
			if g := l.ground(); g != nil && !s.filling && c.SelectedIndex() >= 0 {
				do(c.SelectedIndex())
			}
		})
		c.SetToolTip(tip)
		return c
	}
	check := func(text, tip string, on bool) *ttwidget.Check {
		c := ttwidget.NewCheck(text, nil)
		c.Checked = on
		c.OnChanged = func(bool) { l.draw(false) }
		c.SetToolTip(tip)
		return c
	}
	s.kind = pick(tr("Three pictures span a plane; or the plane in which a chain has moved most: the two leading principal components of its recorded steps"),
		[]string{tr("Through three pictures"), tr("Principal plane of a chain")}, l.setKind)
	s.three = quietButton(tr("Three chains"), theme.GridIcon(), tr("Take the selected chain of the task Sample and two that lie far from it"), l.takeChains)
	s.share = widget.NewLabel("")
	s.share.SizeName, s.share.Importance, s.share.Wrapping = theme.SizeNameCaptionText, widget.LowImportance, fyne.TextWrapWord
	names, cells := cellChoices()
	s.cells = pick(tr("How fine the map becomes. It comes coarse first, and finer points join those that are there."), names, func(i int) {
		l.ground().cells = cells[i]
		l.compute()
	})
	s.newLevels(pick)
	s.contours = check(tr("Contours"), tr("Lines of equal energy, evenly spaced over the range of the colours"), true)
	s.paths = check(tr("Chain paths"), tr("Where the chains of the task Sample fall on the plane, step by step; the selected one is bold"), true)
	s.slopes = check(tr("Force"), tr("Arrows of minus the gradient: where a Langevin step pulls"), true)
	s.noise = quietButton(tr("Begin with noise again"), theme.ContentUndoIcon(), tr("The chains of the task Sample begin at a place of the map since you clicked there; let them begin with noise as before"), l.noiseAgain)
	s.data = pick(tr("The distribution that the model was trained on, to compare with"), append([]string{tr("not known")}, studio.PointSets()...), l.setData)
	s.known = container.NewBorder(nil, nil, widget.NewLabel(tr("Data")), nil, s.data)
	s.line = pick(tr("The straight line along which the energy is drawn below the map"), []string{" "}, func(i int) {
		l.ground().line = i
		l.askCut()
		l.showCursor()
	})
	s.newClimbs(pick)
	s.bar = widget.NewProgressBar()
	s.bar.TextFormatter = func() string { return "" }
	stop := quietButton("", theme.MediaStopIcon(), tr("End the map as fine as it is"), func() {
		if g := l.ground(); g != nil && g.job != nil {
			g.job.Stop()
		}
	})
	s.job = container.NewBorder(nil, nil, nil, stop, container.NewCenter(wide(210, widgets.NewThinBar(s.bar))))
	s.export = quietButton(tr("Save…"), theme.DocumentSaveIcon(), tr("The map, the cut, the barrier or the force as PNG, SVG or CSV"), l.saveMenu)
	s.views = quietButton("", theme.VisibilityIcon(), tr("Bookmarks: views of this landscape kept under a name, in the project too"), l.bookmarkMenu)
	s.layout()
	return s
}

func (s *landscapeSide) newClimbs(pick func(string, []string, func(int)) *ttwidget.Select) {
	l := s.l
	s.pair = pick(tr("Between which pictures"), []string{" "}, func(i int) { l.ground().climb.pair = i; l.dropClimb() })
	s.steps = widgets.NewKnob(widgets.KnobSpec{
		Title: tr("Relaxation steps"), Min: 10, Max: 1000, Default: float64(studio.DefaultBarrier().Steps), Integer: true, Log: true,
		Help: tr("The string method moves the path down across itself at most so often (E, Ren and Vanden-Eijnden, 2007)"),
	}, tr("Back to the default"))
	s.steps.Slider.OnKey = l.w.typedKey
	s.steps.OnChanged = func(v float64) {
		if g := l.ground(); g != nil && !s.filling {
			g.climb.steps = int(v)
		}
	}
	s.climb = ttwidget.NewButtonWithIcon("", theme.MediaPlayIcon(), l.toggleClimb)
	s.climb.SetToolTip(tr("Find the path of least energy between the two pictures: its highest point is what a chain must climb"))
	s.told = widget.NewLabel("")
	s.told.Wrapping, s.told.SizeName = fyne.TextWrapWord, theme.SizeNameCaptionText
}

func (s *landscapeSide) layout() {
	title := func(text string) *widget.Label {
		return widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	}
	row := func(o fyne.CanvasObject) fyne.CanvasObject {
		return container.New(&sideMargin{left: -7}, container.NewHBox(o))
	}
	whole := quietButton("", theme.ZoomFitIcon(), tr("Show all that spans the plane"), s.l.whole)
	s.plane = container.NewVBox(s.kind, s.rows, s.share)
	s.climbs = container.NewVBox(title(tr("Barrier")), s.pair, s.steps, s.climb, s.told)
	inner := container.NewVBox(
		container.NewBorder(nil, nil, title(tr("Plane")), container.NewHBox(s.views, s.export, whole)), s.plane,
		container.NewBorder(nil, nil, nil, s.three, s.cells), s.levels, s.job, row(container.NewHBox(s.contours, s.paths)), row(s.slopes), s.known, s.noise, widget.NewSeparator(),
		title(tr("Line cut")), s.line, widget.NewSeparator(), s.climbs,
	)
	s.box = container.NewVScroll(container.New(&sideMargin{left: 7, right: 12}, inner))
}

// show fills the knobs.
func (s *landscapeSide) show() {
	h, g := s.l.w.now, s.l.ground()
	s.filling = true
	defer func() { s.filling = false }()
	points := h.opened.Plane()
	setVisible(s.plane, !points)
	setVisible(s.three, !points)
	setVisible(s.slopes, points)
	setVisible(s.known, points)
	setVisible(s.noise, h.chains.recipe.Initial != nil)
	if points && h.density != nil {
		s.data.SetSelectedIndex(slices.Index(studio.PointSets(), h.density.data) + 1)
	}
	kind := 0
	if g.principal {
		kind = 1
	}
	s.kind.SetSelectedIndex(kind)
	setVisible(s.rows, !g.principal)
	s.three.SetText(tr("Three chains"))
	if g.principal {
		s.three.SetText(tr("The selected chain"))
	}
	enable(s.three, h.chains.job != nil && h.chains.frames > 0)
	setVisible(s.share, s.share.Text != "" && g.principal)
	s.showRows(g)
	_, cells := cellChoices()
	s.cells.SetSelectedIndex(max(0, slices.Index(cells, g.cells)))
	s.showLevels(h, g)
	lines := s.l.cutLines()
	s.line.SetOptions(lines)
	g.line = min(g.line, len(lines)-1)
	s.line.SetSelectedIndex(g.line)
	pairs, _ := s.l.pairs()
	s.pair.SetOptions(pairs)
	g.climb.pair = min(g.climb.pair, max(0, len(pairs)-1))
	setVisible(s.climbs, len(pairs) > 0)
	if len(pairs) > 0 {
		s.pair.SetSelectedIndex(g.climb.pair)
	}
	s.steps.SetValue(float64(g.climb.steps))
	s.showJob()
}

// showJob shows how far the map is.
func (s *landscapeSide) showJob() {
	g := s.l.ground()
	running := g.job != nil && !g.job.Progress().Phase.Final()
	if running {
		p := g.job.Progress()
		s.bar.SetValue(float64(p.Step) / float64(max(1, p.Steps)))
	}
	if s.job.Visible() != running {
		setVisible(s.job, running)
		s.box.Refresh()
	}
	enable(s.export, g.land.Cells > 0)
}

// showRows lists the pictures that span the plane.
func (s *landscapeSide) showRows(g *terrain) {
	s.rows.RemoveAll()
	for i, c := range g.corners {
		s.rows.Add(s.row(i, c))
	}
	s.rows.Refresh()
}

func (s *landscapeSide) row(i int, c *corner) fyne.CanvasObject {
	h := s.l.w.now
	letter := widget.NewLabelWithStyle(string(rune('A'+i)), fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	name := ttwidget.NewLabel(tr("not chosen yet"))
	name.Truncation = fyne.TextTruncateEllipsis
	left := container.NewHBox(letter)
	if c == nil {
		name.Importance = widget.LowImportance
	} else {
		name.SetText(c.name)
		name.SetToolTip(c.name)
		m := canvas.NewImageFromImage(studio.PictureOf(c.x, 0, h.opened.Model.Lo, h.opened.Model.Hi))
		m.FillMode, m.ScaleMode = canvas.ImageFillContain, canvas.ImageScalePixels
		m.SetMinSize(fyne.NewSquareSize(anchorSide))
		left.Add(m)
	}
	var choose *ttwidget.Button
	choose = quietButton("", theme.MenuDropDownIcon(), trf("Choose picture %s: a chain, the gallery's, a file, or the place looked at", letter.Text), func() { s.l.cornerMenu(i, choose) })
	return container.NewBorder(nil, nil, left, choose, name)
}
