package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// tensorTable lists the tensors of a checkpoint with shape and statistics, which
// are computed off the UI goroutine when the table is first looked at. Below it stands
// the histogram of the one chosen.
type tensorTable struct {
	w      *Window
	table  *widget.Table
	filter *widgets.Entry
	note   *widget.Label
	values *histogram
	box    fyne.CanvasObject
	shown  []studio.TensorInfo // what the filter lets through
}

func newTensorTable(w *Window) *tensorTable {
	t := &tensorTable{w: w, filter: widgets.NewEntry(), note: widget.NewLabel(""), values: newHistogram(w)}
	t.filter.SetPlaceHolder(tr("Filter by name, such as stages.2 or conv"))
	t.filter.SetToolTip(tr("Only tensors whose name holds this text"))
	t.filter.OnChanged = func(string) { t.apply() }
	t.note.Importance = widget.LowImportance
	t.table = newTable(tensorColumns, []float32{196, 98, 56, 62, 64, 64, 70, 140}, func() int { return len(t.shown) }, t.cell)
	t.table.OnSelected = t.choose
	top := container.NewBorder(nil, nil, nil, t.note, t.filter)
	split := container.NewVSplit(widgets.NewPanel(widgets.ColorPanel, 10, container.NewBorder(top, nil, nil, nil, t.table)), widgets.NewPanel(widgets.ColorPanel, 8, t.values.box))
	split.Offset = 0.66
	t.box = split
	return t
}

// newTable is a table with a header row of titles; cell fills a label, given plain, of a
// row that there is.
func newTable(titles func() []string, widths []float32, rows func() int, cell func(widget.TableCellID, *widget.Label)) *widget.Table {
	t := widget.NewTableWithHeaders(
		func() (int, int) { return rows(), len(widths) },
		func() fyne.CanvasObject {
			l := widget.NewLabel("")
			l.Truncation = fyne.TextTruncateEllipsis
			return l
		},
		func(id widget.TableCellID, o fyne.CanvasObject) {
			if id.Row < 0 || id.Row >= rows() {
				return
			}
			l := o.(*widget.Label)
			l.Alignment, l.Importance, l.SizeName = fyne.TextAlignLeading, widget.MediumImportance, theme.SizeNameCaptionText
			cell(id, l)
		})
	t.ShowHeaderColumn = false
	t.UpdateHeader = func(id widget.TableCellID, o fyne.CanvasObject) {
		l := o.(*widget.Label)
		if id.Col >= 0 {
			l.SetText(titles()[id.Col])
		}
	}
	for i, width := range widths {
		t.SetColumnWidth(i, width)
	}
	return t
}

func tensorColumns() []string {
	return []string{tr("Name"), tr("Shape"), tr("Type"), tr("Least"), tr("Greatest"), tr("Mean"), tr("Deviation"), tr("Remark")}
}

// show computes the statistics of the present model once and shows them.
func (t *tensorTable) show() {
	h := t.w.now
	t.shown = nil
	if t.values.of != h {
		t.values.show(h, "")
	}
	switch {
	case h == nil:
		t.note.SetText(tr("Open a model to see its tensors"))
	case h.tensors != nil:
		t.apply()
		return
	default:
		t.note.SetText(tr("Reading the tensors…"))
		t.w.background(func() func() {
			all := h.opened.Tensors()
			return func() {
				h.tensors = all
				if t.w.now == h {
					t.apply()
				}
			}
		})
	}
	t.table.Refresh()
}

func (t *tensorTable) apply() {
	h := t.w.now
	if h == nil || h.tensors == nil {
		return
	}
	t.shown = t.shown[:0:0]
	numbers := 0
	for _, x := range h.tensors {
		if strings.Contains(strings.ToLower(x.Name), strings.ToLower(strings.TrimSpace(t.filter.Text))) {
			t.shown = append(t.shown, x)
			numbers += product(x.Shape)
		}
	}
	t.note.SetText(trf("%d of %d tensors, %s numbers", len(t.shown), len(h.tensors), grouped(numbers)))
	t.table.UnselectAll()
	t.table.Refresh()
	if t.values.name == "" && len(t.shown) > 0 {
		first := max(0, slices.IndexFunc(t.shown, func(x studio.TensorInfo) bool { return product(x.Shape) >= worthAHistogram }))
		t.values.show(h, t.shown[first].Name)
		t.table.Refresh()
	}
}

// worthAHistogram is the number of values from which a tensor is shown unasked.
const worthAHistogram = 500

// choose shows the histogram of a row's tensor.
func (t *tensorTable) choose(id widget.TableCellID) {
	if id.Row >= 0 && id.Row < len(t.shown) && t.w.now != nil {
		t.values.show(t.w.now, t.shown[id.Row].Name)
		t.table.Refresh() // its name is marked
	}
}

func (t *tensorTable) cell(id widget.TableCellID, l *widget.Label) {
	x := t.shown[id.Row]
	text := ""
	switch id.Col {
	case 0:
		text = middle(x.Name, 31)
		if x.Name == t.values.name {
			l.Importance = widget.HighImportance
		}
	case 1:
		text = shapeText(x.Shape)
	case 2:
		text = x.DType
	case 7:
		l.Importance = widget.WarningImportance
		switch {
		case x.Err != nil:
			text = x.Err.Error()
		case x.NotFinite > 0:
			text = trf("%d not finite", x.NotFinite)
		}
	default:
		l.Alignment = fyne.TextAlignTrailing
		if x.Err == nil {
			text = number2([]float64{x.Min, x.Max, x.Mean, x.Std}[id.Col-3])
		}
	}
	l.SetText(text)
}

// middle shortens a text to n characters by leaving out its middle: a tensor's
// name tells most at its end.
func middle(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	head := n / 3
	return string(r[:head]) + "…" + string(r[len(r)-(n-head-1):])
}

func shapeText(shape []int) string {
	if len(shape) == 0 {
		return tr("one number")
	}
	parts := make([]string, len(shape))
	for i, n := range shape {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, " × ")
}

func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// faultError words a panic.
func faultError(p any) error { return fmt.Errorf("%v", p) }
