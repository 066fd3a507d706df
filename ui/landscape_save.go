package ui

import (
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
)

// saveMenu offers what can be saved.
func (l *landscape) saveMenu() {
	h, g := l.w.now, l.ground()
	if g == nil {
		return
	}
	item := func(text, name string, on bool, write func(path string) error) *fyne.MenuItem {
		m := fyne.NewMenuItem(text, func() {
			w := l.w
			w.save(func() (string, error) { return w.chooser.Save(text, fileName(h)+"-"+name) }, func(path string) (string, error) {
				if filepath.Ext(path) == "" {
					path += ".png"
				}
				return path, write(path)
			})
		})
		m.Disabled = !on
		return m
	}
	land, cut, found, marks := g.land, g.cut, g.climb.found, g.view.Marks
	paths, level := l.savedPaths(h, g), h.opened.LevelName(g.level)
	lo, hi := h.opened.Model.Lo, h.opened.Model.Hi
	items := []*fyne.MenuItem{
		item(tr("The map (.png, .svg, .csv)"), "landscape.png", land.Cells > 0, func(path string) error {
			return land.Save(path, studio.MapExtras{Level: level, Palette: l.w.densities, Contours: contourLevels, Marks: marks, Paths: paths})
		}),
		item(tr("The cut (.png, .svg, .csv)"), "cut.png", len(cut.Energy) > 0, cut.Save),
		item(tr("The barrier (.png, .svg, .csv)"), "barrier.png", len(found.Straight.Energy) > 0, found.Save),
		item(tr("The pictures of both ways (.png)"), "film.png", found.Relaxed.Path.N > 0 && !h.opened.Plane(), func(path string) error { return found.SaveFilm(path, lo, hi) }),
	}
	if f := g.shownForce(); f != nil && g.looking {
		force, x := *f, g.view.Plane.At(g.at)
		items = append(items, item(tr("The force (.png, .svg, .csv)"), "force.png", true, func(path string) error { return studio.SaveForce(path, force, x, lo, hi) }))
	}
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), l.w.win.Canvas(), l.w.below(l.side.export))
}

// savedPaths are the chains' paths as the map shows them.
func (l *landscape) savedPaths(h *session, g *terrain) (paths [][][2]float64) {
	if h.chains.job == nil || !l.side.paths.Checked {
		return nil
	}
	rec, most := h.chains.job.Recording(), mapPaths
	if h.opened.Plane() {
		most = fewPaths
	}
	for chain := range min(rec.Chains(), most) {
		if places, _, err := studio.PathOn(g.view.Plane, rec, chain, mapPlaces); err == nil {
			paths = append(paths, places)
		}
	}
	return paths
}
