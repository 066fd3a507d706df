package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"
)

// sight is one way to look at a run.
type sight int

// The sights, in the order of the rail.
const (
	sightChains sight = iota
	sightForks
	sightMixing
	sightLevels
	sightCount
)

// timeMachine is what the middle shows of a run while it is sampled or composed: its
// chains, the tree of its forks above them, how the chains mix, or its noise levels.
type timeMachine struct {
	w      *Window
	now    sight
	rail   [sightCount]*ttwidget.Button
	chains fyne.CanvasObject
	forks  *forkPanel
	mixing *mixingPanel
	levels *levelPanel
	box    *fyne.Container
}

func newTimeMachine(w *Window, chains fyne.CanvasObject) *timeMachine {
	t := &timeMachine{w: w, chains: chains, forks: newForkPanel(w), mixing: newMixingPanel(w), levels: newLevelPanel(w)}
	rail := container.New(layout.NewCustomPaddedVBoxLayout(2))
	for i, of := range [sightCount]struct{ title, tip string }{
		sightChains: {tr("Chains"), tr("The pictures of all chains (V goes round)")},
		sightForks:  {tr("Forks"), tr("The tree of runs: where each left the one before, and what it changed (V goes round)")},
		sightMixing: {tr("Mixing"), tr("How well the chains explore exp(-E): R-hat, effective sample size, stuck chains (V goes round)")},
		sightLevels: {tr("Levels"), tr("A row a noise level: the initializer's proposal, what Langevin steps made of it, the difference. For models with noise levels (CDRL)")},
	} {
		b := ttwidget.NewButton(of.title, func() { t.to(sight(i)) })
		b.Importance = widget.LowImportance
		b.SetToolTip(of.tip)
		t.rail[i] = b
		rail.Add(b)
	}
	upper := container.New(upperHalf{}, t.forks.box, chains)
	t.box = container.NewBorder(nil, nil, rail, nil, container.NewStack(upper, t.mixing.box, t.levels.box))
	t.to(sightChains)
	return t
}

// to shows a sight; that of noise levels only where the model has some.
func (t *timeMachine) to(s sight) {
	if s == sightLevels && !t.hasLevels() {
		s = sightChains
	}
	t.now = s
	setVisible(t.forks.box, s == sightForks)
	setVisible(t.chains, s == sightChains || s == sightForks)
	setVisible(t.mixing.box, s == sightMixing)
	setVisible(t.levels.box, s == sightLevels)
	lightOne(t.rail[:], int(s))
	t.box.Refresh()
	t.show()
}

// lightOne lights one button of a rail.
func lightOne(rail []*ttwidget.Button, chosen int) {
	for i, b := range rail {
		want := widget.LowImportance
		if i == chosen {
			want = widget.HighImportance
		}
		if b.Importance != want {
			b.Importance = want
			b.Refresh()
		}
	}
}

// next goes round the sights.
func (t *timeMachine) next() {
	s := (t.now + 1) % sightCount
	if s == sightLevels && !t.hasLevels() {
		s = sightChains
	}
	t.to(s)
}

func (t *timeMachine) hasLevels() bool {
	h := t.w.now
	return h != nil && h.opened.Model.Diffuse != nil
}

// show fills the sight from the run that is looked at.
func (t *timeMachine) show() {
	h := t.w.now
	enable(t.rail[sightLevels], t.hasLevels())
	if t.now == sightLevels && !t.hasLevels() {
		t.to(sightChains)
		return
	}
	if h == nil || t.w.stage == nil {
		return
	}
	switch t.now {
	case sightForks:
		t.forks.show(h)
	case sightMixing:
		t.mixing.show(h)
	case sightLevels:
		t.levels.show(h)
	}
}

// upperHalf lays the first object above the second, in 45 % of the height while it is
// seen.
type upperHalf struct{}

func (upperHalf) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[1].MinSize() }

func (upperHalf) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	upper := float32(0)
	if objects[0].Visible() {
		upper = size.Height * 0.45
		objects[0].Resize(fyne.NewSize(size.Width, upper))
		objects[0].Move(fyne.NewPos(0, 0))
	}
	objects[1].Move(fyne.NewPos(0, upper))
	objects[1].Resize(fyne.NewSize(size.Width, size.Height-upper))
}

// emptyText is a sentence in the middle of a panel that has nothing to show.
func emptyText() (*widget.Label, fyne.CanvasObject) {
	l := widget.NewLabel("")
	l.Alignment, l.Wrapping, l.Importance = fyne.TextAlignCenter, fyne.TextWrapWord, widget.LowImportance
	return l, container.NewVBox(layout.NewSpacer(), l, layout.NewSpacer())
}
