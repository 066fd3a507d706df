package main

import (
	"strings"
	"time"

	"ebmstudio/studio"
)

type projectSnapshotCmd struct {
	projectFile
	Name string `arg:"" help:"The snapshot's name; one of the same name is replaced."`
}

// Run keeps the project as it stands.
func (c *projectSnapshotCmd) Run(a *app) error {
	return c.change(a, func(p *studio.Project) (*studio.Project, error) {
		s, err := p.TakeSnapshot(c.Name, time.Now())
		if err != nil {
			return nil, err
		}
		var gone []string
		if p.Snapshots, gone = studio.KeepSnapshot(p.Snapshots, s); len(gone) > 0 {
			a.say("the oldest had to go: %s", strings.Join(gone, ", "))
		}
		return p, nil
	})
}

type projectBackCmd struct {
	projectFile
	Name string `arg:"" help:"The snapshot's name, see ebm project show."`
}

// Run brings the project back; what it was becomes a snapshot.
func (c *projectBackCmd) Run(a *app) error {
	return c.change(a, func(p *studio.Project) (*studio.Project, error) {
		back, err := p.GoBack(c.Name, time.Now())
		if err == nil {
			back.Stars, back.Attached = p.Stars, p.Attached
		}
		return back, err
	})
}

// change writes a project anew.
func (f projectFile) change(a *app, do func(*studio.Project) (*studio.Project, error)) error {
	return a.saveProject(f.File, func() (*studio.Project, string, error) {
		p, sum, err := studio.ReadProject(f.File)
		if err == nil {
			p, err = do(p)
		}
		return p, sum, err
	})
}
