package widgets

import (
	"math"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"
)

// Plot shows a Drawing of curves with its axes, a title, a read-out and a
// cursor. Tapping or dragging in it picks a step.
type Plot struct {
	ttwidget.ToolTipWidget
	// OnPick is called with the step under the pointer.
	OnPick func(step int)
	// OnCurve, where set, is called before OnPick when a tap is on or near a curve.
	OnCurve func(curve int)
	// OnTitle, where set, is called when the title is tapped, which then has a mark.
	OnTitle func()
	// OnResize is called when the plot needs a drawing of another size or other
	// colours.
	OnResize func()

	title, readout *canvas.Text
	name           string        // what the title says where there is room
	note           *widget.Label // wraps where the plot is narrow
	img            *canvas.Image
	cursor         *canvas.Line
	xTexts, yTexts []*canvas.Text
	drawing        Drawing
	step           int // under the cursor, below 0: none
	area           fyne.Position
	areaSize       fyne.Size
	seen           Frame // what OnResize was last called for
}

// NewPlot returns a plot with a title and the sentence shown while it is empty.
func NewPlot(title, empty string) *Plot {
	p := &Plot{
		title: canvas.NewText(title, nil), readout: canvas.NewText("", nil), note: widget.NewLabel(empty), name: title,
		img:    &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScaleFastest},
		cursor: canvas.NewLine(nil), drawing: Drawing{Empty: true}, step: -1,
	}
	p.title.TextStyle.Bold = true
	p.note.Alignment, p.note.Wrapping, p.note.Importance = fyne.TextAlignCenter, fyne.TextWrapWord, widget.LowImportance
	p.readout.Alignment = fyne.TextAlignTrailing
	p.ExtendBaseWidget(p)
	return p
}

// Frame is what a drawing for this plot needs now.
func (p *Plot) Frame() Frame {
	scale := float32(1)
	if c := fyne.CurrentApp().Driver().CanvasForObject(p); c != nil {
		scale = c.Scale()
	}
	return Frame{
		Width: int(math.Round(float64(p.areaSize.Width * scale))), Height: int(math.Round(float64(p.areaSize.Height * scale))),
		Scale: scale, Other: colorOf(p, ColorCurve), Selected: colorOf(p, ColorCurveSelected),
		Grid: colorOf(p, ColorPlotGrid), Paper: colorOf(p, ColorPanel),
		Ring: p.Theme().Color(theme.ColorNameForeground, fyne.CurrentApp().Settings().ThemeVariant()),
	}
}

// SetDrawing replaces the curves. The plot keeps the drawing's picture.
func (p *Plot) SetDrawing(d Drawing) {
	axes := !sameTicks(d.XTicks, p.drawing.XTicks) || !sameTicks(d.YTicks, p.drawing.YTicks) || d.Empty != p.drawing.Empty
	p.drawing = d
	p.img.Image = nil
	if d.Image != nil {
		p.img.Image = d.Image
	}
	p.img.Refresh()
	if axes {
		p.Refresh()
		return
	}
	p.placeCursor()
}

// SetCursor moves the cursor to a step; below 0 hides it.
func (p *Plot) SetCursor(step int) {
	p.step = step
	p.placeCursor()
}

// SetReadout shows a short text, such as the value under the cursor.
func (p *Plot) SetReadout(text string) {
	if p.readout.Text != text {
		p.readout.Text = text
		p.readout.Refresh()
		p.fitTitle(p.Size().Width)
	}
}

// Readout is the text shown at the top right.
func (p *Plot) Readout() string { return p.readout.Text }

// Empty reports whether the plot has no curve to show.
func (p *Plot) Empty() bool { return p.drawing.Empty }

// Tapped picks the step under the pointer.
func (p *Plot) Tapped(e *fyne.PointEvent) {
	if p.OnTitle != nil && e.Position.Y < plotTop {
		p.OnTitle()
		return
	}
	if p.OnCurve != nil && !p.drawing.Empty && p.areaSize.Width > 0 && p.areaSize.Height > 0 {
		x, y := (e.Position.X-p.area.X)/p.areaSize.Width, (e.Position.Y-p.area.Y)/p.areaSize.Height
		if i, ok := p.drawing.Near(float64(x), float64(y), plotNear/float64(p.areaSize.Height)); ok {
			p.OnCurve(i)
		}
	}
	p.pick(e.Position)
}

// plotNear is how far from a curve a tap may be, in units.
const plotNear = 7

// SetTitle replaces the title.
func (p *Plot) SetTitle(title string) {
	if p.name != title {
		p.name = title
		p.Refresh()
	}
}

// Title is the text above the curves.
func (p *Plot) Title() string { return p.name }

// Dragged picks the step under the pointer while it moves.
func (p *Plot) Dragged(e *fyne.DragEvent) { p.pick(e.Position) }

// DragEnd implements fyne.Draggable.
func (p *Plot) DragEnd() {}

func (p *Plot) pick(pos fyne.Position) {
	if p.OnPick == nil || p.drawing.Empty || p.areaSize.Width <= 0 {
		return
	}
	t := math.Max(0, math.Min(1, float64((pos.X-p.area.X)/p.areaSize.Width)))
	p.OnPick(p.drawing.FromX + int(math.Round(t*float64(p.drawing.ToX-p.drawing.FromX))))
}

func (p *Plot) placeCursor() {
	span := p.drawing.ToX - p.drawing.FromX
	if p.step < p.drawing.FromX || p.step > p.drawing.ToX || span <= 0 || p.drawing.Empty {
		p.cursor.Hide()
		return
	}
	x := p.area.X + p.areaSize.Width*float32(p.step-p.drawing.FromX)/float32(span)
	p.cursor.Position1, p.cursor.Position2 = fyne.NewPos(x, p.area.Y), fyne.NewPos(x, p.area.Y+p.areaSize.Height)
	p.cursor.Show()
	p.cursor.Refresh()
}

func sameTicks(a, b []Tick) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// CreateRenderer implements fyne.Widget.
func (p *Plot) CreateRenderer() fyne.WidgetRenderer {
	r := &plotRenderer{plot: p}
	r.Refresh()
	return r
}

type plotRenderer struct{ plot *Plot }

const (
	plotLeft, plotRight, plotTop, plotBottom = 46, 12, 24, 20
	plotMaxTicks                             = 12
)

func (r *plotRenderer) MinSize() fyne.Size { return fyne.NewSize(180, 110) }

func (r *plotRenderer) Layout(size fyne.Size) {
	p := r.plot
	p.area = fyne.NewPos(plotLeft, plotTop)
	p.areaSize = size.SubtractWidthHeight(plotLeft+plotRight, plotTop+plotBottom)
	p.img.Move(p.area)
	p.img.Resize(p.areaSize)
	p.fitTitle(size.Width)
	p.title.Move(fyne.NewPos(2, 1))
	p.readout.Move(fyne.NewPos(size.Width/3, 2))
	p.readout.Resize(fyne.NewSize(size.Width*2/3-plotRight, p.readout.MinSize().Height))
	p.note.Resize(fyne.NewSize(size.Width, 0))
	height := p.note.MinSize().Height // of the lines that this width makes
	p.note.Move(fyne.NewPos(0, p.area.Y+(p.areaSize.Height-height)/2))
	p.note.Resize(fyne.NewSize(size.Width, height))
	for i, t := range p.yTexts {
		m := t.MinSize()
		y := p.area.Y + float32(1-p.drawing.YTicks[i].At)*p.areaSize.Height
		t.Move(fyne.NewPos(plotLeft-6-m.Width, y-m.Height/2))
		t.Resize(m)
	}
	for i, t := range p.xTexts {
		m := t.MinSize()
		x := p.area.X + float32(p.drawing.XTicks[i].At)*p.areaSize.Width
		t.Move(fyne.NewPos(min(x-m.Width/2, size.Width-m.Width), p.area.Y+p.areaSize.Height+4))
		t.Resize(m)
	}
	p.placeCursor()
	r.tellOwner()
}

// tellOwner asks for a new drawing where the present one has another size or
// other colours.
func (r *plotRenderer) tellOwner() {
	p := r.plot
	if f := p.Frame(); f != p.seen && f.Width > 0 && f.Height > 0 {
		p.seen = f
		if p.OnResize != nil {
			p.OnResize()
		}
	}
}

func (r *plotRenderer) Refresh() {
	p := r.plot
	th, variant := p.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	low, small := th.Color(theme.ColorNamePlaceHolder, variant), th.Size(theme.SizeNameCaptionText)
	p.title.Color, p.title.TextSize = th.Color(theme.ColorNameForeground, variant), th.Size(theme.SizeNameText)
	p.readout.Color, p.readout.TextSize = colorOf(p, ColorCurveSelected), small+1
	p.cursor.StrokeColor, p.cursor.StrokeWidth = colorOf(p, ColorCursor), 1
	p.note.Hidden, p.img.Hidden = !p.drawing.Empty, p.drawing.Empty
	p.xTexts = retext(p.xTexts, p.drawing.XTicks)
	p.yTexts = retext(p.yTexts, p.drawing.YTicks)
	for _, t := range append(append([]*canvas.Text{}, p.xTexts...), p.yTexts...) {
		t.Color, t.TextSize = low, small
	}
	r.Layout(p.Size())
	canvas.Refresh(p)
}

// fitTitle gives the title the room that the read-out leaves.
func (p *Plot) fitTitle(width float32) {
	if text := within(p.name, width-plotRight-p.readout.MinSize().Width-10, p.title); text != p.title.Text {
		p.title.Text = text
		p.title.Refresh()
	}
	p.title.Resize(p.title.MinSize())
}

// within is a text that ends in an ellipsis where it is wider than the room for it.
func within(text string, width float32, as *canvas.Text) string {
	short := text
	for letters := []rune(text); len(letters) > 0 && fyne.MeasureText(short, as.TextSize, as.TextStyle).Width > width; {
		letters = letters[:len(letters)-1]
		short = strings.TrimRight(string(letters), " ") + "…"
	}
	return short
}

func retext(texts []*canvas.Text, ticks []Tick) []*canvas.Text {
	n := min(len(ticks), plotMaxTicks)
	for len(texts) < n {
		texts = append(texts, canvas.NewText("", nil))
	}
	for i, t := range ticks[:n] {
		texts[i].Text = t.Text
	}
	return texts[:n]
}

func (r *plotRenderer) Objects() []fyne.CanvasObject {
	p := r.plot
	objects := []fyne.CanvasObject{p.title, p.readout, p.img, p.note, p.cursor}
	for _, t := range p.xTexts {
		objects = append(objects, t)
	}
	for _, t := range p.yTexts {
		objects = append(objects, t)
	}
	return objects
}

func (r *plotRenderer) Destroy() {}
