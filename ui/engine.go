package ui

import (
	"errors"
	"time"

	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
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

// preferEngine keeps the choice of an engine, empty for the best that works, and of its
// threads, 0 for all, and brings them into use: at once where nothing runs.
func (w *Window) preferEngine(name string, threads int) {
	w.app.Preferences().SetString(engineKey, name)
	w.app.Preferences().SetInt(threadsKey, threads)
	if w.options.Prefer != nil {
		w.options.Prefer(name, threads)
	}
	w.engineAsked++
	w.changeEngine(w.engineAsked)
}

// idle reports whether nothing runs that an engine works for.
func (w *Window) idle() bool {
	for _, i := range w.jobs.queue.Works() {
		if i.State == studio.QueueRunning {
			return false
		}
	}
	return w.studio.Idle()
}

// changeEngine brings the engine that the preferences ask for into use, unless they have
// asked for another meanwhile. Where something runs it says so and offers to wait.
func (w *Window) changeEngine(asked int) {
	if asked != w.engineAsked {
		return
	}
	if !w.idle() {
		w.banner.show(tr("The engine stays for now: something runs"),
			tr("A run, a training or a job of the queue is under way or paused, and was compiled for this engine. The choice is kept: it is used from the next start on, or as soon as nothing runs."),
			theme.NewWarningThemedResource(theme.WarningIcon()), widget.WarningImportance)
		w.banner.offer(tr("When the run is over"), func() {
			w.showDone(tr("The engine changes when the run is over"), "")
			w.engineWhenIdle(asked)
		})
		return
	}
	w.engine.SetText(tr("Engine: opening…"))
	w.background(func() func() {
		change, err := w.studio.PrepareEngine(w.ctx)
		return func() { w.engineReady(asked, change, err) }
	})
}

// engineReady puts an engine into its place.
func (w *Window) engineReady(asked int, change *studio.EngineChange, err error) {
	if asked != w.engineAsked || w.ctx.Err() != nil {
		return // a newer choice is on its way
	}
	if err == nil {
		err = change.Apply(w.severals()...)
	}
	w.showEngine()
	switch {
	case errors.Is(err, studio.ErrBusy): // a run has begun meanwhile
		w.changeEngine(asked)
	case err != nil:
		w.showError(tr("The engine could not be changed; the one before goes on"), err)
	default:
		w.showDone(trf("Engine: %s", change.Engine.Name), change.Engine.Note)
		w.showRun()
	}
}

// severals are the open models that are made of several.
func (w *Window) severals() (all []*studio.Opened) {
	for _, h := range w.sessions {
		if len(h.opened.Parts) > 0 {
			all = append(all, h.opened)
		}
	}
	return all
}

// idleLook is the time between two looks whether something still runs.
const idleLook = 200 * time.Millisecond

// engineWhenIdle changes the engine once nothing runs.
func (w *Window) engineWhenIdle(asked int) {
	time.AfterFunc(idleLook, func() {
		if w.ctx.Err() != nil {
			return
		}
		w.do(func() {
			switch {
			case asked != w.engineAsked:
			case w.idle():
				w.changeEngine(asked)
			default:
				w.engineWhenIdle(asked)
			}
		})
	})
}
