package faces

import (
	"bytes"
	_ "embed" // the atlas
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"
)

// The layers that tools/faces extracts, and what they are.
var (
	//go:embed atlas.png
	atlasPicture []byte
	//go:embed atlas.json
	atlasIndex []byte
)

// Size is the height and width of a face in pixels.
const Size = 16

// index is atlas.json: which tiles of the atlas, counted along its rows, are which part
// in which colour. Depth tiles, drawn one over the other, are a part in one colour; then
// come the part's other colours, the other parts and the next group. Groups are in the
// order in which they are drawn.
type index struct {
	Size, Columns int
	Background    string
	Groups        []struct {
		Name           string
		Parts, Colours []string
		Depth          int
	}
}

// group is the parts of one kind: hair, hats.
type group struct {
	name           string
	parts, colours []string
	layers         []layer // of part p in colour c: p*len(colours)+c
}

// layer is what a part covers in one colour, in the order of drawing; few pixels come
// twice.
type layer []pixel

// pixel is one covered pixel: its place, row*Size+column, and its colour, multiplied
// by its opacity.
type pixel struct {
	at    int
	value color.RGBA
}

// canvas is a face under way: red, green, blue of Size*Size opaque pixels.
type canvas [3 * Size * Size]uint8

// atlas is the parts of all faces.
type atlas struct {
	groups     []group // in the order of drawing
	background [3]uint8
}

// openAtlas cuts the embedded picture into layers.
func openAtlas() (*atlas, error) {
	var list index
	if err := json.Unmarshal(atlasIndex, &list); err != nil {
		return nil, fmt.Errorf("index of the faces' atlas: %w", err)
	}
	sheet, err := png.Decode(bytes.NewReader(atlasPicture))
	if err != nil {
		return nil, fmt.Errorf("the faces' atlas: %w", err)
	}
	a := &atlas{}
	if a.background, err = parseColour(list.Background); err != nil {
		return nil, err
	}
	tile := 0
	for _, g := range list.Groups {
		n := len(g.Parts) * len(g.Colours) * g.Depth
		if rows := (tile + n + list.Columns - 1) / list.Columns; list.Size != Size || rows*Size > sheet.Bounds().Dy() || list.Columns*Size > sheet.Bounds().Dx() {
			return nil, fmt.Errorf("the faces' atlas: found %v pixels, want %d tiles of %d", sheet.Bounds().Size(), tile+n, Size)
		}
		cut := group{name: g.Name, parts: g.Parts, colours: g.Colours}
		for i := range n {
			if i%g.Depth == 0 {
				cut.layers = append(cut.layers, nil)
			}
			l := &cut.layers[len(cut.layers)-1]
			*l = append(*l, cutTile(sheet, image.Pt(tile%list.Columns, tile/list.Columns).Mul(Size))...)
			tile++
		}
		a.groups = append(a.groups, cut)
	}
	return a, nil
}

// cutTile reads the tile whose upper left corner is at a point.
func cutTile(sheet image.Image, corner image.Point) layer {
	var l layer
	for at := range Size * Size {
		c := color.NRGBAModel.Convert(sheet.At(corner.X+at%Size, corner.Y+at/Size)).(color.NRGBA)
		if c.A == 0 {
			continue
		}
		multiplied := func(v uint8) uint8 { return uint8((2*int(v)*int(c.A) + 255) / (2 * 255)) }
		l = append(l, pixel{at, color.RGBA{multiplied(c.R), multiplied(c.G), multiplied(c.B), c.A}})
	}
	return l
}

// blank returns a canvas of the background.
func (a *atlas) blank() canvas {
	var c canvas
	for channel, v := range a.background {
		plane := c[channel*Size*Size : (channel+1)*Size*Size]
		for at := range plane {
			plane[at] = v
		}
	}
	return c
}

// find returns the place of a group.
func (a *atlas) find(name string) (int, error) {
	i := slices.IndexFunc(a.groups, func(g group) bool { return g.name == name })
	if i < 0 {
		return 0, fmt.Errorf("the faces' atlas: no group %q", name)
	}
	return i, nil
}

// draw puts a layer on the canvas, rounding as the renderer of the originals
// does: (x + 255)/256 where x/255 is meant (tiny-skia, after Skia).
func (c *canvas) draw(l layer) {
	const plane = Size * Size
	for _, p := range l {
		rest := 255 - int(p.value.A)
		over := func(at int, v uint8) { c[at] = uint8(int(v) + (int(c[at])*rest+255)>>8) }
		over(p.at, p.value.R)
		over(p.at+plane, p.value.G)
		over(p.at+2*plane, p.value.B)
	}
}

func parseColour(s string) ([3]uint8, error) {
	var c [3]uint8
	if n, err := fmt.Sscanf(s, "%02x%02x%02x", &c[0], &c[1], &c[2]); n != 3 || err != nil {
		return c, fmt.Errorf("the faces' atlas: colour %q, want six hexadecimal digits", s)
	}
	return c, nil
}
