package ui

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/sampling"
	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// maxChains is the largest number of chains a person can ask for in the window.
const maxChains = 256

// controls are the right side of the window: what the next start runs.
type controls struct {
	w       *Window
	sampler *ttwidget.Select
	chains  *widgets.Knob
	many    fyne.CanvasObject // chains with its margin
	seed    *widgets.Entry
	next    *ttwidget.Select // the seed of the next start: see seedRules
	dice    *ttwidget.Button
	problem *widget.Label
	knobs   map[string]*widgets.Knob
	all     *ttwidget.Button // resets every knob
	grid    *ttwidget.Button // opens the grid of the recipe
	list    *fyne.Container  // the sampler's knobs
	levels  *widget.Accordion
	classes *classes
	given   *givenPictures
	anchors *anchors
	box     fyne.CanvasObject
	filling bool // values are put in by the program, not by a person
}

func newControls(w *Window) *controls {
	c := &controls{w: w, knobs: map[string]*widgets.Knob{}, list: container.NewVBox()}
	c.sampler = ttwidget.NewSelect(nil, func(string) { c.turn(func(r *studio.Recipe) { c.setSampler(r) }) })
	c.sampler.PlaceHolder = " "
	c.sampler.SetToolTip(tr("How a chain moves. The model's own sampler is the one its paper describes. Preconditioned Langevin scales each pixel's step by 1/mean(gradient²). MALA and HMC accept or refuse each step so that the chain follows p(x) = exp(-E(x))/Z exactly. Diffusive Gibbs adds noise and walks down again, which leads from mode to mode. Descent walks downhill without noise to the nearest mode."))
	c.classes = newClasses(c)
	c.given = newGivenPictures(w)
	c.anchors = newAnchors(w)
	c.chains = widgets.NewKnob(widgets.KnobSpec{
		Title: tr("Chains"), Min: 1, Max: maxChains, Default: 16, Integer: true, Log: true,
		Help: tr("How many pictures are drawn side by side. A picture depends on the seed and its number alone: more chains never change the ones you have."),
	}, tr("Back to the default"))
	c.wire(c.chains, func(r *studio.Recipe, v float64) { r.Chains = int(v) })
	c.seed = widgets.NewEntry()
	c.seed.SetPlaceHolder(tr("a whole number"))
	c.seed.SetToolTip(tr("Where all randomness comes from: the noise of a picture at a step depends on the seed, its number and the step alone. 0 to 18446744073709551615"))
	c.seed.OnChanged = c.typedSeed
	c.seed.OnLeave = func() { c.showSeed() }
	c.seed.OnSubmitted = func(string) { w.win.Canvas().Unfocus() }
	c.next = ttwidget.NewSelect([]string{seedKept: tr("keep"), seedDrawn: tr("new"), seedCounted: tr("+1")}, c.choseNext)
	c.next.PlaceHolder = " "
	c.next.SetToolTip(tr("The seed of the next start with nothing changed. Keep: the same seed and settings give the same pictures. New: one that is drawn. +1: the next number. After a change the seed stays, so that you see what the change does."))
	c.dice = ttwidget.NewButtonWithIcon("", theme.ViewRefreshIcon(), c.roll)
	c.dice.SetToolTip(tr("Draw a new seed now"))
	c.problem = widget.NewLabel("")
	c.problem.Importance, c.problem.SizeName = widget.DangerImportance, theme.SizeNameCaptionText
	c.problem.Hide()
	c.all = ttwidget.NewButtonWithIcon(tr("Reset all"), theme.ContentUndoIcon(), c.resetAll)
	c.all.Importance = widget.LowImportance
	c.all.SetToolTip(tr("Every knob back to its default"))
	c.grid = ttwidget.NewButtonWithIcon(tr("Grid…"), theme.GridIcon(), w.showGrid)
	c.grid.Importance = widget.LowImportance
	c.grid.SetToolTip(tr("A table of pictures: this recipe with one thing changed along each edge (Ctrl+T)"))
	c.layout()
	c.show(nil)
	return c
}

func (c *controls) layout() {
	title := func(text string) *widget.Label {
		return widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	}
	seed := container.NewBorder(nil, nil, widget.NewLabel(tr("Seed")), container.NewHBox(c.dice, wide(78, c.next)), c.seed)
	head := container.NewBorder(nil, nil, title(tr("Sampler")), container.New(layout.NewCustomPaddedHBoxLayout(-4), c.grid, c.all))
	pad := func(o fyne.CanvasObject) fyne.CanvasObject {
		return container.New(&sideMargin{left: 7, right: 4}, o)
	}
	c.many = pad(c.chains)
	top := container.NewVBox(head, pad(c.sampler), seed, c.problem, c.many, widget.NewSeparator())
	below := container.NewVBox(c.anchors.box, c.classes.box, c.given.box, c.list)
	c.box = container.NewBorder(top, nil, nil, nil, container.NewVScroll(container.New(&sideMargin{left: 7, right: 12}, below)))
}

// samplerNames are the samplers as people read them, in the order of
// studio.Samplers.
func samplerNames() map[string]string {
	return map[string]string{
		studio.SamplerFamily:  tr("The model's own (Langevin)"),
		studio.SamplerMALA:    tr("Metropolis-adjusted Langevin"),
		studio.SamplerHMC:     tr("Hamiltonian Monte Carlo"),
		studio.SamplerDescent: tr("Descent without noise"),

		studio.SamplerPreconditioned: tr("Preconditioned Langevin"),
		studio.SamplerGibbs:          tr("Diffusive Gibbs"),
	}
}

// turn applies what a person did to the session's recipe.
func (c *controls) turn(change func(*studio.Recipe)) {
	if c.filling || c.w.now == nil {
		return
	}
	change(&c.w.now.recipe)
	c.showChanged()
	c.w.showRun()
}

func (c *controls) wire(k *widgets.Knob, set func(*studio.Recipe, float64)) {
	k.Slider.OnKey = c.w.typedKey
	k.OnChanged = func(v float64) { c.turn(func(r *studio.Recipe) { set(r, v) }) }
}

// show fills the controls from a session; nil disables them.
func (c *controls) show(h *session) {
	c.filling = true
	defer func() { c.filling = false }()
	c.list.RemoveAll()
	c.knobs = map[string]*widgets.Knob{}
	enabled := h != nil && h.draws()
	for _, d := range []fyne.Disableable{c.sampler, c.seed, c.next, c.dice} {
		if enabled {
			d.Enable()
		} else {
			d.Disable()
		}
	}
	c.anchors.show(h)
	enable(c.grid, enabled && !h.walking() && !h.opened.Plane())
	setVisible(c.many, enabled && !h.walking())
	c.chains.Hidden = !enabled
	if !enabled {
		c.classes.show(nil)
		c.given.show(nil)
		c.showChanged()
		return
	}
	names := samplerNames()
	c.sampler.Options = nil
	for _, s := range studio.Samplers() {
		c.sampler.Options = append(c.sampler.Options, names[s])
	}
	c.sampler.SetSelected(names[h.recipe.Sampler])
	if h.walking() {
		c.classes.box.Hide()
		c.given.box.Hide()
	} else {
		c.classes.show(h)
		c.given.show(h)
	}
	c.chains.SetDefault(float64(defaultRecipe(h.opened).Chains))
	c.chains.SetValue(float64(h.recipe.Chains))
	c.showNext()
	c.showSeed()
	c.showKnobs(h)
	c.showChanged()
}

// setSampler takes the chosen sampler and keeps the settings that it knows.
func (c *controls) setSampler(r *studio.Recipe) {
	i := c.sampler.SelectedIndex()
	if i < 0 || studio.Samplers()[i] == r.Sampler {
		return
	}
	r.Sampler = studio.Samplers()[i]
	specs, _ := c.w.now.opened.Knobs(r.Sampler) // an unknown sampler has none
	maps.DeleteFunc(r.Settings, func(name string, v float64) bool {
		return !slices.ContainsFunc(specs, func(k sampling.Knob) bool { return k.Name == name && v >= k.Min && v <= k.Max })
	})
	c.show(c.w.now)
	c.w.win.Canvas().Unfocus()
}

// What becomes of the seed at the next start with nothing changed, as places of the choice.
const (
	seedKept = iota
	seedDrawn
	seedCounted
)

func (c *controls) choseNext(string) {
	if c.w.now == nil || c.filling {
		return
	}
	rule := c.next.SelectedIndex()
	c.w.now.locked = rule == seedKept
	if rule != seedKept {
		c.w.app.Preferences().SetBool(countSeedsKey, rule == seedCounted)
	}
	c.w.win.Canvas().Unfocus() // the keys are the window's again
}

func (c *controls) showNext() {
	was := c.filling
	c.filling = true
	defer func() { c.filling = was }()
	switch {
	case c.w.now.locked:
		c.next.SetSelectedIndex(seedKept)
	case c.w.app.Preferences().Bool(countSeedsKey):
		c.next.SetSelectedIndex(seedCounted)
	default:
		c.next.SetSelectedIndex(seedDrawn)
	}
}

func (c *controls) typedSeed(text string) {
	if c.w.now == nil || c.filling {
		return
	}
	v, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
	if err != nil {
		c.problem.SetText(tr("want a whole number, 0 to 18446744073709551615"))
		c.problem.Show()
		return
	}
	c.problem.Hide()
	c.w.now.locked = true // a typed seed is meant to be used
	c.showNext()
	c.turn(func(r *studio.Recipe) { r.Seed = v })
}

func (c *controls) showSeed() {
	if c.w.now != nil {
		c.seed.Put(strconv.FormatUint(c.w.now.recipe.Seed, 10))
	}
	c.problem.Hide()
}

func (c *controls) roll() {
	c.turn(func(r *studio.Recipe) { r.Seed = randomSeed() })
	c.showSeed()
}

func (c *controls) resetAll() {
	if c.w.now == nil {
		return
	}
	c.turn(func(r *studio.Recipe) {
		d := defaultRecipe(c.w.now.opened)
		r.Settings, r.Chains = nil, d.Chains
	})
	c.show(c.w.now)
	c.w.showRun()
}

func (c *controls) showChanged() {
	changed := c.w.now != nil && (len(c.w.now.recipe.Settings) > 0 || c.chains.Changed())
	switch {
	case changed && c.all.Disabled():
		c.all.Enable()
	case !changed && !c.all.Disabled():
		c.all.Disable()
	}
}

// invalid is what is wrong with an entry, empty where all can be run.
func (c *controls) invalid() string {
	if c.problem.Visible() {
		return c.problem.Text
	}
	asked := c.classes
	if c.w.tasks != nil && c.w.tasks.now == taskCompose {
		asked = c.w.mixer.classes
	}
	for _, all := range []map[string]*widgets.Knob{c.knobs, asked.knobs} {
		for _, k := range all {
			if k.Problem() != "" {
				return k.Problem()
			}
		}
	}
	if asked.bad != "" {
		return asked.bad
	}
	return c.chains.Problem()
}

// sideMargin keeps its content away from the left and right.
type sideMargin struct{ left, right float32 }

func (m *sideMargin) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		size = size.Max(o.MinSize())
	}
	return size.AddWidthHeight(m.left+m.right, 0)
}

func (m *sideMargin) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(m.left, 0))
		o.Resize(size.SubtractWidthHeight(m.left+m.right, 0))
	}
}
