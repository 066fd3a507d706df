package ui

import (
	"encoding/json"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/resources"
	"ebmstudio/studio"
	"ebmstudio/ui/paint"
)

// tool is what the left button does on a picture.
type tool int

const (
	brushTool tool = iota
	eraserTool
	rectangleTool
	ellipseTool
	lassoTool
	bucketTool
)

// toolsKey is the preference that remembers how the tools were set.
const toolsKey = "paint"

// toolState is how the tools are set; it is kept between starts of the program.
type toolState struct {
	Tool      tool    `json:"tool"`
	Size      float64 `json:"size"`      // pixels
	Hardness  float64 `json:"hardness"`  // 0 to 1
	Freedom   float64 `json:"freedom"`   // 0 to 1: what is painted
	Tolerance float64 `json:"tolerance"` // 0 to 255
	Tint      int     `json:"tint"`
	Opacity   float64 `json:"opacity"` // 0 to 1
	Layer     layer   `json:"layer"`
	Heat      float64 `json:"heat"` // the temperature that is painted
}

func defaultTools() toolState {
	return toolState{Size: 5, Hardness: 1, Freedom: 1, Tolerance: 24, Opacity: 0.55, Heat: studio.MaxTemperature}
}

// value is what the tools paint.
func (s toolState) value() uint8 {
	if s.Layer == heatLayer {
		return studio.TemperatureLevel(s.Heat)
	}
	return uint8(s.Freedom*255 + 0.5)
}

// tools are the buttons above the picture and the dials beside it.
type tools struct {
	v          *inpaint
	state      toolState
	buttons    map[tool]*ttwidget.Button
	undo, redo *ttwidget.Button
	invert     *ttwidget.Button
	whole      []*ttwidget.Button // change the layer as a whole
	layers     *layers
	hidden     bool // neither layer is seen
	size, hard *dial
	freedom    *dial
	heat       *dial // in the place of freedom while temperatures are painted
	tolerance  *dial
	feather    *dial
	opacity    *dial
	feathering *paint.Edit // the feather dial is being dragged
	bar        fyne.CanvasObject
	dials      fyne.CanvasObject
}

func newTools(v *inpaint) *tools {
	t := &tools{v: v, state: defaultTools(), buttons: map[tool]*ttwidget.Button{}}
	if text := v.w.app.Preferences().String(toolsKey); text != "" {
		kept := defaultTools()
		if json.Unmarshal([]byte(text), &kept) == nil && kept.sound() {
			t.state = kept
		}
	}
	t.makeDials()
	t.bar = t.makeBar()
	t.apply()
	return t
}

// sound reports whether what was remembered can be used.
func (s toolState) sound() bool {
	share := func(v float64) bool { return v >= 0 && v <= 1 }
	return s.Tool >= brushTool && s.Tool <= bucketTool && s.Size >= 1 && s.Size <= 512 && share(s.Hardness) && share(s.Freedom) && share(s.Opacity) &&
		s.Layer >= maskLayer && s.Layer <= heatLayer && s.Heat >= 0 && s.Heat <= studio.MaxTemperature &&
		s.Tolerance >= 0 && s.Tolerance <= 255 && s.Tint >= 0 && s.Tint < len(tints())
}

func (t *tools) makeBar() fyne.CanvasObject {
	bar := container.New(layout.NewRowWrapLayoutWithCustomPadding(1, 1))
	button := func(icon fyne.Resource, tip string, do func()) *ttwidget.Button {
		b := ttwidget.NewButtonWithIcon("", icon, do)
		b.Importance = widget.LowImportance
		b.SetToolTip(tip)
		bar.Add(b)
		return b
	}
	choose := func(k tool, icon, tip string) {
		t.buttons[k] = button(symbol(icon), tip, func() { t.pick(k) })
	}
	mask := func(icon fyne.Resource, tip string, do func()) *ttwidget.Button {
		t.whole = append(t.whole, button(icon, tip, do))
		return t.whole[len(t.whole)-1]
	}
	choose(brushTool, "brush", tr("Brush: paint what is free to change, or its temperature; the right button erases, Shift and a click draw a line (B)"))
	choose(eraserTool, "eraser", tr("Eraser: what it touches is kept, at the plan's temperature (E; X goes to and from the brush)"))
	choose(rectangleTool, "rectangle", tr("Rectangle: drag from corner to corner (R)"))
	choose(ellipseTool, "ellipse", tr("Ellipse: drag from corner to corner (O)"))
	choose(lassoTool, "lasso", tr("Lasso: draw around what is free to change (L)"))
	choose(bucketTool, "bucket", tr("Bucket: free the pixels of one colour around the pointer (G)"))
	bar.Add(widget.NewSeparator())
	t.invert = mask(symbol("invert"), tr("Invert: what is free is kept, what is kept is free (I)"), t.v.invert)
	mask(symbol("fill"), tr("Fill: everything gets what the brush paints"), func() {
		t.v.whole(func(m *paint.Mask) *paint.Delta { return m.Fill(t.state.value()) })
	})
	mask(symbol("empty"), tr("Clear: everything is kept, or at the plan's temperature (Delete)"), t.v.clear)
	bar.Add(widget.NewSeparator())
	t.undo = button(theme.ContentUndoIcon(), tr("Undo a stroke, a picture, an accepted answer (Ctrl+Z)"), func() { t.v.w.undo() })
	t.redo = button(theme.ContentRedoIcon(), tr("Do again what was undone (Ctrl+Shift+Z)"), func() { t.v.w.redo() })
	bar.Add(widget.NewSeparator())
	button(theme.ZoomFitIcon(), tr("Show the whole picture (F)"), func() { t.v.painter.Fit() })
	one := button(nil, tr("A pixel of the picture as a pixel of the screen (Z)"), func() { t.v.painter.OneToOne() })
	one.SetText("1:1")
	button(theme.ColorPaletteIcon(), tr("Another colour for the mask, or a chessboard; V hides it"), t.nextTint)
	bar.Add(widget.NewSeparator())
	button(theme.FolderOpenIcon(), tr("Another picture to paint on; the mask stays"), func() { t.v.w.controls.given.choose(false) })
	mask(theme.UploadIcon(), tr("Load a mask: white is free to change, black is kept; or temperatures: black is 0, a grey of 128 is 1, white is 2"), t.v.loadLayer)
	button(theme.DocumentSaveIcon(), tr("Save the mask, or the temperatures, as PNG"), t.v.saveLayer)
	return bar
}

// symbol is a drawing of ours in the theme's colour.
func symbol(name string) fyne.Resource {
	return theme.NewThemedResource(fyne.NewStaticResource(name+".svg", resources.Symbol(name)))
}

func (t *tools) makeDials() {
	w := t.v.w
	share := func(v float64) string { return trf("%.0f %%", 100*v) }
	pixels := func(v float64) string { return trf("%.0f px", v) }
	t.size = newDial(w, tr("Size"), tr("Diameter of brush and eraser, in pixels of the picture ([ and ])"), 1, 32, 1, pixels)
	t.hard = newDial(w, tr("Hardness"), tr("100 %: pixels are in or out. Less: the rim is soft, its pixels are stiff"), 0, 1, 0.05, share)
	t.freedom = newDial(w, tr("Freedom"), tr("What is painted: 100 % may change freely; less is stiff, after every step it is drawn back to the picture and becomes m x + (1-m) known"), 0.05, 1, 0.05, share)
	t.heat = newDial(w, tr("T"), tr("The temperature that is painted: the variance of the noise in a step is multiplied by T. 0 walks downhill only, 1 is the plan as it is, 2 makes answers differ more"), 0, studio.MaxTemperature, 0.05, func(v float64) string { return trf("%.2f", v) })
	t.tolerance = newDial(w, tr("Tolerance"), tr("How different a colour the bucket still takes, 0 to 255"), 0, 255, 1, func(v float64) string { return trf("%.0f", v) })
	t.feather = newDial(w, tr("Feather"), tr("Soften the borders of the mask: they become stiff rather than sharp"), 0, 10, 0.5, func(v float64) string { return trf("%.1f px", v) })
	t.opacity = newDial(w, tr("Tint"), tr("How strongly the mask is tinted"), 0, 1, 0.05, share)
	keep := func(d *dial, to *float64) {
		d.slider.OnChanged = func(v float64) { *to = v; t.apply() }
		d.slider.OnChangeEnded = func(float64) { t.keep() }
	}
	keep(t.size, &t.state.Size)
	keep(t.hard, &t.state.Hardness)
	keep(t.freedom, &t.state.Freedom)
	keep(t.heat, &t.state.Heat)
	keep(t.tolerance, &t.state.Tolerance)
	keep(t.opacity, &t.state.Opacity)
	t.feather.slider.OnChanged = t.featherTo
	t.feather.slider.OnChangeEnded = func(float64) { t.feathered() }
	t.layers = newLayers(t.pickLayer)
	dials := container.New(layout.NewCustomPaddedVBoxLayout(-8), container.NewStack(t.freedom.box, t.heat.box), container.NewStack(t.size.box, t.tolerance.box), t.hard.box, t.feather.box, t.opacity.box)
	t.dials = container.New(layout.NewCustomPaddedVBoxLayout(-4), t.layers.box, dials)
}

// featherTo shows what a feather would do; feathered does it.
func (t *tools) featherTo(radius float64) {
	d := t.v.now()
	t.feather.say()
	if d == nil || !d.paintable(t.state.Layer) || t.v.wet != nil {
		return
	}
	on := d.layer(t.state.Layer)
	if t.feathering == nil {
		t.feathering = on.Edit()
	}
	t.feathering.Again(func(m *paint.Mask) { m.Feather(radius) })
	t.v.layerChanged(on.Bounds())
}

func (t *tools) feathered() {
	e := t.feathering
	t.feathering = nil
	t.feather.put(0)
	if d := t.v.now(); d != nil && e != nil {
		d.history.Add(e.End())
		d.drawn()
		t.v.changed()
		t.v.say()
	}
}

func (t *tools) pick(k tool) {
	t.state.Tool = k
	t.apply()
	t.keep()
}

// pickLayer chooses what is painted.
func (t *tools) pickLayer(k layer) {
	t.state.Layer = k
	t.apply()
	t.keep()
	if d := t.v.now(); d != nil {
		t.show(d)
		t.v.say()
	}
}

// tintAt makes both layers more or less opaque.
func (t *tools) tintAt(opacity float64) {
	t.state.Opacity, t.hidden = opacity, false
	t.apply()
	t.keep()
}

// hide hides both layers, or shows them again.
func (t *tools) hide() {
	t.hidden = !t.hidden
	t.apply()
}

// swap goes from the brush to the eraser and back.
func (t *tools) swap() {
	if t.state.Tool == eraserTool {
		t.pick(brushTool)
		return
	}
	t.pick(eraserTool)
}

// resize makes the brush larger or smaller by a step that grows with it.
func (t *tools) resize(up bool) {
	step := 1.0
	if t.state.Size >= 10 {
		step = 2
	}
	if !up {
		step = -step
	}
	t.state.Size = min(max(t.state.Size+step, 1), t.size.slider.Max)
	t.apply()
	t.keep()
}

func (t *tools) nextTint() {
	t.state.Tint = (t.state.Tint + 1) % len(tints())
	t.apply()
	t.keep()
}

// keep remembers how the tools are set.
func (t *tools) keep() {
	if text, err := json.Marshal(t.state); err == nil {
		t.v.w.app.Preferences().SetString(toolsKey, string(text))
	}
}

// apply shows how the tools are set.
func (t *tools) apply() {
	s := t.state
	for k, b := range t.buttons {
		want := widget.LowImportance
		if k == s.Tool {
			want = widget.HighImportance
		}
		if b.Importance != want {
			b.Importance = want
			b.Refresh()
		}
	}
	brush := s.Tool == brushTool || s.Tool == eraserTool
	ring := 0.0
	if brush {
		ring = s.Size
	}
	t.v.painter.SetBrush(ring)
	opacity := [2]float64{s.Opacity, s.Opacity}
	opacity[heatLayer-s.Layer] *= 0.5 // the other layer stands back
	if t.hidden {
		opacity = [2]float64{}
	}
	c := tints()[s.Tint]
	t.v.painter.SetTint(strong(c.even, opacity[maskLayer]), strong(c.odd, opacity[maskLayer]))
	cold, hot := heatTints()
	t.v.painter.SetHeatTint(strong(cold, opacity[heatLayer]), strong(hot, opacity[heatLayer]))
	t.layers.show(s)
	t.freedom.box.Hidden, t.heat.box.Hidden = s.Layer == heatLayer, s.Layer != heatLayer
	t.size.box.Hidden, t.tolerance.box.Hidden = s.Tool == bucketTool, s.Tool != bucketTool
	for _, d := range []*dial{t.size, t.hard} {
		d.enable(brush)
	}
	for d, v := range map[*dial]float64{t.size: s.Size, t.hard: s.Hardness, t.freedom: s.Freedom, t.heat: s.Heat, t.tolerance: s.Tolerance, t.opacity: s.Opacity} {
		d.put(v)
	}
}

// show follows a picture: how large a brush can be, what can be undone.
func (t *tools) show(d *painted) {
	if most := float64(max(d.mask.W, d.mask.H)); t.size.slider.Max != most {
		t.size.slider.Max = most
		t.size.slider.Refresh()
	}
	enable(t.undo, d.history.CanUndo())
	enable(t.redo, d.history.CanRedo())
	for _, b := range t.whole {
		enable(b, d.paintable(t.state.Layer))
	}
	for _, b := range t.buttons {
		enable(b, d.paintable(t.state.Layer))
	}
	enable(t.invert, !d.fixed && t.state.Layer == maskLayer)
}

func enable(b *ttwidget.Button, on bool) {
	if on && b.Disabled() {
		b.Enable()
	} else if !on && !b.Disabled() {
		b.Disable()
	}
}
