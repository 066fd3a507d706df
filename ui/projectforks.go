package ui

import (
	"slices"

	"ebmstudio/studio"
)

// tree is the session's runs for a project: those that wait to be run again, and behind
// them those of this window. A recipe holds the whole line that its run goes on from.
func (h *session) tree() []studio.ProjectFork {
	all := slices.Clone(h.forks)
	last := 0
	for _, f := range all {
		last = max(last, f.ID)
	}
	ids := map[*studio.Job]int{nil: 0}
	for _, r := range h.runs {
		recipe := r.job.Recipe()
		last++
		ids[r.job] = last
		f := studio.ProjectFork{ID: last, Parent: ids[r.parent], Name: r.title, Recipe: studio.RecipeFile(recipe)}
		if recipe.Fork != nil {
			f.Step = recipe.Fork.Step
		}
		all = append(all, f)
	}
	return all
}

// regrow runs the runs of a project again, so that its tree of forks can be looked at.
func (w *Window) regrow() {
	h := w.now
	if h == nil || len(h.forks) == 0 {
		return
	}
	h.turnTo(taskSample)
	jobs := map[int]*studio.Job{}
	var lost error
	for _, f := range h.forks {
		recipe, err := f.Recipe.Recipe()
		if err == nil {
			err = h.opened.Check(recipe)
		}
		if err != nil {
			lost = err
			continue
		}
		jobs[f.ID] = w.studio.Sample(h.opened, recipe, w.feed.poke)
		h.recipe = recipe.Clone()
		h.recipe.Fork, h.recipe.Acts, h.recipe.Engine = nil, nil, "" // as the controls stood
		h.remember(jobs[f.ID], jobs[f.Parent])
	}
	h.forks = nil
	w.memory.keep()
	if lost != nil {
		w.showError(tr("Not every run could be started"), lost)
	}
	if n := len(h.runs); n > 0 {
		w.tasks.to(taskSample)
		w.goToRun(n - 1)
	}
}
