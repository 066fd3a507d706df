package widgets

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"
)

// KnobSpec is a number a person may turn.
type KnobSpec struct {
	Title, Help, Unit string
	Min, Max, Default float64
	Log, Integer      bool
	Step              float64 // between two places of the slider; 0: a thousandth of the range
}

// sliderSteps is the number of places a slider has.
const sliderSteps = 1000

// Knob is a row for one number: title, entry, reset button and a slider below; for a
// whole number from 0 to 1 a switch. The reset button is enabled while the value is not the default. An entry that
// is no number in the range says so and leaves the value as it was.
type Knob struct {
	widget.BaseWidget
	// OnChanged is called with every new value; OnChangeEnded once the slider is let
	// go, or after an entry or a reset.
	OnChanged, OnChangeEnded func(v float64)

	Slider *Slider
	Entry  *Entry
	Reset  *ttwidget.Button
	Switch *ttwidget.Check // in place of slider and entry for a number that is 0 or 1

	spec    KnobSpec
	value   float64
	title   *ttwidget.Label
	unit    *canvas.Text
	problem *canvas.Text
	typing  bool // the entry is the source of the change
}

// NewKnob returns a row at the default value; a range with 0 in its middle has a slider
// that is filled from 0. resetTip is the reset button's
// tooltip.
func NewKnob(spec KnobSpec, resetTip string) *Knob {
	k := &Knob{spec: spec, value: spec.Default, unit: canvas.NewText(spec.Unit, nil), problem: canvas.NewText("", nil)}
	k.title = ttwidget.NewLabel(spec.Title)
	k.title.Truncation = fyne.TextTruncateEllipsis
	k.title.SetToolTip(spec.Help)
	k.Slider = NewSlider(0, sliderSteps, 1)
	if n := spec.Max - spec.Min; spec.Integer && !spec.Log && n <= sliderSteps {
		k.Slider.Max = n
	}
	if spec.Step > 0 {
		k.Slider.Max = math.Round((spec.Max - spec.Min) / spec.Step)
	}
	if spec.Min < 0 && spec.Min == -spec.Max && !spec.Log {
		k.Slider.SetOrigin(k.placeOf(0))
	}
	k.Slider.SetToolTip(spec.Help)
	k.Slider.OnChanged = func(p float64) { k.set(k.valueAt(p), true) }
	k.Slider.OnChangeEnded = func(float64) { k.ended() }
	k.Entry = NewEntry()
	k.Entry.SetToolTip(spec.Help)
	k.Entry.OnChanged = k.typed
	k.Entry.OnLeave = k.leave
	k.Entry.OnSubmitted = func(string) { k.leave(); unfocus(k.Entry) }
	k.Reset = ttwidget.NewButtonWithIcon("", theme.ContentUndoIcon(), func() { k.set(k.spec.Default, true); k.show(); k.ended() })
	k.Reset.Importance = widget.LowImportance
	k.Reset.SetToolTip(resetTip + " (" + FormatNumber(spec.Default, spec.Integer) + ")")
	k.Switch = ttwidget.NewCheck("", func(on bool) { k.switched(on) })
	k.Switch.SetToolTip(spec.Help)
	k.Switch.Hidden = !spec.isSwitch()
	k.Slider.Hidden, k.Entry.Hidden = spec.isSwitch(), spec.isSwitch()
	k.problem.TextSize = theme.CaptionTextSize()
	k.ExtendBaseWidget(k)
	k.show()
	return k
}

// isSwitch reports whether the number is but on or off.
func (s KnobSpec) isSwitch() bool { return s.Integer && s.Min == 0 && s.Max == 1 }

func (k *Knob) switched(on bool) {
	v := 0.0
	if on {
		v = 1
	}
	if v != k.value {
		k.set(v, true)
		k.ended()
	}
}

// SetDefault changes the value that Reset goes back to.
func (k *Knob) SetDefault(v float64) {
	k.spec.Default = v
	k.updateReset()
}

// Value is the number now.
func (k *Knob) Value() float64 { return k.value }

// Changed reports whether the value is not the default.
func (k *Knob) Changed() bool { return k.value != k.spec.Default }

// Problem is what is wrong with the text in the entry, empty where it is fine.
func (k *Knob) Problem() string { return k.problem.Text }

// SetValue shows a value without telling OnChanged.
func (k *Knob) SetValue(v float64) {
	k.set(v, false)
	k.show()
}

// set takes a value, shows it everywhere but where it comes from and tells the
// owner.
func (k *Knob) set(v float64, tell bool) {
	v = math.Max(k.spec.Min, math.Min(k.spec.Max, v))
	if k.spec.Integer {
		v = math.Round(v)
	}
	changed := v != k.value
	k.value = v
	if !k.typing {
		k.say("")
		k.Entry.Put(FormatNumber(v, k.spec.Integer))
	}
	k.updateReset()
	if changed && tell && k.OnChanged != nil {
		k.OnChanged(v)
	}
}

// show puts the value into the slider too.
func (k *Knob) show() {
	k.Slider.Put(k.placeOf(k.value))
	if on := k.value != 0; k.Switch.Checked != on {
		k.Switch.Checked = on // SetChecked would tell OnChanged
		k.Switch.Refresh()
	}
	if !k.typing {
		k.say("")
		k.Entry.Put(FormatNumber(k.value, k.spec.Integer))
	}
	k.updateReset()
}

func (k *Knob) ended() {
	if k.OnChangeEnded != nil {
		k.OnChangeEnded(k.value)
	}
}

func (k *Knob) updateReset() {
	if k.Changed() {
		k.Reset.Enable()
		k.title.TextStyle.Bold = true
	} else {
		k.Reset.Disable()
		k.title.TextStyle.Bold = false
	}
	k.title.Refresh()
}

// typed takes what a person types as soon as it is a number in the range.
func (k *Knob) typed(text string) {
	v, err := k.parse(text)
	if err != nil {
		k.say(err.Error())
		return
	}
	k.say("")
	k.typing = true
	k.set(v, true)
	k.show()
	k.typing = false
	k.ended()
}

// leave puts the value back into an entry that holds no number.
func (k *Knob) leave() { k.show() }

func (k *Knob) parse(text string) (float64, error) {
	lo, hi := FormatNumber(k.spec.Min, k.spec.Integer), FormatNumber(k.spec.Max, k.spec.Integer)
	v, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(text), ",", "."), 64)
	switch {
	case err != nil || math.IsNaN(v):
		return 0, fmt.Errorf("want a number, %s to %s", lo, hi)
	case v < k.spec.Min || v > k.spec.Max:
		return 0, fmt.Errorf("want %s to %s", lo, hi)
	case k.spec.Integer && v != math.Trunc(v):
		return 0, fmt.Errorf("want a whole number")
	}
	return v, nil
}

func (k *Knob) say(problem string) {
	if k.problem.Text == problem {
		return
	}
	k.problem.Text = problem
	k.Refresh()
}

// valueAt is the value of a place on the slider; a logarithmic knob that starts
// at 0 keeps the first place for 0.
func (k *Knob) valueAt(place float64) float64 {
	s, t := k.spec, place/k.Slider.Max
	if s.Step > 0 {
		return tidy(s.Min+math.Round(place)*s.Step, s.Step)
	}
	if !s.Log {
		return tidy(s.Min+t*(s.Max-s.Min), (s.Max-s.Min)/10) // a thousandth of the range
	}
	if t <= 0 {
		return s.Min
	}
	lo, hi := math.Log(k.logMin()), math.Log(s.Max)
	v := math.Exp(lo + t*(hi-lo))
	return tidy(v, v)
}

func (k *Knob) placeOf(v float64) float64 {
	s := k.spec
	if !s.Log {
		return (v - s.Min) / (s.Max - s.Min) * k.Slider.Max
	}
	if v <= k.logMin() {
		return 0
	}
	lo, hi := math.Log(k.logMin()), math.Log(s.Max)
	return (math.Log(v) - lo) / (hi - lo) * k.Slider.Max
}

// logMin is the smallest value above 0 of a logarithmic slider.
func (k *Knob) logMin() float64 {
	if k.spec.Min > 0 {
		return k.spec.Min
	}
	return k.spec.Max * 1e-6
}

// tidy rounds to three significant digits of size, which is what a slider can
// be set to.
func tidy(v, size float64) float64 {
	if size == 0 || v == 0 {
		return v
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(size)))-2)
	if unit < 1 { // dividing by the whole inverse keeps 0.07 from becoming 0.07000000000000001
		inverse := math.Round(1 / unit)
		return math.Round(v*inverse) / inverse
	}
	return math.Round(v/unit) * unit
}

// FormatNumber writes a knob's value as a person would.
func FormatNumber(v float64, integer bool) string {
	if integer {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	if a := math.Abs(v); a != 0 && (a < 1e-4 || a >= 1e7) {
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// CreateRenderer implements fyne.Widget.
func (k *Knob) CreateRenderer() fyne.WidgetRenderer {
	r := &knobRenderer{k}
	r.style()
	return r
}

type knobRenderer struct{ knob *Knob }

const knobEntryWidth = 78

func (r *knobRenderer) MinSize() fyne.Size {
	k := r.knob
	h := k.Entry.MinSize().Height
	if !k.spec.isSwitch() {
		h += k.Slider.MinSize().Height - 8
	}
	if k.problem.Text != "" {
		h += k.problem.MinSize().Height
	}
	return fyne.NewSize(200, h)
}

func (r *knobRenderer) Layout(size fyne.Size) {
	k := r.knob
	top := k.Entry.MinSize().Height
	reset := k.Reset.MinSize().Width
	x := size.Width - reset
	k.Reset.Move(fyne.NewPos(x, 0))
	k.Reset.Resize(fyne.NewSize(reset, top))
	if k.spec.isSwitch() {
		width := k.Switch.MinSize().Width
		x -= width
		k.Switch.Move(fyne.NewPos(x, 0))
		k.Switch.Resize(fyne.NewSize(width, top))
	} else {
		x -= knobEntryWidth + 2
	}
	k.Entry.Move(fyne.NewPos(x, 0))
	k.Entry.Resize(fyne.NewSize(knobEntryWidth, top))
	if k.unit.Text != "" {
		u := k.unit.MinSize()
		x -= u.Width + 4
		k.unit.Move(fyne.NewPos(x, (top-u.Height)/2))
		k.unit.Resize(u)
	}
	left := -k.Theme().Size(theme.SizeNameInnerPadding) // a label's own margin would indent it
	k.title.Move(fyne.NewPos(left, (top-k.title.MinSize().Height)/2))
	k.title.Resize(fyne.NewSize(x-left, k.title.MinSize().Height))
	h := k.Slider.MinSize().Height
	k.Slider.Move(fyne.NewPos(left, top-4))
	k.Slider.Resize(fyne.NewSize(size.Width-2*left, h))
	k.problem.Move(fyne.NewPos(0, top+h-8))
	k.problem.Resize(k.problem.MinSize())
}

func (r *knobRenderer) style() {
	k := r.knob
	th, variant := k.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	k.unit.Color, k.unit.TextSize = th.Color(theme.ColorNamePlaceHolder, variant), th.Size(theme.SizeNameCaptionText)
	k.problem.Color, k.problem.TextSize = th.Color(theme.ColorNameError, variant), th.Size(theme.SizeNameCaptionText)
	k.problem.Hidden = k.problem.Text == ""
}

func (r *knobRenderer) Refresh() {
	r.style()
	r.Layout(r.knob.Size())
	canvas.Refresh(r.knob)
}

func (r *knobRenderer) Objects() []fyne.CanvasObject {
	k := r.knob
	return []fyne.CanvasObject{k.title, k.unit, k.Slider, k.Entry, k.Switch, k.Reset, k.problem}
}

func (r *knobRenderer) Destroy() {}
