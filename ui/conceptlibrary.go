package ui

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// names are what can be asked of the session's model: its classes, and after them the
// concepts of one's own. A number from that of the classes on means a concept.
func (s *session) names() []string {
	names := slices.Clone(s.opened.Model.Labels)
	for _, c := range s.kept {
		names = append(names, c.Name)
	}
	return names
}

// told makes terms of numbers beyond the classes those of the concepts' latents, as a
// recipe has them; some: there were such.
func (s *session) told(terms []studio.Term) (all []studio.Term, some bool) {
	return s.each(terms, func(t studio.Term) (studio.Term, bool) {
		k := firstOf(t.Labels) - len(s.opened.Model.Labels)
		if len(t.Labels) != 1 || k < 0 || k >= len(s.kept) {
			return t, false
		}
		return s.kept[k].Term(t.Weight), true
	})
}

// named is told the other way round: latents of concepts that are kept become numbers.
func (s *session) named(terms []studio.Term) []studio.Term {
	all, _ := s.each(terms, func(t studio.Term) (studio.Term, bool) {
		for k, c := range s.kept {
			if len(t.Latents) == 1 && slices.Equal(t.Latents[0], c.Latent) {
				return studio.Term{Weight: t.Weight, Name: c.Name, Labels: []int{len(s.opened.Model.Labels) + k}}, true
			}
		}
		return t, false
	})
	return all
}

// each changes terms, those within alternatives too.
func (s *session) each(terms []studio.Term, change func(studio.Term) (studio.Term, bool)) (all []studio.Term, some bool) {
	for _, t := range terms {
		t, changed := change(t)
		t.Any = slices.Clone(t.Any)
		for i, alternative := range t.Any {
			inside, within := s.each(alternative, change)
			t.Any[i], changed = inside, changed || within
		}
		all, some = append(all, t), some || changed
	}
	return all, some
}

// askFor makes an expression over classes and concepts the recipe's condition. A
// recipe's own expression names classes alone, so that one with concepts has none.
func (s *session) askFor(r *studio.Recipe, text string) error {
	if len(s.kept) == 0 {
		return r.Ask(s.opened.Model, text)
	}
	wider := *s.opened.Model
	wider.Labels = s.names()
	if err := r.Ask(&wider, text); err != nil {
		return err
	}
	terms, some := s.told(r.Terms)
	if some {
		r.Expression, r.Terms = "", terms
	}
	return nil
}

// conceptsFolder is where concepts are kept: beside the library's pictures.
func (w *Window) conceptsFolder() string {
	if dir := w.gallery.folder(); dir != "" {
		return dir
	}
	return studio.LibraryFolder()
}

// readConcepts finds the concepts kept, once, when a model is looked at that has use for
// them.
func (w *Window) readConcepts(h *session) {
	if !studio.HasConcepts(h.opened.Model) {
		return
	}
	if w.model.known.read {
		h.kept = conceptsOf(h, w.model.known.kept)
		return
	}
	w.model.known.read = true
	folder := w.conceptsFolder()
	w.background(func() func() {
		all, err := studio.ReadConcepts(folder)
		return func() {
			if err != nil {
				w.showError(tr("The concepts of your own could not be read"), err)
				return
			}
			w.setConcepts(all)
		}
	})
}

// setConcepts shares the concepts kept among the sessions that can ask for them.
func (w *Window) setConcepts(all []studio.Concept) {
	w.model.known.kept = all
	for _, h := range w.sessions {
		h.kept = conceptsOf(h, all)
	}
	w.model.known.show()
	if w.now == nil {
		return
	}
	w.controls.show(w.now)
	if w.tasks.now == taskCompose {
		w.mixer.show()
	}
}

// conceptsOf are those that a session's encoder has found; a class of the same name goes
// first.
func conceptsOf(h *session, all []studio.Concept) (own []studio.Concept) {
	for _, c := range all {
		known := func(label string) bool { return strings.EqualFold(label, c.Name) }
		if c.SHA256 == h.opened.SHA256 && len(c.Latent) == h.opened.Model.LatentSize && studio.HasConcepts(h.opened.Model) && !slices.ContainsFunc(h.opened.Model.Labels, known) {
			own = append(own, c)
		}
	}
	return own
}

func conceptPicture(c studio.Concept) image.Image {
	m, err := png.Decode(bytes.NewReader(c.Picture))
	if err != nil {
		return nil // the name says enough
	}
	return m
}

// withoutExamples takes the pictures that were dropped on the mixer for examples of one
// concept, all together, and returns what else was dropped.
func (w *Window) withoutExamples(items []fyne.URI) (rest []fyne.URI) {
	if w.tasks.now != taskCompose {
		return items
	}
	var paths []string
	for _, u := range items {
		if u.Scheme() == "file" && slices.Contains(pictureExtensions, strings.ToLower(filepath.Ext(u.Path()))) {
			paths = append(paths, u.Path())
		} else {
			rest = append(rest, u)
		}
	}
	if len(paths) > 0 && w.examples(paths) {
		return rest
	}
	return items
}

// chooseExample asks for a picture to make a concept of.
func (w *Window) chooseExample() {
	extensions := []string{"png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff"}
	w.choose(func() (string, error) { return w.chooser.Open(tr("Choose a picture"), tr("Pictures"), extensions) }, func(path string) { w.examples([]string{path}) })
}

// examples asks for the name of what dropped pictures have in common; false where the
// model has no use for it.
func (w *Window) examples(paths []string) bool {
	h := w.now
	if h == nil || !studio.HasConcepts(h.opened.Model) {
		return false
	}
	name := widgets.NewEntry()
	name.SetPlaceHolder(tr("such as: striped"))
	name.Validator = func(text string) error {
		_, err := conceptName(h, text)
		return err
	}
	title := trf("A concept from %d pictures", len(paths))
	if len(paths) == 1 {
		title = tr("A concept from one picture")
	}
	what := widget.NewFormItem(tr("Name"), name)
	what.HintText = tr("Chains are drawn to the direction that their latents share")
	d := dialog.NewForm(title, tr("Keep"), tr("Cancel"), []*widget.FormItem{what}, func(keep bool) {
		if keep {
			w.newConcept(h, name.Text, paths)
		}
	}, w.win)
	name.OnSubmitted = func(string) { d.Submit() }
	w.ask(d, true)
	d.Resize(fyne.NewSize(400, 200))
	w.win.Canvas().Focus(name)
	return true
}

// conceptName is a name as it is kept, or why it cannot be one.
func conceptName(h *session, text string) (string, error) {
	name := strings.TrimSpace(text)
	if name == "" {
		return "", fmt.Errorf("%s", tr("a concept needs a name"))
	}
	if slices.ContainsFunc(h.opened.Model.Labels, func(l string) bool { return strings.EqualFold(l, name) }) {
		return "", fmt.Errorf(tr("%q is a class of the model already"), name)
	}
	return name, nil
}

// newConcept finds what pictures have in common, keeps it by its name and mixes it in.
func (w *Window) newConcept(h *session, text string, paths []string) {
	name, err := conceptName(h, text)
	if err != nil {
		w.showError(tr("The concept cannot be kept"), err)
		return
	}
	folder := w.conceptsFolder()
	w.background(func() func() {
		c, all, err := w.foundConcept(h, name, folder, paths)
		return func() {
			if err != nil {
				w.showError(trf("%q cannot be a concept", name), err)
				return
			}
			w.setConcepts(all)
			w.showDone(trf("%s is a concept now", name), trf("from %d pictures, spread %s", c.Examples, number(c.Spread)))
			if i := slices.IndexFunc(h.kept, func(k studio.Concept) bool { return strings.EqualFold(k.Name, name) }); i >= 0 && w.now == h {
				w.mixIn(len(h.opened.Model.Labels) + i)
			}
		}
	})
}

func (w *Window) foundConcept(h *session, name, folder string, paths []string) (c studio.Concept, all []studio.Concept, err error) {
	x, _, err := h.opened.ReadPictures(paths...)
	if err != nil {
		return c, nil, err
	}
	if c, err = w.studio.FindConcept(w.ctx, h.opened, name, x); err != nil {
		return c, nil, err
	}
	all, err = studio.KeepConcept(folder, c)
	return c, all, err
}

// dropConcept forgets a concept; recipes that asked for it keep its latent.
func (w *Window) dropConcept(c studio.Concept) {
	folder := w.conceptsFolder()
	w.background(func() func() {
		all, err := studio.DropConcept(folder, c)
		return func() {
			if err != nil {
				w.showError(trf("%q cannot be forgotten", c.Name), err)
				return
			}
			w.setConcepts(all)
		}
	})
}
