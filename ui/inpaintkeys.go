package ui

import (
	"fyne.io/fyne/v2"

	"ebmstudio/ui/paint"
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
	switch name {
	case fyne.KeyX:
		v.tools.swap()
	case fyne.KeyI:
		v.whole((*paint.Mask).Invert)
	case fyne.KeyDelete, fyne.KeyBackspace:
		v.whole(func(m *paint.Mask) *paint.Delta { return m.Fill(paint.Kept) })
	case fyne.Key0:
		v.painter.Fit()
	case fyne.Key1:
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
