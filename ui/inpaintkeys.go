package ui

import (
	"slices"

	"fyne.io/fyne/v2"
)

// key does what a key means in the inpaint view; false where it means nothing.
func (v *inpaint) key(name fyne.KeyName) bool {
	if v.now() == nil {
		return false
	}
	tools := map[fyne.KeyName]tool{
		fyne.KeyB: brushTool, fyne.KeyE: eraserTool, fyne.KeyR: rectangleTool,
		fyne.KeyO: ellipseTool, fyne.KeyL: lassoTool, fyne.KeyG: bucketTool,
	}
	if k, ok := tools[name]; ok {
		v.tools.pick(k)
		return true
	}
	digits := []fyne.KeyName{fyne.Key0, fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5, fyne.Key6, fyne.Key7, fyne.Key8, fyne.Key9}
	if i := slices.Index(digits, name); i >= 0 {
		v.tools.tintAt(float64((i+9)%10+1) / 10)
		return true
	}
	switch name {
	case fyne.KeyH:
		v.tools.pickLayer(heatLayer - v.tools.state.Layer)
	case fyne.KeyV:
		v.tools.hide()
	case fyne.KeyX:
		v.tools.swap()
	case fyne.KeyI:
		v.invert()
	case fyne.KeyDelete, fyne.KeyBackspace:
		v.clear()
	case fyne.KeyF:
		v.painter.Fit()
	case fyne.KeyZ:
		v.painter.OneToOne()
	case fyne.KeyReturn, fyne.KeyEnter:
		v.answers.accept()
	case fyne.KeyC:
		v.answers.goOn()
	case fyne.KeyD:
		v.answers.discard()
	case fyne.KeyN, fyne.KeyDown:
		v.answers.next(1)
	case fyne.KeyUp:
		v.answers.next(-1)
	case fyne.KeyEscape:
		if !v.preview {
			return false
		}
		v.look(-1)
	default:
		return false
	}
	return true
}

// rune takes the brackets, which lie elsewhere on every keyboard.
func (v *inpaint) rune(r rune) {
	switch r {
	case '[', ']':
		v.tools.resize(r == ']')
	}
}
