package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"
)

// question is a dialog that keeps keys from the window behind it.
type question struct {
	dialog.Dialog
	leave  bool      // Escape closes it
	closed func()    // may be nil
	before *question // that it was asked in front of, nil for none
}

// ask shows a dialog in front of the window's keys.
func (w *Window) ask(d dialog.Dialog, leave bool) *question {
	q := &question{Dialog: d, leave: leave, before: w.asking}
	w.asking = q
	d.SetOnClosed(func() {
		if w.asking == q {
			w.asking = q.before
		}
		if w.preferences != nil && w.preferences.dialog == d {
			w.preferences = nil
		}
		if q.closed != nil {
			q.closed()
		}
	})
	d.Show()
	return q
}

// covered reports whether something lies over the window that keys are meant for.
func (w *Window) covered() bool { return w.tour != nil || w.help != nil || w.asking != nil }

// uncovered does something for keys with Ctrl, which the toolkit brings to the window
// behind a dialog too.
func (w *Window) uncovered(do func()) func(fyne.Shortcut) {
	return func(fyne.Shortcut) {
		if !w.covered() {
			do()
		}
	}
}

// closable is a dialog with the button that closes it.
func (w *Window) closable(title string, content fyne.CanvasObject) *dialog.CustomDialog {
	d := dialog.NewCustomWithoutButtons(title, content, w.win)
	d.SetButtons([]fyne.CanvasObject{w.reply(tr("Close"), d.Hide)})
	return d
}

// confirm asks whether something is to be done, in the words of the button that does it.
func (w *Window) confirm(title, text, yes string, do func()) *dialog.CustomDialog {
	label := widget.NewLabel(text)
	label.Wrapping = fyne.TextWrapWord
	d := dialog.NewCustomWithoutButtons(title, container.NewVBox(label), w.win)
	sure := w.reply(yes, func() { d.Hide(); do() })
	sure.Importance = widget.HighImportance
	d.SetButtons([]fyne.CanvasObject{w.reply(tr("Cancel"), d.Hide), sure})
	w.ask(d, true)
	d.Resize(fyne.NewSize(420, 0))
	return d
}

// reply is a button of a dialog. While a control has the focus the toolkit brings keys to
// nobody else, so it passes Escape on; Enter presses it.
type reply struct {
	widget.Button
	escape func()
}

func (w *Window) reply(text string, do func()) *reply {
	b := &reply{escape: func() { w.typedKey(&fyne.KeyEvent{Name: fyne.KeyEscape}) }}
	b.Text, b.OnTapped = text, do
	b.ExtendBaseWidget(b)
	return b
}

// TypedKey implements fyne.Focusable.
func (b *reply) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyEscape:
		b.escape()
	case fyne.KeyReturn, fyne.KeyEnter:
		b.Tapped(&fyne.PointEvent{})
	default:
		b.Button.TypedKey(e)
	}
}
