package ui

import (
	"slices"

	"ebmstudio/studio"
)

// kept is a landscape for a project, nil where there is nothing to keep. The function makes
// the files, off the UI goroutine.
func (g *terrain) kept(l *landscape, h *session) func() *studio.ProjectLandscape {
	if g == nil || !g.seen && g.chosen() == 0 && len(g.bookmarks) == 0 {
		return func() *studio.ProjectLandscape { return nil }
	}
	view, seen, level, land, corners, bookmarks := g.view, g.seen, g.level, g.land, g.corners, slices.Clone(g.bookmarks)
	view.Marks = slices.Clone(view.Marks)
	if seen && g.key != l.mapKey(g, mapRecipe(h)) || land.Frame != view.Frame {
		land = studio.Landscape{} // of other settings
	}
	kept := &studio.ProjectLandscape{Cells: g.cells, Principal: g.principal, Chain: g.chain}
	return func() *studio.ProjectLandscape {
		if seen {
			v := studio.ViewFile(view, "", level)
			kept.View, kept.Map = &v, studio.MapFile(land)
		}
		for i, c := range corners {
			if c != nil {
				kept.Corners = append(kept.Corners, studio.ProjectCorner{Place: i, Name: c.name, X: studio.PictureFile(c.x)})
			}
		}
		for _, b := range bookmarks {
			kept.Bookmarks = append(kept.Bookmarks, studio.ViewFile(b.view, b.name, b.level))
		}
		return kept
	}
}

// restoreTerrain takes over a project's landscape.
func (h *session) restoreTerrain(l *landscape, kept *studio.ProjectLandscape) error {
	if kept == nil || !h.draws() {
		return nil
	}
	g := newTerrain(h.opened)
	if _, cells := cellChoices(); slices.Contains(cells, kept.Cells) {
		g.cells = kept.Cells
	}
	g.principal, g.chain = kept.Principal, max(0, kept.Chain)
	for _, c := range kept.Corners {
		x, err := c.X.Picture(h.opened.Model)
		if err != nil {
			return err
		}
		if c.Place >= 0 && c.Place < len(g.corners) {
			g.corners[c.Place] = &corner{c.Name, x}
		}
	}
	for _, b := range kept.Bookmarks {
		v, err := b.MapView(h.opened)
		if err != nil {
			return err
		}
		g.bookmarks = append(g.bookmarks, bookmark{b.Name, v, b.Level})
	}
	h.terrain = g
	if kept.View == nil {
		return nil
	}
	v, err := kept.View.MapView(h.opened)
	if err != nil {
		return err
	}
	g.view, g.seen, g.level = v, true, kept.View.Level
	land, ok, err := kept.MapOf(v)
	if ok {
		g.land, g.key = land, l.mapKey(g, mapRecipe(h))
	}
	return err
}
