package ui

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// answerStrip is what the newest run has made of the free pixels, the lowest energy
// first once the run is done.
type answerStrip struct {
	v       *inpaint
	grid    *widgets.ImageGrid
	title   *widget.Label
	none    *widget.Label
	buttons []*ttwidget.Button
	box     fyne.CanvasObject

	job      *studio.Job // of the order
	order    []int       // chains as they lie in the strip
	sorted   bool        // the order is that of the energies
	energies []float32   // at the end of the run
}

func newAnswers(v *inpaint) *answerStrip {
	a := &answerStrip{v: v, title: widget.NewLabelWithStyle(tr("Answers"), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})}
	a.grid = widgets.NewImageGrid(func(i int) { v.look(a.order[i]) })
	a.grid.Small = true
	a.none = widget.NewLabel(tr("Start draws several answers. They appear here, the lowest energy first, with how far the others lie above it."))
	a.none.Wrapping, a.none.Importance, a.none.SizeName = fyne.TextWrapWord, widget.LowImportance, theme.SizeNameCaptionText
	button := func(text, tip string, icon fyne.Resource, do func()) *ttwidget.Button {
		b := ttwidget.NewButtonWithIcon(text, icon, do)
		b.SetToolTip(tip)
		a.buttons = append(a.buttons, b)
		return b
	}
	accept := button(tr("Accept"), tr("This answer becomes the picture; Ctrl+Z takes it back (Enter)"), theme.ConfirmIcon(), a.accept)
	accept.Importance = widget.HighImportance
	grid := container.NewGridWithColumns(2, accept,
		button(tr("Go on"), tr("Accept this answer, and let new chains begin with it (C)"), theme.MediaPlayIcon(), a.goOn),
		button(tr("Discard"), tr("Take this answer out of the strip (D)"), theme.DeleteIcon(), a.discard),
		button(tr("Next"), tr("Look at the next answer (N); Escape goes back to the picture"), theme.NavigateNextIcon(), func() { a.next(1) }))
	a.box = container.NewBorder(a.title, grid, nil, nil, container.NewStack(container.NewVBox(a.none), a.grid))
	return a
}

// images are the pictures of the run shown, nil where they are no answers.
func (a *answerStrip) images() []*image.RGBA {
	h := a.v.w.now
	if h == nil || h.job == nil || h.paint == nil || h.ran.Known == nil || h.paint.settled == h.job || a.v.w.stage.last.job != h.job {
		return nil
	}
	return a.v.w.stage.last.images
}

// show lays the answers out.
func (a *answerStrip) show() {
	h, images := a.v.w.now, a.images()
	a.arrange(h, len(images))
	var shown []*image.RGBA
	var marks []color.Color
	selected := -1
	for i, chain := range a.order {
		shown = append(shown, images[chain])
		if last := a.v.w.stage.last; chain < len(last.marks) {
			marks = append(marks, last.marks[chain])
		}
		if chain == h.selected {
			selected = i
		}
	}
	a.none.Hidden = len(shown) > 0
	a.none.Refresh()
	a.grid.SetImages(shown)
	a.grid.SetMarks(marks)
	a.grid.SetCaptions(a.above())
	a.grid.Select(selected)
	done := h != nil && h.progress.Phase.Final()
	for i, b := range a.buttons {
		enable(b, len(shown) > 0 && (done || i == len(a.buttons)-1))
	}
}

// arrange keeps the order of the strip: of the chains while they run, of their
// last energies afterwards.
func (a *answerStrip) arrange(h *session, n int) {
	if n == 0 {
		a.order, a.job, a.sorted = nil, nil, false
		return
	}
	last := a.v.w.stage.last
	done := last.progress.Phase.Final()
	if a.job != h.job || a.sorted != done {
		a.job, a.sorted = h.job, done
		a.order = nil
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	if done {
		a.energies = lastEnergies(h.job.Recording())
		slices.SortStableFunc(all, func(i, k int) int { return lower(valueAt(a.energies, i), valueAt(a.energies, k)) })
	}
	a.order = slices.DeleteFunc(all, func(chain int) bool { return h.paint.discarded(h.job, chain) })
}

// above says how far the energies of the strip lie above the lowest, once it is sorted.
func (a *answerStrip) above() (texts []string) {
	if !a.sorted {
		return nil
	}
	for i, chain := range a.order {
		if i == 0 {
			texts = append(texts, tr("lowest"))
			continue
		}
		texts = append(texts, aboveText(valueAt(a.energies, chain)-valueAt(a.energies, a.order[0])))
	}
	return texts
}

// aboveText is a difference of energies in at most six letters.
func aboveText(d float64) string {
	switch {
	case math.IsNaN(d):
		return "–"
	case d < 10:
		return fmt.Sprintf("+%.1f", d)
	case d < 1e5:
		return fmt.Sprintf("+%.0f", d)
	}
	return fmt.Sprintf("+%.0e", d)
}

// lower sorts energies, those that are no number last.
func lower(a, b float64) int {
	switch {
	case a < b || a == a && b != b:
		return -1
	case a > b || b == b && a != a:
		return 1
	}
	return 0
}

// lastEnergies are the energies at the end of a run.
func lastEnergies(rec *studio.Recording) []float32 {
	return at(curves(rec, "energy"), rec.StepOf(rec.Frames()-1))
}

// first is the chain of the first answer, -1 where there is none.
func (a *answerStrip) first() int {
	if len(a.order) == 0 {
		return -1
	}
	return a.order[0]
}

// selected is the answer looked at, nil where there is none.
func (a *answerStrip) selected() *image.RGBA {
	h, images := a.v.w.now, a.images()
	if h == nil || !slices.Contains(a.order, h.selected) || h.selected >= len(images) {
		return nil
	}
	return images[h.selected]
}

// caption says which answer is looked at.
func (a *answerStrip) caption() string {
	h := a.v.w.now
	i := slices.Index(a.order, h.selected)
	return trf("Answer %d of %d · energy %s · painting goes back to the picture", i+1, len(a.order), number(valueAt(a.v.w.stage.last.energies, h.selected)))
}

// next looks at another answer, from the picture at the first.
func (a *answerStrip) next(by int) {
	if len(a.order) == 0 {
		return
	}
	i := slices.Index(a.order, a.v.w.now.selected)
	if a.v.preview || i < 0 {
		i = (i + by + len(a.order)) % len(a.order)
	}
	a.v.look(a.order[max(i, 0)])
}

// accept makes the selected answer the picture to go on from.
func (a *answerStrip) accept() {
	h, answer := a.v.w.now, a.selected()
	if answer == nil || !h.progress.Phase.Final() {
		return
	}
	h.paint.accept(h.job, trf("chain %d of seed %d", h.selected+1, h.ran.Seed), answer)
	a.v.preview = false
	a.v.changed()
	a.v.show()
}

// goOn accepts, and draws new answers that begin with this one.
func (a *answerStrip) goOn() {
	if h := a.v.w.now; a.selected() != nil && h.progress.Phase.Final() {
		h.given.begin = h.opened.Model.Hole == nil
		a.accept()
		a.v.w.startRun()
	}
}

// discard takes the selected answer out and looks at the one that follows.
func (a *answerStrip) discard() {
	h := a.v.w.now
	if a.selected() == nil || !h.progress.Phase.Final() {
		return
	}
	i := slices.Index(a.order, h.selected)
	h.paint.discard(h.job, h.selected)
	a.show()
	a.v.tools.show(h.paint)
	if n := len(a.order); n > 0 {
		a.v.look(a.order[min(i, n-1)])
		return
	}
	a.v.look(-1)
}
