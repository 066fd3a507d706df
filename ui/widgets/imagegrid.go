package widgets

import (
	"image"
	"image/color"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Space around a tile, in units: the ring of the selected tile lies in it, and
// the mark under a tile.
const (
	tileGap   = 12
	ringSpace = 4
	markSpace = 2
	// captionSpace is what a line of text below a tile needs besides, captionSize its size.
	captionSpace = 11
	captionSize  = 9
)

// ImageGrid shows a batch of pictures as tiles, every pixel of a picture as a
// square of the same whole number of device pixels. One tile is selected; a mark
// under each tile can carry a colour.
type ImageGrid struct {
	widget.BaseWidget
	// OnSelect is called when a person picks a tile; the grid has selected it already.
	OnSelect func(i int)
	// Small lets the pixels of a picture be a quarter of a device pixel wider, where
	// there is too little room for whole ones.
	Small bool

	tiles    []*canvas.Image
	marks    []*canvas.Rectangle
	captions []*canvas.Text      // below the marks; none, or one a tile
	rings    []*canvas.Rectangle // around tiles that something is to be said of
	ring     *canvas.Rectangle
	selected int
	w, h     int // pixels of a picture
	place    placement
}

// NewImageGrid returns an empty grid that calls onSelect when a tile is picked.
func NewImageGrid(onSelect func(i int)) *ImageGrid {
	g := &ImageGrid{OnSelect: onSelect, selected: -1, ring: canvas.NewRectangle(color.Transparent)}
	g.ring.StrokeWidth = 2
	g.ring.CornerRadius = 4
	g.ring.Hide()
	g.ExtendBaseWidget(g)
	return g
}

// SetImages shows a batch of pictures of one size. The grid keeps the pictures
// until the next call, so the caller must not write to them meanwhile (two
// buffers, or fresh pictures). A picture that is not tight (stride 4*width, origin
// 0,0) is copied, since the GPU upload takes the pixels as they lie.
func (g *ImageGrid) SetImages(images []*image.RGBA) {
	w, h := 0, 0
	if len(images) > 0 {
		w, h = images[0].Rect.Dx(), images[0].Rect.Dy()
	}
	same := len(images) == len(g.tiles) && w == g.w && h == g.h
	g.w, g.h = w, h
	if !same {
		g.rebuild(len(images))
	}
	for i, m := range images {
		g.tiles[i].Image = tight(m)
		if same {
			g.tiles[i].Refresh()
		}
	}
	if !same {
		g.Refresh()
	}
}

// SetMarks colours the bar under each tile; nil removes the bars, a nil colour
// one bar.
func (g *ImageGrid) SetMarks(colors []color.Color) {
	for i, m := range g.marks {
		if i >= len(colors) || colors[i] == nil {
			m.Hide()
			continue
		}
		if m.Visible() && m.FillColor == colors[i] {
			continue
		}
		m.FillColor = colors[i]
		m.Show()
		m.Refresh()
	}
}

// SetCaptions writes a few letters under each tile; nil takes them away. The tiles become
// smaller where there is little room.
func (g *ImageGrid) SetCaptions(texts []string) {
	n := min(len(texts), len(g.tiles))
	if slices.EqualFunc(g.captions, texts[:n], func(c *canvas.Text, text string) bool { return c.Text == text }) {
		return
	}
	g.captions = nil
	for _, text := range texts[:n] {
		c := canvas.NewText(text, colorOf(g, theme.ColorNamePlaceHolder))
		c.TextSize, c.Alignment = captionSize, fyne.TextAlignCenter
		g.captions = append(g.captions, c)
	}
	g.Refresh()
}

// SetRings draws a thin ring of a colour around tiles; a nil colour, or none, none.
func (g *ImageGrid) SetRings(colors []color.Color) {
	for i, r := range g.rings {
		if i >= len(colors) || colors[i] == nil {
			if r.Visible() {
				r.Hide()
			}
			continue
		}
		if r.Visible() && r.StrokeColor == colors[i] {
			continue
		}
		r.StrokeColor = colors[i]
		r.Show()
		r.Refresh()
	}
}

// Ringed reports whether a tile has a ring of SetRings.
func (g *ImageGrid) Ringed(i int) bool { return i >= 0 && i < len(g.rings) && g.rings[i].Visible() }

// Len is the number of tiles.
func (g *ImageGrid) Len() int { return len(g.tiles) }

// Image is the picture of tile i as it is shown now.
func (g *ImageGrid) Image(i int) image.Image { return g.tiles[i].Image }

// Selected is the index of the selected tile, -1 where there is none.
func (g *ImageGrid) Selected() int { return g.selected }

// Columns is the number of tiles in a row as laid out now, at least 1.
func (g *ImageGrid) Columns() int { return max(1, g.place.cols) }

// Select moves the ring to tile i without calling OnSelect; an index outside the
// grid selects nothing.
func (g *ImageGrid) Select(i int) {
	if i < 0 || i >= len(g.tiles) {
		i = -1
	}
	g.selected = i
	g.placeRing()
}

// Tapped selects the tile under the pointer.
func (g *ImageGrid) Tapped(e *fyne.PointEvent) {
	i, ok := g.place.at(e.Position, len(g.tiles))
	if !ok {
		return
	}
	g.Select(i)
	if g.OnSelect != nil {
		g.OnSelect(i)
	}
}

func (g *ImageGrid) rebuild(n int) {
	for len(g.tiles) < n {
		t := &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScalePixels}
		m := canvas.NewRectangle(color.Transparent)
		m.CornerRadius = markSpace / 2
		m.Hide()
		r := canvas.NewRectangle(color.Transparent)
		r.StrokeWidth, r.CornerRadius = 1.5, 3
		r.Hide()
		g.tiles, g.marks, g.rings = append(g.tiles, t), append(g.marks, m), append(g.rings, r)
	}
	g.tiles, g.marks, g.rings, g.captions = g.tiles[:n], g.marks[:n], g.rings[:n], nil
	if g.selected >= n {
		g.selected = -1
	}
}

func (g *ImageGrid) placeRing() {
	if g.selected < 0 || g.place.cols == 0 {
		g.ring.Hide()
		return
	}
	p := g.place.position(g.selected)
	g.ring.Move(p.SubtractXY(ringSpace, ringSpace))
	g.ring.Resize(g.place.tile.AddWidthHeight(2*ringSpace, 2*ringSpace))
	g.ring.Show()
	g.ring.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (g *ImageGrid) CreateRenderer() fyne.WidgetRenderer {
	r := &imageGridRenderer{grid: g}
	r.Refresh()
	return r
}

type imageGridRenderer struct{ grid *ImageGrid }

func (r *imageGridRenderer) Layout(size fyne.Size) {
	g := r.grid
	scale := float32(1)
	if c := fyne.CurrentApp().Driver().CanvasForObject(g); c != nil {
		scale = c.Scale()
	}
	below := float32(0)
	if len(g.captions) > 0 {
		below = captionSpace
	}
	g.place = placeTiles(len(g.tiles), g.w, g.h, size, scale, below, g.zoom)
	for i, t := range g.tiles {
		p := g.place.position(i)
		t.Move(p)
		t.Resize(g.place.tile)
		g.marks[i].Move(p.AddXY(0, g.place.tile.Height+ringSpace+1))
		g.marks[i].Resize(fyne.NewSize(g.place.tile.Width, markSpace))
		if i < len(g.captions) {
			g.captions[i].Move(p.AddXY(-tileGap/2, g.place.tile.Height+ringSpace))
			g.captions[i].Resize(fyne.NewSize(g.place.tile.Width+tileGap, captionSpace+tileGap-ringSpace))
		}
		g.rings[i].Move(p.SubtractXY(1.5, 1.5))
		g.rings[i].Resize(g.place.tile.AddWidthHeight(3, 3))
	}
	g.placeRing()
}

func (r *imageGridRenderer) MinSize() fyne.Size { return fyne.NewSize(160, 120) }

func (r *imageGridRenderer) Refresh() {
	g := r.grid
	g.ring.StrokeColor = colorOf(g, ColorCurveSelected)
	r.Layout(g.Size())
	for _, t := range g.tiles {
		t.Refresh()
	}
	for _, c := range g.captions {
		c.Color = colorOf(g, theme.ColorNamePlaceHolder)
	}
	canvas.Refresh(g)
}

func (r *imageGridRenderer) Objects() []fyne.CanvasObject {
	g := r.grid
	objects := make([]fyne.CanvasObject, 0, 3*len(g.tiles)+1)
	for i, t := range g.tiles {
		objects = append(objects, t, g.marks[i], g.rings[i])
	}
	for _, c := range g.captions {
		objects = append(objects, c)
	}
	return append(objects, g.ring)
}

func (r *imageGridRenderer) Destroy() {}

// placement says where the tiles of a grid lie.
type placement struct {
	cols   int
	origin fyne.Position
	tile   fyne.Size
	below  float32 // room for a caption under a tile
}

// placeTiles finds the number of columns that gives the largest tiles whose side
// is a whole number of device pixels per picture pixel (or one device pixel for a
// whole number of picture pixels, where a picture is larger than its tile); among
// equals it leaves the fewest places empty.
func placeTiles(n, w, h int, area fyne.Size, scale, below float32, zoom func(float64) float64) placement {
	if n == 0 || w == 0 || h == 0 || area.Width <= 0 || area.Height <= 0 {
		return placement{}
	}
	best, bestZoom, bestEmpty := 1, -1.0, 0
	for cols := 1; cols <= n; cols++ {
		rows := (n + cols - 1) / cols
		zx := float64((area.Width/float32(cols) - tileGap) * scale / float32(w))
		zy := float64((area.Height/float32(rows) - tileGap - below) * scale / float32(h))
		z := zoom(math.Min(zx, zy))
		if empty := rows*cols - n; z > bestZoom || z == bestZoom && empty < bestEmpty {
			best, bestZoom, bestEmpty = cols, z, empty
		}
	}
	rows := (n + best - 1) / best
	tile := fyne.NewSize(float32(w)*float32(bestZoom)/scale, float32(h)*float32(bestZoom)/scale)
	p := placement{cols: best, tile: tile, below: below}
	free := area.SubtractWidthHeight(p.pitch().Width*float32(best), p.pitch().Height*float32(rows))
	p.origin = fyne.NewPos(wholePixel(free.Width/2, scale)+tileGap/2, wholePixel(free.Height/2, scale)+tileGap/2)
	return p
}

// zoom rounds a zoom down to one that the grid may have.
func (g *ImageGrid) zoom(z float64) float64 {
	if g.Small && z > 1 {
		return math.Floor(4*z) / 4
	}
	return wholeZoom(z)
}

// wholeZoom rounds a zoom down to a whole number, or below 1 to one over a whole
// number; it is never 0.
func wholeZoom(z float64) float64 {
	if z >= 1 {
		return math.Floor(z)
	}
	return 1 / math.Ceil(1/math.Max(z, 1.0/64))
}

func wholePixel(v, scale float32) float32 {
	return float32(math.Floor(float64(max(0, v)*scale))) / scale
}

func (p placement) pitch() fyne.Size { return p.tile.AddWidthHeight(tileGap, tileGap+p.below) }

func (p placement) position(i int) fyne.Position {
	if p.cols == 0 {
		return fyne.Position{}
	}
	d := p.pitch()
	return p.origin.AddXY(float32(i%p.cols)*d.Width, float32(i/p.cols)*d.Height)
}

// at is the tile at a position of the grid, counting half of the gap around it.
func (p placement) at(pos fyne.Position, n int) (int, bool) {
	if p.cols == 0 {
		return 0, false
	}
	d := p.pitch()
	col := int(math.Floor(float64((pos.X - p.origin.X + tileGap/2) / d.Width)))
	row := int(math.Floor(float64((pos.Y - p.origin.Y + tileGap/2) / d.Height)))
	i := row*p.cols + col
	return i, col >= 0 && col < p.cols && row >= 0 && i < n
}

// tight returns m, or a copy of it whose pixels lie without gaps from 0,0.
func tight(m *image.RGBA) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	if m.Rect.Min == (image.Point{}) && m.Stride == 4*w && len(m.Pix) == 4*w*h {
		return m
	}
	c := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		o := m.PixOffset(m.Rect.Min.X, m.Rect.Min.Y+y)
		copy(c.Pix[y*c.Stride:], m.Pix[o:o+4*w])
	}
	return c
}
