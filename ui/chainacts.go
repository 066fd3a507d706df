package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
)

// renoise is the noise that the key adds, as a share of the pixel range.
const renoise = 0.3

// newChainButton opens the menu of what can be done to the selected chain.
func newChainButton(w *Window) *ttwidget.Button {
	var b *ttwidget.Button
	b = ttwidget.NewButtonWithIcon("", theme.MoreVerticalIcon(), func() { w.chainMenu(b) })
	b.Importance = widget.LowImportance
	b.SetToolTip(tr("The selected chain: fork, freeze, kill, add noise (F, H, X, N)"))
	b.Disable()
	return b
}

func (w *Window) chainMenu(at fyne.CanvasObject) {
	h := w.now
	if h == nil || h.job == nil {
		return
	}
	item := func(text string, do func()) *fyne.MenuItem { return fyne.NewMenuItem(text, do) }
	hold := tr("Freeze (H): it stays as it is")
	if h.job.Recording().Held(h.selected) {
		hold = tr("Thaw (H): it walks on")
	}
	menu := fyne.NewMenu("",
		item(tr("Fork all chains here (F)"), func() { w.forkHere(studio.EveryChain) }),
		item(tr("Fork this chain: its variations (Shift+F)"), w.forkSelected),
		fyne.NewMenuItemSeparator(),
		item(hold, w.holdChain),
		item(tr("Kill (X): it stays, and counts no more"), func() { w.act(studio.Kill, 0) }),
		item(tr("Add a little noise (10 %)"), func() { w.act(studio.Noise, 0.1) }),
		item(tr("Add noise (N, 30 %)"), func() { w.act(studio.Noise, renoise) }),
		item(tr("Add much noise (60 %)"), func() { w.act(studio.Noise, 0.6) }),
	)
	where := fyne.CurrentApp().Driver().AbsolutePositionForObject(at)
	pop := widget.NewPopUpMenu(menu, w.win.Canvas())
	pop.ShowAtPosition(where.SubtractXY(pop.MinSize().Width-at.Size().Width, pop.MinSize().Height))
}

// holdChain freezes the selected chain, or lets it walk on.
func (w *Window) holdChain() {
	if h := w.now; h != nil && h.job != nil {
		if h.job.Recording().Held(h.selected) {
			w.act(studio.Thaw, 0)
			return
		}
		w.act(studio.Freeze, 0)
	}
}

// act does something to the selected chain: at once where its run is under way and its
// newest step is looked at, else in a fork at the step that is looked at.
func (w *Window) act(do studio.Deed, amount float64) {
	h := w.now
	if h == nil || h.job == nil || h.walking() || w.stage.last.job != h.job {
		return
	}
	if !h.active() || !h.follow {
		w.forkHere(studio.EveryChain, studio.Act{Step: w.stage.last.step, Chain: h.selected, Do: do, Amount: amount})
		return
	}
	if err := h.job.Act(do, h.selected, amount); err != nil {
		w.showError(tr("Nothing was done to the chain"), err)
		return
	}
	w.feed.poke()
}

// timeKey takes the keys that mean something where chains are looked at.
func (w *Window) timeKey(name fyne.KeyName) {
	if !w.stage.sample.Visible() || w.tasks.place().idle {
		return
	}
	switch name {
	case fyne.KeyF:
		if w.gallery.shift() {
			w.forkSelected()
			return
		}
		w.forkHere(studio.EveryChain)
	case fyne.KeyH:
		w.holdChain()
	case fyne.KeyX:
		w.act(studio.Kill, 0)
	case fyne.KeyN:
		w.act(studio.Noise, renoise)
	case fyne.KeyV:
		w.stage.times.next()
	case fyne.KeyG:
		w.nextCurve()
	}
}
