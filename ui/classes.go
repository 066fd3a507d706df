package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// maxWeight is the largest weight of a class on a slider, either way.
const maxWeight = 3

// classes are the part of the controls that says what the pictures are to show: a
// slider for each attribute (left is off, right is on, 0 leaves it open), a choice of
// one class, or a slider with a signed weight for each of several; and the same as
// an expression.
type classes struct {
	c       *controls
	choice  *ttwidget.Select
	add     *ttwidget.Button
	choose  *fyne.Container
	rows    *fyne.Container
	knobs   map[string]*widgets.Knob // by what they are about
	text    *widgets.Entry
	problem *widget.Label
	box     *fyne.Container
	asked   []int  // the classes that have a slider, as they were added
	bad     string // why the text cannot be read, empty where it can
	// mixing makes every class that is asked for a slider. turned is told of every
	// change while it is made, settled once a slider is let go.
	mixing, either  bool // either: any of what is asked for will do
	turned, settled func()
}

func newClasses(c *controls) *classes {
	s := &classes{c: c, rows: container.NewVBox(), knobs: map[string]*widgets.Knob{}, text: widgets.NewEntry()}
	s.choice = ttwidget.NewSelect(nil, func(string) { s.pick() })
	s.choice.SetToolTip(tr("Which class the energy is bound to. \"Any\" is the marginal energy E(x); a class asks for E(x | class)."))
	s.add = ttwidget.NewButtonWithIcon("", theme.ContentAddIcon(), s.addMenu)
	s.add.SetToolTip(tr("Ask for another class besides, with a weight of its own"))
	s.choose = container.NewBorder(nil, nil, widget.NewLabel(tr("Class")), s.add, s.choice)
	s.text.SetPlaceHolder(tr("such as: A AND NOT B"))
	s.text.OnChanged = s.typed
	s.text.OnLeave = s.leave
	s.text.OnSubmitted = func(string) { c.w.win.Canvas().Unfocus(); s.let() }
	s.problem = widget.NewLabel("")
	s.problem.Importance, s.problem.SizeName, s.problem.Wrapping = widget.DangerImportance, theme.SizeNameCaptionText, fyne.TextWrapWord
	s.problem.Hide()
	expression := container.NewBorder(nil, nil, widget.NewLabel(tr("Ask for")), nil, s.text)
	s.box = container.NewVBox(container.New(&sideMargin{left: -7}, container.NewVBox(s.choose, expression, s.problem)), s.rows, widget.NewSeparator())
	return s
}

// show fills the sliders and the text from a session's recipe; nil, and a model
// without classes, hide them.
func (s *classes) show(h *session) {
	s.box.Hidden = h == nil || len(h.opened.Model.Labels) == 0
	s.asked = nil
	if s.box.Hidden {
		return
	}
	s.build(h, s.read(h))
	s.write(h)
}

// read takes the classes and weights out of a recipe's terms: a sum of them, or one
// disjunction of single ones.
func (s *classes) read(h *session) map[int]float64 {
	terms := h.recipe.Terms
	s.either = len(terms) == 1 && len(terms[0].Any) > 0
	if s.either {
		var single []studio.Term
		for _, alternative := range terms[0].Any {
			rest := slices.DeleteFunc(slices.Clone(alternative), func(t studio.Term) bool { return len(t.Labels)+len(t.Latents)+len(t.Any) == 0 })
			if len(rest) != 1 {
				s.asked = nil
				return map[int]float64{}
			}
			single = append(single, rest[0])
		}
		terms = single
	}
	weights, alone := weightsOf(terms)
	s.asked = nil
	for _, t := range terms {
		if alone && len(t.Labels) == 1 {
			s.asked = append(s.asked, t.Labels[0])
		}
	}
	return weights
}

// build makes the rows: sliders for attributes, and for classes where there are
// several or a weight that is not 1.
func (s *classes) build(h *session, weights map[int]float64) {
	m := h.opened.Model
	s.rows.RemoveAll()
	s.knobs = map[string]*widgets.Knob{}
	paired := map[int]bool{}
	for _, pair := range m.Attributes {
		paired[pair[0]], paired[pair[1]] = true, true
		s.rows.Add(s.attribute(m.Labels, pair, max(0, weights[pair[0]])-max(0, weights[pair[1]])))
	}
	free := slices.DeleteFunc(s.free(), func(i int) bool { return paired[i] })
	s.choose.Hidden = s.mixing || len(free) == 0
	asked := slices.DeleteFunc(slices.Clone(s.asked), func(i int) bool { return paired[i] })
	s.choice.PlaceHolder = tr("several")
	s.choice.Options = []string{tr("Any")}
	for _, i := range free {
		s.choice.Options = append(s.choice.Options, m.Labels[i])
	}
	filling := s.c.filling
	s.c.filling = true
	switch single := len(asked) == 1 && weights[asked[0]] == 1; {
	case !s.mixing && len(asked) == 0 && len(h.recipe.Terms) == 0:
		s.choice.SetSelectedIndex(0)
	case !s.mixing && single && len(m.Attributes) == 0:
		s.choice.SetSelectedIndex(1 + slices.Index(free, asked[0]))
	default:
		s.choice.ClearSelected()
		for _, i := range asked {
			s.rows.Add(s.weighted(m.Labels[i], i, weights[i]))
		}
	}
	s.c.filling = filling
	s.rows.Refresh()
}

// free are the numbers of all classes.
func (s *classes) free() []int {
	n := len(s.c.w.now.opened.Model.Labels)
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func (s *classes) attribute(labels []string, pair [2]int, weight float64) fyne.CanvasObject {
	k := widgets.NewKnob(widgets.KnobSpec{
		Title: capital(labels[pair[0]]), Min: -maxWeight, Max: maxWeight, Step: 0.05,
		Help: trf("Right asks for %q, left for %q, 0 leaves it open. 1 either way is the paper's product (Eq. 13); more insists.", labels[pair[0]], labels[pair[1]]),
	}, tr("Leave it open"))
	k.SetValue(weight)
	s.wire(k)
	s.knobs[labels[pair[0]]] = k
	return k
}

// weighted is a class with a signed weight and a button that takes it away.
func (s *classes) weighted(label string, i int, weight float64) fyne.CanvasObject {
	k := widgets.NewKnob(widgets.KnobSpec{
		Title: s.title(label), Min: -maxWeight, Max: maxWeight, Default: 1, Step: 0.05,
		Help: trf("How much %q is asked for; below 0 it is pushed away.", label),
	}, tr("Back to the default"))
	k.SetValue(weight)
	s.wire(k)
	s.knobs[label] = k
	remove := ttwidget.NewButtonWithIcon("", theme.CancelIcon(), func() {
		s.asked = slices.DeleteFunc(s.asked, func(other int) bool { return other == i })
		delete(s.knobs, label)
		s.take(true)
	})
	remove.Importance = widget.LowImportance
	remove.SetToolTip(tr("Ask for this class no more"))
	return container.NewBorder(nil, nil, nil, container.NewVBox(remove), k)
}

// title is a class as a slider names it; names of models stay as they are.
func (s *classes) title(label string) string {
	if s.c.w.now.opened.Model.Experts {
		return label
	}
	return capital(label)
}

func (s *classes) wire(k *widgets.Knob) {
	k.Slider.OnKey = s.c.w.typedKey
	k.OnChanged = func(float64) { s.take(false) }
	k.OnChangeEnded = func(float64) { s.let() }
}

// let tells that a slider was let go, or what is as final as that.
func (s *classes) let() {
	if s.settled != nil && !s.c.filling {
		s.settled()
	}
}

// take puts what the sliders say into the recipe; rebuild makes the rows anew.
func (s *classes) take(rebuild bool) {
	h := s.c.w.now
	if h == nil || s.c.filling {
		return
	}
	if !s.ask(h, s.conditions(h)) {
		return
	}
	if rebuild {
		s.build(h, s.read(h))
	}
	s.write(h)
	if s.turned != nil {
		s.turned()
	}
	if rebuild {
		s.let()
	}
}

// ask makes conditions the recipe's, all of them or any of them; false where that
// cannot be, which is said.
func (s *classes) ask(h *session, conditions []studio.Term) bool {
	next := h.recipe
	next.Expression, next.Terms = "", composed(h.opened, conditions)
	if s.mixing && s.either && len(conditions) > 1 {
		text, err := orText(h.opened.Model.Labels, conditions)
		if err == nil {
			err = next.Ask(h.opened.Model, text)
		}
		if err != nil {
			s.say(err.Error())
			return false
		}
	}
	s.c.turn(func(r *studio.Recipe) { r.Expression, r.Terms = next.Expression, next.Terms })
	return true
}

// orText is the expression that asks for any of the conditions.
func orText(labels []string, conditions []studio.Term) (string, error) {
	var all []string
	for _, t := range conditions {
		text, err := studio.WriteExpression(labels, []studio.Term{t})
		if err != nil {
			return "", err
		}
		all = append(all, text)
	}
	return strings.Join(all, " OR "), nil
}

// setEither makes what is asked for alternatives, or wants all of it together.
func (s *classes) setEither(on bool) {
	h := s.c.w.now
	if s.c.filling || h == nil || s.either == on {
		return
	}
	conditions := s.conditions(h)
	s.either = on
	if s.ask(h, conditions) {
		s.write(h)
		s.let()
	}
}

// composed is studio.Composed, but nothing for no condition.
func composed(o *studio.Opened, conditions []studio.Term) []studio.Term {
	if len(conditions) == 0 {
		return nil
	}
	return studio.Composed(o.Model, conditions)
}

// conditions are what the sliders ask for.
func (s *classes) conditions(h *session) (all []studio.Term) {
	m := h.opened.Model
	ask := func(i int, weight float64) {
		if weight != 0 {
			all = append(all, studio.Term{Weight: weight, Name: m.Labels[i], Labels: []int{i}})
		}
	}
	for _, pair := range m.Attributes {
		switch v := s.knobs[m.Labels[pair[0]]].Value(); {
		case v > 0:
			ask(pair[0], v)
		case v < 0:
			ask(pair[1], -v)
		default: // a class that is pushed away was written, no slider says that
			weights, _ := weightsOf(h.recipe.Terms)
			ask(pair[0], min(0, weights[pair[0]]))
			ask(pair[1], min(0, weights[pair[1]]))
		}
	}
	for _, i := range s.asked {
		if slices.ContainsFunc(m.Attributes, func(p [2]int) bool { return p[0] == i || p[1] == i }) {
			continue
		}
		weight := 1.0
		if k := s.knobs[m.Labels[i]]; k != nil {
			weight = k.Value()
		}
		ask(i, weight)
	}
	return all
}

// pick asks for one class alone.
func (s *classes) pick() {
	h := s.c.w.now
	if s.c.filling || h == nil {
		return
	}
	s.asked = nil
	for name := range s.knobs {
		if !slices.ContainsFunc(h.opened.Model.Attributes, func(p [2]int) bool { return h.opened.Model.Labels[p[0]] == name }) {
			delete(s.knobs, name)
		}
	}
	if i := slices.Index(h.opened.Model.Labels, s.choice.Selected); i >= 0 && s.choice.SelectedIndex() > 0 {
		s.asked = []int{i}
	}
	s.take(true)
}

// addMenu offers the classes that have no slider yet.
func (s *classes) addMenu() { s.addMenuBelow(s.add) }

func (s *classes) addMenuBelow(below fyne.CanvasObject) {
	h := s.c.w.now
	if h == nil {
		return
	}
	var items []*fyne.MenuItem
	for i, label := range h.opened.Model.Labels {
		if s.knobs[label] == nil && slices.Contains(s.choice.Options, label) && (s.mixing || !slices.Contains(s.asked, i)) {
			items = append(items, fyne.NewMenuItem(label, func() { s.addClass(i) }))
		}
	}
	if len(items) == 0 {
		return
	}
	at := s.c.w.app.Driver().AbsolutePositionForObject(below).AddXY(0, below.Size().Height)
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), s.c.w.win.Canvas(), at)
}

func (s *classes) addClass(i int) {
	s.asked = append(s.asked, i)
	s.take(true)
}

// typed takes an expression as soon as it can be read.
func (s *classes) typed(text string) {
	h := s.c.w.now
	if h == nil || s.c.filling {
		return
	}
	asked := h.recipe
	if err := asked.Ask(h.opened.Model, text); err != nil {
		s.say(err.Error())
		return
	}
	s.say("")
	s.c.turn(func(r *studio.Recipe) { r.Expression, r.Terms = asked.Expression, asked.Terms })
	s.build(h, s.read(h))
	if s.turned != nil {
		s.turned()
	}
}

// mix asks for a class besides what is asked for; of an attribute, in the place of its
// other class.
func (s *classes) mix(i int) {
	h := s.c.w.now
	if h == nil {
		return
	}
	m := h.opened.Model
	instead := []int{i}
	for _, pair := range m.Attributes {
		if slices.Contains(pair[:], i) {
			instead = pair[:]
		}
	}
	conditions := slices.DeleteFunc(s.conditions(h), func(t studio.Term) bool { return slices.Contains(instead, firstOf(t.Labels)) })
	conditions = append(conditions, studio.Term{Weight: 1, Name: m.Labels[i], Labels: []int{i}})
	if !s.ask(h, conditions) {
		return
	}
	s.show(h)
	if s.turned != nil {
		s.turned()
	}
	s.let()
}

// leave puts the recipe's text back into an entry that cannot be read.
func (s *classes) leave() {
	if h := s.c.w.now; h != nil && s.bad != "" {
		s.write(h)
	}
}

// write shows the recipe's conditions as an expression.
func (s *classes) write(h *session) {
	s.say("")
	text := h.recipe.Expression
	if text == "" {
		conditions := slices.DeleteFunc(slices.Clone(h.recipe.Terms), func(t studio.Term) bool {
			return len(t.Labels)+len(t.Latents)+len(t.Any) == 0
		})
		var err error
		if text, err = studio.WriteExpression(h.opened.Model.Labels, conditions); err != nil {
			s.text.Put("")
			s.tell(tr("This recipe asks for more than classes with weights; it is kept until you change a slider."), widget.MediumImportance)
			return
		}
	}
	s.text.Put(text)
}

// say shows why the text cannot be read; empty where it can.
func (s *classes) say(bad string) {
	s.bad = bad
	s.tell(bad, widget.DangerImportance)
}

func (s *classes) tell(text string, importance widget.Importance) {
	if s.problem.Text == text && s.problem.Importance == importance {
		return
	}
	s.problem.Importance = importance
	s.problem.SetText(text)
	s.problem.Hidden = text == ""
	s.box.Refresh()
}

// weightsOf is the weight of each class in terms; alone says that the terms are
// nothing but classes, each once.
func weightsOf(terms []studio.Term) (weights map[int]float64, alone bool) {
	weights, alone = map[int]float64{}, true
	for _, t := range terms {
		switch _, again := weights[firstOf(t.Labels)]; {
		case len(t.Labels)+len(t.Latents)+len(t.Any) == 0:
		case len(t.Labels) == 1 && len(t.Latents) == 0 && len(t.Any) == 0 && !again:
			weights[t.Labels[0]] = t.Weight
		default:
			alone = false
		}
	}
	return weights, alone
}

func firstOf(labels []int) int {
	if len(labels) == 0 {
		return -1
	}
	return labels[0]
}
