// Package widgets holds the studio's own Fyne widgets: the grid of chains, the
// curve plot, the scrubber, the knob row and the panel behind them. They know no
// mathematics and nothing else of the program: values go in by methods, what a
// person does comes out by callbacks. All methods belong to the UI goroutine,
// except where a comment says otherwise.
package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Colour names that the studio's theme adds to Fyne's; a theme without them gives
// the neighbours that colour falls back to.
const (
	ColorPanel         fyne.ThemeColorName = "panel"         // behind a group of controls
	ColorStage         fyne.ThemeColorName = "stage"         // behind the pictures
	ColorCurve         fyne.ThemeColorName = "curve"         // a chain that is not selected
	ColorCurveSelected fyne.ThemeColorName = "curveSelected" // the selected chain, in pictures and curves
	ColorPlotGrid      fyne.ThemeColorName = "plotGrid"
	ColorCursor        fyne.ThemeColorName = "cursor"
)

// instead names Fyne's colour for each of ours, for themes without ours (the
// default theme answers an unknown name with transparent black).
func instead(name fyne.ThemeColorName) fyne.ThemeColorName {
	switch name {
	case ColorPanel:
		return theme.ColorNameHeaderBackground
	case ColorStage:
		return theme.ColorNameInputBackground
	case ColorCurve:
		return theme.ColorNameDisabled
	case ColorCurveSelected:
		return theme.ColorNamePrimary
	case ColorPlotGrid:
		return theme.ColorNameSeparator
	default:
		return theme.ColorNameForeground
	}
}

// colorOf looks a colour up in the theme that applies to w.
func colorOf(w interface{ Theme() fyne.Theme }, name fyne.ThemeColorName) color.Color {
	th, variant := w.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	if c := th.Color(name, variant); c != nil {
		if _, _, _, a := c.RGBA(); a != 0 {
			return c
		}
	}
	return th.Color(instead(name), variant)
}
