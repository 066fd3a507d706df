package ui

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"ebmstudio/ui/widgets"
)

// luminance is the relative luminance of WCAG 2.2, from 0 to 1.
func luminance(c color.Color) float64 {
	linear := func(v uint32) float64 {
		s := float64(v) / 65535
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	r, g, b, _ := c.RGBA()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

// TestContrast: WCAG 2.2 asks for 4.5 between text and what is behind it (AA), 7 where
// much is wanted (AAA), and 3 for parts of controls.
func TestContrast(t *testing.T) {
	backs := []fyne.ThemeColorName{theme.ColorNameBackground, theme.ColorNameOverlayBackground, theme.ColorNameMenuBackground, widgets.ColorPanel, widgets.ColorStage}
	for choice, want := range map[string]struct{ text, faint, part float64 }{
		themeLight: {7, 4.5, 3}, themeDark: {7, 4.5, 3}, themeContrast: {14, 7, 7},
	} {
		th, err := newTheme(choice)
		if err != nil {
			t.Fatal(err)
		}
		ratio := func(a, b fyne.ThemeColorName) float64 {
			x, y := luminance(th.Color(a, theme.VariantDark)), luminance(th.Color(b, theme.VariantDark))
			return (max(x, y) + 0.05) / (min(x, y) + 0.05)
		}
		for _, back := range backs {
			for name, least := range map[fyne.ThemeColorName]float64{
				theme.ColorNameForeground: want.text, theme.ColorNamePlaceHolder: want.faint, theme.ColorNamePrimary: want.part,
				theme.ColorNameError: want.part, widgets.ColorCurveSelected: want.part,
			} {
				if got := ratio(name, back); got < least {
					t.Errorf("%s: %s on %s has a contrast of %.2f, want %g", choice, name, back, got, least)
				}
			}
		}
		for front, back := range map[fyne.ThemeColorName]fyne.ThemeColorName{theme.ColorNameForeground: theme.ColorNameButton, theme.ColorNameForegroundOnPrimary: theme.ColorNamePrimary} {
			least := 3.0 // the button's text is large and bold
			if choice == themeContrast {
				least = 7
			}
			if got := ratio(front, back); got < least {
				t.Errorf("%s: %s on %s has a contrast of %.2f, want %g", choice, front, back, got, least)
			}
		}
	}
}
