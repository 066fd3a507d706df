package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/sampling"
	"ebmstudio/studio"
)

// modelMenu offers the open models whose pictures are of the size of those looked at,
// each alone or with one of its classes.
func (m *mixer) modelMenu() {
	h := m.w.now
	if h == nil || !h.draws() {
		return
	}
	var items []*fyne.MenuItem
	for _, other := range m.w.sessions {
		o := other.opened
		if !other.draws() || o.Op != "" || !sameSize(o, h.opened) {
			continue
		}
		item := fyne.NewMenuItem(modelTitle(o), func() { m.mixModel(o, "") })
		if len(o.Model.Labels) > 0 {
			item.Action = nil
			item.ChildMenu = fyne.NewMenu("", fyne.NewMenuItem(tr("without a class"), func() { m.mixModel(o, "") }), fyne.NewMenuItemSeparator())
			for _, label := range o.Model.Labels[:min(len(o.Model.Labels), conceptsShown)] {
				item.ChildMenu.Items = append(item.ChildMenu.Items, fyne.NewMenuItem(label, func() { m.mixModel(o, label) }))
			}
		}
		items = append(items, item)
	}
	if len(items) == 0 {
		item := fyne.NewMenuItem(tr("No open model draws pictures of this size"), nil)
		item.Disabled = true
		items = append(items, item)
	}
	at := m.w.app.Driver().AbsolutePositionForObject(m.model).AddXY(0, m.model.Size().Height)
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), m.w.win.Canvas(), at)
}

func sameSize(a, b *studio.Opened) bool {
	return a.Model.C == b.Model.C && a.Model.H == b.Model.H && a.Model.W == b.Model.W
}

// mixModel makes a mixture of what is asked for now and another model, and looks at it.
// Its terms keep their weights; the new one has weight 1.
func (m *mixer) mixModel(other *studio.Opened, label string) {
	h := m.w.now
	parts, terms := partsOf(h)
	parts = append(parts, studio.Part{Opened: other, Label: label})
	mixed, err := m.w.studio.Mix(parts)
	if err != nil {
		m.w.showError(tr("These models cannot be mixed"), err)
		return
	}
	terms = append(terms, studio.Term{Weight: 1})
	for i := range terms {
		terms[i].Name, terms[i].Labels = mixed.Model.Labels[i], []int{i}
	}
	next := m.w.sessionOf(mixed)
	next.chains.recipe.Terms = terms
	next.chains.recipe.Seed, next.chains.recipe.Chains, next.chains.locked = h.chains.recipe.Seed, h.chains.recipe.Chains, h.chains.locked
	if h.chains.recipe.Sampler == next.chains.recipe.Sampler {
		next.chains.recipe.Settings = sampling.Settings{}
		for name, v := range h.chains.recipe.Settings {
			next.chains.recipe.Settings[name] = v
		}
	}
	next.noted = wishOf(next.chains.recipe)
	m.w.dropMixture(h)
	m.w.switchTo(next)
	m.w.startRun()
}

// partsOf are what a session asks for, as parts of a mixture with their weights: those
// of a mixture, the classes asked of one model, or the model alone.
func partsOf(h *session) (parts []studio.Part, terms []studio.Term) {
	weights, alone := weightsOf(h.chains.recipe.Terms)
	if h.opened.Op != "" {
		for i, p := range h.opened.Parts {
			w, asked := weights[i]
			if !asked && len(weights) == 0 {
				w = 1
			}
			parts, terms = append(parts, p), append(terms, studio.Term{Weight: w})
		}
		return parts, terms
	}
	for _, t := range h.chains.recipe.Terms {
		if alone && len(t.Labels) == 1 {
			parts = append(parts, studio.Part{Opened: h.opened, Label: h.opened.Model.Labels[t.Labels[0]]})
			terms = append(terms, studio.Term{Weight: t.Weight})
		}
	}
	if len(parts) == 0 {
		parts, terms = []studio.Part{{Opened: h.opened}}, []studio.Term{{Weight: 1}}
	}
	return parts, terms
}

// dropMixture takes a mixture that another one replaces off the list of models, where
// nothing was drawn with it.
func (w *Window) dropMixture(h *session) {
	if h.opened.Op == "" || h.chains.job != nil {
		return
	}
	for i, s := range w.sessions {
		if s == h {
			w.sessions = append(w.sessions[:i], w.sessions[i+1:]...)
			return
		}
	}
}
