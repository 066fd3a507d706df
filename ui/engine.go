package ui

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

// preferEngine keeps the choice of an engine, empty for the best that works. It is for the
// next start: what is open was compiled for the engine that runs.
func (w *Window) preferEngine(name string) {
	w.app.Preferences().SetString(engineKey, name)
	text := trf("From the next start on: %s", name)
	if name == "" {
		text = tr("From the next start on: the best engine that works")
	}
	w.showDone(tr("Engine preferred"), text)
}
