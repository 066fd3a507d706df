package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// engineKey is the preference of an engine; empty is the best that works.
const engineKey = "engine"

// showEngine names the engine, and why a better one was passed over, once it is
// open. Asking for it may wait, so that happens in the background.
func (w *Window) showEngine() {
	w.background(func() func() {
		e, err := w.studio.Engine(w.ctx)
		if err != nil {
			return func() {
				w.engine.SetText(tr("Engine: none"))
				w.engine.SetToolTip(err.Error())
			}
		}
		text := trf("Engine: %s", e.Name)
		for _, part := range []string{e.Device, e.Version, e.Note} {
			if part != "" {
				text += "  ·  " + part
			}
		}
		return func() {
			w.engine.SetText(text)
			w.engine.SetToolTip(text)
		}
	})
}

// engineMenu shows, below a button, the engines a person may prefer. A choice is
// for the next start: what is open was compiled for the engine that runs.
func (w *Window) engineMenu(below fyne.CanvasObject) {
	preferred := w.app.Preferences().String(engineKey)
	item := func(text, name string) *fyne.MenuItem {
		m := fyne.NewMenuItem(text, func() { w.preferEngine(name) })
		m.Checked = preferred == name
		return m
	}
	items := []*fyne.MenuItem{item(tr("The best engine that works"), "")}
	for _, name := range w.options.Engines {
		items = append(items, item(name, name))
	}
	at := w.app.Driver().AbsolutePositionForObject(below).AddXY(0, below.Size().Height)
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), w.win.Canvas(), at)
}

// preferEngine keeps the choice of an engine, empty for the best that works.
func (w *Window) preferEngine(name string) {
	w.app.Preferences().SetString(engineKey, name)
	text := trf("From the next start on: %s", name)
	if name == "" {
		text = tr("From the next start on: the best engine that works")
	}
	w.showDone(tr("Engine preferred"), text)
}
