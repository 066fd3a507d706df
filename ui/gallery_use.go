package ui

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"

	"fyne.io/fyne/v2"

	"ebmstudio/studio"
)

// recall takes over from the picture looked at: all of its recipe, all but the seed, or
// the seed alone. The message offers to take it back.
func (g *gallery) recall(what studio.Recalled) {
	it, l := g.looked(), g.library.open()
	if it == nil || l == nil {
		return
	}
	path := l.Path(it.Name)
	g.w.background(func() func() {
		saved, info, _, err := studio.ReadPicture(path)
		var o *studio.Opened
		if err == nil && what != studio.RecallSeed {
			o, err = g.modelFor(saved.Checkpoint)
		}
		return func() { g.recalled(o, saved, info.Chain, what, err) }
	})
}

func (g *gallery) recalled(o *studio.Opened, saved studio.Recipe, chain int, what studio.Recalled, err error) {
	w, h := g.w, g.w.now
	if o != nil {
		h = w.sessionOf(o)
	}
	if err == nil && h == nil {
		err = errors.New(tr("no model is open that could take the seed over"))
	}
	var r studio.Recipe
	if err == nil {
		r, err = studio.Recall(h.recipe, saved, chain, what)
	}
	if err == nil {
		err = h.opened.Check(r)
	}
	if err == nil && r.Chains > maxChains {
		err = fmt.Errorf(tr("found %d chains, want at most %d in the window"), r.Chains, maxChains)
	}
	if err != nil {
		w.showError(tr("The recipe cannot be used"), err)
		return
	}
	before, given, locked, model := h.recipe.Clone(), h.given, h.locked, w.now
	w.use(h, r, what != studio.RecallAllButSeed)
	if what == studio.RecallSeed {
		h.given = given
	}
	if chain >= 0 && chain < r.Chains {
		h.selected = chain
	}
	told := map[studio.Recalled]string{
		studio.RecallAll: tr("Everything is set as for this picture"), studio.RecallAllButSeed: tr("All but the seed is set as for this picture"),
		studio.RecallSeed: tr("The seed is that of this picture"),
	}[what]
	w.showDone(told, tr("Press Start to see it."))
	w.banner.offer(tr("Undo"), func() {
		w.hideBanner()
		w.use(h, before, locked)
		h.given = given
		if model != nil && model != h {
			w.switchTo(model)
		}
		w.controls.show(w.now)
	})
}

// use makes a recipe that of a session and goes to where it is run.
func (w *Window) use(h *session, r studio.Recipe, locked bool) {
	h.recipe, h.locked, h.given = r.Clone(), locked, given{}
	if h.paint != nil {
		h.paint.take(h.recipe)
	}
	w.switchTo(h)
	if r.Known != nil {
		w.tasks.to(taskInpaint)
	} else if w.tasks.now != taskGallery {
		w.tasks.to(taskSample)
	}
}

// modelFor is the open model that a recipe is for; a bundled one, or one that was opened
// before, is opened. It is called off the UI goroutine.
func (g *gallery) modelFor(ref studio.CheckpointRef) (*studio.Opened, error) {
	w := g.w
	if o := w.studio.Find(ref); o != nil {
		return o, nil
	}
	o := studio.Options{Weights: ref.Weights, Net: ref.Net}
	for _, b := range w.options.Bundled {
		if sum := sha256.Sum256(b.Data); hex.EncodeToString(sum[:]) == ref.SHA256 {
			return w.studio.OpenBytes(w.ctx, b.Name+".safetensors", bytes.Clone(b.Data), o)
		}
	}
	for _, path := range w.recent() {
		if filepath.Base(path) != ref.Name {
			continue
		}
		if m, err := w.studio.Open(w.ctx, path, o); err == nil && m.SHA256 == ref.SHA256 {
			return m, nil
		}
	}
	return nil, fmt.Errorf(tr("it is of the model %s, weights %q (SHA-256 %.12s…), which is not open: open it first"), ref.Name, ref.Weights, ref.SHA256)
}

// verify runs the recipe of the picture looked at again and says whether the same picture
// comes out; where not, both are shown with their difference.
func (g *gallery) verify() {
	it, l := g.looked(), g.library.open()
	if it == nil || l == nil {
		return
	}
	name := it.Name
	g.mark(name, tr("Verifying…"))
	g.w.background(func() func() {
		saved, _, m, err := studio.ReadPicture(l.Path(name))
		var o *studio.Opened
		if err == nil {
			o, err = g.modelFor(saved.Checkpoint)
		}
		var c studio.Comparison
		if err == nil {
			c, err = g.w.studio.Reproduce(g.w.ctx, l.Path(name), o, func(p studio.Progress) {
				if p.Steps > 0 && !p.Phase.Final() {
					g.w.do(func() { g.marking(name, trf("Verifying: step %d of %d", p.Step, p.Steps)) })
				}
			})
		}
		return func() {
			switch {
			case g.w.ctx.Err() != nil:
			case err != nil:
				g.mark(name, "")
				g.w.showError(tr("The picture could not be verified"), err)
			case c.Exact:
				g.mark(name, "✓ "+trf("Verified: %s", c.String()))
			default:
				g.mark(name, "✗ "+trf("Verified: %s", c.String()))
				g.compare.images(tightRGBA(m), tightRGBA(c.Picture), tr("as it was saved"), tr("made again"))
			}
		}
	})
}

// marking is mark of a verification that goes on; one that has ended is left alone.
func (g *gallery) marking(name, text string) {
	if now := g.marked[name]; now != "" && now[0] < 0x80 {
		g.mark(name, text)
	}
}

func (g *gallery) mark(name, text string) {
	g.marked[name] = text
	g.details.showVerdict()
}

// copyPath puts the path of the picture looked at on the clipboard.
func (g *gallery) copyPath() {
	if it := g.looked(); it != nil {
		path := g.library.open().Path(it.Name)
		g.w.app.Clipboard().SetContent(path)
		g.w.showDone(tr("Copied the path"), shortPath(path))
	}
}

// showInFolder opens the folder of the picture looked at.
func (g *gallery) showInFolder() {
	if it := g.looked(); it != nil {
		g.w.showFolder(filepath.Dir(g.library.open().Path(it.Name)))
	}
}

// below is a place under a button, for a menu.
func (w *Window) below(o fyne.CanvasObject) fyne.Position {
	return w.app.Driver().AbsolutePositionForObject(o).AddXY(0, o.Size().Height)
}
