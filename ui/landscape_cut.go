package ui

import (
	"math"

	"ebmstudio/ui/widgets"
)

// cutPlaces is the number of places of a cut.
const cutPlaces = 193

// cutLines are the lines that a cut can go along.
func (l *landscape) cutLines() []string {
	lines := []string{tr("Across, through the place"), tr("Upright, through the place")}
	pairs, _ := l.pairs()
	for _, p := range pairs {
		lines = append(lines, trf("From %s", p))
	}
	return lines
}

// cutEnds are the ends of the line that is chosen.
func (l *landscape) cutEnds(g *terrain) (from, to [2]float64) {
	f := g.view.Frame
	at := f.Place(0.5, 0.5)
	if g.looking {
		at = g.at
	}
	switch _, ends := l.pairs(); {
	case g.line == 0:
		return [2]float64{f.U0, at[1]}, [2]float64{f.U1, at[1]}
	case g.line == 1 || g.line-2 >= len(ends):
		return [2]float64{at[0], f.V0}, [2]float64{at[0], f.V1}
	default:
		return g.view.Marks[ends[g.line-2][0]].At, g.view.Marks[ends[g.line-2][1]].At
	}
}

// showCursor puts the place looked at and the line of the cut on the map and the plots.
func (l *landscape) showCursor() {
	g := l.ground()
	x, y := g.view.Frame.Share(g.at)
	l.heat.SetCursor(x, y, g.looking)
	if len(g.cut.Energy) == 0 {
		l.heat.SetCut([2]float64{}, [2]float64{}, false)
		return
	}
	var ends [2][2]float64
	for i, at := range [2][2]float64{g.cut.From, g.cut.To} {
		ends[i][0], ends[i][1] = g.view.Frame.Share(at)
	}
	l.heat.SetCut(ends[0], ends[1], true)
	d := [2]float64{g.cut.To[0] - g.cut.From[0], g.cut.To[1] - g.cut.From[1]}
	t := ((g.at[0]-g.cut.From[0])*d[0] + (g.at[1]-g.cut.From[1])*d[1]) / (d[0]*d[0] + d[1]*d[1])
	step := -1
	if g.looking && t >= 0 && t <= 1 {
		step = int(math.Round(t * float64(len(g.cut.Energy)-1)))
		l.cut.SetReadout(trf("%s along: E %s", number2(t*g.cut.Length()), energyText(float64(g.cut.Energy[step]))))
	}
	l.cut.SetCursor(step)
}

// askCut computes the cut that is chosen.
func (l *landscape) askCut() {
	h, g := l.w.now, l.ground()
	if g == nil || !g.seen {
		return
	}
	ask := &l.asking[0]
	ask.do(func() {
		from, to := l.cutEnds(g)
		p, r, model := g.view.Plane, mapRecipe(h), mapModel(h)
		l.w.background(func() func() {
			c, err := l.w.studio.Cut(l.w.ctx, model, r, p, from, to, cutPlaces)
			return func() {
				if err == nil {
					g.cut = c
				}
				l.failed(tr("The cut cannot be computed"), err)
				if l.w.now == h && l.visible() {
					l.showCut()
				}
				ask.done()
			}
		})
	})
}

func (l *landscape) showCut() {
	l.drawCut()
	if g := l.ground(); g.seen {
		l.showCursor()
	}
}

// drawCut draws the cut as a curve over the distance.
func (l *landscape) drawCut() {
	g := l.ground()
	if g == nil || len(g.cut.Energy) == 0 {
		l.cut.SetDrawing(widgets.Drawing{Empty: true})
		return
	}
	d := widgets.DrawCurves(l.cut.Frame(), []widgets.Curve{{Steps: counted(len(g.cut.Energy)), Values: g.cut.Energy}}, 0, len(g.cut.Energy)-1)
	d.XTicks = spread(0, g.cut.Length(), "")
	l.cut.SetDrawing(d)
}

func counted(n int) []int {
	steps := make([]int, n)
	for i := range steps {
		steps[i] = i
	}
	return steps
}

// spread are five ticks from one value to another.
func spread(from, to float64, unit string) (ticks []widgets.Tick) {
	for i := range 5 {
		t := float64(i) / 4
		ticks = append(ticks, widgets.Tick{At: t, Text: number2(from+t*(to-from)) + unit})
	}
	return ticks
}

// pickCut looks at a place of the cut.
func (l *landscape) pickCut(i int) {
	if g := l.ground(); g != nil && g.seen && i >= 0 && i < len(g.cut.Energy) {
		l.lookAt(g.cut.Place(i))
	}
}
