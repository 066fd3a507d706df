package studio

import (
	"image"
	"image/color"
	"image/draw"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// lettering writes the captions of sheets.
type lettering struct{ face font.Face }

func newLettering() (lettering, error) {
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return lettering{}, err
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: captionSize, DPI: 72, Hinting: font.HintingFull})
	return lettering{face}, err
}

func (l lettering) width(text string) int { return font.MeasureString(l.face, text).Ceil() }

// text writes a line whose top is y, from x on.
func (l lettering) text(dst draw.Image, line string, x, y int, c color.Color) {
	middle := (captionLine + l.face.Metrics().CapHeight.Ceil()) / 2
	d := font.Drawer{Dst: dst, Src: image.NewUniform(c), Face: l.face, Dot: fixed.P(x, y+middle)}
	d.DrawString(line)
}
