package ui

import (
	"image"
	"math"

	"ebmstudio/ui/paint"
	"ebmstudio/ui/widgets"
)

// wet is a stroke or a shape that a person is still drawing.
type wet struct {
	on     *paint.Mask // the layer
	tool   tool
	value  uint8
	stroke *paint.Stroke
	edit   *paint.Edit
	line   []paint.Point
}

// begin sets the tool down. The right button erases, Alt does the other of painting and
// erasing, Shift draws a straight line from where the last stroke ended.
func (v *inpaint) begin(x, y float64, how widgets.Press) {
	d, s := v.now(), &v.tools.state
	if d == nil || !d.paintable(s.Layer) {
		return
	}
	if v.preview {
		v.preview = false
		v.showPicture()
	}
	at, now := paint.Point{X: x, Y: y}, &wet{on: d.layer(s.Layer), tool: s.Tool, value: s.value()}
	if erase := how.Right || s.Tool == eraserTool; erase != how.Alt {
		now.value = now.on.Rest
	}
	now.line = []paint.Point{at}
	switch s.Tool {
	case brushTool, eraserTool:
		from := at
		if how.Shift && d.tip != nil {
			from = *d.tip
		}
		area := image.Rectangle{}
		now.stroke, area = now.on.Stroke(paint.Brush{Size: s.Size, Hardness: s.Hardness, Value: now.value}, from)
		v.layerChanged(area)
	case bucketTool:
		d.history.Add(now.on.Bucket(d.picture, image.Pt(int(math.Floor(x)), int(math.Floor(y))), int(s.Tolerance), now.value))
		v.layerChanged(now.on.Bounds())
	case rectangleTool, ellipseTool, lassoTool:
		now.edit = now.on.Edit()
	}
	v.wet = now
	v.move(x, y)
}

func (v *inpaint) move(x, y float64) {
	n, d := v.wet, v.now()
	if n == nil || d == nil {
		return
	}
	at := paint.Point{X: x, Y: y}
	switch {
	case n.stroke != nil:
		v.layerChanged(n.stroke.To(at))
		d.tip = &at
	case n.edit != nil:
		n.line = append(n.line, at)
		n.edit.Again(func(m *paint.Mask) {
			switch n.tool {
			case rectangleTool:
				m.Rectangle(n.line[0], at, n.value)
			case ellipseTool:
				m.Ellipse(n.line[0], at, n.value)
			default:
				m.Lasso(n.line, n.value)
			}
		})
		v.layerChanged(n.on.Bounds())
	}
}

func (v *inpaint) end() {
	n, d := v.wet, v.now()
	v.wet = nil
	if n == nil || d == nil {
		return
	}
	switch {
	case n.stroke != nil:
		d.history.Add(n.stroke.End())
	case n.edit != nil:
		d.history.Add(n.edit.End())
	}
	d.drawn()
	v.changed()
	v.say()
}

// whole does something to the whole layer that is painted on.
func (v *inpaint) whole(do func(*paint.Mask) *paint.Delta) {
	d := v.now()
	if d == nil || !d.paintable(v.tools.state.Layer) || v.wet != nil {
		return
	}
	d.history.Add(do(d.layer(v.tools.state.Layer)))
	d.drawn()
	v.preview = false
	v.changed()
	v.showPicture()
}

// invert exchanges what is free and what is kept; temperatures have no such opposite.
func (v *inpaint) invert() {
	if v.tools.state.Layer == maskLayer {
		v.whole((*paint.Mask).Invert)
	}
}

// clear takes away all that is painted on the layer.
func (v *inpaint) clear() {
	v.whole(func(m *paint.Mask) *paint.Delta { return m.Fill(m.Rest) })
}
