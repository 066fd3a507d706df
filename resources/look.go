package resources

import (
	"embed"
	"encoding/json"
	"fmt"
	"image/color"
)

// Icon is the program's icon, a PNG of 256 by 256 pixels.
//
//go:embed icon.png
var Icon []byte

// Theme is the studio's theme, in the form that Fyne's theme.FromJSON reads:
// colours for light and dark, and sizes.
//
//go:embed theme.json
var Theme string

// Contrast is the studio's theme of high contrast, in the same form: one for light and
// dark desktops.
//
//go:embed contrast.json
var Contrast string

// Translations holds translations/LANGUAGE.json: English text to the language's.
//
//go:embed translations
var Translations embed.FS

//go:embed icons
var icons embed.FS

// Symbol is a drawing for a button by name, an SVG file in black that a theme
// colours; nil where there is none.
func Symbol(name string) []byte {
	data, err := icons.ReadFile("icons/" + name + ".svg")
	if err != nil {
		return nil
	}
	return data
}

//go:embed palettes.json
var palettes []byte

// Palette returns the colours of a ramp by name ("energy": from low to high). An
// unknown name or a colour that is not #rrggbb is an error.
func Palette(name string) ([]color.RGBA, error) {
	var all map[string][]string
	if err := json.Unmarshal(palettes, &all); err != nil {
		return nil, fmt.Errorf("read palettes.json: %w", err)
	}
	texts, ok := all[name]
	if !ok {
		return nil, fmt.Errorf("palette %q: not in palettes.json", name)
	}
	colors := make([]color.RGBA, len(texts))
	for i, t := range texts {
		c := color.RGBA{A: 255}
		if n, err := fmt.Sscanf(t, "#%02x%02x%02x", &c.R, &c.G, &c.B); err != nil || n != 3 {
			return nil, fmt.Errorf("palette %q: found %q, want #rrggbb", name, t)
		}
		colors[i] = c
	}
	return colors, nil
}
