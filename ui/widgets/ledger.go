package widgets

import (
	"image/color"
	"math"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"
)

// LedgerRow is a term, a part of it, or the total.
type LedgerRow struct {
	Name             string
	Part, Total      bool
	Energy, Gradient float64 // NaN where not known
}

// LedgerTexts are the words of a ledger.
type LedgerTexts struct{ Energy, Gradient, Cosine string }

// Ledger shows a line a term: its energy as a bar from the middle, the length of its
// gradient as a bar from the left; and below a square of the cosines between the terms'
// gradients, in colours and numbers.
type Ledger struct {
	ttwidget.ToolTipWidget
	texts  LedgerTexts
	rows   []LedgerRow
	cosine [][]float64
}

// NewLedger returns an empty ledger.
func NewLedger(texts LedgerTexts) *Ledger {
	l := &Ledger{texts: texts}
	l.ExtendBaseWidget(l)
	return l
}

// SetRows shows lines and cosines; the cosines are those of the terms, in their order.
func (l *Ledger) SetRows(rows []LedgerRow, cosine [][]float64) {
	l.rows, l.cosine = rows, cosine
	l.Refresh()
}

// Rows is the number of lines.
func (l *Ledger) Rows() int { return len(l.rows) }

// Measures of a ledger, in units.
const (
	ledgerLine = 19
	ledgerBar  = 3
	ledgerCell = 26
)

// CreateRenderer implements fyne.Widget.
func (l *Ledger) CreateRenderer() fyne.WidgetRenderer {
	r := &ledgerRenderer{ledger: l}
	r.Refresh()
	return r
}

// ledgerRenderer makes its objects anew with every change: there are few, and they
// change a few times a second at most.
type ledgerRenderer struct {
	ledger  *Ledger
	objects []fyne.CanvasObject
}

func (r *ledgerRenderer) MinSize() fyne.Size {
	l := r.ledger
	if len(l.rows) == 0 {
		return fyne.NewSize(200, 0)
	}
	h := float32(len(l.rows)+1) * ledgerLine
	if n := len(l.cosine); n > 1 {
		h += ledgerLine + 8 + float32(n)*(ledgerCell*0.75)
	}
	return fyne.NewSize(200, h)
}

func (r *ledgerRenderer) Layout(fyne.Size) { r.build() }

func (r *ledgerRenderer) Refresh() {
	r.build()
	canvas.Refresh(r.ledger)
}

func (r *ledgerRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *ledgerRenderer) Destroy() {}

func (r *ledgerRenderer) text(s string, x, y, width float32, align fyne.TextAlign, name fyne.ThemeColorName, bold bool) {
	l := r.ledger
	t := canvas.NewText(s, colorOf(l, name))
	t.TextSize, t.TextStyle.Bold, t.Alignment = l.Theme().Size(theme.SizeNameCaptionText), bold, align
	for len(t.Text) > 4 && t.MinSize().Width > width {
		letters := []rune(t.Text)
		t.Text = string(letters[:max(1, len(letters)-2)]) + "…"
	}
	t.Move(fyne.NewPos(x, y))
	t.Resize(fyne.NewSize(width, ledgerLine-ledgerBar))
	r.objects = append(r.objects, t)
}

func (r *ledgerRenderer) rect(x, y, w, h float32, c color.Color) {
	b := canvas.NewRectangle(c)
	b.CornerRadius = min(1.5, h/2)
	b.Move(fyne.NewPos(x, y))
	b.Resize(fyne.NewSize(w, h))
	r.objects = append(r.objects, b)
}

// build lays out lines of three columns: name, energy, gradient.
func (r *ledgerRenderer) build() {
	l := r.ledger
	r.objects = nil
	if len(l.rows) == 0 {
		return
	}
	width := l.Size().Width
	first := width * 0.4
	column := (width - first - 12) / 2
	energyAt, gradientAt := first+4, first+4+column+8
	r.text(l.texts.Energy, energyAt, 0, column, fyne.TextAlignTrailing, theme.ColorNamePlaceHolder, false)
	r.text(l.texts.Gradient, gradientAt, 0, column, fyne.TextAlignTrailing, theme.ColorNamePlaceHolder, false)
	most := func(of func(LedgerRow) float64) (v float64) {
		for _, row := range l.rows {
			if a := math.Abs(of(row)); a > v && !math.IsInf(a, 0) {
				v = a
			}
		}
		return v
	}
	energy, gradient := func(row LedgerRow) float64 { return row.Energy }, func(row LedgerRow) float64 { return row.Gradient }
	mostEnergy, mostGradient := most(energy), most(gradient)
	for i, row := range l.rows {
		y := float32(i+1) * ledgerLine
		name, x := theme.ColorNameForeground, float32(0)
		if row.Part {
			name, x = theme.ColorNamePlaceHolder, 10
		}
		r.text(row.Name, x, y, first-x, fyne.TextAlignLeading, name, row.Total)
		r.text(short(row.Energy), energyAt, y, column, fyne.TextAlignTrailing, name, row.Total)
		r.text(short(row.Gradient), gradientAt, y, column, fyne.TextAlignTrailing, name, row.Total)
		under := y + ledgerLine - ledgerBar - 1
		r.rect(energyAt, under, column, ledgerBar, colorOf(l, ColorPlotGrid))
		r.rect(gradientAt, under, column, ledgerBar, colorOf(l, ColorPlotGrid))
		if share := float32(row.Energy / mostEnergy); share == share {
			half := column / 2
			c := colorOf(l, theme.ColorNamePrimary)
			if share > 0 { // uphill: what the chain pays
				c = colorOf(l, ColorCurveSelected)
			}
			r.rect(energyAt+half+min(0, share)*half, under, max(share, -share)*half, ledgerBar, c)
		}
		if share := float32(row.Gradient / mostGradient); share == share {
			r.rect(gradientAt, under, share*column, ledgerBar, colorOf(l, theme.ColorNamePrimary))
		}
	}
	if len(l.cosine) > 1 {
		r.square(float32(len(l.rows)+1)*ledgerLine+8, width)
	}
}

// square draws the cosines: rows with names, numbered columns.
func (r *ledgerRenderer) square(y, width float32) {
	l := r.ledger
	n := len(l.cosine)
	var names []string
	for _, row := range l.rows {
		if !row.Part && !row.Total {
			names = append(names, row.Name)
		}
	}
	r.text(l.texts.Cosine, 0, y, width, fyne.TextAlignLeading, theme.ColorNamePlaceHolder, false)
	y += ledgerLine
	side := min(ledgerCell, (width*0.6)/float32(n))
	left := width - side*float32(n)
	height := float32(ledgerCell * 0.75)
	for a, line := range l.cosine {
		at := y + float32(a)*height
		if a < len(names) {
			r.text(names[a], 0, at+1, left-4, fyne.TextAlignLeading, theme.ColorNameForeground, false)
		}
		for b, v := range line {
			if b > a { // the square mirrors itself
				continue
			}
			c := theme.ColorNamePrimary
			if v < 0 {
				c = theme.ColorNameError
			}
			r.rect(left+float32(b)*side+1, at+1, side-2, height-2, faded(colorOf(l, c), math.Abs(v)))
			if side >= ledgerCell {
				r.text(cosineText(v), left+float32(b)*side, at+1, side, fyne.TextAlignCenter, theme.ColorNameForeground, false)
			}
		}
	}
}

func cosineText(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	s := strconv.FormatFloat(math.Abs(v), 'f', 1, 64)
	switch s {
	case "0.0":
		return "0"
	case "1.0":
		s = "1"
	default:
		s = s[1:]
	}
	if v < 0 {
		return "−" + s
	}
	return s
}

// faded is a colour at a share of its strength; a NaN has none.
func faded(c color.Color, share float64) color.Color {
	if math.IsNaN(share) {
		share = 0
	}
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = uint8(float64(n.A) * (0.08 + 0.72*min(1, share)))
	return n
}

// short writes a value in few digits, a dash where there is none.
func short(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return "–"
	case a != 0 && (a >= 1e6 || a < 1e-3):
		return strconv.FormatFloat(v, 'e', 1, 64)
	case a >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}
