package studio

import (
	"errors"
	"fmt"
	"slices"
)

// QueueItem is a job of the queue in a project.
type QueueItem struct {
	Title  string      `json:"title"`
	Model  int         `json:"model"` // of the project's Models
	Recipe ProjectFile `json:"recipe"`
	Steps  int         `json:"steps,omitempty"`
	Into   string      `json:"into,omitempty"`
	State  QueueState  `json:"state"`
	Why    string      `json:"why,omitempty"`
}

// PutQueue puts work into a project, in place of what was there.
func (p *Project) PutQueue(all []Work) {
	p.Queue = nil
	for _, w := range all {
		p.Queue = append(p.Queue, QueueItem{w.Title, p.ModelIndex(w.Model), RecipeFile(w.Recipe), w.Steps, w.Into, w.State, w.Why})
	}
}

// Works are the project's jobs for a queue.
func (p *Project) Works() (all []Work, err error) {
	for i, item := range p.Queue {
		r, err := item.Recipe.Recipe()
		if err == nil && !item.State.known() {
			err = errors.New("found the state " + string(item.State))
		}
		if err != nil {
			return nil, fmt.Errorf("queue, job %d: %w", i+1, err)
		}
		all = append(all, Work{Title: item.Title, Model: p.Models[item.Model], Recipe: r, Steps: item.Steps, Into: item.Into, State: item.State, Why: item.Why})
	}
	return all, nil
}

// ModelIndex is the place of a model in the project, which it gets where it has none.
func (p *Project) ModelIndex(m ProjectModel) int {
	i := slices.IndexFunc(p.Models, func(have ProjectModel) bool { return have.Path == m.Path && have.Ref.same(m.Ref) })
	if i < 0 {
		i, p.Models = len(p.Models), append(p.Models, m)
	}
	return i
}
