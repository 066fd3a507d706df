package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/ui/widgets"
)

// tourKey is the preference that remembers that the tour was offered.
const tourKey = "tour.offered"

// stop is a place that the tour shows.
type stop struct {
	title, text string
	task        task
	place       func() []fyne.CanvasObject // all that the light falls on
	do          func()                     // what the stop shows live; nil: nothing
}

// tour walks through the window: it goes to a task, puts a light on a place and says
// what happens there. It changes nothing that a person has made, and afterwards the
// window is back at the task where it was. Lessons are tours too, see lessons.go.
type tour struct {
	w     *Window
	light *widgets.Spotlight
	stops []stop
	at    int
	done  func() // brings the window back to where the person was
}

func (w *Window) stops() []stop {
	return []stop{
		{tr("Watch chains"), tr("Every picture is a Langevin chain: it begins as noise and walks downhill in the model's energy, a step at a time. The bar below goes back through every step; a curve is the energy of a chain. Lower is likelier."), taskSample, lit(w.tasks.middle), nil},
		{tr("Turn knobs"), tr("What stands here is what the next start runs. The same seed and knobs give the same pictures. Let the pointer rest on a control to read what it does. Space starts, pauses and goes on."), taskSample, lit(w.tasks.column), nil},
		{tr("Compose concepts"), tr("A slider to the right asks for a concept, to the left pushes it away; energies add up, so concepts mix (AND, OR, NOT). While a slider moves, the chains follow. The ledger says which term pulls how hard."), taskCompose, lit(w.tasks.column), nil},
		{tr("Paint a mask"), tr("Take a sample or drop a picture, and paint over what is to be made anew. After every step the chains are drawn back to the rest, x to m x + (1 - m) known. The answers come sorted by energy."), taskInpaint, lit(w.tasks.middle), nil},
		{tr("Interpolate"), tr("Go from latent to latent, of seeds, pictures or samples, and refine every frame by Langevin steps. The energy along the way shows where a barrier lies. It is there for models with latents."), taskInterpolate, lit(w.tasks.middle), nil},
		{tr("Keep and export"), tr("K keeps the selected picture in the gallery, where kept pictures are searched, compared and made again. These buttons write pictures, sheets and animations, each with its recipe inside."), taskSample, lit(w.saving), nil},
		{tr("Help is here"), tr("F1 opens the guide at the part that fits, and ? the list of keys. Both work offline and can be searched. This tour is there too."), taskSample, lit(w.helping), nil},
	}
}

// startTour shows the window to a person, on a bundled model where none is open that
// can show all of it.
func (w *Window) startTour() {
	if w.tour != nil {
		return
	}
	w.dismissOffer()
	if (w.now == nil || w.now.paint == nil) && len(w.options.Bundled) > 0 && len(w.opening) == 0 {
		w.openBundled(w.options.Bundled[0].Name, true)
	}
	from := w.tasks.now
	w.guide(w.stops(), func() { w.tasks.to(from) })
}

// guide walks a person through stops; done brings the window back.
func (w *Window) guide(stops []stop, done func()) {
	t := &tour{w: w, light: widgets.NewSpotlight(tr("Back"), tr("Leave")), stops: stops, done: done}
	t.light.OnNext, t.light.OnBack, t.light.OnLeave = t.next, t.back, t.leave
	w.tour = t
	w.win.Canvas().Overlays().Add(t.light)
	t.light.Resize(w.win.Canvas().Size())
	t.show()
}

func (t *tour) next() {
	if t.at++; t.at == len(t.stops) {
		t.leave()
		return
	}
	t.show()
}

func (t *tour) back() {
	t.at = max(0, t.at-1)
	t.show()
}

// leave ends the tour wherever it is.
func (t *tour) leave() {
	if t.w.tour != t {
		return
	}
	t.w.tour = nil
	t.w.win.Canvas().Overlays().Remove(t.light)
	t.done()
}

// show goes to the task of the stop and lights its place. The light falls on the
// task's button where the model looked at has no use for the task.
func (t *tour) show() {
	s := t.stops[t.at]
	t.w.tasks.to(s.task)
	if s.do != nil {
		s.do()
	}
	targets := s.place()
	if t.w.tasks.now != s.task {
		targets = []fyne.CanvasObject{t.w.tasks.buttons[s.task]}
		if !t.w.tasks.bar.Visible() {
			targets = []fyne.CanvasObject{t.w.tasks.menu}
		}
	}
	next := tr("Next")
	if t.at == len(t.stops)-1 {
		next = tr("Done")
	}
	t.light.SetStep(widgets.SpotStep{
		Title: s.title, Text: s.text, Count: trf("%d of %d", t.at+1, len(t.stops)), Next: next, First: t.at == 0,
		Place: func() (fyne.Position, fyne.Size) { return t.around(targets) },
	})
}

// around is the smallest place that holds all of the objects.
func (t *tour) around(objects []fyne.CanvasObject) (fyne.Position, fyne.Size) {
	at := t.w.app.Driver().AbsolutePositionForObject(objects[0])
	end := at.Add(objects[0].Size())
	for _, o := range objects[1:] {
		p := t.w.app.Driver().AbsolutePositionForObject(o)
		at = fyne.NewPos(min(at.X, p.X), min(at.Y, p.Y))
		end = fyne.NewPos(max(end.X, p.X+o.Size().Width), max(end.Y, p.Y+o.Size().Height))
	}
	return at, fyne.NewSize(end.X-at.X, end.Y-at.Y)
}

// key works the tour from the keyboard.
func (t *tour) key(name fyne.KeyName) {
	switch name {
	case fyne.KeyRight, fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace, fyne.KeyDown:
		t.next()
	case fyne.KeyLeft, fyne.KeyUp:
		t.back()
	case fyne.KeyEscape:
		t.leave()
	}
}

// offerAbove keeps the offer of the tour clear of the line about the engine.
const offerAbove = 44

// offerTour asks, once in the program's life, whether the tour is wanted. The question
// stands over the curves and waits for nobody.
func (w *Window) offerTour() {
	if w.app.Preferences().Bool(tourKey) {
		return
	}
	w.app.Preferences().SetBool(tourKey, true)
	title := widget.NewLabelWithStyle(tr("New here?"), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	text := widget.NewLabel(trf("A tour of %d short steps shows what is where. Help (F1) has it too.", len(w.stops())))
	show := widget.NewButton(tr("Show me"), w.startTour)
	show.Importance = widget.HighImportance
	no := widget.NewButton(tr("Not now"), w.dismissOffer)
	no.Importance = widget.LowImportance
	row := container.NewHBox(container.New(layout.NewCustomPaddedVBoxLayout(-8), title, text), container.NewCenter(no), container.NewCenter(show))
	card := widgets.NewPanel(theme.ColorNamePrimary, 2, widgets.NewPanel(theme.ColorNameOverlayBackground, 10, row))
	w.offer.Objects = []fyne.CanvasObject{container.NewBorder(nil, container.New(layout.NewCustomPaddedLayout(0, offerAbove, 0, 0), container.NewCenter(card)), nil, nil)}
	w.offer.Refresh()
}

func (w *Window) dismissOffer() {
	w.offer.Objects = nil
	w.offer.Refresh()
}

// followed is a layout that tells when it has been applied, so that the tour's light
// stays on its place when the window changes its size.
type followed struct {
	by   fyne.Layout
	done func()
}

// MinSize implements fyne.Layout.
func (f followed) MinSize(objects []fyne.CanvasObject) fyne.Size { return f.by.MinSize(objects) }

// Layout implements fyne.Layout.
func (f followed) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	f.by.Layout(objects, size)
	f.done()
}

// followTour moves the light to where its place is now.
func (w *Window) followTour() {
	if w.tour != nil && slices.Contains(w.win.Canvas().Overlays().List(), fyne.CanvasObject(w.tour.light)) {
		w.tour.light.Refresh()
	}
}
