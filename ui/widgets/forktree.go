package widgets

import (
	"image"
	"image/color"
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"
)

// ForkNode is a run of a ForkTree.
type ForkNode struct {
	Title   string
	Parent  int // index of the run that it goes on from, -1 for one from the start
	From    int // step that it begins at
	To      int // step that it has come to
	Steps   int // step that it ends at
	Picture *image.RGBA
}

// ForkTree draws runs as bars along their steps, one below the other, each forked one
// below the run that it left at that step, and its newest picture at its end. A run is
// picked by mouse, or with the arrow keys.
type ForkTree struct {
	ttwidget.ToolTipWidget
	// OnSelect is called with the run that a person picks; OnKey takes the keys that mean
	// nothing here.
	OnSelect func(i int)
	OnKey    func(*fyne.KeyEvent)

	nodes    []ForkNode
	order    []int // of the rows, as indices of nodes
	selected int
	step     int
	focused  bool
	rows     []*forkRow
	back     *canvas.Rectangle // of the selected row
	cursor   *canvas.Line
	ticks    [3]*canvas.Text
}

// forkRow are the objects of a row.
type forkRow struct {
	title       *canvas.Text
	whole, done *canvas.Rectangle
	branch      *canvas.Line // from the run that it left
	picture     *canvas.Image
}

const (
	forkRowHeight = 48
	forkBar       = 6
	forkLeft      = 12
	forkPicture   = 40
	forkRight     = forkPicture + 20
	forkAxis      = 20
)

// NewForkTree returns an empty tree.
func NewForkTree(onSelect func(i int)) *ForkTree {
	t := &ForkTree{OnSelect: onSelect, selected: -1, back: canvas.NewRectangle(color.Transparent), cursor: canvas.NewLine(color.Transparent)}
	for i := range t.ticks {
		t.ticks[i] = canvas.NewText("", nil)
	}
	t.ExtendBaseWidget(t)
	return t
}

// SetNodes shows runs, one of them selected, and the step that is looked at in it.
func (t *ForkTree) SetNodes(nodes []ForkNode, selected, step int) {
	same := len(nodes) == len(t.nodes) && slices.EqualFunc(nodes, t.nodes, func(a, b ForkNode) bool { return a.Parent == b.Parent })
	t.nodes, t.selected, t.step = slices.Clone(nodes), selected, step
	if !same {
		t.order = forkOrder(nodes)
		t.rows = nil
		for range nodes {
			t.rows = append(t.rows, &forkRow{
				title: canvas.NewText("", nil), whole: canvas.NewRectangle(nil), done: canvas.NewRectangle(nil), branch: canvas.NewLine(nil),
				picture: &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScalePixels},
			})
		}
	}
	t.Refresh()
}

// forkOrder lists runs with those that left one right below it, the earliest last, so
// that branches do not cross.
func forkOrder(nodes []ForkNode) []int {
	var order []int
	var add func(parent int)
	add = func(parent int) {
		var children []int
		for i, n := range nodes {
			if n.Parent == parent {
				children = append(children, i)
			}
		}
		if parent >= 0 {
			slices.SortStableFunc(children, func(a, b int) int { return nodes[b].From - nodes[a].From })
		}
		for _, i := range children {
			order = append(order, i)
			add(i)
		}
	}
	add(-1)
	return order
}

// Selected is the selected run, -1 where there is none.
func (t *ForkTree) Selected() int { return t.selected }

// Len is the number of runs.
func (t *ForkTree) Len() int { return len(t.nodes) }

// Tapped picks the run under the pointer.
func (t *ForkTree) Tapped(e *fyne.PointEvent) {
	if row := int(e.Position.Y / forkRowHeight); row >= 0 && row < len(t.order) {
		t.pick(t.order[row])
	}
}

func (t *ForkTree) pick(i int) {
	if t.OnSelect != nil {
		t.OnSelect(i)
	}
}

// FocusGained implements fyne.Focusable.
func (t *ForkTree) FocusGained() { t.focused = true; t.Refresh() }

// FocusLost implements fyne.Focusable.
func (t *ForkTree) FocusLost() { t.focused = false; t.Refresh() }

// TypedRune implements fyne.Focusable.
func (t *ForkTree) TypedRune(rune) {}

// TypedKey goes to the run above or below.
func (t *ForkTree) TypedKey(e *fyne.KeyEvent) {
	row := slices.Index(t.order, t.selected)
	switch {
	case e.Name == fyne.KeyUp && row > 0:
		t.pick(t.order[row-1])
	case e.Name == fyne.KeyDown && row < len(t.order)-1:
		t.pick(t.order[row+1])
	case e.Name != fyne.KeyUp && e.Name != fyne.KeyDown && t.OnKey != nil:
		t.OnKey(e)
	}
}

// last is the step at the right end.
func (t *ForkTree) last() int {
	last := 1
	for _, n := range t.nodes {
		last = max(last, n.Steps, n.To)
	}
	return last
}

// x is where a step is drawn.
func (t *ForkTree) x(step int) float32 {
	return forkLeft + (t.Size().Width-forkLeft-forkRight)*float32(step)/float32(t.last())
}

// pictureSize is as large as whole device pixels a pixel of the picture let it be.
func (t *ForkTree) pictureSize(m *image.RGBA) fyne.Size {
	if m == nil {
		return fyne.Size{}
	}
	scale := float32(1)
	if c := fyne.CurrentApp().Driver().CanvasForObject(t); c != nil {
		scale = c.Scale()
	}
	w, h := float32(m.Rect.Dx()), float32(m.Rect.Dy())
	zoom := float32(wholeZoom(float64(forkPicture * scale / max(w, h))))
	return fyne.NewSize(w*zoom/scale, h*zoom/scale)
}

// CreateRenderer implements fyne.Widget.
func (t *ForkTree) CreateRenderer() fyne.WidgetRenderer {
	r := &forkTreeRenderer{t}
	r.Refresh()
	return r
}

type forkTreeRenderer struct{ tree *ForkTree }

func (r *forkTreeRenderer) MinSize() fyne.Size {
	return fyne.NewSize(220, float32(len(r.tree.rows))*forkRowHeight+forkAxis)
}

func (r *forkTreeRenderer) Layout(size fyne.Size) {
	t := r.tree
	rowOf := make([]int, len(t.nodes))
	for row, i := range t.order {
		rowOf[i] = row
	}
	middle := func(row int) float32 { return float32(row)*forkRowHeight + 32 }
	t.back.Hide()
	t.cursor.Hide()
	for row, i := range t.order {
		n, o := t.nodes[i], t.rows[row]
		y, from, to, end := middle(row), t.x(n.From), t.x(n.To), t.x(max(n.Steps, n.To))
		o.whole.Move(fyne.NewPos(from, y-forkBar/2))
		o.whole.Resize(fyne.NewSize(max(2, end-from), forkBar))
		o.done.Move(fyne.NewPos(from, y-forkBar/2))
		o.done.Resize(fyne.NewSize(max(2, to-from), forkBar))
		m := o.title.MinSize()
		title := from + 6
		if room := size.Width - forkRight - m.Width; title > room { // left of the branch, where it does not fit right of it
			title = max(0, min(room, from-6-m.Width))
		}
		o.title.Move(fyne.NewPos(title, y-forkBar/2-m.Height-3))
		o.title.Resize(m)
		side := t.pictureSize(n.Picture)
		o.picture.Move(fyne.NewPos(max(end, title+m.Width)+8, y-forkPicture/2-8+(forkPicture-side.Height)/2))
		o.picture.Resize(side)
		if o.branch.Hidden = n.Parent < 0 || n.Parent >= len(rowOf); !o.branch.Hidden {
			o.branch.Position1, o.branch.Position2 = fyne.NewPos(from+1, middle(rowOf[n.Parent])), fyne.NewPos(from+1, y)
		}
		if i != t.selected {
			continue
		}
		t.back.Move(fyne.NewPos(0, float32(row)*forkRowHeight))
		t.back.Resize(fyne.NewSize(size.Width, forkRowHeight))
		t.back.Show()
		if t.step >= n.From {
			at := t.x(min(t.step, max(n.Steps, n.To)))
			t.cursor.Position1, t.cursor.Position2 = fyne.NewPos(at, y-9), fyne.NewPos(at, y+9)
			t.cursor.Show()
		}
	}
	bottom := float32(len(t.order))*forkRowHeight + 2
	for k, text := range t.ticks {
		text.Hidden = len(t.order) == 0
		m := text.MinSize()
		x := forkLeft + (size.Width-forkLeft-forkRight)*float32(k)/2
		text.Move(fyne.NewPos(max(0, x-m.Width/2), bottom))
		text.Resize(m)
	}
}

func (r *forkTreeRenderer) Refresh() {
	t := r.tree
	th, variant := t.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	small, low := th.Size(theme.SizeNameCaptionText), th.Color(theme.ColorNamePlaceHolder, variant)
	t.back.FillColor, t.back.CornerRadius = colorOf(t, ColorPanel), th.Size(theme.SizeNameInputRadius)
	t.back.StrokeWidth = 0
	if t.focused {
		t.back.StrokeWidth, t.back.StrokeColor = 1.5, th.Color(theme.ColorNamePrimary, variant)
	}
	t.cursor.StrokeColor, t.cursor.StrokeWidth = colorOf(t, ColorCursor), 2
	for row, i := range t.order {
		n, o := t.nodes[i], t.rows[row]
		o.title.Text, o.title.TextSize, o.title.Color = n.Title, small, low
		line := colorOf(t, ColorCurve)
		if i == t.selected {
			line = colorOf(t, ColorCurveSelected)
			o.title.Color = th.Color(theme.ColorNameForeground, variant)
		}
		o.whole.FillColor, o.done.FillColor = colorOf(t, ColorPlotGrid), line
		o.whole.CornerRadius, o.done.CornerRadius = forkBar/2, forkBar/2
		o.branch.StrokeColor, o.branch.StrokeWidth = colorOf(t, ColorCurve), 1.5
		o.picture.Hidden = n.Picture == nil
		if n.Picture != nil && o.picture.Image != image.Image(n.Picture) {
			o.picture.Image = n.Picture
			o.picture.Refresh()
		}
	}
	for k, text := range t.ticks {
		text.Text, text.TextSize, text.Color = strconv.Itoa(t.last()*k/2), small, low
	}
	r.Layout(t.Size())
	canvas.Refresh(t)
}

func (r *forkTreeRenderer) Objects() []fyne.CanvasObject {
	t := r.tree
	objects := []fyne.CanvasObject{t.back}
	for _, o := range t.rows {
		objects = append(objects, o.branch)
	}
	for _, o := range t.rows {
		objects = append(objects, o.whole, o.done, o.title, o.picture)
	}
	objects = append(objects, t.cursor)
	for _, text := range t.ticks {
		objects = append(objects, text)
	}
	return objects
}

func (r *forkTreeRenderer) Destroy() {}
