package ui

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// mixer is the right side of the window while concepts are composed: a signed weight a
// term, the same as an expression, guidance, and what every term says of the chains.
// The chains follow a slider while it is dragged, as a draft; once it is let go they
// are drawn anew from their seed.
type mixer struct {
	w       *Window
	classes *classes
	add     *ttwidget.Button
	model   *ttwidget.Button
	either  *widget.RadioGroup
	follow  *ttwidget.Check
	ledger  *ledgerPanel
	knobs   *fyne.Container // guidance and what else belongs to a composition
	none    *widget.Label   // for models without concepts
	work    *fyne.Container
	box     fyne.CanvasObject

	drafted time.Time // when the newest draft was begun
	waiting bool      // a draft is to be begun as soon as it may
	moves   int       // of sliders, so that a move takes back what waits for the last one
}

// draftGap is the least time between two drafts.
const draftGap = 120 * time.Millisecond

func newMixer(w *Window) *mixer {
	m := &mixer{w: w, classes: newClasses(w.controls), knobs: container.NewVBox()}
	m.classes.mixing = true
	m.classes.choose.Hide()
	m.classes.turned, m.classes.settled = m.turned, m.settled
	m.add = ttwidget.NewButtonWithIcon(tr("Concept"), theme.ContentAddIcon(), nil)
	m.add.OnTapped = func() { m.classes.addMenuBelow(m.add) }
	m.add.SetToolTip(tr("Mix another concept in; or click one on the left"))
	m.model = ttwidget.NewButtonWithIcon(tr("Model"), theme.ContentAddIcon(), func() { m.modelMenu() })
	m.model.SetToolTip(tr("Mix another open model in, of the same picture size: the energies add up, each with a weight (a product of experts)"))
	m.either = widget.NewRadioGroup([]string{tr("all of them (AND)"), tr("any of them (OR)")}, func(name string) { m.classes.setEither(name == tr("any of them (OR)")) })
	m.either.Horizontal, m.either.Required = true, true
	m.follow = ttwidget.NewCheck(tr("Follow"), nil)
	m.follow.Checked = true
	m.follow.SetToolTip(tr("The chains follow a slider while it is dragged (a draft), and are drawn anew from their seed when it is let go"))
	m.ledger = newLedgerPanel(w)
	title := widget.NewLabelWithStyle(tr("Mixer"), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	head := container.NewVBox(container.NewBorder(nil, nil, title, m.follow), widgets.NewBeside(m.add, m.model), m.either)
	m.none = widget.NewLabel(tr("This model knows no classes and no attributes, so there is nothing to compose. Open one that does, such as a bundled model of faces or garments."))
	m.none.Wrapping, m.none.Importance = fyne.TextWrapWord, widget.LowImportance
	m.work = container.NewVBox(m.classes.box, m.ledger.box, m.knobs)
	m.box = container.NewBorder(head, nil, nil, nil, container.NewVScroll(container.New(&sideMargin{left: 7, right: 12}, container.NewVBox(m.none, m.work))))
	return m
}

// show fills the mixer from the session looked at.
func (m *mixer) show() {
	h := m.w.now
	able := h != nil && h.draws() && len(h.names()) > 0
	m.none.Hidden, m.work.Hidden = able, !able
	enable(m.add, able || h != nil && studio.HasConcepts(h.opened.Model))
	enable(m.model, h != nil && h.draws())
	m.either.Hidden = !able
	if !able {
		if h == nil {
			m.none.SetText(tr("Open a model with classes or attributes to compose them."))
		}
		return
	}
	m.classes.show(h)
	m.showEither(h)
	m.showKnobs(h)
	m.ledger.show(h)
}

// showEither shows whether all or any of the terms are wanted.
func (m *mixer) showEither(h *session) {
	filling := m.w.controls.filling
	m.w.controls.filling = true
	m.either.SetSelected(m.either.Options[0])
	if m.classes.either {
		m.either.SetSelected(m.either.Options[1])
	}
	m.w.controls.filling = filling
}

// composing are the knobs that say how conditions go together.
func composing(name string) bool {
	return slices.Contains([]string{"guidance", "product", "together", "initializer", "beta"}, name)
}

func (m *mixer) showKnobs(h *session) {
	m.knobs.RemoveAll()
	specs, err := h.opened.Knobs(h.recipe.Sampler)
	if err != nil {
		m.knobs.Add(widget.NewLabel(err.Error()))
		return
	}
	for _, s := range specs {
		if !composing(s.Name) {
			continue
		}
		if len(m.knobs.Objects) == 0 {
			m.knobs.Add(widget.NewSeparator())
		}
		k := m.w.controls.newKnob(h, s)
		change := k.OnChanged
		k.OnChanged = func(v float64) { change(v); m.turned() }
		k.OnChangeEnded = func(float64) { h.note(); m.settled() }
		m.knobs.Add(k)
		if s.Name == "guidance" && studio.Schedulable(h.opened.Model) {
			m.knobs.Add(newGuidanceCurve(m, h).box)
		}
	}
}

// turned follows a slider that is being dragged: the chains go on from where they are,
// under the new weights.
func (m *mixer) turned() {
	m.moves++
	h := m.w.now
	if h != nil {
		m.showEither(h)
	}
	if h == nil || !m.follow.Checked || h.walking() || h.job == nil || m.w.controls.invalid() != "" {
		return
	}
	if wait := draftGap - time.Since(m.drafted); wait > 0 {
		if !m.waiting {
			m.waiting = true
			time.AfterFunc(wait, func() {
				m.w.do(func() {
					if m.waiting {
						m.waiting = false
						m.turned()
					}
				})
			})
		}
		return
	}
	m.drafted = time.Now()
	from := h.job
	if _, ok := from.Recording().Last(); !ok || h.opened.Check(h.recipe) != nil {
		return // nothing to go on from, or weights that a run will refuse in words
	}
	m.w.replace(h, func() (*studio.Job, error) { return m.w.studio.Draft(h.opened, h.recipe, from, m.w.feed.poke) }, replaced{draft: true})
}

// settled draws the chains anew once a slider is let go and stays where it is for a
// moment: a number that is being typed is one gesture.
func (m *mixer) settled() {
	m.waiting = false
	m.moves++
	move := m.moves
	time.AfterFunc(draftGap, func() {
		m.w.do(func() {
			if m.moves == move {
				m.settle()
			}
		})
	})
}

func (m *mixer) settle() {
	h := m.w.now
	if h == nil || !m.follow.Checked || h.job == nil || m.w.controls.invalid() != "" || !h.draft && !h.edited() {
		return
	}
	h.note() // what was typed; what a slider did is noted already
	m.w.runNow(h)
}

// balance weighs the terms of a mixture so that their gradients are as long as the
// first one's, over all chains; signs stay.
func (m *mixer) balance() {
	h, p := m.w.now, m.ledger
	if h == nil || !p.have || p.of != h.job || !h.opened.Model.Experts {
		return
	}
	pull := map[int]float64{} // of weight 1, by term
	for _, r := range p.last.Rows {
		if r.Term < 0 || r.Part != "" || r.Weight == 0 {
			continue
		}
		for _, g := range r.Gradient {
			pull[r.Term] += float64(g) / math.Abs(r.Weight)
		}
	}
	terms := studio.Recipe{Terms: h.job.Recipe().Terms}.Clone().Terms
	for i := range terms {
		if g := pull[i]; i > 0 && g > 0 && pull[0] > 0 {
			w := math.Abs(terms[0].Weight) * pull[0] / g
			terms[i].Weight = math.Copysign(min(maxWeight, tidyWeight(w)), terms[i].Weight)
		}
	}
	if m.classes.ask(h, terms) {
		m.classes.show(h)
		m.turned()
		m.classes.let()
	}
}

// tidyWeight rounds to two digits.
func tidyWeight(w float64) float64 {
	v, err := strconv.ParseFloat(strconv.FormatFloat(w, 'g', 2, 64), 64)
	if err != nil {
		return w
	}
	return v
}

// ledgerPanel shows what every term says of the chains' newest pictures.
type ledgerPanel struct {
	w     *Window
	table *widgets.Ledger
	note  *widget.Label
	even  *ttwidget.Button
	box   *fyne.Container

	of   *studio.Job // whose pictures the ledger is of
	step int
	busy bool
	last studio.Ledger
	have bool
}

func newLedgerPanel(w *Window) *ledgerPanel {
	p := &ledgerPanel{w: w, note: widget.NewLabel("")}
	p.table = widgets.NewLedger(widgets.LedgerTexts{Energy: tr("energy"), Gradient: tr("|gradient|"), Cosine: tr("Do they pull the same way?")})
	p.table.SetToolTip(tr("What each term adds to the energy of the selected chain, and how hard it pulls. Below: the cosine between the pulls of two terms, 1 where they agree, -1 where they undo each other."))
	p.note.Wrapping, p.note.SizeName, p.note.Importance = fyne.TextWrapWord, theme.SizeNameCaptionText, widget.LowImportance
	title := widget.NewLabelWithStyle(tr("Ledger"), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	p.even = ttwidget.NewButton(tr("Balance"), func() { p.w.mixer.balance() })
	p.even.Importance = widget.LowImportance
	p.even.SetToolTip(tr("Weigh the models so that all pull as hard as the first: energies of different models are of different size"))
	p.box = container.NewVBox(container.NewBorder(nil, nil, container.New(&sideMargin{left: -7}, title), p.even), p.table, container.New(&sideMargin{left: -7}, p.note))
	return p
}

// show shows the ledger of the session's run, or says how to come by one.
func (p *ledgerPanel) show(h *session) {
	p.even.Hidden = !h.opened.Model.Experts
	enable(p.even, p.have && p.of == h.job)
	if p.of != h.job || !p.have {
		p.have = false
		p.table.SetRows(nil, nil)
		p.say(tr("Once chains have run, every term's energy and pull stand here."))
	}
	p.ask(h)
}

func (p *ledgerPanel) say(text string) {
	if p.note.Text != text {
		p.note.SetText(text)
	}
	setVisible(p.note, text != "")
}

// ask computes the ledger of the newest pictures in the background, one at a time.
func (p *ledgerPanel) ask(h *session) {
	if p.busy || h.job == nil || h.walking() {
		return
	}
	x, ok := h.job.Recording().Last()
	step := h.progress.Step
	if !ok || p.have && p.of == h.job && p.step == step {
		return
	}
	p.busy = true
	job, recipe := h.job, h.job.Recipe()
	p.w.background(func() func() {
		l, err := p.w.studio.Ledger(p.w.ctx, h.opened, recipe, x)
		return func() {
			p.busy = false
			switch {
			case errors.Is(err, context.Canceled):
			case err != nil:
				p.say(trf("The ledger could not be made: %s", err.Error()))
			case p.w.now == h && h.job == job:
				p.of, p.step, p.last, p.have = job, step, l, true
				p.fill(h)
			}
			if p.w.now == h && p.w.tasks.now == taskCompose && (h.job != job || h.progress.Step != step) {
				p.ask(h) // the chains have gone on meanwhile
			}
		}
	})
}

// fill shows the ledger of the selected chain.
func (p *ledgerPanel) fill(h *session) {
	if !p.have || p.of != h.job {
		return
	}
	i := h.selected
	var rows []widgets.LedgerRow
	for _, r := range p.last.Rows {
		name := r.Name
		if r.Part != "" {
			name = r.Part
		}
		rows = append(rows, widgets.LedgerRow{
			Name: name, Part: r.Part != "", Total: r.Term < 0,
			Energy: valueAt(r.Energy, i), Gradient: valueAt(r.Gradient, i),
		})
	}
	var cosine [][]float64
	for _, line := range p.last.Cosine {
		var values []float64
		for _, c := range line {
			values = append(values, valueAt(c, i))
		}
		cosine = append(cosine, values)
	}
	p.table.SetRows(rows, cosine)
	enable(p.even, true)
	p.say(trf("of chain %d, after %d steps", i+1, p.step))
}
