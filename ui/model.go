package ui

import (
	"maps"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
)

// modelPanel is the left side of the window: what is open, and what is known
// about the model that is looked at.
type modelPanel struct {
	w       *Window
	list    *fyne.Container
	facts   *fyne.Container
	weights *ttwidget.Select
	known   *concepts
	box     fyne.CanvasObject
	filling bool
}

func newModelPanel(w *Window) *modelPanel {
	p := &modelPanel{w: w, list: container.NewVBox(), facts: container.NewVBox()}
	p.weights = ttwidget.NewSelect(weightNames(), p.pickWeights)
	p.weights.SetToolTip(tr("The averaged weights (EMA) give the better pictures and are what the papers report; the raw ones are those of the last training step."))
	title := widget.NewLabelWithStyle(tr("Models"), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	p.known = newConcepts(w)
	p.box = container.NewBorder(container.NewVBox(title, p.list, widget.NewSeparator(), p.known.box), nil, nil, nil, container.NewVScroll(p.facts))
	p.show(nil)
	return p
}

var weightOptions = []string{"ema", "raw"}

func weightNames() []string { return []string{tr("Averaged (EMA)"), tr("Raw")} }

// show lists the sessions and the facts of the present one.
func (p *modelPanel) show(opening []string) {
	p.list.RemoveAll()
	for _, h := range p.w.sessions {
		b := ttwidget.NewButton(fitted(modelTitle(h.opened), modelNameWidth), func() { p.w.switchTo(h) })
		b.Alignment = widget.ButtonAlignLeading
		b.Importance = widget.LowImportance
		if h == p.w.now {
			b.Importance = widget.HighImportance
		}
		b.SetToolTip(strings.TrimSpace(modelTitle(h.opened) + "\n" + h.opened.Path))
		p.list.Add(b)
	}
	for _, name := range opening {
		l := widget.NewLabel(trf("Opening %s…", name))
		l.Importance, l.Truncation = widget.LowImportance, fyne.TextTruncateEllipsis
		p.list.Add(l)
	}
	if len(p.w.sessions)+len(opening) == 0 {
		l := widget.NewLabel(tr("No model is open."))
		l.Importance = widget.LowImportance
		p.list.Add(l)
	}
	p.known.show()
	p.showFacts()
}

// modelNameWidth is the room for a name in the list of models.
const modelNameWidth = 212

// fitted shortens a bold text to a width, with an ellipsis at its end.
func fitted(text string, width float32) string {
	measure := func(s string) float32 {
		return fyne.MeasureText(s, theme.TextSize(), fyne.TextStyle{Bold: true}).Width
	}
	if measure(text) <= width {
		return text
	}
	letters := []rune(text)
	n := sort.Search(len(letters), func(n int) bool { return measure(string(letters[:n])+"…") > width })
	return strings.TrimSpace(string(letters[:max(n-1, 0)])) + "…"
}

func modelTitle(o *studio.Opened) string {
	name := o.Model.Name
	if o.Path == "" && o.Op == "" { // one that the program carries: by the name that opens it
		name = strings.TrimSuffix(o.Name, filepath.Ext(o.Name))
	}
	if o.Path != "" && !strings.HasPrefix(o.Name, name) {
		name += " · " + o.Name
	}
	if o.Weights == "raw" {
		name += " · " + tr("raw")
	}
	return name
}

func (p *modelPanel) showFacts() {
	p.facts.RemoveAll()
	defer p.facts.Refresh()
	if p.w.now == nil {
		return
	}
	o := p.w.now.opened
	m := o.Model
	grid := container.New(&factLayout{})
	shown := map[string]bool{}
	add := func(name, value string) {
		key := strings.ToLower(name)
		if value == "" || shown[key] {
			return
		}
		shown[key] = true
		k := widget.NewLabel(name)
		k.Wrapping, k.Importance, k.SizeName = fyne.TextWrapWord, widget.LowImportance, theme.SizeNameCaptionText
		v := widget.NewLabel(value)
		v.Wrapping, v.Selectable, v.SizeName = fyne.TextWrapWord, true, theme.SizeNameCaptionText
		grid.Add(k)
		grid.Add(v)
	}
	add(tr("Family"), strings.ToUpper(m.Family))
	size, limits := trf("%d × %d, %s", m.W, m.H, channels(m.C)), tr("Pixel range")
	if o.Plane() {
		size, limits = tr("points of the plane"), tr("Range")
	}
	add(tr("Pictures"), size)
	add(tr("Parameters"), grouped(m.Parameters))
	add(limits, number2(float64(m.Lo))+" … "+number2(float64(m.Hi)))
	if m.LatentSize > 0 {
		add(tr("Latent"), trf("%d numbers", m.LatentSize))
	}
	if !p.w.now.draws() { // what can be asked for stands above
		add(tr("Classes"), strings.Join(m.Labels, ", "))
	}
	if m.TrainedSteps > 0 {
		add(tr("Trained with"), trf("%d Langevin steps", m.TrainedSteps))
	}
	shown[strings.ToLower(tr("Weights"))] = true // chosen above the list
	for _, f := range m.Facts {
		add(said(capital(f.Name)), f.Value)
	}
	if o.File != nil {
		add(tr("Format"), o.File.Format)
		add(tr("File size"), bytesText(o.File.Bytes))
		add(tr("Tensors"), strconv.Itoa(len(o.File.Names)))
	}
	for _, k := range slices.Sorted(maps.Keys(o.Net)) {
		add(k, o.Net[k])
	}
	add(tr("File"), o.Path)
	add("SHA-256", o.SHA256[:min(16, len(o.SHA256))]+"…")
	p.filling = true
	p.weights.SetSelectedIndex(slices.Index(weightOptions, o.Weights))
	p.filling = false
	if o.Path != "" && m.Features == nil { // the network of FID has one set
		p.facts.Add(container.NewBorder(nil, nil, widget.NewLabel(tr("Weights")), nil, p.weights))
	}
	p.facts.Add(grid)
}

// pickWeights opens the same file with its other weights.
func (p *modelPanel) pickWeights(string) {
	i := p.weights.SelectedIndex()
	if p.filling || p.w.now == nil || i < 0 {
		return
	}
	o := p.w.now.opened
	if weightOptions[i] != o.Weights {
		p.w.open(source{path: o.Path, options: studio.Options{Weights: weightOptions[i], Net: o.Net}})
		p.showFacts() // until it is open, the present one is shown
	}
}

// factLayout lays name and value side by side, closer than labels lie by
// themselves. Both wrap.
type factLayout struct{ height float32 }

const factNameWidth, factOverlap = 84, 9

// MinSize implements fyne.Layout.
func (l *factLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(2*factNameWidth, l.height)
}

// Layout implements fyne.Layout.
func (l *factLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y := float32(-factOverlap / 2)
	for i := 0; i+1 < len(objects); i += 2 {
		name, value := objects[i], objects[i+1]
		if !value.Visible() {
			continue
		}
		value.Resize(fyne.NewSize(size.Width-factNameWidth, value.MinSize().Height))
		name.Resize(fyne.NewSize(factNameWidth, name.MinSize().Height))
		h := max(name.MinSize().Height, value.MinSize().Height) // of the texts as they wrap at these widths
		name.Move(fyne.NewPos(0, y))
		name.Resize(fyne.NewSize(factNameWidth, h))
		value.Move(fyne.NewPos(factNameWidth, y))
		value.Resize(fyne.NewSize(size.Width-factNameWidth, h))
		y += h - factOverlap
	}
	l.height = y + factOverlap
}

func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

func channels(c int) string {
	switch c {
	case 1:
		return tr("grey")
	case 3:
		return tr("colour")
	}
	return trf("%d channels", c)
}

// grouped writes 1234567 as 1 234 567.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "\u202f" + text[i:]
	}
	return text
}

func number2(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) }

func bytesText(n int64) string {
	switch {
	case n <= 0:
		return ""
	case n < 1000:
		return trf("%d bytes", n)
	case n < 1_000_000:
		return trf("%.1f kB", float64(n)/1e3)
	}
	return trf("%.1f MB", float64(n)/1e6)
}
