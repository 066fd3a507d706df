package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"
)

// Job is a line of a JobList.
type Job struct {
	ID          int
	Title, Text string
	Importance  widget.Importance // of the text
	Done        float64           // 0 to 1; negative: it has no bar
	Turn        fyne.Resource     // the icon of its first button; nil: it has none
	TurnTip     string
}

// JobListTexts are what a JobList's parts are called, in the person's language.
type JobListTexts struct{ Grip, Remove string }

// JobList is a column of jobs whose order a person changes by dragging their grips, or
// with Shift and the arrow keys. One of them is selected.
type JobList struct {
	widget.BaseWidget
	// OnTurn is told that a job's first button was pressed, OnRemove that it is to go,
	// OnMove the place that it was given.
	OnTurn, OnRemove func(id int)
	OnMove           func(id, to int)
	// OnKey is told of the keys that the list has no use for; may be nil.
	OnKey func(*fyne.KeyEvent)

	texts    JobListTexts
	rows     []*jobRow
	ring     *canvas.Rectangle // around the selected one
	mark     *canvas.Rectangle // where a dragged one would go
	selected int               // ID, 0 for none
	focused  bool
	drag     *jobRow
	dragged  float32 // how far
}

const jobGap = 4

// NewJobList returns an empty list.
func NewJobList(texts JobListTexts) *JobList {
	l := &JobList{texts: texts, ring: canvas.NewRectangle(color.Transparent), mark: canvas.NewRectangle(color.Transparent)}
	l.ring.StrokeWidth, l.ring.CornerRadius = 2, 6
	l.mark.CornerRadius = 1.5
	l.ring.Hide()
	l.mark.Hide()
	l.ExtendBaseWidget(l)
	return l
}

// jobRow is a line with its parts; rows are used again.
type jobRow struct {
	job   Job
	title *ttwidget.Label
	text  *ttwidget.Label
	bar   *widget.ProgressBar
	thin  fyne.CanvasObject
	turn  *ttwidget.Button
	grip  *grip
	panel *Panel
}

func (l *JobList) newRow() *jobRow {
	r := &jobRow{title: ttwidget.NewLabel(""), text: ttwidget.NewLabel(""), bar: widget.NewProgressBar()}
	r.title.Truncation, r.text.Truncation = fyne.TextTruncateEllipsis, fyne.TextTruncateEllipsis
	r.text.SizeName = theme.SizeNameCaptionText
	r.bar.TextFormatter = func() string { return "" }
	r.thin = NewThinBar(r.bar)
	r.turn = ttwidget.NewButtonWithIcon("", nil, func() { l.told(l.OnTurn, r) })
	remove := ttwidget.NewButtonWithIcon("", theme.CancelIcon(), func() { l.told(l.OnRemove, r) })
	remove.SetToolTip(l.texts.Remove)
	r.turn.Importance, remove.Importance = widget.LowImportance, widget.LowImportance
	r.grip = newGrip(l, r)
	words := container.New(jobWords{}, r.title, r.text, r.thin)
	buttons := container.NewCenter(container.NewHBox(r.turn, remove))
	r.panel = NewPanel(ColorStage, 4, container.NewBorder(nil, nil, container.NewCenter(r.grip), buttons, words))
	return r
}

func (l *JobList) told(who func(int), r *jobRow) {
	l.Select(r.job.ID)
	if who != nil {
		who(r.job.ID)
	}
}

// SetJobs shows jobs in their order; what is being dragged stays in the hand.
func (l *JobList) SetJobs(jobs []Job) {
	change := len(jobs) != len(l.rows)
	for len(l.rows) < len(jobs) {
		l.rows = append(l.rows, l.newRow())
	}
	l.rows = l.rows[:len(jobs)]
	there := false
	for i, j := range jobs {
		l.rows[i].show(j)
		there = there || j.ID == l.selected
	}
	if !there {
		l.selected, change = 0, true
	}
	if change {
		l.Refresh()
	}
}

// show changes only what differs, since it is called with every step.
func (r *jobRow) show(j Job) {
	before := r.job
	r.job = j
	if before.Title != j.Title {
		r.title.SetText(j.Title)
		r.title.SetToolTip(j.Title) // they may be too long for the row
	}
	if before.Text != j.Text || before.Importance != j.Importance {
		r.text.Importance = j.Importance
		r.text.SetText(j.Text)
		r.text.SetToolTip(j.Text)
	}
	if r.bar.Value != max(0, j.Done) {
		r.bar.SetValue(max(0, j.Done))
	}
	if hidden := j.Done < 0; r.thin.Visible() == hidden {
		if hidden {
			r.thin.Hide()
		} else {
			r.thin.Show()
		}
	}
	if before.Turn != j.Turn || before.ID == 0 {
		r.turn.SetToolTip(j.TurnTip)
		if r.turn.SetIcon(j.Turn); j.Turn == nil {
			r.turn.Disable()
		} else {
			r.turn.Enable()
		}
	}
}

// Selected is the selected job, 0 where there is none.
func (l *JobList) Selected() int { return l.selected }

// Select selects a job.
func (l *JobList) Select(id int) {
	l.selected = id
	l.Refresh()
}

// index is the place of a job, -1 where it is not there.
func (l *JobList) index(id int) int {
	for i, r := range l.rows {
		if r.job.ID == id {
			return i
		}
	}
	return -1
}

// height is that of a row with the gap below it.
func (l *JobList) height() float32 {
	if len(l.rows) == 0 {
		return 1
	}
	return l.rows[0].panel.MinSize().Height + jobGap
}

// place is where a dragged row would go.
func (l *JobList) place() int {
	from := l.index(l.drag.job.ID)
	by := int(l.dragged/l.height() + 0.5)
	if l.dragged < 0 {
		by = -int(-l.dragged/l.height() + 0.5)
	}
	return min(max(from+by, 0), len(l.rows)-1)
}

func (l *JobList) pull(r *jobRow, by float32) {
	if l.drag == nil {
		l.drag, l.dragged, l.selected = r, 0, r.job.ID
	}
	l.dragged += by
	l.Refresh()
}

func (l *JobList) drop() {
	if l.drag == nil {
		return
	}
	id, to := l.drag.job.ID, l.place()
	moved := to != l.index(id)
	l.drag = nil
	l.Refresh()
	if moved && l.OnMove != nil {
		l.OnMove(id, to)
	}
}

// MouseDown implements desktop.Mouseable: a row is selected at once.
func (l *JobList) MouseDown(e *desktop.MouseEvent) {
	if i := int(e.Position.Y / l.height()); i >= 0 && i < len(l.rows) {
		l.Select(l.rows[i].job.ID)
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(l); c != nil {
		c.Focus(l)
	}
}

// MouseUp implements desktop.Mouseable.
func (l *JobList) MouseUp(*desktop.MouseEvent) {}

// FocusGained implements fyne.Focusable.
func (l *JobList) FocusGained() {
	l.focused = true
	if l.selected == 0 && len(l.rows) > 0 {
		l.selected = l.rows[0].job.ID
	}
	l.Refresh()
}

// FocusLost implements fyne.Focusable.
func (l *JobList) FocusLost() { l.focused = false; l.Refresh() }

// TypedRune implements fyne.Focusable.
func (l *JobList) TypedRune(rune) {}

// TypedKey implements fyne.Focusable: arrows select, with shift they move the job; space
// turns it, Delete removes it.
func (l *JobList) TypedKey(e *fyne.KeyEvent) {
	i := l.index(l.selected)
	step := map[fyne.KeyName]int{fyne.KeyUp: -1, fyne.KeyDown: 1}[e.Name]
	switch {
	case e.Name == fyne.KeyEscape:
		unfocus(l)
	case step != 0 && i+step >= 0 && i+step < len(l.rows):
		if i >= 0 && shifted() && l.OnMove != nil {
			l.OnMove(l.selected, i+step)
			return
		}
		l.Select(l.rows[i+step].job.ID)
	case step != 0:
	case e.Name == fyne.KeySpace && i >= 0 && l.rows[i].job.Turn != nil && l.OnTurn != nil:
		l.OnTurn(l.selected)
	case e.Name == fyne.KeyDelete && i >= 0 && l.OnRemove != nil:
		l.OnRemove(l.selected)
	case l.OnKey != nil:
		l.OnKey(e)
	}
}

func shifted() bool {
	d, ok := fyne.CurrentApp().Driver().(desktop.Driver)
	return ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0
}

// CreateRenderer implements fyne.Widget.
func (l *JobList) CreateRenderer() fyne.WidgetRenderer {
	r := &jobListRenderer{l}
	r.Refresh()
	return r
}

type jobListRenderer struct{ l *JobList }

func (r *jobListRenderer) MinSize() fyne.Size {
	return fyne.NewSize(220, max(0, float32(len(r.l.rows))*r.l.height()-jobGap))
}

func (r *jobListRenderer) Layout(size fyne.Size) {
	l := r.l
	high := l.height()
	l.ring.Hide()
	for i, row := range l.rows {
		y := float32(i) * high
		if row == l.drag {
			y = min(max(y+l.dragged, 0), float32(len(l.rows)-1)*high)
		}
		row.panel.Move(fyne.NewPos(0, y))
		row.panel.Resize(fyne.NewSize(size.Width, high-jobGap))
		if row.job.ID == l.selected && l.selected != 0 && (l.focused || l.drag == row) {
			l.ring.Show()
			l.ring.Move(fyne.NewPos(0, y))
			l.ring.Resize(fyne.NewSize(size.Width, high-jobGap))
		}
	}
	if l.mark.Hidden = l.drag == nil; l.drag != nil {
		to, from := l.place(), l.index(l.drag.job.ID)
		y := float32(to) * high
		if to > from {
			y += high
		}
		l.mark.Hidden = to == from
		l.mark.Move(fyne.NewPos(0, max(0, y-jobGap/2-1.5)))
		l.mark.Resize(fyne.NewSize(size.Width, 3))
	}
}

func (r *jobListRenderer) Refresh() {
	l := r.l
	l.ring.StrokeColor = colorOf(l, theme.ColorNamePrimary)
	l.mark.FillColor = colorOf(l, ColorCurveSelected)
	for _, row := range l.rows {
		row.panel.Refresh()
	}
	r.Layout(l.Size())
	l.ring.Refresh()
	l.mark.Refresh()
	canvas.Refresh(l)
}

// Objects has the dragged row in front.
func (r *jobListRenderer) Objects() (all []fyne.CanvasObject) {
	for _, row := range r.l.rows {
		if row != r.l.drag {
			all = append(all, row.panel)
		}
	}
	all = append(all, r.l.mark)
	if r.l.drag != nil {
		all = append(all, r.l.drag.panel)
	}
	return append(all, r.l.ring)
}

func (r *jobListRenderer) Destroy() {}

// jobWords places title, text and bar close below each other, in the same room whether or
// not there is a bar.
type jobWords struct{}

func (jobWords) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(60, o[0].MinSize().Height+o[1].MinSize().Height-4)
}

func (jobWords) Layout(o []fyne.CanvasObject, size fyne.Size) {
	first := o[0].MinSize().Height
	o[0].Move(fyne.NewPos(0, -4))
	o[0].Resize(fyne.NewSize(size.Width, first))
	o[1].Move(fyne.NewPos(0, first-14))
	o[1].Resize(fyne.NewSize(size.Width, o[1].MinSize().Height))
	o[2].Move(fyne.NewPos(7, size.Height-5))
	o[2].Resize(fyne.NewSize(size.Width-14, 4))
}

// grip is what a row is dragged by.
type grip struct {
	widget.Icon
	ttwidget.ToolTipWidgetExtend
	list *JobList
	row  *jobRow
}

func newGrip(l *JobList, r *jobRow) *grip {
	g := &grip{list: l, row: r}
	g.ExtendToolTipWidget(g)
	g.Icon.ExtendBaseWidget(g)
	g.SetResource(theme.NewThemedResource(theme.MenuIcon()))
	g.SetToolTip(l.texts.Grip)
	return g
}

// Dragged implements fyne.Draggable.
func (g *grip) Dragged(e *fyne.DragEvent) { g.list.pull(g.row, e.Dragged.DY) }

// DragEnd implements fyne.Draggable.
func (g *grip) DragEnd() { g.list.drop() }

// Cursor implements desktop.Cursorable.
func (g *grip) Cursor() desktop.Cursor { return desktop.VResizeCursor }
