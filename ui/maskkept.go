package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/ui/widgets"
)

// keptMask is the question above the canvas that is asked once where a mask has stayed
// while the picture below it became another one.
type keptMask struct {
	text   *widget.Label
	box    fyne.CanvasObject
	around *fyne.Container // gives the room back when nothing is asked any more
}

func newKeptMask(v *inpaint) *keptMask {
	k := &keptMask{text: widget.NewLabel("")}
	k.text.Truncation, k.text.Importance = fyne.TextTruncateEllipsis, widget.WarningImportance
	keep := ttwidget.NewButton(tr("Keep"), func() { v.answerKept(false) })
	keep.SetToolTip(tr("Use what was painted on the other picture on this one too"))
	clearing := ttwidget.NewButton(tr("Clear"), func() { v.answerKept(true) })
	clearing.SetToolTip(tr("Take the mask and the temperatures away; Ctrl+Z brings them back"))
	k.box = widgets.NewPanel(widgets.ColorPanel, 2, container.NewBorder(nil, nil, widget.NewIcon(theme.WarningIcon()), container.NewHBox(keep, clearing), k.text))
	k.box.Hide()
	return k
}

// show asks, or asks no more.
func (k *keptMask) show(d *painted) {
	if d.asking {
		k.text.SetText(trf("The mask was painted on %s.", d.over))
	}
	if k.box.Visible() != d.asking {
		setVisible(k.box, d.asking)
		k.around.Refresh()
	}
}

// answerKept is the person's answer.
func (v *inpaint) answerKept(clearing bool) {
	d := v.now()
	if d == nil {
		return
	}
	if clearing {
		d.change(func() {
			d.asking = false
			d.mask.Fill(d.mask.Rest)
			d.heat.Fill(d.heat.Rest)
		})
	}
	d.asking = false
	v.preview = false
	v.changed()
	v.show()
}
