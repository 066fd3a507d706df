package ui

import (
	"image"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"

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

// levelPanel shows a chain on every noise level of a ladder: the initializer's proposal,
// what the Langevin steps have made of it, and the difference of the two; and how many
// steps each level gets, to be changed.
type levelPanel struct {
	w       *Window
	rows    []*levelRow
	list    *fyne.Container
	caption *widget.Label
	box     fyne.CanvasObject
	of      *studio.Opened // that the rows are for
}

// levelRow is a level of the ladder.
type levelRow struct {
	level       int
	name        string // such as "level 3"
	knob        string // of its steps; empty where the model has none
	title       *widget.Label
	steps       *widget.Label
	fewer, more *ttwidget.Button
	pictures    [3]*canvas.Image
	row         *fyne.Container
}

func newLevelPanel(w *Window) *levelPanel {
	p := &levelPanel{w: w, list: container.NewVBox(), caption: widget.NewLabel("")}
	p.caption.SizeName, p.caption.Importance, p.caption.Wrapping = theme.SizeNameCaptionText, widget.LowImportance, fyne.TextWrapWord
	head := container.New(levelColumns{})
	for _, text := range []string{tr("Level, Langevin steps"), tr("proposal"), tr("refined"), tr("difference")} {
		l := widget.NewLabelWithStyle(text, fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
		l.SizeName = theme.SizeNameCaptionText
		head.Add(l)
	}
	head.Objects[0].(*widget.Label).Alignment = fyne.TextAlignLeading
	p.box = container.NewBorder(head, p.caption, nil, nil, container.NewVScroll(p.list))
	return p
}

// levelSteps is how the knobs of single levels begin (cdrl): "steps_3" for level 3.
const levelSteps = "steps_"

// show fills the rows from the run that is looked at.
func (p *levelPanel) show(h *session) {
	if p.of != h.opened {
		p.rebuild(h)
	}
	var levels []studio.Level
	if h.job != nil {
		levels = h.job.Recording().Levels()
	}
	for _, r := range p.rows {
		r.setSteps(p.w, h)
		i := slices.IndexFunc(levels, func(l studio.Level) bool { return l.Name == r.name })
		if i < 0 {
			for _, m := range r.pictures {
				setVisible(m, false)
			}
			r.setTitle(r.absent(h, levels))
			continue
		}
		rec := h.job.Recording()
		r.put(0, rec.Proposal(levels[i], h.selected))
		r.put(1, rec.Refined(levels[i], h.selected))
		change := rec.Change(levels[i], h.selected)
		most := float32(0)
		for _, v := range change {
			most = max(most, float32(math.Abs(float64(v))))
		}
		r.put(2, signed(change, h.opened.Model.W, most))
		r.setTitle(trf("Level %d · ±%.0f %%", r.level, 100*most))
	}
	text := trf("Chain %d, each level as it hands the picture on to the next. In the last column blue is darker after the Langevin steps, orange lighter, full colour as much of the pixel range as beside the level. Steps changed here act on the next start or fork.", h.selected+1)
	if len(levels) == 0 {
		text = tr("No run yet: start one, and every noise level shows what the initializer proposed and what the Langevin steps made of it. Steps changed here act on the next start.")
	}
	if p.caption.Text != text {
		p.caption.SetText(text)
	}
}

// rebuild makes a row for every level of a model, the noisiest first.
func (p *levelPanel) rebuild(h *session) {
	p.of, p.rows = h.opened, nil
	p.list.RemoveAll()
	knobs, _ := h.opened.Knobs(studio.SamplerFamily) // its own sampler is always known
	i := slices.IndexFunc(knobs, func(k sampling.Knob) bool { return k.Name == "from_level" })
	if i < 0 {
		p.list.Refresh()
		return
	}
	for n := int(knobs[i].Max); n >= 1; n-- {
		r := newLevelRow(p, n, knobs)
		p.rows = append(p.rows, r)
		p.list.Add(r.box())
	}
	p.list.Refresh()
}

func newLevelRow(p *levelPanel, n int, knobs []sampling.Knob) *levelRow {
	r := &levelRow{level: n, name: "level " + strconv.Itoa(n), title: widget.NewLabel(trf("Level %d", n)), steps: widget.NewLabel("")}
	if k := levelSteps + strconv.Itoa(n); slices.ContainsFunc(knobs, func(of sampling.Knob) bool { return of.Name == k }) {
		r.knob = k
	}
	button := func(icon fyne.Resource, by float64, tip string) *ttwidget.Button {
		b := ttwidget.NewButtonWithIcon("", icon, func() { r.turn(p.w, by) })
		b.Importance = widget.LowImportance
		b.SetToolTip(tip)
		return b
	}
	r.fewer = button(theme.ContentRemoveIcon(), -1, tr("One Langevin step fewer on this level, from the next start or fork on"))
	r.more = button(theme.ContentAddIcon(), 1, tr("One Langevin step more on this level, from the next start or fork on"))
	r.steps.Alignment = fyne.TextAlignCenter
	for i := range r.pictures {
		r.pictures[i] = &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScalePixels}
		r.pictures[i].Hide()
	}
	return r
}

func (r *levelRow) box() fyne.CanvasObject {
	turn := container.New(layout.NewCustomPaddedHBoxLayout(0), r.fewer, r.steps, r.more)
	text := container.NewVBox(layout.NewSpacer(), container.New(layout.NewCustomPaddedVBoxLayout(-8), r.title, turn), layout.NewSpacer())
	r.row = container.New(levelColumns{}, text)
	for _, m := range r.pictures {
		r.row.Add(m)
	}
	return widgets.NewPanel(widgets.ColorPanel, 2, r.row)
}

// stepsOf is how many Langevin steps a level gets as the controls stand.
func (r *levelRow) stepsOf(h *session) (int, sampling.Knob, bool) {
	knobs, _ := h.opened.Knobs(studio.SamplerFamily)
	find := func(name string) (sampling.Knob, bool) {
		i := slices.IndexFunc(knobs, func(k sampling.Knob) bool { return k.Name == name })
		if i < 0 {
			return sampling.Knob{}, false
		}
		return knobs[i], true
	}
	all, _ := find("steps")
	n := h.recipe.Settings.Of(all)
	own, ok := find(r.knob)
	if v := h.recipe.Settings.Of(own); ok && v >= 0 {
		n = v
	}
	return int(n), own, ok
}

func (r *levelRow) setSteps(w *Window, h *session) {
	n, knob, ok := r.stepsOf(h)
	if text := trf("%d steps", n); r.steps.Text != text {
		r.steps.SetText(text)
	}
	enable(r.fewer, ok && n > 0)
	enable(r.more, ok && float64(n) < knob.Max)
}

// turn changes the number of steps of the level.
func (r *levelRow) turn(w *Window, by float64) {
	h := w.now
	if h == nil {
		return
	}
	n, knob, ok := r.stepsOf(h)
	v := float64(n) + by
	if !ok || v < 0 || v > knob.Max {
		return
	}
	if err := h.recipe.Turn(h.opened.Model, knob.Name, v); err != nil {
		w.showError(tr("The steps could not be changed"), err)
		return
	}
	w.controls.show(h)
	w.showRun()
	w.stage.times.show()
}

// absent says why a level has no pictures.
func (r *levelRow) absent(h *session, levels []studio.Level) string {
	first := 0
	if len(levels) > 0 {
		first, _ = strconv.Atoi(strings.TrimPrefix(levels[0].Name, "level "))
	}
	above := r.level > first
	switch {
	case len(levels) == 0:
		return trf("Level %d", r.level)
	case above && h.job.Recipe().Fork != nil:
		return trf("Level %d: before the fork", r.level)
	case above:
		return trf("Level %d: left out", r.level)
	case h.active():
		return trf("Level %d: not yet", r.level)
	}
	return trf("Level %d: not reached", r.level)
}

func (r *levelRow) setTitle(text string) {
	if r.title.Text != text {
		r.title.SetText(text)
	}
}

func (r *levelRow) put(i int, m *image.RGBA) {
	setVisible(r.pictures[i], m != nil)
	if m != nil {
		sized := r.pictures[i].Image != nil && r.pictures[i].Image.Bounds() == m.Bounds()
		r.pictures[i].Image = m
		r.pictures[i].Refresh()
		if !sized {
			r.row.Refresh()
		}
	}
}

// The ends of a signed picture, and its middle.
var (
	darker  = color.RGBA{0x3b, 0x7d, 0xd8, 255}
	lighter = color.RGBA{0xf0, 0x8a, 0x24, 255}
	equal   = color.RGBA{0x80, 0x84, 0x8c, 255}
)

// signed is a picture of numbers around 0, most being the one of full colour.
func signed(values []float32, width int, most float32) *image.RGBA {
	if len(values) == 0 || width <= 0 || most <= 0 {
		return nil
	}
	m := image.NewRGBA(image.Rect(0, 0, width, len(values)/width))
	for j, v := range values {
		end := lighter
		if v < 0 {
			end, v = darker, -v
		}
		m.SetRGBA(j%width, j/width, ramp([]color.RGBA{equal, end}, float64(min(1, v/most))))
	}
	return m
}

// wholePixels is the place in the middle of some room where a picture is as large as
// whole device pixels a pixel let it be.
func wholePixels(m *canvas.Image, place fyne.Position, room fyne.Size) (fyne.Position, fyne.Size) {
	scale := float32(1)
	if c := fyne.CurrentApp().Driver().CanvasForObject(m); c != nil {
		scale = c.Scale()
	}
	b := m.Image.Bounds()
	w, h := float32(b.Dx())/scale, float32(b.Dy())/scale
	zoom := max(1, float32(math.Floor(float64(min(room.Width/w, room.Height/h)))))
	size := fyne.NewSize(w*zoom, h*zoom)
	left, top := float32(math.Floor(float64((room.Width-size.Width)/2*scale)))/scale, float32(math.Floor(float64((room.Height-size.Height)/2*scale)))/scale
	return place.AddXY(left, top), size
}

// levelColumns lays a row's text and pictures out: the text as wide as it must be, the
// pictures in equal parts of the rest.
type levelColumns struct{}

const levelText, levelHeight = 150, 64

func (levelColumns) MinSize(objects []fyne.CanvasObject) fyne.Size {
	height := objects[0].MinSize().Height
	for _, o := range objects[1:] {
		if _, picture := o.(*canvas.Image); picture {
			height = max(height, levelHeight)
		}
	}
	return fyne.NewSize(levelText+3*levelHeight, height)
}

func (levelColumns) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	part := (size.Width - levelText) / float32(len(objects)-1)
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(fyne.NewSize(levelText, size.Height))
	for i, o := range objects[1:] {
		place, room := fyne.NewPos(levelText+float32(i)*part, 0), fyne.NewSize(part, size.Height)
		if m, ok := o.(*canvas.Image); ok && m.Image != nil {
			place, room = wholePixels(m, place, room)
		}
		o.Move(place)
		o.Resize(room)
	}
}
