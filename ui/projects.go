package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"ebmstudio/studio"
	"ebmstudio/ui/paint"
)

// projects is what the window knows of the project that it shows.
type projects struct {
	path  string // empty before it was saved or opened
	sum   string // of the file, see studio.SaveProject
	clean string // what was in it when it was saved or opened, see studio.Project.Sum

	// What is in the project and not in the window: kept as it is, and saved again.
	missing   []missingSession // of checkpoints that were not found
	stars     studio.Stars
	attached  map[string][]byte
	snapshots []studio.Snapshot
	frames    bool // what the runs recorded is saved too

	journal   *studio.Journal
	recovered []studio.Recovery // shown, and gone once the journal holds them
	keeping   bool              // the journal is being written
	told      string            // why it could not be, so that it is said once
}

// missingSession is a session whose checkpoint could not be opened.
type missingSession struct {
	model   studio.ProjectModel
	session studio.ProjectSession
}

// standing is how the window stands, in a project.
type standing struct {
	Task   task    `json:"task"`
	Now    int     `json:"now"` // the session looked at
	Queue  bool    `json:"queue,omitempty"`
	Width  float32 `json:"width"`
	Height float32 `json:"height"`
}

func projectModel(o *studio.Opened) studio.ProjectModel {
	return studio.ProjectModel{Ref: o.Ref(), Path: o.Path}
}

// snapshot is all of the window as a project. What it returns may be called off the UI
// goroutine, once; it does what takes a while.
func (w *Window) snapshot() func() studio.Project {
	p := studio.Project{
		Program: "EBM Studio " + w.options.Version, Saved: time.Now(), Recovers: w.project.path, Stars: w.project.stars,
		Attached: w.project.attached, Snapshots: slices.Clone(w.project.snapshots), Concepts: slices.Clone(w.model.known.kept),
	}
	size := w.win.Canvas().Size()
	stands := standing{Task: w.tasks.now, Queue: w.jobs.box.Visible(), Width: size.Width, Height: size.Height}
	var later []func()
	for i, h := range w.sessions {
		if h == w.now {
			stands.Now = i
		}
		for _, part := range h.opened.Parts { // so that they are found before what is made of them
			p.ModelIndex(projectModel(part.Opened))
		}
		p.Sessions = append(p.Sessions, studio.ProjectSession{Model: p.ModelIndex(projectModel(h.opened)), Locked: h.chains.locked, Forks: h.tree()})
		later = append(later, h.keepInto(func() *studio.ProjectSession { return &p.Sessions[i] }))
		land := h.terrain.kept(w.landscape, h)
		later = append(later, func() { p.Sessions[i].Landscape = land() })
	}
	for _, m := range w.project.missing {
		m.session.Model = p.ModelIndex(m.model)
		p.Sessions = append(p.Sessions, m.session)
	}
	p.Window, _ = json.Marshal(stands) // it has no value that cannot be written
	p.Paces = w.studio.Paces()
	p.PutQueue(w.jobs.works())
	return func() studio.Project {
		for _, do := range later {
			do()
		}
		return p.WithoutFrames()
	}
}

// keepInto copies what a person set and painted; the function that it returns makes files
// of that.
func (h *session) keepInto(to func() *studio.ProjectSession) func() {
	recipe := h.chains.recipe.Clone()
	plain := defaultRecipe(h.opened)
	var picture, mask, heat image.Image
	name := ""
	if d := h.paint; d != nil {
		name = d.name
		if d.picture != nil {
			picture = d.picture // it is never changed, only replaced
		}
		if !d.fixed && !d.mask.Empty() {
			mask = d.mask.Image()
		}
		if !d.heat.Empty() {
			heat = d.heat.Image()
		}
	}
	var walk *studio.ProjectWalk
	var pictures []image.Image
	if h.walk != nil {
		walk, pictures = h.walk.kept()
	}
	return func() {
		s := to()
		if s.Recipe = studio.RecipeFile(recipe); !readable(s.Recipe) {
			s.Recipe = studio.RecipeFile(plain) // a number that is being typed
		}
		s.Picture, s.Mask, s.Heat, s.PictureName = pngFile(picture), pngFile(mask), pngFile(heat), name
		if s.Walk = walk; walk != nil {
			for i, m := range pictures {
				walk.Anchors[i].Picture = pngFile(m)
			}
		}
	}
}

func readable(f studio.ProjectFile) bool {
	_, err := f.Recipe()
	return err == nil
}

// kept is a walk for a project, with the pictures of its anchors.
func (w *walk) kept() (*studio.ProjectWalk, []image.Image) {
	r := w.route
	kept := &studio.ProjectWalk{Recipe: studio.RecipeFile(w.recipe), Path: r.way, Frames: r.frames, Refine: r.refine, Closed: r.closed, Points: r.trail}
	var pictures []image.Image
	for _, a := range r.anchors {
		if a.latent != nil { // those being encoded are not anchors yet
			kept.Anchors = append(kept.Anchors, studio.ProjectAnchor{Name: a.name, Seed: a.seed, Latent: a.latent})
			pictures = append(pictures, a.picture)
		}
	}
	return kept, pictures
}

func pngFile(m image.Image) studio.ProjectFile {
	if m == nil {
		return studio.ProjectFile{}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return studio.ProjectFile{} // only a picture without pixels
	}
	return studio.ProjectFile{Data: b.Bytes()}
}

// find opens a model of a project: one that is open, its file, or one that the program
// carries.
func (w *Window) find(ctx context.Context, m studio.ProjectModel) (*studio.Opened, error) {
	if len(m.Ref.Parts) > 0 {
		return w.studio.Assemble(m.Ref, func(part studio.CheckpointRef) (*studio.Opened, error) {
			return w.find(ctx, studio.ProjectModel{Ref: part})
		})
	}
	if o := w.studio.Find(m.Ref); o != nil {
		return o, nil
	}
	if m.Path == "" {
		return w.gallery.modelFor(m.Ref)
	}
	opt := studio.Options{Weights: m.Ref.Weights, Net: m.Ref.Net}
	if opt.Weights == "ema" {
		opt.Weights = "" // what a file gives where it has them
	}
	o, err := w.studio.Open(ctx, m.Path, opt)
	if err == nil && o.SHA256 != m.Ref.SHA256 {
		err = fmt.Errorf(tr("open %q: found another checkpoint (SHA-256 %.12s…), want the one it was (%.12s…)"), m.Path, o.SHA256, m.Ref.SHA256)
	}
	if err != nil { // it may lie elsewhere now
		if moved, wrong := w.gallery.modelFor(m.Ref); wrong == nil {
			return moved, nil
		}
		return nil, err
	}
	return o, nil
}

// restore shows a project in place of what was open, once its models are; the queue too
// where that is asked for. done is told what of it could not be shown.
func (w *Window) restore(p *studio.Project, queue bool, done func(lost []string)) {
	w.opening = append(w.opening, tr("the project"))
	w.model.show(w.opening)
	w.background(func() func() {
		models, faults := make([]*studio.Opened, len(p.Models)), make([]error, len(p.Models))
		for i, m := range p.Models {
			if models[i], faults[i] = w.find(w.ctx, m); w.ctx.Err() != nil {
				return nil
			}
		}
		jobs, unread := w.revive(p, models)
		works, err := p.Works()
		return func() {
			w.opening = w.opening[:len(w.opening)-1]
			w.showEngine()
			lost := append(w.replaceSessions(p, models, faults, jobs), unread...)
			if err != nil {
				lost = append(lost, err.Error())
			}
			if queue {
				w.jobs.replace(works)
			}
			w.stand(p)
			done(lost)
		}
	})
}

// replaceSessions puts the sessions of a project in place of those that are open.
func (w *Window) replaceSessions(p *studio.Project, models []*studio.Opened, faults []error, jobs revived) (lost []string) {
	for _, h := range w.sessions {
		for _, r := range h.newest() {
			if r.active() {
				r.job.Stop()
			}
		}
	}
	w.stopPlay()
	w.sessions, w.now = nil, nil
	w.project.missing, w.project.stars, w.project.attached, w.project.snapshots = nil, p.Stars, p.Attached, p.Snapshots
	w.project.frames = p.FrameBytes() > 0
	for i, s := range p.Sessions {
		if err := faults[s.Model]; err != nil {
			w.project.missing = append(w.project.missing, missingSession{p.Models[s.Model], s})
			lost = append(lost, trf("%s: %s", p.Models[s.Model].Ref.Name, err.Error()))
			continue
		}
		h := newSession(models[s.Model])
		if err := errors.Join(h.restore(s), h.restoreTerrain(w.landscape, s.Landscape)); err != nil {
			lost = append(lost, trf("%s: %s", p.Models[s.Model].Ref.Name, err.Error()))
		}
		h.replant(i, s.Forks, jobs)
		w.sessions = append(w.sessions, h)
	}
	concepts := slices.Clone(w.model.known.kept)
	for _, c := range p.Concepts {
		if !slices.ContainsFunc(concepts, func(have studio.Concept) bool { return have.Name == c.Name && have.SHA256 == c.SHA256 }) {
			concepts = append(concepts, c)
		}
	}
	w.setConcepts(concepts)
	w.studio.SetPaces(p.Paces)
	return lost
}

// restore takes over what a project says of the session.
func (h *session) restore(s studio.ProjectSession) error {
	recipe, err := s.Recipe.Recipe()
	if err == nil && h.draws() {
		err = h.opened.Check(recipe)
	}
	if err == nil && recipe.Chains > max(maxChains, planeChains) {
		err = fmt.Errorf(tr("found %d chains, want at most %d in the window"), recipe.Chains, maxChains)
	}
	if err != nil {
		return err
	}
	h.chains.recipe, h.chains.locked = recipe, s.Locked
	if d := h.paint; d != nil {
		d.take(recipe)
		d.restore(s)
	}
	h.history, h.noted = paint.History{}, wishOf(recipe)
	if s.Walk != nil && h.walk != nil {
		return h.walk.restore(h.opened, s.Walk)
	}
	return nil
}

// restore takes over the picture and the mask of a project, where they are of the model's
// size.
func (p *painted) restore(s studio.ProjectSession) {
	if m := tightly(decodedFile(s.Picture)); m != nil && m.Rect.Dx() == p.mask.W && m.Rect.Dy() == p.mask.H {
		p.picture, p.name = m, s.PictureName
	}
	if m := decodedFile(s.Mask); m != nil && !p.fixed && m.Bounds().Dx() == p.mask.W && m.Bounds().Dy() == p.mask.H {
		p.mask.Replace(paint.FromImage(m))
	}
	if m := decodedFile(s.Heat); m != nil && m.Bounds().Dx() == p.mask.W && m.Bounds().Dy() == p.mask.H {
		p.heat.Replace(paint.FromImage(m))
	}
}

func decodedFile(f studio.ProjectFile) image.Image {
	if len(f.Data) == 0 {
		return nil
	}
	return decoded(f.Data)
}

func (w *walk) restore(o *studio.Opened, kept *studio.ProjectWalk) error {
	recipe, err := kept.Recipe.Recipe()
	if err != nil {
		return err
	}
	r := route{way: kept.Path, frames: min(max(kept.Frames, 2), maxFrames), refine: kept.Refine, closed: kept.Closed, trail: kept.Points}
	for _, a := range kept.Anchors {
		if len(a.Latent) != o.Model.LatentSize {
			return fmt.Errorf(tr("the anchor %s: found a latent of %d numbers, want %d"), a.Name, len(a.Latent), o.Model.LatentSize)
		}
		r.anchors = append(r.anchors, &anchor{name: a.Name, seed: a.Seed, latent: a.Latent, picture: decodedFile(a.Picture)})
	}
	if _, values := ways(); !slices.Contains(values, r.way) {
		return errors.New(trf("found the path %q, want one of %q", r.way, values))
	}
	w.recipe, w.route = recipe, r
	return nil
}

// stand puts the window as the project has it.
func (w *Window) stand(p *studio.Project) {
	var s standing
	if json.Unmarshal(p.Window, &s) != nil { // of another version: as it is
		s = standing{Task: w.tasks.now}
	}
	w.model.show(w.opening)
	if s.Width >= 400 && s.Height >= 300 && s.Width < 8000 && s.Height < 8000 {
		w.win.Resize(fyne.NewSize(s.Width, s.Height))
	}
	if len(w.sessions) == 0 {
		w.stage.clear()
		w.showRun()
		w.showEmpty()
		return
	}
	w.switchTo(w.sessions[min(max(s.Now, 0), len(w.sessions)-1)])
	w.tasks.to(s.Task)
	w.jobs.reveal(s.Queue)
}
