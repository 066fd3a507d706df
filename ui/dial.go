package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/ui/widgets"
)

// dial is a slider in one line with its name and its value.
type dial struct {
	slider *widgets.Slider
	value  *widget.Label
	text   func(float64) string
	box    *fyne.Container
}

func newDial(w *Window, name, tip string, lo, hi, step float64, text func(float64) string) *dial {
	d := &dial{slider: widgets.NewSlider(lo, hi, step), value: widget.NewLabel(""), text: text}
	d.slider.SetToolTip(tip)
	d.slider.OnKey = w.typedKey
	label := ttwidget.NewLabel(name)
	label.SizeName, label.Importance = theme.SizeNameCaptionText, widget.LowImportance
	label.SetToolTip(tip)
	d.value.SizeName, d.value.Alignment = theme.SizeNameCaptionText, fyne.TextAlignTrailing
	d.box = container.NewBorder(nil, nil, wide(66, label), wide(46, d.value), d.slider)
	d.say()
	return d
}

// put shows a value.
func (d *dial) put(v float64) {
	if d.slider.Value != v {
		d.slider.Put(v)
	}
	d.say()
}

// enable keeps a dial that means nothing to a tool in its place.
func (d *dial) enable(on bool) {
	if on && d.slider.Disabled() {
		d.slider.Enable()
	} else if !on && !d.slider.Disabled() {
		d.slider.Disable()
	}
}

func (d *dial) say() {
	if text := d.text(d.slider.Value); d.value.Text != text {
		d.value.SetText(text)
	}
}
