package main

import "ebmstudio/studio"

type projectStarsCmd struct {
	projectFile
	Folder string `help:"The library's folder; that of the user's data where it is left out." env:"EBMSTUDIO_LIBRARY" placeholder:"FOLDER"`
	Take   bool   `help:"The other way: put the library's stars into the project."`
}

// Run puts stars from one into the other.
func (c *projectStarsCmd) Run(a *app) error {
	lib := libraryCmd{Folder: c.Folder}
	return lib.within(a, func(l *studio.Library) error {
		if c.Take {
			return c.change(a, func(p *studio.Project) (*studio.Project, error) { return p, p.StarsOf(a.ctx, l) })
		}
		p, err := c.read()
		if err != nil {
			return err
		}
		done, err := p.PutStars(a.ctx, l)
		if err != nil {
			return err
		}
		a.say("%s", done.Said())
		return nil
	})
}
