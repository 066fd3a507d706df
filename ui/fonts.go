package ui

import (
	_ "unsafe" // for go:linkname

	"fyne.io/fyne/v2"
	"github.com/go-text/typesetting/shaping"
)

// toolkitShaper is what the toolkit measures and draws all texts with.
//
//go:linkname toolkitShaper fyne.io/fyne/v2/internal/painter.shaper
var toolkitShaper *shaping.HarfbuzzShaper

// forgetFonts empties the toolkit's shaper whenever the settings change. With each change
// of the theme, the scale or the desktop's colours the toolkit reads its fonts anew, but
// its one shaper remembers how to shape with every font that it has ever met, and so keeps
// them all: some 4 MiB a change. It offers no way to empty it. What is forgotten of a font
// still in use is found out again with the next text.
func forgetFonts(s fyne.Settings) {
	s.AddListener(func(fyne.Settings) { *toolkitShaper = shaping.HarfbuzzShaper{} })
}
