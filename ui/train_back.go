package ui

import (
	"errors"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
)

// canRollBack reports whether there is a save to go back to.
func (v *trainer) canRollBack() bool {
	if v.run == nil {
		return false
	}
	if v.run.active() {
		return v.run.made.Saved > 0 || v.run.request.Options.Resume
	}
	return v.run.progress.Phase == studio.Failed && v.resumes
}

// rollBack offers the saves to go back to; where there is one only, it goes there.
func (v *trainer) rollBack() {
	if !v.canRollBack() {
		return
	}
	saves, err := studio.TrainSaves(v.run.request.Options.Dir)
	if err != nil {
		v.w.showError(tr("There is nothing to go back to"), err)
		return
	}
	if len(saves) < 2 {
		v.rollBackTo(0)
		return
	}
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", v.backItems(saves, time.Now())...), v.w.win.Canvas(), v.w.below(v.back))
}

// backItems are the saves as items of a menu, the newest first.
func (v *trainer) backItems(saves []studio.TrainSave, now time.Time) (items []*fyne.MenuItem) {
	for _, s := range saves {
		text := trf("After %d iterations · %s · %s ago", s.Iterations, bytesText(s.Bytes), seconds(max(0, now.Sub(s.Time))))
		to := s.Iterations
		if s.Newest {
			text, to = trf("After %d iterations (the newest) · %s · %s ago", s.Iterations, bytesText(s.Bytes), seconds(max(0, now.Sub(s.Time)))), 0
		}
		items = append(items, fyne.NewMenuItem(text, func() { v.rollBackTo(to) }))
	}
	return items
}

// rollBackTo leaves what was not saved and goes on from a save, by its iterations, more
// slowly; 0 is the newest.
func (v *trainer) rollBackTo(save int) {
	switch {
	case !v.canRollBack(): // it has ended meanwhile
	case v.run.active():
		v.run.again, v.run.from = true, save
		v.run.job.DropTraining()
		v.look(v.run)
	default:
		v.run.from = save
		v.again(v.run)
	}
}

// again goes on from a save at half the rates.
func (v *trainer) again(run *trainRun) {
	was, ok, err := v.w.studio.Resumable(run.request.Options.Dir)
	if err != nil || !ok {
		v.w.showError(tr("There is nothing to go back to"), errors.Join(err, errors.New(trf("no training state in %s", run.request.Options.Dir))))
		v.refresh()
		return
	}
	next := run.request
	next.Options.Resume, next.Options.From = true, run.from
	next.Settings = studio.Slower(was.Settings)
	v.taken = "" // the form shows what it goes on with
	v.train(next)
	text := tr("It goes on from the last save at half the rates")
	if run.from > 0 {
		text = trf("It goes on from the save after %d iterations at half the rates", run.from)
	}
	v.w.showDone(tr("Rolled back"), text)
	v.lookAtFolder()
}
