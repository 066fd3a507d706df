package ui

import (
	"errors"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
)

// trainLook is how often a training is looked at; its curves are drawn more rarely, since
// the training pays for it.
const (
	trainLook = 250 * time.Millisecond
	trainDraw = time.Second
)

// begin starts the training that the form asks for, or lets a paused one go on.
func (v *trainer) begin() {
	if v.run.active() {
		v.holdOrGo()
		return
	}
	if missing := v.missing(); missing != "" {
		v.w.banner.show(missing, "", theme.InfoIcon(), widget.WarningImportance)
		return
	}
	r := v.request()
	r.Options.Resume = v.resumes
	v.taken = r.Options.Dir // the form says what is in it
	v.train(r)
}

// train starts a training.
func (v *trainer) train(r studio.TrainRequest) {
	v.w.hideBanner()
	if dir, err := filepath.Abs(r.Options.Dir); err == nil {
		r.Options.Dir = dir
	}
	v.watchRun(&trainRun{request: r, opening: -1, title: v.runTitle(r), job: v.w.studio.StartTraining(r, nil)})
}

// watchRun looks at a training that has begun.
func (v *trainer) watchRun(run *trainRun) {
	run.progress = run.job.Progress()
	v.run = run
	v.refresh()
	go v.watch(run)
}

func (v *trainer) titleOf(family string) string {
	for _, f := range v.families {
		if f.Name == family {
			title, _, _ := strings.Cut(f.Title, ":")
			return title
		}
	}
	return family
}

// watch looks at a training now and then until it has ended, off the UI goroutine.
func (v *trainer) watch(run *trainRun) {
	ticker := time.NewTicker(trainLook)
	defer ticker.Stop()
	for {
		select {
		case <-v.w.ctx.Done():
			return
		case <-run.job.Done():
			v.w.do(func() { v.look(run); v.ended(run) })
			return
		case <-ticker.C:
			v.w.do(func() { v.look(run) })
		}
	}
}

// look takes over what a training has told.
func (v *trainer) look(run *trainRun) {
	run.progress = run.job.Progress()
	run.told, run.result, _ = run.job.Training()
	if v.run != run {
		return
	}
	if run.told.Concern != "" && !run.toldGone {
		run.toldGone = true
		v.w.banner.show(tr("The data is gone"), run.told.Concern, theme.NewWarningThemedResource(theme.WarningIcon()), widget.WarningImportance)
	}
	if time.Since(run.drawn) >= trainDraw || run.progress.Phase.Final() {
		run.drawn = time.Now()
		run.made = run.job.Trained()
		v.draw()
		v.readSheets(run)
		if run.opening >= 0 && run.made.Saved > run.opening {
			run.opening = -1
			v.openModel(run)
		}
	}
	v.refresh()
}

// ended tells how a training ended.
func (v *trainer) ended(run *trainRun) {
	if v.run != run {
		return
	}
	err := run.progress.Err
	if run.again {
		v.again(run)
		return
	}
	v.lookAtFolder()
	v.refresh()
	switch {
	case err == nil && run.result.Reason == studio.TrainOutTime:
		v.w.showDone(trf("The time is up: %s", run.title), trf("kept after %d iterations", run.result.Iterations))
	case err == nil && run.result.Reason == studio.TrainDone:
		v.w.showDone(trf("Trained: %s", run.title), shortPath(run.request.Options.Dir))
	case err != nil && !errors.Is(err, studio.ErrClosed):
		if strings.Contains(err.Error(), "setting ") {
			v.complain(err)
		}
		v.w.showError(trf("The training %s ended", run.title), err)
	}
}

// holdOrGo pauses the training under way, or lets it go on.
func (v *trainer) holdOrGo() {
	if !v.run.active() {
		return
	}
	pause, resume := v.run.job.Pause, v.run.job.Resume
	if id := v.run.queued; id > 0 { // the queue knows of it, and the next job may go first
		pause, resume = func() { v.w.jobs.queue.Pause(id) }, func() { v.w.jobs.queue.Resume(id) }
	}
	if v.run.progress.Phase == studio.Paused {
		resume()
	} else {
		pause()
	}
	v.look(v.run)
}

// end stops the training and keeps it.
func (v *trainer) end() {
	if v.run.active() {
		v.run.job.Stop()
		v.look(v.run)
	}
}

// openNewest opens the model as it is now.
func (v *trainer) openNewest() {
	switch {
	case v.run == nil:
	case v.run.active():
		v.run.opening = v.run.made.Saved
		v.run.job.SaveTraining()
		if v.run.progress.Phase == studio.Paused { // it cannot save until it goes on
			v.run.opening = -1
			v.openModel(v.run)
		}
		v.refresh()
	default:
		v.openModel(v.run)
	}
}

// openModel opens the model in the run's folder and draws samples.
func (v *trainer) openModel(run *trainRun) {
	v.w.tasks.to(taskSample)
	v.w.open(source{path: filepath.Join(run.request.Options.Dir, studio.TrainModelFile), run: true})
}
