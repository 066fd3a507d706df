package ui

import (
	"encoding/json"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/resources"
	"ebmstudio/ui/paint"
	"ebmstudio/ui/widgets"
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
}

func defaultTools() toolState {
	return toolState{Size: 5, Hardness: 1, Freedom: 1, Tolerance: 24, Opacity: 0.55}
}

func (s toolState) value() uint8 { return uint8(s.Freedom*255 + 0.5) }

// tools are the buttons above the picture and the dials beside it.
type tools struct {
	v          *inpaint
	state      toolState
	buttons    map[tool]*ttwidget.Button
	undo, redo *ttwidget.Button
	whole      []*ttwidget.Button // change the mask as a whole
	size, hard *dial
	freedom    *dial
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
	mask := func(icon fyne.Resource, tip string, do func()) { t.whole = append(t.whole, button(icon, tip, do)) }
	choose(brushTool, "brush", tr("Brush: paint what is free to change; the right button erases (B)"))
	choose(eraserTool, "eraser", tr("Eraser: what it touches is kept (E; X goes to and from the brush)"))
	choose(rectangleTool, "rectangle", tr("Rectangle: drag from corner to corner (R)"))
	choose(ellipseTool, "ellipse", tr("Ellipse: drag from corner to corner (O)"))
	choose(lassoTool, "lasso", tr("Lasso: draw around what is free to change (L)"))
	choose(bucketTool, "bucket", tr("Bucket: free the pixels of one colour around the pointer (G)"))
	bar.Add(widget.NewSeparator())
	mask(symbol("invert"), tr("Invert: what is free is kept, what is kept is free (I)"), func() { t.v.whole((*paint.Mask).Invert) })
	mask(symbol("fill"), tr("Fill: everything is free to change"), func() {
		t.v.whole(func(m *paint.Mask) *paint.Delta { return m.Fill(t.state.value()) })
	})
	mask(symbol("empty"), tr("Clear the mask: everything is kept (Delete)"), func() {
		t.v.whole(func(m *paint.Mask) *paint.Delta { return m.Fill(paint.Kept) })
	})
	bar.Add(widget.NewSeparator())
	t.undo = button(theme.ContentUndoIcon(), tr("Undo a stroke, a picture, an accepted answer (Ctrl+Z)"), func() { t.v.undo() })
	t.redo = button(theme.ContentRedoIcon(), tr("Do again what was undone (Ctrl+Shift+Z)"), func() { t.v.redo() })
	bar.Add(widget.NewSeparator())
	button(theme.ZoomFitIcon(), tr("Show the whole picture (0)"), func() { t.v.painter.Fit() })
	one := button(nil, tr("A pixel of the picture as a pixel of the screen (1)"), func() { t.v.painter.OneToOne() })
	one.SetText("1:1")
	button(theme.ColorPaletteIcon(), tr("Another colour for the mask"), t.nextTint)
	bar.Add(widget.NewSeparator())
	button(theme.FolderOpenIcon(), tr("Another picture to paint on; the mask stays"), func() { t.v.w.controls.given.choose(false) })
	mask(theme.UploadIcon(), tr("Load a mask: white is free to change, black is kept"), func() { t.v.w.controls.given.choose(true) })
	button(theme.DocumentSaveIcon(), tr("Save the mask as PNG"), func() { t.v.saveMask() })
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
	t.freedom = newDial(w, tr("Freedom"), tr("What is painted: 100 % may change freely; less is stiff, after every step it is drawn back to the picture: x ← m x + (1−m) known"), 0.05, 1, 0.05, share)
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
	keep(t.tolerance, &t.state.Tolerance)
	keep(t.opacity, &t.state.Opacity)
	t.feather.slider.OnChanged = t.featherTo
	t.feather.slider.OnChangeEnded = func(float64) { t.feathered() }
	t.dials = container.New(layout.NewCustomPaddedVBoxLayout(-8), container.NewStack(t.size.box, t.tolerance.box), t.hard.box, t.freedom.box, t.feather.box, t.opacity.box)
}

// featherTo shows what a feather would do; feathered does it.
func (t *tools) featherTo(radius float64) {
	d := t.v.now()
	t.feather.say()
	if d == nil || d.fixed || t.v.wet != nil {
		return
	}
	if t.feathering == nil {
		t.feathering = d.mask.Edit()
	}
	t.feathering.Again(func(m *paint.Mask) { m.Feather(radius) })
	t.v.painter.MaskChanged(d.mask.Bounds())
}

func (t *tools) feathered() {
	e := t.feathering
	t.feathering = nil
	t.feather.put(0)
	if d := t.v.now(); d != nil && e != nil {
		d.history.Add(e.End())
		t.v.changed()
		t.v.say()
	}
}

func (t *tools) pick(k tool) {
	t.state.Tool = k
	t.apply()
	t.keep()
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
	c := tints()[s.Tint]
	t.v.painter.SetTint(color.NRGBA{c.R, c.G, c.B, uint8(255*s.Opacity + 0.5)})
	t.size.box.Hidden, t.tolerance.box.Hidden = s.Tool == bucketTool, s.Tool != bucketTool
	for _, d := range []*dial{t.size, t.hard} {
		d.enable(brush)
	}
	for d, v := range map[*dial]float64{t.size: s.Size, t.hard: s.Hardness, t.freedom: s.Freedom, t.tolerance: s.Tolerance, t.opacity: s.Opacity} {
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
		enable(b, !d.fixed)
	}
	for _, b := range t.buttons {
		enable(b, !d.fixed)
	}
}

func enable(b *ttwidget.Button, on bool) {
	if on && b.Disabled() {
		b.Enable()
	} else if !on && !b.Disabled() {
		b.Disable()
	}
}

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
	d.box = container.NewBorder(nil, nil, wide(62, label), wide(46, d.value), d.slider)
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
