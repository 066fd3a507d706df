package ui

import (
	"slices"

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
	s.text.SetToolTip(tr("What the sliders say, as an expression: AND adds energies up, OR takes their soft minimum, NOT pushes away, a number before a class is its weight"))
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
	s.box.Hidden = h == nil || len(h.names()) == 0
	s.asked = nil
	if s.box.Hidden {
		return
	}
	s.build(h, s.read(h))
	s.write(h)
}

// build makes the rows: sliders for attributes, and for classes where there are
// several or a weight that is not 1.
func (s *classes) build(h *session, weights map[int]float64) {
	m, names := h.opened.Model, h.names()
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
		s.choice.Options = append(s.choice.Options, names[i])
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
			s.rows.Add(s.weighted(names[i], i, weights[i]))
		}
	}
	s.c.filling = filling
	s.rows.Refresh()
}

// free are the numbers of all classes.
func (s *classes) free() []int {
	n := len(s.c.w.now.names())
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
	if h := s.c.w.now; h != nil && !s.c.filling {
		h.note()
	}
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
	if i := slices.Index(h.names(), s.choice.Selected); i >= 0 && s.choice.SelectedIndex() > 0 {
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
	for i, label := range h.names() {
		if s.knobs[label] == nil && slices.Contains(s.choice.Options, label) && (s.mixing || !slices.Contains(s.asked, i)) {
			items = append(items, fyne.NewMenuItem(label, func() { s.addClass(i) }))
		}
	}
	if s.mixing && studio.HasConcepts(h.opened.Model) {
		items = append(items, fyne.NewMenuItem(tr("From a picture…"), s.c.w.chooseExample))
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
