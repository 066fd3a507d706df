package ui

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"ebmstudio/resources"
)

// The values of the theme preference.
const (
	themeSystem = ""
	themeLight  = "light"
	themeDark   = "dark"

	themeContrast = "contrast"
)

// studioTheme is the theme of resources/theme.json, light, dark or as the desktop
// says, or that of contrast.json.
type studioTheme struct {
	fyne.Theme
	choice string
}

func newTheme(choice string) (studioTheme, error) {
	text := resources.Theme
	if choice == themeContrast {
		text = resources.Contrast
	}
	t, err := theme.FromJSON(text)
	if err != nil {
		return studioTheme{}, fmt.Errorf("read theme.json: %w", err)
	}
	return studioTheme{t, choice}, nil
}

// Color implements fyne.Theme.
func (t studioTheme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	if t.light(variant) {
		return t.Theme.Color(name, theme.VariantLight)
	}
	return t.Theme.Color(name, theme.VariantDark)
}

// light reports whether the theme is light on a desktop of that variant.
func (t studioTheme) light(variant fyne.ThemeVariant) bool {
	return t.choice == themeLight || t.choice != themeDark && variant == theme.VariantLight
}
