package ui

import (
	"errors"
	"image"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// forkRun is a run of a session's tree.
type forkRun struct {
	job    *studio.Job
	parent *studio.Job   // that it goes on from; nil: from the start
	recipe studio.Recipe // as the controls stood
	title  string
}

// maxRuns is the number of runs that a session keeps to go back to; above that the oldest
// are left out.
const maxRuns = 32

// remember adds a run to the tree.
func (s *session) remember(job, parent *studio.Job) {
	recipe := job.Recipe()
	title := strings.Join(recipe.Differences(s.opened.Model), ", ")
	switch {
	case parent == nil:
		title = trf("seed %d", recipe.Seed)
		if asked := s.asked(recipe); asked != "" {
			title += " · " + asked
		}
	case title == "":
		title = tr("nothing changed")
	}
	s.runs = append(s.runs, forkRun{job: job, parent: parent, recipe: s.recipe.Clone(), title: title})
	for len(s.runs) > maxRuns {
		i := slices.IndexFunc(s.runs, func(r forkRun) bool { return r.job != s.job && !s.forked(r.job) })
		if i < 0 {
			break
		}
		s.runs = slices.Delete(s.runs, i, i+1)
	}
}

// asked is what a recipe asks for, in a few words.
func (s *session) asked(r studio.Recipe) string {
	if r.Expression != "" {
		return r.Expression
	}
	var names []string
	for _, t := range r.Terms {
		for _, l := range t.Labels {
			if l >= 0 && l < len(s.opened.Model.Labels) && len(t.Labels) == 1 && t.Weight > 0 {
				names = append(names, s.opened.Model.Labels[l])
			}
		}
	}
	return strings.Join(names, ", ")
}

// forked reports whether another run goes on from a job's.
func (s *session) forked(job *studio.Job) bool {
	return slices.ContainsFunc(s.runs, func(r forkRun) bool { return r.parent == job })
}

// forkPanel is the tree of a session's runs.
type forkPanel struct {
	w         *Window
	tree      *widgets.ForkTree
	fork, one *ttwidget.Button
	caption   *widget.Label
	empty     *widget.Label
	hint      fyne.CanvasObject
	box       fyne.CanvasObject
}

func newForkPanel(w *Window) *forkPanel {
	p := &forkPanel{w: w, caption: widget.NewLabel("")}
	p.tree = widgets.NewForkTree(func(i int) { w.goToRun(i) })
	p.tree.OnKey = w.typedKey
	p.tree.SetToolTip(tr("Every run since the model was opened, along its steps. Click one to look at it; K keeps its picture in the gallery, with the recipe of the whole line of forks inside."))
	p.fork = ttwidget.NewButtonWithIcon(tr("Fork here"), theme.ContentRedoIcon(), func() { w.forkHere(studio.EveryChain) })
	p.fork.SetToolTip(tr("Go on from the step that is looked at, under what the controls say now: another seed, mixture, mask or knob (F). Nothing changed: another seed, unless it is kept."))
	p.one = ttwidget.NewButtonWithIcon(tr("Fork this chain"), theme.ContentRedoIcon(), func() { w.forkSelected() })
	p.one.SetToolTip(tr("Let all chains go on from the selected one: its variations (Shift+F)"))
	p.caption.SizeName, p.caption.Importance, p.caption.Truncation = theme.SizeNameCaptionText, widget.LowImportance, fyne.TextTruncateEllipsis
	p.empty, p.hint = emptyText()
	p.empty.SetText(tr("No run yet. Start one, go back to a step of it by the scrubber, change the seed, the mixture, the mask or a knob, and press Fork here: the tree of runs grows here."))
	head := container.NewBorder(nil, nil, nil, container.New(layout.NewCustomPaddedHBoxLayout(2), p.one, p.fork), p.caption)
	p.box = container.NewBorder(head, nil, nil, nil, container.NewStack(container.NewVScroll(p.tree), p.hint))
	return p
}

// show puts the session's runs into the tree.
func (p *forkPanel) show(h *session) {
	var nodes []widgets.ForkNode
	selected := -1
	last := p.w.stage.last
	for i, r := range h.runs {
		progress, rec := r.job.Progress(), r.job.Recording()
		n := widgets.ForkNode{Title: r.title, Parent: -1, From: rec.StepOf(0), To: max(progress.Step, rec.StepOf(0)), Steps: progress.Steps}
		if progress.Phase == studio.Stopped || progress.Phase == studio.Failed {
			n.Steps = n.To
		}
		n.Parent = slices.IndexFunc(h.runs, func(of forkRun) bool { return of.job == r.parent })
		if r.job == h.job {
			selected = i
		}
		n.Picture = p.picture(r.job, h.selected, rec)
		nodes = append(nodes, n)
	}
	p.tree.SetNodes(nodes, selected, last.step)
	setVisible(p.hint, len(nodes) == 0)
	can := last.job == h.job && last.frames > 0 && !h.draft && !h.walking()
	enable(p.fork, can)
	enable(p.one, can)
	text := ""
	if can {
		text = trf("Fork all %d chains at step %d, or chain %d alone", len(last.images), last.step, h.selected+1)
		if last.progress.Phase == studio.Done && last.step >= last.progress.Steps {
			text = tr("The run ends here: go back to an earlier step to fork it, or raise its steps")
		} else if again, ok := h.job.Recording().Again(last.step); ok && again > 0 {
			text += trf(" (%d steps are walked again)", again)
		}
	}
	if p.caption.Text != text {
		p.caption.SetText(text)
	}
}

// picture is the newest picture of a chain.
func (p *forkPanel) picture(job *studio.Job, chain int, rec *studio.Recording) *image.RGBA {
	if p.w.now.opened.Plane() {
		return nil
	}
	return rec.Frame(rec.Frames()-1, min(chain, rec.Chains()-1))
}

// goToRun looks at another run of the tree. One that is under way goes on.
func (w *Window) goToRun(i int) {
	h := w.now
	if h == nil || h.walking() || i < 0 || i >= len(h.runs) || h.runs[i].job == h.job {
		return
	}
	r := h.runs[i]
	w.stopPlay()
	h.job, h.draft, h.recipe, h.ran = r.job, false, r.recipe.Clone(), r.recipe.Clone()
	h.progress = r.job.Progress()
	h.failureTold = h.progress.Phase == studio.Failed
	h.frames = r.job.Recording().Frames()
	h.frame, h.follow = max(0, h.frames-1), !h.progress.Phase.Final()
	h.selected = min(h.selected, r.job.Recording().Chains()-1)
	w.memory.keep()
	w.controls.show(h)
	w.showRun()
	w.look()
}

// forkSelected forks the selected chain alone.
func (w *Window) forkSelected() {
	if w.now != nil {
		w.forkHere(w.now.selected)
	}
}

// forkHere goes on from the step that is looked at, with all chains or one, under what
// the controls say. An unlocked seed is drawn anew where nothing else has changed.
func (w *Window) forkHere(chain int, acts ...studio.Act) {
	h := w.now
	if h == nil || h.job == nil || h.walking() || w.stage.last.job != h.job || w.stage.last.frames == 0 {
		return
	}
	if bad := w.controls.invalid(); bad != "" {
		w.showError(tr("A setting cannot be used"), errors.New(bad))
		return
	}
	parent, step, seed := h.job, w.stage.last.step, h.recipe.Seed
	if !h.locked && !h.edited() && len(acts) == 0 {
		h.recipe.Seed = w.seedAfter(seed)
		w.controls.showSeed()
	}
	job, err := w.studio.Fork(h.opened, h.recipe, parent, step, chain, w.feed.poke, acts...)
	if err != nil {
		h.recipe.Seed = seed
		w.controls.showSeed()
		w.showError(trf("No fork at step %d", step), err)
		return
	}
	w.replace(h, func() (*studio.Job, error) { return job, nil }, replaced{parent: parent})
	w.stage.times.to(sightForks)
}
