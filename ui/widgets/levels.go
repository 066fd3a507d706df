package widgets

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"
)

// Measures of levels, in units.
const (
	levelsHeight = 76 // of the bars at their most
	levelsGap    = 4
	levelsStep   = 0.05 // between two values that a hand can set
)

// Levels is a small curve that is edited by hand: a bar for each of a few levels, from
// the left, of a value from 0 to Max. A press or a drag sets the bar under the pointer;
// with the keyboard left and right choose a bar, up and down change it. A line marks 1.
type Levels struct {
	ttwidget.ToolTipWidget
	OnChanged     func(values []float64)
	OnChangeEnded func()
	OnKey         func(*fyne.KeyEvent) // a key that means nothing here

	max      float64
	values   []float64
	captions []*canvas.Text
	rails    []*canvas.Rectangle // the room of each bar
	bars     []*canvas.Rectangle
	one      *canvas.Line
	ring     *canvas.Rectangle // shown with the focus
	chosen   int
	held     bool
}

// NewLevels returns bars of value 1, one a caption.
func NewLevels(most float64, captions []string) *Levels {
	l := &Levels{max: most, one: canvas.NewLine(nil), ring: canvas.NewRectangle(color.Transparent)}
	for _, text := range captions {
		c := canvas.NewText(text, nil)
		c.Alignment = fyne.TextAlignCenter
		l.captions, l.values = append(l.captions, c), append(l.values, 1)
		l.rails, l.bars = append(l.rails, canvas.NewRectangle(nil)), append(l.bars, canvas.NewRectangle(nil))
	}
	l.ring.StrokeWidth = 1
	l.ring.Hide()
	l.ExtendBaseWidget(l)
	return l
}

// SetValues shows values without telling OnChanged.
func (l *Levels) SetValues(values []float64) {
	copy(l.values, values)
	l.Refresh()
}

// Values are the values of the bars, from the left.
func (l *Levels) Values() []float64 { return append([]float64(nil), l.values...) }

func (l *Levels) set(i int, v float64) {
	v = math.Round(max(0, min(l.max, v))/levelsStep) * levelsStep
	v = math.Round(v*100) / 100
	if l.chosen = i; v == l.values[i] {
		l.Refresh()
		return
	}
	l.values[i] = v
	l.Refresh()
	if l.OnChanged != nil {
		l.OnChanged(l.Values())
	}
}

// PlaceOf is where the value of a bar is in the widget.
func (l *Levels) PlaceOf(i int, v float64) fyne.Position {
	width := l.width()
	return fyne.NewPos((float32(i)+0.5)*width, l.height()*float32(1-v/l.max))
}

func (l *Levels) width() float32 { return l.Size().Width / float32(max(1, len(l.bars))) }

// height is the room of the bars: above the captions.
func (l *Levels) height() float32 { return l.Size().Height - theme.CaptionTextSize() - 6 }

func (l *Levels) moveTo(at fyne.Position) {
	if len(l.bars) == 0 || l.height() <= 0 {
		return
	}
	l.held = true
	i := max(0, min(len(l.bars)-1, int(at.X/l.width())))
	l.set(i, l.max*float64(1-at.Y/l.height()))
}

func (l *Levels) release() {
	if !l.held {
		return
	}
	l.held = false
	if l.OnChangeEnded != nil {
		l.OnChangeEnded()
	}
}

// MouseDown implements desktop.Mouseable.
func (l *Levels) MouseDown(e *desktop.MouseEvent) {
	if e.Button != desktop.MouseButtonPrimary {
		return
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(l); c != nil {
		c.Focus(l)
	}
	l.moveTo(e.Position)
}

// MouseUp implements desktop.Mouseable.
func (l *Levels) MouseUp(*desktop.MouseEvent) { l.release() }

// Dragged implements fyne.Draggable.
func (l *Levels) Dragged(e *fyne.DragEvent) { l.moveTo(e.Position) }

// DragEnd implements fyne.Draggable.
func (l *Levels) DragEnd() { l.release() }

// Cursor implements desktop.Cursorable.
func (l *Levels) Cursor() desktop.Cursor { return desktop.VResizeCursor }

// FocusGained implements fyne.Focusable.
func (l *Levels) FocusGained() { l.ring.Show(); l.Refresh() }

// FocusLost implements fyne.Focusable.
func (l *Levels) FocusLost() { l.ring.Hide(); l.Refresh() }

// TypedRune implements fyne.Focusable.
func (l *Levels) TypedRune(rune) {}

// TypedKey chooses a bar or changes it.
func (l *Levels) TypedKey(e *fyne.KeyEvent) {
	n := len(l.bars)
	switch {
	case n > 0 && (e.Name == fyne.KeyLeft || e.Name == fyne.KeyRight):
		by := 1
		if e.Name == fyne.KeyLeft {
			by = -1
		}
		l.chosen = max(0, min(n-1, l.chosen+by))
		l.Refresh()
	case n > 0 && (e.Name == fyne.KeyUp || e.Name == fyne.KeyDown):
		by := levelsStep
		if e.Name == fyne.KeyDown {
			by = -by
		}
		l.held = true
		l.set(l.chosen, l.values[l.chosen]+by)
		l.release()
	case l.OnKey != nil:
		l.OnKey(e)
	}
}

// CreateRenderer implements fyne.Widget.
func (l *Levels) CreateRenderer() fyne.WidgetRenderer {
	r := &levelsRenderer{l}
	r.Refresh()
	return r
}

type levelsRenderer struct{ l *Levels }

func (r *levelsRenderer) MinSize() fyne.Size {
	width := float32(0)
	for _, c := range r.l.captions {
		width = max(width, c.MinSize().Width+levelsGap)
	}
	return fyne.NewSize(width*float32(len(r.l.captions)), levelsHeight+theme.CaptionTextSize()+6)
}

func (r *levelsRenderer) Layout(size fyne.Size) {
	l, width, height := r.l, r.l.width(), r.l.height()
	for i, bar := range l.bars {
		x := float32(i)*width + levelsGap/2
		l.rails[i].Move(fyne.NewPos(x, 0))
		l.rails[i].Resize(fyne.NewSize(width-levelsGap, height))
		top := l.PlaceOf(i, l.values[i]).Y
		bar.Move(fyne.NewPos(x, min(top, height-2))) // a bar of 0 is still seen
		bar.Resize(fyne.NewSize(width-levelsGap, max(2, height-top)))
		c := l.captions[i]
		c.Move(fyne.NewPos(float32(i)*width, height+3))
		c.Resize(fyne.NewSize(width, c.MinSize().Height))
	}
	one := l.PlaceOf(0, 1).Y
	l.one.Position1, l.one.Position2 = fyne.NewPos(0, one), fyne.NewPos(size.Width, one)
	l.ring.Move(fyne.NewPos(-3, -3))
	l.ring.Resize(size.AddWidthHeight(6, 6))
}

func (r *levelsRenderer) Refresh() {
	l := r.l
	th, variant := l.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	of := func(name fyne.ThemeColorName) color.Color { return th.Color(name, variant) }
	l.ring.StrokeColor, l.ring.CornerRadius = of(theme.ColorNamePrimary), 4
	l.one.StrokeColor, l.one.StrokeWidth = of(theme.ColorNamePlaceHolder), 1
	for i, bar := range l.bars {
		l.rails[i].FillColor, l.rails[i].CornerRadius = of(theme.ColorNameInputBackground), 2
		bar.FillColor, bar.CornerRadius = of(theme.ColorNamePrimary), 2
		l.captions[i].Color, l.captions[i].TextSize = of(theme.ColorNamePlaceHolder), theme.CaptionTextSize()
		if i == l.chosen && l.ring.Visible() {
			bar.FillColor, l.captions[i].Color = colorOf(l, ColorCurveSelected), of(theme.ColorNameForeground)
		}
	}
	r.Layout(l.Size())
	canvas.Refresh(l)
}

func (r *levelsRenderer) Objects() []fyne.CanvasObject {
	l := r.l
	var objects []fyne.CanvasObject
	for _, o := range l.rails {
		objects = append(objects, o)
	}
	for _, o := range l.bars {
		objects = append(objects, o)
	}
	objects = append(objects, l.one)
	for _, o := range l.captions {
		objects = append(objects, o)
	}
	return append(objects, l.ring)
}

func (r *levelsRenderer) Destroy() {}
