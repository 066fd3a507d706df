package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"
)

// insight is one way to look into a model.
type insight int

// The insights, in the order of the rail.
const (
	insightWeights insight = iota
	insightLayers
	insightCompare
	insightCount
)

// inspection is the task that looks into a model: the tensors of its file, what its
// layers make of a picture, and how its weights differ from others.
type inspection struct {
	w       *Window
	now     insight
	rail    [insightCount]*ttwidget.Button
	tensors *tensorTable
	layers  *layerView
	compare *weightsView
	box     *fyne.Container
}

func newInspection(w *Window) *inspection {
	n := &inspection{w: w, tensors: newTensorTable(w), layers: newLayerView(w), compare: newWeightsView(w)}
	rail := container.New(layout.NewCustomPaddedVBoxLayout(2))
	for i, of := range [insightCount]struct{ title, tip string }{
		insightWeights: {tr("Weights"), tr("The tensors of the file, with statistics and histograms")},
		insightLayers:  {tr("Activations"), tr("What every layer of the energy network makes of a picture")},
		insightCompare: {tr("Compare"), tr("The weights beside those of another checkpoint, or averaged ones beside raw ones")},
	} {
		b := ttwidget.NewButton(of.title, func() { n.to(insight(i)) })
		b.Importance = widget.LowImportance
		b.SetToolTip(of.tip)
		n.rail[i] = b
		rail.Add(b)
	}
	n.box = container.NewBorder(nil, nil, rail, nil, container.NewStack(n.tensors.box, n.layers.box, n.compare.box))
	n.to(insightWeights)
	return n
}

// place is the task in the window's bar.
func (n *inspection) place() place {
	return place{
		title: tr("Tensors"), tip: tr("Inside the model: its tensors, what its layers make of a picture, how its weights differ from others"),
		middle: n.box, show: n.show, key: n.key,
		drop: func(path string) bool {
			if n.now != insightLayers {
				return false
			}
			n.layers.takeFile(path)
			return true
		},
		needs: func(h *session) bool { return h.opened.File != nil },
	}
}

// seen reports whether an insight is what the window shows.
func (n *inspection) seen(i insight) bool { return n.now == i && n.w.tasks.now == taskTensors }

// to shows an insight; activations only of models with an energy.
func (n *inspection) to(i insight) {
	if h := n.w.now; i == insightLayers && h != nil && !h.draws() {
		i = insightWeights
	}
	n.now = i
	setVisible(n.tensors.box, i == insightWeights)
	setVisible(n.layers.box, i == insightLayers)
	setVisible(n.compare.box, i == insightCompare)
	lightOne(n.rail[:], int(i))
	n.box.Refresh()
	if n.w.tasks != nil {
		n.show()
	}
}

// show fills the insight from the model looked at.
func (n *inspection) show() {
	h := n.w.now
	enable(n.rail[insightLayers], h == nil || h.draws())
	if n.now == insightLayers && n.rail[insightLayers].Disabled() {
		n.to(insightWeights)
		return
	}
	switch n.now {
	case insightWeights:
		n.tensors.show()
	case insightLayers:
		n.layers.show()
	case insightCompare:
		n.compare.show()
	}
}

// key takes the keys of the activations: channels and layers.
func (n *inspection) key(name fyne.KeyName) bool {
	return n.now == insightLayers && n.layers.key(name)
}
