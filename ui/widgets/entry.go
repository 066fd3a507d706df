package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"
)

// Entry is a one-line entry with a tooltip that can be filled without telling
// OnChanged, that tells when a person leaves it, and that Escape leaves.
type Entry struct {
	widget.Entry
	ttwidget.ToolTipWidgetExtend
	// OnLeave is called when the entry loses the focus.
	OnLeave func()
}

// NewEntry returns an empty entry.
func NewEntry() *Entry {
	e := &Entry{}
	e.ExtendBaseWidget(e)
	return e
}

// ExtendBaseWidget implements fyne.Widget's extension for both parts.
func (e *Entry) ExtendBaseWidget(wid fyne.Widget) {
	e.ExtendToolTipWidget(wid)
	e.Entry.ExtendBaseWidget(wid)
}

// Put shows a text without telling OnChanged.
func (e *Entry) Put(text string) {
	if e.Text == text {
		return
	}
	tell := e.OnChanged
	e.OnChanged = nil
	e.SetText(text)
	e.OnChanged = tell
}

// FocusLost implements fyne.Focusable.
func (e *Entry) FocusLost() {
	e.Entry.FocusLost()
	if e.OnLeave != nil {
		e.OnLeave()
	}
}

// TypedKey implements fyne.Focusable.
func (e *Entry) TypedKey(k *fyne.KeyEvent) {
	if k.Name == fyne.KeyEscape {
		unfocus(e)
		return
	}
	e.Entry.TypedKey(k)
}
