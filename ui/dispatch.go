package ui

import "fyne.io/fyne/v2"

// dispatcher hands a function to the UI goroutine and returns at once. Tests
// bring their own, since Fyne's test driver would run it on the caller's.
type dispatcher func(func())

// onUI is the one way by which background work reaches widgets.
func onUI(f func()) { fyne.Do(f) }

// background runs work off the UI goroutine, and what it returns, which may be
// nil, on it. It is called on the UI goroutine. A fault in the work is shown as an
// error, it does not end the program.
func (w *Window) background(work func() (then func())) {
	w.busy.Add(1)
	go func() {
		defer w.busy.Done()
		then := guarded(w, work)
		if then != nil {
			w.do(then)
		}
	}()
}

func guarded(w *Window, work func() func()) (then func()) {
	defer func() {
		if p := recover(); p != nil {
			then = func() { w.showError(tr("Something went wrong inside the program"), faultError(p)) }
		}
	}()
	return work()
}
