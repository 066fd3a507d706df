package ui

import (
	"regexp"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/docs"
	"ebmstudio/ui/widgets"
)

// section is a part of the guide.
type section struct{ title, text string }

// help is the guide and the keys, both searched by one field. It needs no network.
type help struct {
	w        *Window
	all      []section // of the guide
	shown    []section // those that the search finds; the keys are the first where keys is set
	keys     bool
	search   *widgets.Entry
	list     *widget.List
	text     *container.Scroll
	selected int
	dialog   dialog.Dialog
}

// helpOf names the section of the guide that is about a task.
func helpOf(k task) string {
	return [taskCount]string{"Watch chains", "Compose", "Paint what is to change", "Walk between latents", "Walk the landscape", "Score outliers", "Train a model", "Keep pictures", "When a file does not open"}[k]
}

// showGuide opens the help at the section about the present task, showKeys at the keys.
func (w *Window) showGuide() { w.showHelp(helpOf(w.tasks.now)) }
func (w *Window) showKeys()  { w.showHelp("") }

// showHelp opens the help at a section, at the keys where it names none.
func (w *Window) showHelp(title string) {
	if w.covered() {
		return
	}
	h := newHelp(w)
	w.help = h
	h.dialog.SetOnClosed(func() { w.help = nil })
	h.find("")
	h.list.Select(h.index(title))
	h.dialog.Show()
}

// helpMenu offers all help there is, below its button.
func (w *Window) helpMenu() {
	menu := fyne.NewMenu("", fyne.NewMenuItem(tr("Guide (F1)"), w.showGuide), fyne.NewMenuItem(tr("Keys (?)"), w.showKeys),
		fyne.NewMenuItem(tr("Tour of the window"), w.startTour), fyne.NewMenuItemSeparator())
	for _, l := range lessons() {
		menu.Items = append(menu.Items, fyne.NewMenuItem(l.title, func() { w.startLesson(l) }))
	}
	at := w.app.Driver().AbsolutePositionForObject(w.helping).AddXY(0, w.helping.Size().Height)
	widget.ShowPopUpMenuAtPosition(menu, w.win.Canvas(), at)
}

// explainFocus shows the tooltip of the control that has the keyboard focus, for those
// who use no mouse.
func (w *Window) explainFocus() {
	text := tr("Go to a control with Tab first; then this says what it does.")
	if tipped, ok := w.win.Canvas().Focused().(interface{ ToolTip() string }); ok && tipped.ToolTip() != "" {
		text = tipped.ToolTip()
	}
	w.banner.show(tr("What this does"), text, theme.NewThemedResource(theme.InfoIcon()), widget.MediumImportance)
}

func newHelp(w *Window) *help {
	h := &help{w: w, all: sections(docs.Guide), search: widgets.NewEntry(), text: container.NewVScroll(widget.NewLabel("")), selected: -1}
	h.search.SetPlaceHolder(tr("Search guide and keys"))
	h.search.OnChanged = h.find
	h.list = widget.NewList(func() int { return h.entries() }, func() fyne.CanvasObject {
		l := widget.NewLabel("")
		l.Truncation = fyne.TextTruncateEllipsis
		return l
	}, func(i widget.ListItemID, o fyne.CanvasObject) { o.(*widget.Label).SetText(h.title(i)) })
	h.list.OnSelected = h.open
	tour := widget.NewButtonWithIcon(tr("Tour of the window"), theme.NavigateNextIcon(), func() { h.dialog.Hide(); w.startTour() })
	tour.Alignment = widget.ButtonAlignLeading
	tours := container.NewVBox(tour)
	for _, l := range lessons() {
		b := widget.NewButtonWithIcon(l.title, theme.NavigateNextIcon(), func() { h.dialog.Hide(); w.startLesson(l) })
		b.Alignment, b.Importance = widget.ButtonAlignLeading, widget.LowImportance
		tours.Add(b)
	}
	left := wide(270, container.NewBorder(h.search, tours, nil, nil, h.list))
	h.dialog = w.closable(tr("Help"), container.NewBorder(nil, nil, left, nil, h.text))
	size := w.win.Canvas().Size()
	h.dialog.Resize(fyne.NewSize(min(1000, size.Width-60), min(760, size.Height-60)))
	return h
}

// find lists what holds a text: keys and sections of the guide.
func (h *help) find(text string) {
	text = strings.ToLower(strings.TrimSpace(text))
	h.keys = len(h.findKeys(text)) > 0
	h.shown = nil
	for _, s := range h.all {
		if strings.Contains(strings.ToLower(s.title+"\n"+s.text), text) {
			h.shown = append(h.shown, s)
		}
	}
	h.list.UnselectAll()
	h.list.Refresh()
	if h.entries() == 0 {
		h.selected = -1
		none := widget.NewLabel(trf("Neither the guide nor the keys speak of %q.", text))
		none.Wrapping = fyne.TextWrapWord
		h.put(none)
		return
	}
	h.list.Select(0)
}

// findKeys are the lines of the key sheet that hold a text in small letters.
func (h *help) findKeys(text string) (found []key) {
	for _, k := range h.w.keys.sheet() {
		if strings.Contains(strings.ToLower(k.keys+" "+k.does), text) {
			found = append(found, k)
		}
	}
	return found
}

func (h *help) entries() int {
	if h.keys {
		return len(h.shown) + 1
	}
	return len(h.shown)
}

// guide is the section of an entry, nil for the keys.
func (h *help) guide(i int) *section {
	if h.keys {
		i--
	}
	if i < 0 || i >= len(h.shown) {
		return nil
	}
	return &h.shown[i]
}

func (h *help) title(i int) string {
	if s := h.guide(i); s != nil {
		return s.title
	}
	return tr("Keys")
}

// index is the entry of a section, that of the keys where there is none.
func (h *help) index(title string) int {
	for i := range h.entries() {
		if s := h.guide(i); s != nil && s.title == title {
			return i
		}
	}
	return 0
}

func (h *help) open(i int) {
	h.selected = i
	if s := h.guide(i); s != nil {
		text := widget.NewRichTextFromMarkdown("## " + s.title + "\n\n" + s.text)
		text.Wrapping = fyne.TextWrapWord
		h.put(text)
		return
	}
	grid := container.New(layout.NewFormLayout())
	for _, k := range h.findKeys(strings.ToLower(strings.TrimSpace(h.search.Text))) {
		grid.Add(widget.NewLabelWithStyle(k.keys, fyne.TextAlignLeading, fyne.TextStyle{Bold: true}))
		grid.Add(widget.NewLabel(k.does))
	}
	h.put(grid)
}

func (h *help) put(o fyne.CanvasObject) {
	h.text.Content = o
	h.text.Offset = fyne.NewPos(0, 0)
	h.text.Refresh()
}

// key works the help from the keyboard.
func (h *help) key(name fyne.KeyName) {
	switch name {
	case fyne.KeyEscape, fyne.KeyF1:
		h.dialog.Hide()
	case fyne.KeyUp:
		h.list.Select(max(0, h.selected-1))
	case fyne.KeyDown:
		h.list.Select(min(h.entries()-1, h.selected+1))
	}
}

// rune begins a search.
func (h *help) rune(r rune) {
	h.w.win.Canvas().Focus(h.search)
	h.search.TypedRune(r)
}

var (
	guidePicture = regexp.MustCompile(`(?m)^!?\[[^\]]*\]\(images/[^)]*\)\.?\n`)
	guideLink    = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// sections are the parts of a guide in Markdown, one a heading of the second rank,
// without pictures and links, which lead out of the window.
func sections(guide string) (all []section) {
	guide = guideLink.ReplaceAllString(guidePicture.ReplaceAllString(guide, ""), "$1")
	for i, part := range strings.Split(guide, "\n## ") {
		title, text, _ := strings.Cut(part, "\n")
		if text = strings.TrimSpace(text); i > 0 && text != "" && title != "More" {
			all = append(all, section{title, text})
		}
	}
	return all
}
