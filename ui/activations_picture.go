package ui

import (
	"context"
	"errors"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
)

// follow looks at the selected chain's picture as it is shown, unless a person chose
// another one.
func (v *layerView) follow(h *session) {
	if v.w.now != h || !v.w.inspector.seen(insightLayers) || h.looked.mine || v.busy || h.chains.job == nil || h.chains.job == h.looked.failed {
		return
	}
	job, chain, frame := h.chains.job, h.chains.selected, h.chains.frame
	if h.chains.follow {
		frame = job.Recording().Frames() - 1
	}
	x, step, ok := job.Recording().Seen(frame, chain)
	if l := &h.looked; !ok || l.job == job && l.step == step && l.chain == chain {
		return
	}
	name := trf("chain %d of seed %d, step %d", chain+1, h.chains.ran.Seed, step)
	v.ask(h, looked{name: name, x: x, job: job, step: step, chain: chain, recipe: job.Recipe(), level: h.looked.level})
}

// ask computes the activations of a picture in the background.
func (v *layerView) ask(h *session, next looked) {
	v.busy = true
	v.w.background(func() func() {
		at, err := h.opened.AtLevel(next.level)
		var layers []studio.Activation
		if err == nil {
			layers, err = v.w.studio.Activations(v.w.ctx, at, next.recipe, next.x)
		}
		return func() {
			v.busy = false
			switch {
			case errors.Is(err, context.Canceled):
				return
			case h.looked.mine && !next.mine, h.looked.level != next.level: // a person has chosen another picture or level meanwhile
				return
			case err != nil:
				h.looked.failed, h.looked.mine = next.job, false
				v.w.showError(trf("The activations of %s could not be computed", next.name), err)
			default:
				next.layers, next.layer, next.channel = layers, h.looked.layer, h.looked.channel
				h.looked = next
			}
			if v.w.now == h {
				v.showPicture()
				v.fill()
				v.follow(h) // the chains have gone on meanwhile
			}
		}
	})
}

// setLevel tells the network another noise level.
func (v *layerView) setLevel(level int) {
	h := v.w.now
	if h == nil || level == max(1, h.looked.level) {
		return
	}
	h.looked.level = level
	if h.looked.layers != nil {
		v.ask(h, h.looked)
	}
}

// menu offers where the picture comes from.
func (v *layerView) menu() {
	h := v.w.now
	if h == nil {
		return
	}
	item := func(text string, on bool, do func()) *fyne.MenuItem {
		m := fyne.NewMenuItem(text, do)
		m.Disabled = !on
		return m
	}
	pictures, kept := h.opened.Model.C == 1 || h.opened.Model.C == 3, v.w.gallery.looked()
	extensions := []string{"png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff"}
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("",
		item(tr("The selected chain"), h.chains.job != nil, v.takeChain),
		item(tr("The picture looked at in the gallery"), pictures && kept != nil, func() { v.takeFile(v.w.gallery.library.open().Path(kept.Name)) }),
		item(tr("A file…"), pictures, func() {
			v.w.choose(func() (string, error) { return v.w.chooser.Open(tr("Choose a picture"), tr("Pictures"), extensions) }, v.takeFile)
		}),
	), v.w.win.Canvas(), v.w.below(v.choose))
}

// takeChain goes back to the selected chain's picture.
func (v *layerView) takeChain() {
	h := v.w.now
	h.looked.mine, h.looked.job = false, nil
	v.follow(h)
}

// takeFile looks at the activations of a picture file.
func (v *layerView) takeFile(path string) {
	h := v.w.now
	if h == nil {
		return
	}
	v.w.background(func() func() {
		x, _, err := h.opened.ReadPictures(path)
		return func() {
			if err != nil {
				v.w.showError(trf("%s could not be opened", filepath.Base(path)), err)
				return
			}
			h.looked.mine = true
			v.ask(h, looked{name: filepath.Base(path), x: studio.Pick(x, 0), mine: true, recipe: h.chains.recipe, level: h.looked.level})
		}
	})
}
