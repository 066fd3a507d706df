package ui

import (
	"image"
	"image/color"
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// stage is the middle of the window: pictures, scrubber, curves.
type stage struct {
	w         *Window
	grid      *widgets.ImageGrid
	before    *titled         // the generator's pictures beside the grid, where there are such
	after     *widget.Label   // above the grid beside them
	pictures  *fyne.Container // both
	compare   *ttwidget.Check // whether both are shown
	walk      *interpolation  // in place of all of them while a walk is looked at
	plane     *plane          // in place of the grid, for points
	legend    *fyne.Container
	scrub     *widgets.Scrubber
	energy    *widgets.Plot
	gradient  *widgets.Plot // of the second curve: gradient, step or acceptance
	second    string
	times     *timeMachine
	chain     *ttwidget.Button // opens what can be done to the selected chain
	caption   *widget.Label    // about the selected chain
	drift     *widget.Label    // of chains that walk longer than in training
	hint      *fyne.Container
	hintTitle *widget.Label
	hintText  *widget.Label
	hintDo    *widget.Button
	inpaint   *inpaint        // in place of all three while a mask is painted
	sample    *fyne.Container // grid, plane and hint, or another sight of the run
	edit      *ttwidget.Button
	keep      *ttwidget.Button
	box       fyne.CanvasObject
	last      shot
	play      *time.Ticker // runs while a recording is played
	speed     int          // of playing, as an index of speeds
	loop      bool         // at its end a recording is played from its beginning
}

func newStage(w *Window) *stage {
	s := &stage{w: w, caption: widget.NewLabel(""), speed: plainSpeed}
	s.grid = widgets.NewImageGrid(w.selectChain)
	s.before = newTitled(tr("generator, before Langevin"))
	s.before.grid.OnSelect = w.selectChain
	s.after = newTitled("").title
	s.pictures = widgets.NewBeside(s.before.box, container.NewBorder(s.after, nil, nil, nil, s.grid))
	s.before.box.Hide()
	s.after.Hide()
	s.plane = newPlane(w, w.densities)
	s.legend = newLegend(w.palette)
	s.energy = widgets.NewPlot(tr("Energy E(x)"), tr("Energies appear here while chains run"))
	s.gradient = widgets.NewPlot(tr("Gradient |dE/dx|"), tr("How steep the energy is, chain by chain"))
	s.energy.SetToolTip(tr("One line a chain; lower is likelier, since p(x) is proportional to exp(-E(x)). Click or drag to go to a step, click on a line to select its chain. A ring: an outlier, more than 3.5 robust standard deviations (0.6745 |E - median| / MAD) from the others."))
	s.gradient.OnTitle = w.nextCurve
	for _, p := range []*widgets.Plot{s.energy, s.gradient} {
		p.OnPick, p.OnCurve = w.seekStep, w.selectChain
		p.OnResize = w.look
	}
	s.scrub = widgets.NewScrubber(tr("Live"), widgets.ScrubberTips{
		Play:   tr("Play the recorded steps"),
		Back:   tr("One recorded step back (left arrow)"),
		Next:   tr("One recorded step on (right arrow)"),
		Follow: tr("Show every new step as it is made (End)"),
		Speed:  tr("How fast recorded steps are played"),
		Loop:   tr("Play the recorded steps round and round"),
		Slider: tr("Every step of the chains is recorded: drag to walk through them"),
	})
	s.scrub.OnSeek = w.seekFrame
	s.scrub.OnPlay = w.togglePlay
	s.scrub.OnFollow = w.followNewest
	s.scrub.OnSpeed = w.nextSpeed
	s.scrub.OnLoop = w.toggleLoop
	s.scrub.Slider.OnKey = w.typedKey

	s.hintTitle = widget.NewLabelWithStyle("", fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	s.hintTitle.SizeName = theme.SizeNameSubHeadingText
	s.hintText = widget.NewLabel("")
	s.hintText.Alignment, s.hintText.Wrapping = fyne.TextAlignCenter, fyne.TextWrapWord
	s.hintText.Importance = widget.LowImportance
	s.hintDo = widget.NewButton("", nil)
	s.hintDo.Importance = widget.HighImportance
	s.hint = container.NewVBox(layout.NewSpacer(), s.hintTitle, s.hintText, container.NewCenter(s.hintDo), layout.NewSpacer())

	s.times = newTimeMachine(w, container.NewStack(s.pictures, s.plane.box, s.hint))
	s.sample = s.times.box
	s.showCurve(curveGradient)
	s.inpaint = newInpaint(w)
	s.walk = newInterpolation(w)
	s.compare = ttwidget.NewCheck(tr("Before"), func(bool) { w.look() })
	s.compare.SetToolTip(tr("Show the generator's pictures, with which the chains begin, beside those that the Langevin steps make of them"))
	s.compare.Checked = true
	s.compare.Hide()
	s.edit = ttwidget.NewButtonWithIcon(tr("Edit"), theme.DocumentCreateIcon(), w.editSample)
	s.edit.Importance = widget.LowImportance
	s.edit.SetToolTip(tr("Paint on the selected picture, to make a part of it anew (E)"))
	s.edit.Disable()
	s.keep = ttwidget.NewButtonWithIcon(tr("Keep"), symbol("star"), func() { w.keep(false) })
	s.keep.Importance = widget.LowImportance
	s.keep.SetToolTip(tr("Keep the selected picture in the gallery, its recipe inside (K; Shift+K: all)"))
	s.keep.Disable()
	s.chain = newChainButton(w)
	pictures := widgets.NewPanel(widgets.ColorStage, 8, container.NewStack(s.sample, s.inpaint.box, s.walk.box))
	s.caption.Truncation, s.caption.SizeName = fyne.TextTruncateEllipsis, theme.SizeNameCaptionText
	s.drift = widget.NewLabel("")
	s.drift.Truncation, s.drift.SizeName, s.drift.Importance = fyne.TextTruncateEllipsis, theme.SizeNameCaptionText, widget.LowImportance
	s.drift.Hide()
	legend := container.NewStack(s.legend)
	acts := container.NewHBox(s.compare, s.keep, room(s.edit), legend, s.chain)
	below := container.New(layout.NewCustomPaddedVBoxLayout(-6), container.New(captionRow{acts, legend}, s.caption, acts), s.scrub, s.drift)
	plots := container.NewGridWithColumns(2, widgets.NewPanel(widgets.ColorPanel, 8, s.energy), widgets.NewPanel(widgets.ColorPanel, 8, s.gradient))
	split := container.NewVSplit(container.NewBorder(nil, widgets.NewPanel(widgets.ColorPanel, 4, below), nil, nil, pictures), plots)
	split.Offset = 0.81
	s.box = split
	return s
}

// room keeps an object's place while it is hidden.
func room(o fyne.CanvasObject) fyne.CanvasObject {
	space := canvas.NewRectangle(color.Transparent)
	space.SetMinSize(o.MinSize())
	return container.NewStack(space, o)
}

// newLegend explains the bars under the pictures.
func newLegend(palette []color.RGBA) *fyne.Container {
	strip := image.NewRGBA(image.Rect(0, 0, 48, 1))
	for x := range strip.Rect.Dx() {
		strip.SetRGBA(x, 0, ramp(palette, float64(x)/float64(strip.Rect.Dx()-1)))
	}
	bar := &canvas.Image{Image: strip, FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScalePixels}
	bar.SetMinSize(fyne.NewSize(64, 4))
	text := func(s string) *widget.Label {
		l := widget.NewLabel(s)
		l.Importance, l.SizeName = widget.LowImportance, theme.SizeNameCaptionText
		return l
	}
	return container.NewHBox(text(tr("lowest energy")), container.NewCenter(bar), text(tr("highest")))
}

// setTask chooses between samples and painting.
func (s *stage) setTask(k task) {
	s.inpaint.box.Hidden, s.walk.box.Hidden = k != taskInpaint, k != taskInterpolate
	s.sample.Hidden = !s.inpaint.box.Hidden || !s.walk.box.Hidden
	s.edit.Hidden = s.sample.Hidden || s.plane.box.Visible()
	s.legend.Hidden = k == taskInterpolate || s.plane.box.Visible()
	h := s.w.now
	s.compare.Hidden = s.sample.Hidden || h == nil || !h.generates()
	switch {
	case !s.inpaint.box.Hidden:
		s.inpaint.show()
	case !s.walk.box.Hidden:
		s.walk.show()
	default:
		s.walk.stop()
		s.times.show()
	}
}

// setPlane chooses between pictures and points of the plane.
func (s *stage) setPlane(on bool) {
	s.plane.box.Hidden, s.legend.Hidden = !on, on
	if on {
		s.hint.Hide()
		s.pictures.Hide()
	}
	s.plane.box.Refresh()
}

// tell shows a sentence in place of pictures, with a button to go on. Points have
// their density to be seen before they walk.
func (s *stage) tell(title, text, button string, do func()) {
	if s.plane.box.Visible() {
		return
	}
	s.hintTitle.SetText(title)
	s.hintText.SetText(text)
	s.hintDo.SetText(button)
	s.hintDo.OnTapped = do
	s.hintDo.Hidden = button == ""
	s.hint.Show()
	s.pictures.Hide()
	s.hint.Refresh()
}

// clear takes the pictures and curves of another model away.
func (s *stage) clear() {
	s.last = shot{acceptance: math.NaN()}
	s.grid.SetImages(nil)
	s.showBefore(s.last)
	s.walk.clear()
	s.plane.model.SetDots(nil)
	s.plane.model.SetReadout("")
	s.caption.SetText("")
	s.drift.Hide()
	s.edit.Disable()
	s.keep.Disable()
	s.chain.Disable()
	s.scrub.Set(widgets.ScrubState{Speed: s.speedText(), Looping: s.loop})
	for _, p := range []*widgets.Plot{s.energy, s.gradient} {
		p.SetDrawing(widgets.Drawing{Empty: true})
		p.SetReadout("")
		p.SetCursor(-1)
	}
}

// showShot puts a shot of the session's job into the widgets.
func (s *stage) showShot(h *session, c shot) {
	before := s.last.job == c.job && s.last.progress.Phase.Final()
	final := c.progress.Phase.Final() && c.frames > 0
	curves := c.energyPlot != nil && c.energyPlot != s.last.energyPlot
	s.last = c
	h.frame, h.frames = c.frame, c.frames
	switch {
	case s.plane.box.Visible():
		s.plane.showShot(h, c)
	case len(c.images) > 0:
		if s.hint.Visible() {
			s.hint.Hide()
			s.pictures.Show()
		}
		s.showBefore(c)
		s.grid.SetImages(c.images)
		s.grid.SetMarks(c.marks)
		s.grid.SetRings(s.rings(c))
		if s.grid.Selected() != h.selected {
			s.grid.Select(h.selected)
		}
	}
	if curves {
		s.energy.SetDrawing(*c.energyPlot)
		s.gradient.SetDrawing(*c.gradPlot)
	}
	s.energy.SetCursor(c.step)
	s.gradient.SetCursor(c.step)
	s.showSelected(h)
	s.showScrub(h)
	s.showDrift()
	enable(s.edit, len(c.images) > 0 && h.paint != nil)
	enable(s.keep, len(c.images) > 0)
	enable(s.chain, len(c.images) > 0 && !h.draft && !h.walking())
	if s.sample.Visible() {
		s.times.show()
	}
	if s.inpaint.box.Visible() {
		s.inpaint.showShot(h, final && !before)
	}
	if s.walk.box.Visible() {
		s.walk.showShot(h, c)
	}
	if s.w.tasks.now == taskCompose {
		s.w.mixer.ledger.ask(h)
	}
	s.w.landscape.follow(h, c)
	s.w.inspector.layers.follow(h)
}

// showBefore shows the generator's pictures beside those that the chains are at.
func (s *stage) showBefore(c shot) {
	on := len(c.before) > 0 && s.compare.Checked
	setVisible(s.before.box, on)
	setVisible(s.after, on)
	if !on {
		return
	}
	s.before.grid.SetImages(c.before)
	if i := s.w.now.selected; s.before.grid.Selected() != i {
		s.before.grid.Select(i)
	}
	if text := trf("after %d Langevin steps", c.step); s.after.Text != text {
		s.after.SetText(text)
	}
}

func (s *stage) showSelected(h *session) {
	c := s.last
	if h.selected < 0 || h.selected >= len(c.images) {
		s.caption.SetText("")
		return
	}
	energy, second := number(valueAt(c.energies, h.selected)), number(valueAt(c.seconds, h.selected))
	if s.walk.box.Visible() {
		s.walk.look(h, c)
	}
	if s.w.tasks.now == taskCompose {
		s.w.mixer.ledger.fill(h)
	}
	s.energy.SetReadout(trf("chain %d: %s", h.selected+1, energy))
	s.gradient.SetReadout(trf("chain %d: %s", h.selected+1, second))
	text := trf("Chain %d of %d · energy %s", h.selected+1, len(c.images), energy)
	switch place := rankOf(c.energies, h.selected); {
	case place == 1:
		text += tr(" · the lowest")
	case place > 1:
		text += trf(" · chains lower: %d", place-1)
	}
	if !math.IsNaN(c.acceptance) {
		text += trf(" · %.0f %% accepted", 100*c.acceptance)
	}
	if step, yes := c.killed[h.selected]; yes {
		text += trf(" · killed at step %d", step)
	} else if h.selected < len(c.held) && c.held[h.selected] {
		text += tr(" · frozen")
	}
	if z := zAt(c.far, h.selected); math.Abs(z) > studio.OutlierLimit {
		text += trf(" · outlier, z %.1f", z)
	}
	if step, yes := c.diverged[h.selected]; yes {
		text += trf(" · diverged at step %d: try a smaller step size", step)
	}
	if s.caption.Text != text {
		s.caption.SetText(text)
	}
}

// showDrift says quietly that chains walk longer than those of training.
func (s *stage) showDrift() {
	setVisible(s.drift, s.last.drifts)
	if !s.last.drifts {
		return
	}
	d := s.last.drift
	text := trf("Trained with short chains, to step %d (dashed line): beyond it energies drift. Mean energy since: %s, %.1f times its spread.", d.Trained, number(d.Moved), d.Times())
	if s.drift.Text != text {
		s.drift.SetText(text)
	}
}

func (s *stage) showScrub(h *session) {
	label := ""
	if s.last.frames > 0 {
		label = trf("step %d of %d", s.last.step, s.last.progress.Steps)
	}
	s.scrub.Set(widgets.ScrubState{
		Frame: h.frame, Frames: h.frames, Label: label,
		Playing: s.play != nil, Following: h.follow && h.active(), Looping: s.loop, Speed: s.speedText(),
	})
}
