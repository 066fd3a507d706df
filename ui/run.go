package ui

import (
	"errors"
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// transport is start, pause, stop and the progress below them.
type transport struct {
	start, pause, stop *ttwidget.Button
	bar                *widget.ProgressBar
	text               *widget.Label
	box                fyne.CanvasObject
}

func newTransport(w *Window) *transport {
	t := &transport{text: widget.NewLabel(""), bar: widget.NewProgressBar()}
	t.start = ttwidget.NewButtonWithIcon(tr("Start"), theme.MediaPlayIcon(), w.startOrResume)
	t.start.Importance = widget.HighImportance
	t.start.SetToolTip(tr("Draw new chains with the settings above (space)"))
	t.pause = ttwidget.NewButtonWithIcon(tr("Pause"), theme.MediaPauseIcon(), w.pauseRun)
	t.pause.SetToolTip(tr("Hold the chains after the step under way (space)"))
	t.stop = ttwidget.NewButtonWithIcon(tr("Stop"), theme.MediaStopIcon(), w.stopRun)
	t.stop.SetToolTip(tr("End the run after the step under way; every step so far is kept (S)"))
	t.bar.TextFormatter = func() string { return "" }
	t.text.SizeName, t.text.Wrapping = theme.SizeNameCaptionText, fyne.TextWrapWord
	t.box = container.NewVBox(widgets.NewThinBar(t.bar), t.text, container.NewGridWithColumns(2, t.pause, t.stop), t.start)
	return t
}

// startOrResume is the big button: it starts, resumes, or starts anew where the
// controls have changed since the run began.
func (w *Window) startOrResume() {
	h := w.now
	switch {
	case h == nil || !h.draws():
		return
	case h.active() && h.progress.Phase == studio.Paused && !h.edited():
		h.job.Resume()
		w.refreshProgress(h)
	default:
		w.startRun()
	}
}

// startRun runs the recipe as the controls stand. A run of this model that is
// under way is stopped. An unlocked seed is drawn or counted on where nothing else has
// changed since the last start; where something has, the same noise shows what
// that does.
func (w *Window) startRun() {
	h := w.now
	if h == nil || !h.draws() {
		return
	}
	if bad := w.controls.invalid(); bad != "" {
		w.showError(tr("A setting cannot be used"), errors.New(bad))
		return
	}
	if w.inpainting() {
		if missing := w.stage.inpaint.missing(); missing != "" {
			w.banner.show(missing, "", theme.InfoIcon(), widget.WarningImportance)
			return
		}
	}
	if h.walking() {
		if missing := w.stage.walk.missing(); missing != "" {
			w.banner.show(missing, "", theme.InfoIcon(), widget.WarningImportance)
			return
		}
	}
	if h.job != nil && !h.locked && !h.edited() && !h.walking() {
		h.recipe.Seed = w.seedAfter(h.recipe.Seed)
		w.controls.showSeed()
	}
	w.runNow(h)
}

// runNow runs the recipe as it is, from its own seed.
func (w *Window) runNow(h *session) {
	start := func() (*studio.Job, error) { return w.studio.Sample(h.opened, h.recipe, w.feed.poke), nil }
	if h.walking() {
		start = func() (*studio.Job, error) { return w.startWalk(h) }
	}
	w.replace(h, start, replaced{})
}

// replaced says what the run is that takes the place of another.
type replaced struct {
	draft  bool        // begun with pictures of the run before
	parent *studio.Job // that it is a fork of, nil for all others
}

// replace makes another run that of the session. The one under way is stopped, but for
// a fork: its run goes on.
func (w *Window) replace(h *session, start func() (*studio.Job, error), by replaced) {
	job, err := start()
	if err != nil {
		w.showError(tr("The run cannot be started"), err)
		return
	}
	if h.active() && by.parent == nil {
		h.job.Stop()
	}
	w.stopPlay()
	w.hideBanner()
	w.computeDensity(h)
	h.ran, h.draft = h.recipe.Clone(), by.draft
	if h.walking() {
		h.walk.ranRoute = h.walk.route.clone()
	}
	h.frame, h.frames, h.follow = 0, 0, true
	h.job, h.failureTold = job, false
	if !by.draft && !h.walking() {
		h.remember(job, by.parent)
		w.memory.keep()
	}
	if h.selected >= job.Recording().Chains() {
		h.selected = 0
	}
	h.progress = h.job.Progress()
	w.showRun()
	w.look()
}

func (w *Window) pauseRun() {
	h := w.now
	if h == nil || !h.active() {
		return
	}
	h.job.Pause()
	w.refreshProgress(h)
}

func (w *Window) stopRun() {
	h := w.now
	if h == nil || !h.active() {
		return
	}
	h.job.Stop()
	w.refreshProgress(h)
}

// toggleRun is the space bar.
func (w *Window) toggleRun() {
	h := w.now
	if h != nil && h.active() && h.progress.Phase != studio.Paused {
		w.pauseRun()
		return
	}
	w.startOrResume()
}

// refreshProgress shows at once what a button has changed; the step under way
// may take a while.
func (w *Window) refreshProgress(h *session) {
	h.progress = h.job.Progress()
	w.showRun()
	w.feed.poke()
}

// showShot is the feed's way to the UI.
func (w *Window) showShot(c shot) {
	h := w.now
	if h == nil || h.job != c.job {
		return // a shot of a run that is no longer looked at
	}
	before := h.progress.Phase
	h.progress = c.progress
	w.elapsed = c.elapsed
	if h.progress.Phase.Final() && !before.Final() {
		w.memory.keep()
	}
	if h.progress.Phase == studio.Failed && !h.failureTold {
		h.failureTold = true
		w.tellFailed(c)
	}
	w.stage.showShot(h, c)
	if len(c.images) == 0 {
		w.tellWaiting(c)
	}
	w.showRun()
	if w.onShot != nil {
		w.onShot(c)
	}
}

// tellFailed says where a run has failed, why, and what of it there is.
func (w *Window) tellFailed(c shot) {
	p := c.progress
	if p.Step == 0 || c.frames == 0 {
		w.showError(trf("%s could not be run", modelTitle(w.now.opened)), p.Err)
		return
	}
	kept := trf("The %d recorded steps are kept: they can be looked at and saved. Start tries again.", c.frames-1)
	w.showError(trf("%s has failed at step %d of %d", modelTitle(w.now.opened), p.Step, p.Steps), fmt.Errorf("%w\n%s", p.Err, kept))
}

// tellWaiting says what a run without a picture is waiting for.
func (w *Window) tellWaiting(c shot) {
	if c.progress.Phase == studio.Failed {
		w.stage.tell(tr("No pictures"), tr("The message above says what went wrong."), tr("Try again"), w.startRun)
		return
	}
	if w.now.draft || w.tasks.now == taskCompose && w.stage.grid.Len() > 0 {
		return // the pictures before stay until there are new ones
	}
	w.stage.tell(phaseText(c.progress, c.elapsed), tr("The first run of a model takes a little longer: the engine compiles its network."), "", nil)
}

// showRun puts the state of the run into buttons, bar and text.
func (w *Window) showRun() {
	t, h := w.transport, w.now
	if h == nil || !h.draws() {
		t.set(buttonState{start: tr("Start"), stop: tr("Stop")})
		t.say("", 0)
		w.showExports(false)
		return
	}
	p := h.progress
	b := buttonState{start: tr("Start"), stop: tr("Stop"), canStart: true}
	if h.active() {
		b.canPause, b.canStop = p.Phase != studio.Paused, true
		b.canStart = p.Phase == studio.Paused || h.edited()
		switch {
		case h.edited():
			b.start = tr("Restart with these settings")
		case p.Phase == studio.Paused:
			b.start = tr("Resume")
		default:
			b.start = tr("Running")
		}
		if p.Phase == studio.Stopping {
			b.stop, b.canStop, b.canPause, b.canStart = tr("Stopping…"), false, false, false
			b.start = tr("Start")
		}
	}
	t.set(b)
	done := 0.0
	if p.Steps > 0 {
		done = float64(p.Step) / float64(p.Steps)
	}
	text := tr("Ready: press Start, or the space bar")
	if h.walking() && len(h.walk.route.stops()) < 2 && h.walk.route.trail == nil {
		text = tr("Add at least two anchors on the right.")
	}
	if h.job != nil {
		text = phaseText(p, w.elapsed)
		if p.Compile > 50*time.Millisecond && p.Phase.Final() {
			text += trf(" · compiled in %s", seconds(p.Compile))
		}
	}
	t.say(text, done)
	w.showExports(h.job != nil && h.frames > 0 && !h.draft)
}

type buttonState struct {
	start, stop                 string
	canStart, canPause, canStop bool
}

// set changes only what differs, since it runs with every frame.
func (t *transport) set(b buttonState) {
	change := func(w *ttwidget.Button, text string, on bool) {
		if w.Text != text {
			w.SetText(text)
		}
		if on && w.Disabled() {
			w.Enable()
		} else if !on && !w.Disabled() {
			w.Disable()
		}
	}
	change(t.start, b.start, b.canStart)
	change(t.pause, t.pause.Text, b.canPause)
	change(t.stop, b.stop, b.canStop)
}

func (t *transport) say(text string, done float64) {
	if t.text.Text != text {
		t.text.SetText(text)
	}
	if t.bar.Value != done {
		t.bar.SetValue(done)
	}
}
