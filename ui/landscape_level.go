package ui

import (
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
)

// mapModel is the session's model with the energy of the noise level that is mapped.
func mapModel(h *session) *studio.Opened {
	o, err := h.opened.AtLevel(h.terrain.level)
	if err != nil {
		return h.opened // a level of another model: setLevel gives none such
	}
	return o
}

// mapTitle names the energy that a map is of.
func mapTitle(o *studio.Opened, level int) string {
	if name := o.LevelName(level); name != "" {
		return trf("Energy E(x) · level %d of %d, log-SNR %.1f", max(1, level), len(o.Model.Levels), o.Model.Levels[max(1, level)-1])
	}
	return tr("Energy E(x)")
}

// newLevels makes the choice of the noise level.
func (s *landscapeSide) newLevels(pick func(string, []string, func(int)) *ttwidget.Select) {
	s.level = pick(tr("The noise level whose energy is mapped: 1 is the cleanest. Pictures are taken as they are, without the noise that chains carry on that level: towards the noisy levels the landscape becomes flat and wide, towards the clean ones narrow and steep (diffusion recovery likelihood)."),
		[]string{" "}, func(i int) { s.l.setLevel(i + 1) })
	s.levels = container.NewBorder(nil, nil, widget.NewLabel(tr("Noise level")), nil, s.level)
}

// showLevels fills the choice; models without levels have none.
func (s *landscapeSide) showLevels(h *session, g *terrain) {
	levels := h.opened.Model.Levels
	setVisible(s.levels, len(levels) > 1)
	if len(levels) < 2 {
		return
	}
	s.level.SetOptions(levelNames(levels))
	s.level.SetSelectedIndex(max(1, g.level) - 1)
}

// levelNames are noise levels for people, by their log-SNR, the cleanest first.
func levelNames(levels []float64) (names []string) {
	for i, v := range levels {
		name := trf("%d · log-SNR %.1f", i+1, v)
		switch i {
		case 0:
			name += tr(", the cleanest")
		case len(levels) - 1:
			name += tr(", the noisiest")
		}
		names = append(names, name)
	}
	return names
}

// setLevel maps the energy of another noise level, and what depends on it.
func (l *landscape) setLevel(level int) {
	g := l.ground()
	if g == nil || level == max(1, g.level) || level > len(l.w.now.opened.Model.Levels) {
		return
	}
	g.level, g.land, g.cut = level, studio.Landscape{}, studio.Cut{}
	g.forces = nil
	l.dropClimb()
	l.compute()
	l.refresh()
}
