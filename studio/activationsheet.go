package studio

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"strconv"

	"ebmstudio/checkpoint"
)

// Measures of a sheet of feature maps, in pixels.
const (
	tileSide  = 64 // of a feature map, at least where it is smaller
	tileGap   = 4
	barHeight = 14   // height of the colours' bar
	maxSide   = 8192 // of the sheet's sides
	barWidth  = 240
)

// Sheet draws a layer's feature maps in an order as tiles, below a line that names the
// layer and a bar of the colours with their range.
func (a Activation) Sheet(order []int, s Shades) (image.Image, error) {
	write, err := newLettering()
	if err != nil {
		return nil, err
	}
	scale := max(1, tileSide/max(a.H, a.W))
	if a.H*a.W == 1 {
		scale = tileSide / 3 // numbers, not pictures
	}
	w, h := a.W*scale+tileGap, a.H*scale+tileGap
	columns := max(1, int(math.Ceil(math.Sqrt(float64(len(order)*h)/float64(w)))))
	rows := (len(order) + columns - 1) / columns
	title := fmt.Sprintf("%s  %s", a.Layer, a.ShapeText())
	low, high := strconv.FormatFloat(s.Low, 'g', 4, 64), strconv.FormatFloat(s.High, 'g', 4, 64)
	bar := write.width(low) + write.width(high) + barWidth + 2*gridGap
	width := 2*gridMargin + max(columns*w-tileGap, write.width(title), bar)
	top := gridMargin + 2*captionLine + gridGap
	height := top + rows*h - tileGap + gridMargin
	if width > maxSide || height > maxSide {
		return nil, fmt.Errorf("layer %q: the sheet would have %d x %d pixels, want at most %d a side", a.Layer, width, height, maxSide)
	}
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(m, m.Bounds(), image.NewUniform(color.Gray{Y: background}), image.Point{}, draw.Src)
	write.text(m, title, gridMargin, gridMargin, captionColour)
	y, x := gridMargin+captionLine, gridMargin
	write.text(m, low, x, y, axisColour)
	x += write.width(low) + gridGap
	for i := range barWidth {
		c := s.Of(s.Low + (s.High-s.Low)*float64(i)/(barWidth-1))
		draw.Draw(m, image.Rect(x+i, y+(captionLine-barHeight)/2, x+i+1, y+(captionLine+barHeight)/2), image.NewUniform(c), image.Point{}, draw.Src)
	}
	write.text(m, high, x+barWidth+gridGap, y, axisColour)
	for i, channel := range order {
		from := image.Pt(gridMargin+i%columns*w, top+i/columns*h)
		paste(m, image.Rectangle{from, from.Add(image.Pt(a.W*scale, a.H*scale))}, a.Tile(channel, s), scale)
	}
	return m, nil
}

// ShapeText says how many channels of which size there are.
func (a Activation) ShapeText() string {
	if a.H*a.W == 1 {
		return fmt.Sprintf("%d channels", a.C)
	}
	return fmt.Sprintf("%d channels of %dx%d", a.C, a.H, a.W)
}

// SaveSheet writes the sheet as a PNG file, whole or not at all.
func (a Activation) SaveSheet(path string, order []int, s Shades) error {
	m, err := a.Sheet(order, s)
	if err != nil {
		return fmt.Errorf("save %q: %w", path, err)
	}
	data, err := encodePNG(m)
	if err != nil {
		return fmt.Errorf("save %q: %w", path, err)
	}
	return writeFiles(outFile{path, data})
}

// SaveActivations writes the numbers of all layers as .npz or .safetensors, [channels,
// height, width] or [channels] each, under the layers' names.
func SaveActivations(path string, all []Activation) error {
	if err := CheckArrayFile(path); err != nil {
		return err
	}
	var named []checkpoint.Named
	for _, a := range all {
		shape := []int{a.C, a.H, a.W}
		if a.H*a.W == 1 {
			shape = shape[:1]
		}
		named = append(named, checkpoint.Named{Name: a.Layer, Tensor: checkpoint.Float32Tensor(shape, a.Values)})
	}
	return checkpoint.Write(path, named, nil)
}
