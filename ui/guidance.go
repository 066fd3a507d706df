package ui

import (
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// guidanceCurve says how strong guidance is on each noise level: a choice of shapes, and
// a bar a level, from the noisiest on the left.
type guidanceCurve struct {
	m      *mixer
	h      *session
	shape  *ttwidget.Select
	levels *widgets.Levels
	reset  *ttwidget.Button
	box    fyne.CanvasObject
}

// guidanceMost is the largest factor of the guidance on a level.
const guidanceMost = 2

// shapes are the schedules that have a name, as people read them and as the studio does.
// The middle is the middle half of the levels.
func (g *guidanceCurve) shapes() (names []string, factors [][]float64) {
	model := g.h.opened.Model
	add := func(name, text string) {
		if f, err := studio.GuidanceSchedule(model, text); err == nil {
			names, factors = append(names, name), append(factors, f)
		}
	}
	add(tr("Constant"), studio.ScheduleConstant)
	add(tr("Rising to the clean end"), studio.ScheduleRising)
	add(tr("Falling to the clean end"), studio.ScheduleFalling)
	if n := len(model.Levels); n > 2 {
		number := func(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) }
		add(tr("In the middle only"), number(model.Levels[n-1-n/4]-0.01)+".."+number(model.Levels[n/4]+0.01))
	}
	return names, factors
}

func newGuidanceCurve(m *mixer, h *session) *guidanceCurve {
	g := &guidanceCurve{m: m, h: h}
	var captions []string
	for _, v := range slices.Backward(h.opened.Model.Levels) {
		captions = append(captions, strconv.FormatFloat(v, 'f', 1, 64))
	}
	g.levels = widgets.NewLevels(guidanceMost, captions)
	g.levels.SetToolTip(tr("The factor of the guidance w on each noise level, from the noisiest to the cleanest, with its log-SNR below; the line is 1. Drag a bar, or choose one by left and right and change it by up and down."))
	g.levels.OnKey = m.w.typedKey
	g.levels.OnChanged = func(values []float64) { slices.Reverse(values); g.turn(values) }
	g.levels.OnChangeEnded = g.ended
	names, factors := g.shapes()
	g.shape = ttwidget.NewSelect(names, func(name string) {
		if i := slices.Index(names, name); i >= 0 && !m.w.controls.filling {
			g.turn(slices.Clone(factors[i]))
			g.ended()
		}
	})
	g.shape.PlaceHolder = tr("By hand")
	g.shape.SetToolTip(tr("How strong guidance is from noise level to noise level (Eq. 11 with a w of its own on each)"))
	g.reset = ttwidget.NewButtonWithIcon("", theme.ContentUndoIcon(), func() { g.turn(slices.Clone(factors[0])); g.ended() })
	g.reset.Importance = widget.LowImportance
	g.reset.SetToolTip(tr("Back to the same on all levels"))
	title := ttwidget.NewLabel(tr("Over the levels"))
	title.SetToolTip(g.shape.ToolTip())
	head := container.New(&sideMargin{left: -7}, container.NewBorder(nil, nil, title, g.reset, g.shape))
	g.box = container.NewVBox(head, g.levels)
	g.show()
	return g
}

// turn makes factors, the cleanest level first, the recipe's.
func (g *guidanceCurve) turn(factors []float64) {
	if g.m.w.now != g.h {
		return
	}
	var err error
	g.m.w.controls.turn(func(r *studio.Recipe) { err = r.SetGuidance(g.h.opened.Model, factors) })
	if err != nil {
		g.m.w.showError(tr("The guidance cannot be turned"), err)
		return
	}
	g.show()
	g.m.turned()
}

// ended notes what was turned, and draws the chains anew.
func (g *guidanceCurve) ended() {
	g.h.note()
	g.m.settled()
}

// show shows the recipe's factors.
func (g *guidanceCurve) show() {
	now := g.h.recipe.Guidance(g.h.opened.Model)
	bars := slices.Clone(now)
	slices.Reverse(bars)
	g.levels.SetValues(bars)
	names, factors := g.shapes()
	i := slices.IndexFunc(factors, func(f []float64) bool { return slices.Equal(f, now) })
	c := g.m.w.controls
	filling := c.filling
	c.filling = true
	if i < 0 {
		g.shape.ClearSelected()
	} else {
		g.shape.SetSelected(names[i])
	}
	c.filling = filling
	enable(g.reset, i != 0)
}
