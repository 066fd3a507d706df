package ui

import (
	"sort"
	"time"
)

// look asks the feed for what the window shows now.
func (w *Window) look() {
	h := w.now
	if h == nil || h.job == nil || w.feed == nil {
		return
	}
	v := view{
		job: h.job, frame: h.frame, follow: h.follow, selected: h.selected,
		energy: w.stage.energy.Frame(), gradient: w.stage.gradient.Frame(),
	}
	if d := h.density; d != nil {
		of := d.of // a value: the feed's own
		v.density, v.stage, v.dots = &of, d.shown, w.stage.plane.model.Frame()
		if d.follow {
			v.stage = -1
		}
	}
	v.before = h.generates() && (h.walking() || w.stage.compare.Checked)
	if h.walking() {
		v.along = w.stage.walk.energy.Frame()
	}
	w.feed.look(v)
}

func (w *Window) selectChain(i int) {
	if w.now == nil || i < 0 || i >= len(w.stage.last.images) {
		return
	}
	w.now.selected = i
	w.stage.grid.Select(i)
	w.stage.before.grid.Select(i)
	w.stage.showSelected(w.now)
	w.look()
}

// seekFrame shows a recorded frame and stops following and playing.
func (w *Window) seekFrame(frame int) {
	w.stopPlay()
	w.goTo(frame)
}

func (w *Window) goTo(frame int) {
	h := w.now
	if h == nil || h.frames == 0 {
		return
	}
	h.frame, h.follow = min(max(frame, 0), h.frames-1), false
	w.stage.showScrub(h)
	w.look()
}

// seekStep shows the frame nearest to a step.
func (w *Window) seekStep(step int) {
	h := w.now
	if h == nil || h.job == nil {
		return
	}
	rec := h.job.Recording()
	w.seekFrame(sort.Search(max(0, h.frames-1), func(i int) bool { return rec.StepOf(i) >= step }))
}

func (w *Window) followNewest() {
	if w.now == nil {
		return
	}
	w.stopPlay()
	w.now.follow = true
	w.now.frame = max(0, w.now.frames-1)
	w.look()
}

// playGap is the time between two frames of a played recording; a long recording
// is played in playFrames pictures.
const (
	playGap    = 50 * time.Millisecond
	playFrames = 240
)

func (w *Window) togglePlay() {
	if w.stage.play != nil {
		w.stopPlay()
		return
	}
	h := w.now
	if h == nil || h.frames < 2 {
		return
	}
	if h.frame >= h.frames-1 {
		h.frame = 0
	}
	ticker := time.NewTicker(playGap)
	done := make(chan struct{})
	w.stage.play, w.playDone = ticker, done
	go func() {
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				w.do(func() { w.playOn(ticker) })
			}
		}
	}()
	w.goTo(h.frame)
}

// playOn shows the next frame of a played recording, where that ticker still
// plays.
func (w *Window) playOn(ticker *time.Ticker) {
	h := w.now
	if w.stage.play != ticker || h == nil {
		return
	}
	next := h.frame + max(1, h.frames/playFrames)
	if next >= h.frames-1 {
		w.stopPlay()
		next = h.frames - 1
	}
	w.goTo(next)
}

func (w *Window) stopPlay() {
	if w.stage.play == nil {
		return
	}
	w.stage.play.Stop()
	close(w.playDone)
	w.stage.play, w.playDone = nil, nil
	if w.now != nil {
		w.stage.showScrub(w.now)
	}
}
