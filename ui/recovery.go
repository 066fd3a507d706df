package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// beginJournal keeps what is open in a recovery file from now on, every few seconds.
func (w *Window) beginJournal() {
	if w.options.State == "" {
		return
	}
	journal, err := studio.OpenJournal(w.options.State)
	if err != nil {
		w.showError(tr("What is open cannot be kept against a crash"), err)
		return
	}
	w.project.journal = journal
	go func() {
		ticker := time.NewTicker(studio.JournalPeriod)
		defer ticker.Stop()
		for {
			select {
			case <-w.ctx.Done():
				return
			case <-ticker.C:
				w.do(w.keepJournal)
			}
		}
	}()
}

// keepJournal writes the recovery file where something has changed.
func (w *Window) keepJournal() {
	s := &w.project
	if s.journal == nil || s.keeping || len(w.sessions) == 0 && len(w.jobs.works()) == 0 {
		return
	}
	s.keeping = true
	take, journal, recovered := w.snapshot(), s.journal, s.recovered
	w.background(func() func() {
		_, err := journal.Keep(take())
		return func() {
			w.project.keeping = false
			if err == nil {
				w.project.told = ""
				w.takenOver(recovered)
			} else if text := err.Error(); text != w.project.told {
				w.project.told = text
				w.showError(tr("What is open cannot be kept against a crash"), err)
			}
		}
	})
}

// endJournal is the clean end: the recovery file goes; what was open and what waits in
// the queue are kept for the next start.
func (w *Window) endJournal() {
	if w.project.journal == nil {
		return
	}
	if len(w.sessions) > 0 {
		p := w.snapshot()()
		_, _ = studio.SaveProject(filepath.Join(w.options.State, "last"+studio.ProjectExtension), p, "", true) // a convenience
		if err := studio.KeepQueue(w.options.State, p); err != nil {
			fyne.LogError("the queue could not be kept", err) // the window is gone
		}
	}
	if err := w.project.journal.Close(); err != nil {
		fyne.LogError("the recovery file could not be removed", err)
	}
}

// offerRecovery asks what to do with what a window has left that did not end as it
// should, and takes over the queue of the last time.
func (w *Window) offerRecovery() {
	if w.options.State == "" {
		return
	}
	w.background(func() func() {
		found := studio.Recoveries(w.options.State)
		queue, err := studio.TakeQueue(w.options.State)
		return func() {
			if err != nil && w.project.journal != nil { // else that was said already
				w.showError(tr("The queue of the last time could not be read"), err)
			}
			if queue != nil {
				if works, err := queue.Works(); err == nil {
					w.studio.SetPaces(queue.Paces)
					w.jobs.takeOver(works)
				}
			}
			if len(found) > 0 || w.options.Crash != "" {
				w.showRecovery(found)
			}
		}
	})
}

// showRecovery is the question.
func (w *Window) showRecovery(found []studio.Recovery) {
	list := container.NewVBox()
	title := tr("The program has crashed")
	if len(found) > 0 {
		title = tr("The program did not end as it should")
		list.Add(widget.NewLabel(tr("What was open was kept. Nothing that you have saved was touched.")))
	}
	d := dialog.NewCustomWithoutButtons(title, list, w.win)
	var readable []studio.Recovery
	for _, r := range found {
		var recover func() // of all but the newest, which the dialog's own button recovers
		if r.Err == nil {
			if readable = append(readable, r); len(readable) > 1 {
				recover = func() { d.Hide(); w.recover(r) }
			}
		}
		list.Add(recoveryLine(r, recover))
	}
	if w.options.Crash != "" {
		list.Add(w.crashLine())
	}
	discard := w.reply(tr("Throw it away"), func() { d.Hide(); w.discardRecoveries(found) })
	later := w.reply(tr("Ask again next time"), d.Hide)
	switch {
	case len(readable) > 0:
		recover := w.reply(tr("Recover"), func() { d.Hide(); w.recover(readable[0]) })
		recover.Icon, recover.Importance = theme.HistoryIcon(), widget.HighImportance
		d.SetButtons([]fyne.CanvasObject{discard, later, recover})
		defer w.win.Canvas().Focus(recover)
	case len(found) > 0:
		aside := w.reply(tr("Set it aside"), func() { d.Hide(); w.setAside(found) })
		aside.Importance = widget.HighImportance
		d.SetButtons([]fyne.CanvasObject{discard, later, aside})
		defer w.win.Canvas().Focus(aside)
	default:
		d.SetButtons([]fyne.CanvasObject{w.reply(tr("Close"), d.Hide)})
	}
	list.Add(container.New(layout.NewCustomPaddedLayout(0, 4, 0, 0))) // room above the buttons
	// Escape puts it off: it is asked again next time.
	w.ask(d, true)
	d.Resize(fyne.NewSize(560, 0))
}

// recoveryLine says what a recovery file holds, or why it cannot be read.
func recoveryLine(r studio.Recovery, recover func()) fyne.CanvasObject {
	head := widget.NewLabelWithStyle(trf("As it was at %s", r.When.Local().Format(time.DateTime)), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	text := ""
	if r.Err != nil {
		head.Importance = widget.DangerImportance
		text = trf("It cannot be read: %s", r.Err.Error())
	} else {
		names := make([]string, len(r.Project.Sessions))
		for i, s := range r.Project.Sessions {
			names[i] = r.Project.Models[s.Model].Ref.Name
		}
		text = trf("%s, with what was set and painted", strings.Join(names, ", "))
		if n := len(r.Project.Queue); n > 0 {
			text += "\n" + trf("jobs in the queue: %d", n)
		}
		if r.Project.Recovers != "" {
			text += "\n" + trf("of the project %s, which is as you saved it", shortPath(r.Project.Recovers))
		}
	}
	l := widget.NewLabel(text)
	l.Wrapping = fyne.TextWrapWord
	words := container.New(layout.NewCustomPaddedVBoxLayout(-8), head, l)
	if recover == nil {
		return widgets.NewPanel(widgets.ColorStage, 8, words)
	}
	older := widget.NewButton(tr("Recover this"), recover)
	return widgets.NewPanel(widgets.ColorStage, 8, container.NewBorder(nil, nil, nil, container.NewCenter(older), words))
}

// crashLine shows the beginning of the crash's log, with buttons to have all of it.
func (w *Window) crashLine() fyne.CanvasObject {
	const shown = 400
	path := w.options.Crash
	text, err := os.ReadFile(path)
	if err != nil {
		text = []byte(err.Error())
	}
	all := string(text)
	head := widget.NewLabelWithStyle(tr("Crash log"), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	l := widget.NewLabelWithStyle(all[:min(len(all), shown)], fyne.TextAlignLeading, fyne.TextStyle{Monospace: true})
	l.SizeName, l.Wrapping = theme.SizeNameCaptionText, fyne.TextWrapBreak
	copied := widget.NewButtonWithIcon(tr("Copy"), theme.ContentCopyIcon(), func() { w.app.Clipboard().SetContent(all) })
	remove := widget.NewButtonWithIcon(tr("Delete"), theme.DeleteIcon(), nil)
	remove.OnTapped = func() {
		if err := os.Remove(path); err == nil {
			l.SetText(tr("deleted"))
			remove.Disable()
		}
	}
	where := widget.NewLabel(shortPath(path))
	where.SizeName, where.Importance = theme.SizeNameCaptionText, widget.LowImportance
	return widgets.NewPanel(widgets.ColorStage, 8, container.NewVBox(container.NewBorder(nil, nil, head, container.NewHBox(copied, remove)), where, l))
}

// recover shows what a recovery file holds. The file stays until the journal of this
// window has taken it over.
func (w *Window) recover(r studio.Recovery) {
	path, sum := r.Project.Recovers, ""
	if path != "" {
		if _, now, err := studio.ReadProject(path); err == nil {
			sum = now
		} else {
			path = "" // the project is gone: saving asks for a file
		}
	}
	w.showProject(r.Project, path, sum, trf("Recovered as it was at %s", r.When.Local().Format(time.TimeOnly)), true, func() {
		w.project.recovered = append(w.project.recovered, r)
		w.keepJournal()
	})
}

// takenOver removes recovery files that the journal holds now.
func (w *Window) takenOver(recovered []studio.Recovery) {
	if w.discardRecoveries(recovered); len(w.project.recovered) == len(recovered) {
		w.project.recovered = nil
	}
}

func (w *Window) discardRecoveries(found []studio.Recovery) {
	for _, r := range found {
		if err := r.Discard(); err != nil {
			w.showError(tr("The recovery file could not be removed"), err)
			return
		}
	}
}

// setAside keeps recovery files that cannot be read, and says where.
func (w *Window) setAside(found []studio.Recovery) {
	for _, r := range found {
		aside, err := r.SetAside()
		if err != nil {
			w.showError(tr("The recovery file could not be set aside"), err)
			return
		}
		w.showDone(tr("Set aside"), fmt.Sprint(shortPath(aside)))
	}
}
