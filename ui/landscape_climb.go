package ui

import (
	"image"
	"math"
	"time"

	"fyne.io/fyne/v2/theme"

	"ebmstudio/sampling"
	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// climb is the search for a barrier between two of the pictures that span the plane.
type climb struct {
	pair  int // which two, see pairs
	steps int
	job   *studio.BarrierJob
	found studio.Barrier
	shown time.Time // when it was last drawn
}

// climbing reports whether a barrier is being sought.
func (c climb) climbing() bool { return c.job != nil && !c.job.Progress().Phase.Final() }

// pairs are the two marks that a barrier can lie between, by name and by number.
func (l *landscape) pairs() (names []string, ends [][2]int) {
	g := l.ground()
	if g == nil || !g.seen {
		return nil, nil
	}
	for a := range g.view.Marks {
		for b := a + 1; b < len(g.view.Marks); b++ {
			from, to := string(rune('A'+a)), string(rune('A'+b))
			if g.principal {
				from, to = g.view.Marks[a].Name, g.view.Marks[b].Name
			}
			names, ends = append(names, trf("%s to %s", from, to)), append(ends, [2]int{a, b})
		}
	}
	return names, ends
}

// endOf is the picture of a mark: itself where it was chosen, else that of its place.
func (l *landscape) endOf(g *terrain, i int) sampling.Images {
	if !g.principal && i < len(g.corners) && g.corners[i] != nil {
		return g.corners[i].x
	}
	return l.clipped(g.view.Plane.At(g.view.Marks[i].At))
}

// toggleClimb begins to seek the barrier, or ends that.
func (l *landscape) toggleClimb() {
	h, g := l.w.now, l.ground()
	if g == nil || !g.seen {
		return
	}
	if g.climb.climbing() {
		g.climb.job.Stop()
		return
	}
	_, ends := l.pairs()
	if g.climb.pair >= len(ends) {
		return
	}
	opt := studio.DefaultBarrier()
	opt.Steps = g.climb.steps
	pair := ends[g.climb.pair]
	var job *studio.BarrierJob
	ready := make(chan struct{})
	job, err := l.w.studio.Barrier(mapModel(h), mapRecipe(h), l.endOf(g, pair[0]), l.endOf(g, pair[1]), opt, func() {
		<-ready
		l.w.do(func() { l.climbed(h, job) })
	})
	close(ready)
	if err != nil {
		l.w.showError(tr("The barrier cannot be sought"), err)
		return
	}
	g.climb.job, g.climb.found = job, studio.Barrier{}
	l.showClimb()
}

// dropClimb forgets a barrier between other pictures.
func (l *landscape) dropClimb() {
	g := l.ground()
	if g.climb.job != nil {
		g.climb.job.Stop()
	}
	g.climb.job, g.climb.found = nil, studio.Barrier{}
	l.showClimb()
	l.draw(false)
}

// climbGap is the time between two drawings of a path on its way down.
const climbGap = 100 * time.Millisecond

// climbed takes over how far the search is.
func (l *landscape) climbed(h *session, job *studio.BarrierJob) {
	g := h.terrain
	if g == nil || g.climb.job != job {
		return
	}
	p := job.Progress()
	if !p.Phase.Final() && time.Since(g.climb.shown) < climbGap {
		return
	}
	g.climb.shown, g.climb.found = time.Now(), job.Latest()
	if p.Phase == studio.Failed {
		l.w.showError(tr("The barrier could not be found"), p.Err)
	}
	if l.w.now == h && l.visible() {
		l.showClimb()
		l.draw(false)
	}
}

// showClimb puts the barrier into the widgets.
func (l *landscape) showClimb() {
	h, g := l.w.now, l.ground()
	b := l.side.climb
	icon := theme.MediaPlayIcon()
	text := tr("Find the barrier")
	if g.climb.climbing() {
		icon, text = theme.MediaStopIcon(), tr("Stop")
	}
	if b.Text != text {
		b.SetText(text)
		b.SetIcon(icon)
	}
	enable(b, g.seen)
	told := climbText(g.climb)
	if l.side.told.Text != told {
		l.side.told.SetText(told)
	}
	setVisible(l.side.told, told != "")
	l.drawClimb()
	film := g.climb.found.Relaxed.Path
	on := film.N > 0 && !h.opened.Plane()
	if on {
		row := make([]*image.RGBA, film.N)
		for i := range row {
			row[i] = studio.PictureOf(film, i, h.opened.Model.Lo, h.opened.Model.Hi)
		}
		l.film.SetRows(row)
	}
	if l.reel.Visible() != on {
		setVisible(l.reel, on)
		l.middle.Refresh()
	}
}

// climbText says what was found, in words.
func climbText(c climb) string {
	straight, _ := c.found.Straight.Height()
	relaxed, along := c.found.Relaxed.Height()
	switch {
	case len(c.found.Straight.Energy) == 0 && c.climbing():
		return tr("Evaluating the straight line…")
	case len(c.found.Straight.Energy) == 0:
		return ""
	case math.IsNaN(straight):
		return tr("The straight line goes through energies that are not finite.")
	}
	text := trf("Straight: %s above the start. Lowest path: %s, %.0f %% of the way along.", energyText(straight), energyText(relaxed), 100*along)
	if relaxed == 0 {
		text = trf("Straight: %s above the start. The lowest path never rises above its start.", energyText(straight))
	}
	if along > 0.99 {
		text = trf("Straight: %s above the start. The lowest path climbs to its end, %s above the start, with no barrier between.", energyText(straight), energyText(relaxed))
	}
	p := c.job.Progress()
	switch {
	case !p.Phase.Final():
		return text + " " + trf("Step %d…", c.found.Steps)
	case c.found.Settled:
		return text + " " + trf("It came to rest after %d steps.", c.found.Steps)
	}
	return text + " " + trf("After %d steps it still moves: more may lower it.", c.found.Steps)
}

// profileScale is the number of places of the way from one end to the other, for the
// plot's whole steps.
const profileScale = 1000

// drawClimb draws both profiles over the share of the way.
func (l *landscape) drawClimb() {
	g := l.ground()
	if g == nil || len(g.climb.found.Straight.Energy) == 0 {
		l.barrier.SetDrawing(widgets.Drawing{Empty: true})
		l.barrier.SetReadout("")
		return
	}
	var lines []widgets.Curve
	for _, p := range []studio.Profile{g.climb.found.Straight, g.climb.found.Relaxed} {
		c := widgets.Curve{Values: p.Energy}
		for i := range p.Energy {
			c.Steps = append(c.Steps, i*profileScale/(len(p.Energy)-1))
		}
		lines = append(lines, c)
	}
	d := widgets.DrawCurves(l.barrier.Frame(), lines, 1, profileScale)
	d.XTicks = spread(0, 100, " %")
	l.barrier.SetDrawing(d)
	height, _ := g.climb.found.Relaxed.Height()
	l.barrier.SetReadout(trf("barrier %s", energyText(height)))
}

// pickClimb looks at a place of the relaxed path.
func (l *landscape) pickClimb(step int) {
	g := l.ground()
	path := g.climb.found.Relaxed.Path
	if path.N == 0 {
		return
	}
	l.showStep(sampling.AlongPath(path, profileScale+1).Slice(step, step+1), float64(step)/profileScale)
	l.barrier.SetCursor(step)
}

// pickFilm looks at a picture of the relaxed path.
func (l *landscape) pickFilm(i int) {
	if n := l.ground().climb.found.Relaxed.Path.N; n > 1 {
		l.pickClimb(i * profileScale / (n - 1))
	}
}

// showStep shows a picture of the relaxed path in the place of that of the map, which it
// need not lie on.
func (l *landscape) showStep(x sampling.Images, share float64) {
	h, g := l.w.now, l.ground()
	places, off, err := g.view.Plane.Project(x)
	if err != nil {
		return
	}
	g.at, g.looking = places[0], true
	l.showCursor()
	if h.opened.Plane() {
		return
	}
	l.picture.Image = studio.PictureOf(x, 0, h.opened.Model.Lo, h.opened.Model.Hi)
	l.picture.Refresh()
	l.title.SetText(trf("lowest path, %.0f %%", 100*share))
	e := g.climb.found.Relaxed.Energy
	l.facts.SetText(trf("Energy %s\n%s off the plane", energyText(float64(e[int(math.Round(share*float64(len(e)-1)))])), number2(off[0])))
}
