package ui

import (
	"errors"
	"image"
	"image/color"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/paint"
	"ebmstudio/ui/widgets"
)

// layer is what the tools paint: how free a pixel is, or how hot.
type layer int

const (
	maskLayer layer = iota
	heatLayer
)

// tint is a colour of the mask; one of two colours alternates from pixel to pixel.
type tint struct{ even, odd color.NRGBA }

// tints are the colours of the mask to choose from.
func tints() []tint {
	var all []tint
	for _, c := range []color.NRGBA{{255, 64, 64, 255}, {40, 150, 255, 255}, {60, 200, 90, 255}, {255, 190, 30, 255}, {230, 70, 230, 255}, {255, 255, 255, 255}, {0, 0, 0, 255}} {
		all = append(all, tint{c, c})
	}
	return append(all, tint{color.NRGBA{0, 0, 0, 255}, color.NRGBA{255, 255, 255, 255}})
}

// heatTints are the colours of temperatures: of 0, and of the highest.
func heatTints() (cold, hot color.NRGBA) {
	return color.NRGBA{40, 110, 255, 255}, color.NRGBA{255, 170, 0, 255}
}

// strong is a colour at an opacity from 0 to 1.
func strong(c color.NRGBA, opacity float64) color.NRGBA {
	c.A = uint8(255*opacity + 0.5)
	return c
}

// layers are the two buttons that choose what is painted, and what its colours mean.
type layers struct {
	buttons  [2]*ttwidget.Button
	strip    *canvas.Image
	low, top *widget.Label
	box      fyne.CanvasObject
}

func newLayers(choose func(layer)) *layers {
	l := &layers{strip: &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScalePixels}}
	button := func(k layer, text, tip string) *ttwidget.Button {
		b := ttwidget.NewButton(text, func() { choose(k) })
		b.SetToolTip(tip)
		l.buttons[k] = b
		return b
	}
	row := container.NewGridWithColumns(2,
		button(maskLayer, tr("Mask"), tr("Paint where the picture may change, and how freely (H goes to the other layer)")),
		button(heatLayer, tr("Temperature"), tr("Paint local temperatures T: the noise of a pixel's Langevin steps is multiplied by the root of T. 1 is the plan as it is, 0 pure descent, 2 hotter; with T the same everywhere, chains follow exp(-E/T) (H goes to the other layer)")))
	caption := func(to **widget.Label) *widget.Label {
		*to = widget.NewLabel("")
		(*to).SizeName, (*to).Importance = theme.SizeNameCaptionText, widget.LowImportance
		return *to
	}
	l.strip.SetMinSize(fyne.NewSize(40, 8))
	ground := widgets.NewPanel(widgets.ColorStage, 0, l.strip)
	legend := container.NewBorder(nil, nil, caption(&l.low), caption(&l.top), container.NewVBox(newGap(6), ground))
	l.box = container.NewVBox(row, legend)
	return l
}

// newGap is empty room of a height.
func newGap(height float32) fyne.CanvasObject {
	gap := canvas.NewRectangle(color.Transparent)
	gap.SetMinSize(fyne.NewSize(1, height))
	return gap
}

// show marks the layer that is painted on, and says what its colours mean.
func (l *layers) show(s toolState) {
	for k, b := range l.buttons {
		want := widget.LowImportance
		if layer(k) == s.Layer {
			want = widget.HighImportance
		}
		if b.Importance != want {
			b.Importance = want
			b.Refresh()
		}
	}
	texts := [2]string{tr("kept"), tr("free")}
	ramp := image.NewNRGBA(image.Rect(0, 0, 64, 2))
	c := tints()[s.Tint]
	cold, hot := heatTints()
	if s.Layer == heatLayer {
		texts = [2]string{trf("%d, descent", 0), trf("%d, hotter", studio.MaxTemperature)}
	}
	for x := range 64 {
		for y := range 2 {
			at := c.even
			if (x/2+y)%2 == 1 {
				at = c.odd
			}
			at.A = uint8(x * 255 / 63)
			if s.Layer == heatLayer {
				at = widgets.HeatTint(cold, hot, x*255/63)
			}
			ramp.SetNRGBA(x, y, at)
		}
	}
	l.strip.Image = ramp
	l.strip.Refresh()
	for i, label := range []*widget.Label{l.low, l.top} {
		if label.Text != texts[i] {
			label.SetText(texts[i])
		}
	}
}

// layerChanged shows what has changed on the layer that is painted on.
func (v *inpaint) layerChanged(area image.Rectangle) {
	if v.tools.state.Layer == heatLayer {
		v.painter.HeatChanged(area)
	} else {
		v.painter.MaskChanged(area)
	}
}

// sayHeat tells what the temperatures do, and where they cannot.
func (v *inpaint) sayHeat(d *painted) string {
	hotter, colder := 0, 0
	for _, level := range d.heat.Pix {
		switch {
		case level > studio.PlainLevel:
			hotter++
		case level < studio.PlainLevel:
			colder++
		}
	}
	share := func(n int) float64 { return 100 * float64(n) / float64(len(d.heat.Pix)) }
	switch r := v.w.now.chains.recipe; {
	case r.Sampler == studio.SamplerDescent:
		return tr("Descent has no noise to heat: choose the model's own sampler.")
	case r.Sampler != studio.SamplerFamily && r.Sampler != studio.SamplerPreconditioned:
		return tr("MALA, HMC and diffusive Gibbs follow exp(-E), which has one temperature: choose the model's own sampler.")
	case hotter+colder == 0 && v.w.now.generates():
		return tr("Paint where the steps are to be hotter or colder. The generator's picture stays as it is.")
	case hotter+colder == 0:
		return tr("Paint where the noise of the steps is to be larger or smaller.")
	}
	return trf("%.0f %% hotter, %.0f %% colder than the plan.", share(hotter), share(colder))
}

// saveLayer writes the layer that is painted on as a picture.
func (v *inpaint) saveLayer() {
	d := v.now()
	if d == nil {
		return
	}
	title, name := tr("Save the mask"), "mask.png"
	if v.tools.state.Layer == heatLayer {
		title, name = tr("Save the temperatures"), "temperature.png"
	}
	picture := d.layer(v.tools.state.Layer).Image()
	v.w.save(func() (string, error) { return v.w.chooser.Save(title, name) }, func(path string) (string, error) {
		path = withExtension(path, ".png")
		return path, studio.SaveMask(path, picture)
	})
}

// loadLayer asks for a picture of the layer that is painted on.
func (v *inpaint) loadLayer() {
	if v.tools.state.Layer == maskLayer {
		v.w.controls.given.choose(true)
		return
	}
	h := v.w.now
	if h == nil || h.paint == nil {
		return
	}
	v.w.choose(func() (string, error) {
		return v.w.chooser.Open(tr("Choose a map of temperatures"), tr("Pictures"), pictureFiles())
	}, func(path string) {
		v.w.background(func() func() {
			m, err := studio.ReadImage(path)
			return func() {
				if err != nil {
					v.w.showError(trf("%s could not be opened", filepath.Base(path)), err)
					return
				}
				v.takeHeat(h, filepath.Base(path), m, false)
			}
		})
	})
}

// takeHeat makes a picture the temperatures; of another size it asks first.
func (v *inpaint) takeHeat(h *session, name string, m image.Image, scale bool) {
	t, err := studio.NewTemperature(h.opened.Model, name, m, scale)
	var size *studio.SizeError
	switch {
	case errors.As(err, &size):
		v.w.askScale(h, name, size, func() { v.takeHeat(h, name, m, true) })
	case err != nil:
		v.w.showError(tr("The map cannot be used"), err)
	default:
		h.history.Add(h.paint.heat.Replace(paint.FromImage(decoded(t.Map))))
		if v.w.now == h {
			v.preview = false
			v.changed()
			v.showPicture()
		}
	}
}
