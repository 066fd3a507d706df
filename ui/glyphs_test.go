package ui

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"golang.org/x/image/font/sfnt"

	"ebmstudio/docs"
)

// TestEveryLetterCanBeDrawn, of the window's texts and of the guide: a letter that the toolkit's fonts lack would be a box on the
// screen.
func TestEveryLetterCanBeDrawn(t *testing.T) {
	var fonts []*sfnt.Font
	for _, r := range []fyne.Resource{theme.DefaultTextFont(), theme.DefaultSymbolFont()} {
		f, err := sfnt.Parse(r.Content())
		if err != nil {
			t.Fatal(err)
		}
		fonts = append(fonts, f)
	}
	texts := map[string]string{}
	for _, file := range languageFiles(t) {
		for _, text := range dictionary(t, file) {
			texts[text] = text
		}
	}
	for line := range strings.Lines(docs.Guide) {
		texts[line] = line
	}
	var buffer sfnt.Buffer
	for text := range texts {
		for _, letter := range text {
			if letter != '\n' && !slices.ContainsFunc(fonts, func(f *sfnt.Font) bool {
				i, err := f.GlyphIndex(&buffer, letter)
				return err == nil && i != 0
			}) {
				t.Errorf("found %s in %q, want letters that Fyne's fonts have", strconv.QuoteRune(letter), text)
			}
		}
	}
}
