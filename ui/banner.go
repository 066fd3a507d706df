package ui

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/ui/widgets"
)

// banner is a message at the foot of the middle, over what is there: nothing moves below
// the mouse when it comes or goes. It waits for nobody: the window stays usable.
type banner struct {
	w      *Window
	title  *widget.Label
	text   *widget.Label
	icon   *widget.Icon
	action *widget.Button
	copy   *widget.Button
	close  *widget.Button
	head   *fyne.Container // the first line, with the buttons
	box    *fyne.Container
	over   *fyne.Container // the box at the foot of as much room as there is
	turn   int             // counts the messages
}

func newBanner(w *Window) *banner {
	b := &banner{w: w, icon: widget.NewIcon(theme.ErrorIcon())}
	b.title = widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	b.title.Truncation = fyne.TextTruncateEllipsis
	b.text = widget.NewLabel("")
	b.text.Wrapping, b.text.Selectable = fyne.TextWrapWord, true
	b.action = widget.NewButton("", nil)
	b.copy = widget.NewButtonWithIcon(tr("Copy"), theme.ContentCopyIcon(), func() {
		w.app.Clipboard().SetContent(b.title.Text + "\n" + b.text.Text)
	})
	b.copy.Importance = widget.LowImportance
	b.close = widget.NewButtonWithIcon("", theme.CancelIcon(), w.hideBanner)
	b.close.Importance = widget.LowImportance
	b.head = container.NewBorder(nil, nil, b.icon, container.NewHBox(b.action, b.copy, b.close), b.title)
	b.box = container.NewPadded(widgets.NewFloating(8, container.NewVBox(b.head, b.text)))
	b.box.Hide()
	b.over = container.NewBorder(nil, b.box, nil, nil)
	return b
}

func (b *banner) show(title, text string, icon fyne.Resource, importance widget.Importance) {
	b.turn++
	b.title.Importance = importance
	b.title.SetText(title)
	b.text.SetText(text)
	b.text.Hidden = text == ""
	b.icon.SetResource(icon)
	b.action.Hide()
	b.copy.Hidden = importance != widget.DangerImportance
	b.w.offer.Hide() // of a tour, at the same place: it waits
	b.box.Show()
	b.over.Refresh()
}

// offer adds a button to the message.
func (b *banner) offer(text string, do func()) {
	b.action.OnTapped = do
	b.action.SetText(text)
	b.action.Show()
	b.head.Refresh() // a button of the same text as before tells nobody that it wants its room again
}

// showError tells what could not be done and why, until the person closes it or
// does something else.
func (w *Window) showError(title string, err error) {
	text := strings.TrimSpace(err.Error())
	w.banner.show(title, text, theme.NewErrorThemedResource(theme.ErrorIcon()), widget.DangerImportance)
	w.problem = title + ": " + text
}

// doneFor is how long good news stay.
const doneFor = 10 * time.Second

// showDone tells what was done, in one line and for a while.
func (w *Window) showDone(title, text string) {
	if text != "" {
		title += "  ·  " + text
	}
	w.banner.show(title, "", theme.NewSuccessThemedResource(theme.ConfirmIcon()), widget.SuccessImportance)
	w.problem = ""
	turn := w.banner.turn
	time.AfterFunc(doneFor, func() {
		if w.ctx.Err() == nil {
			w.do(func() {
				if w.banner.turn == turn {
					w.hideBanner()
				}
			})
		}
	})
}

func (w *Window) hideBanner() {
	w.problem = ""
	w.banner.box.Hide()
	w.offer.Show()
}
