package ui

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2/theme"

	"ebmstudio/studio"
)

// showCurve chooses what the second plot shows.
func (s *stage) showCurve(name string) {
	s.second = name
	title, tip := tr("Gradient |dE/dx| …"), tr("The length of dE/dx, the force that the Langevin step follows downhill.")
	switch name {
	case curveStep:
		title, tip = tr("Step |x' - x| …"), tr("How far a step has moved the picture, in pixel units: its drift and its noise.")
	case curveAccepted:
		title, tip = tr("Accepted …"), trf("The share of a chain's last %d proposals that were accepted. Only samplers that refuse (MALA, HMC) have it; some 57 %% is best for MALA.", acceptanceWindow)
	}
	s.gradient.SetTitle(title)
	s.gradient.SetToolTip(tip + tr(" Click the title for another curve (G); click or drag to go to a step, click on a line to select its chain."))
}

// nextCurve goes round the curves of the second plot.
func (w *Window) nextCurve() {
	all := []string{curveGradient, curveStep, curveAccepted}
	for i, name := range all {
		if name == w.stage.second {
			w.stage.showCurve(all[(i+1)%len(all)])
			break
		}
	}
	w.look()
}

// rings are those around the chains that are outliers, frozen or killed.
func (s *stage) rings(c shot) []color.Color {
	th, variant := s.w.app.Settings().Theme(), s.w.app.Settings().ThemeVariant()
	out := make([]color.Color, len(c.images))
	for i := range out {
		_, dead := c.killed[i]
		switch {
		case dead:
			out[i] = th.Color(theme.ColorNameError, variant)
		case i < len(c.held) && c.held[i]:
			out[i] = th.Color(theme.ColorNamePrimary, variant)
		case math.Abs(zAt(c.far, i)) > studio.OutlierLimit:
			out[i] = th.Color(theme.ColorNameForeground, variant)
		}
	}
	return out
}

// zAt is a robust z-score, 0 where there is none.
func zAt(z []float64, i int) float64 {
	if i < 0 || i >= len(z) || math.IsNaN(z[i]) {
		return 0
	}
	return z[i]
}
