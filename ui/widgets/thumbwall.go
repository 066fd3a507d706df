package widgets

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Space between tiles and for the line below a picture, in units.
const (
	thumbGap     = 12
	thumbCaption = 16
)

// thumbWall is the content of a ThumbGrid's scroll: as high as all tiles, with objects
// for those in view.
type thumbWall struct {
	widget.BaseWidget
	grid  *ThumbGrid
	place thumbPlace
	tiles []*thumbTile // tile i is tiles[i%len(tiles)]
	first int          // in view
	end   int
	band  *canvas.Rectangle
	from  fyne.Position // where the button went down
	base  []int         // selected before the band
	press [2]thumbPress // the last two, the newer one second
	dark  color.Color   // what the tiles were coloured for
}

func newThumbWall(g *ThumbGrid) *thumbWall {
	w := &thumbWall{grid: g, band: canvas.NewRectangle(color.Transparent)}
	w.band.StrokeWidth = 1
	w.band.Hide()
	w.place = placeThumbs(0, g.side)
	w.press = [2]thumbPress{{tile: -1}, {tile: -1}}
	w.ExtendBaseWidget(w)
	return w
}

// thumbPress is a press of a mouse button: on which tile, -1 for none, and whether it was
// of the first button with no key held.
type thumbPress struct {
	tile  int
	plain bool
}

// opens reports whether two presses ask to open a tile. The toolkit counts two clicks on
// the wall, and the wall is one object: a click on a picture and one with control on
// another are two clicks for it.
func opens(press [2]thumbPress, tile int) bool {
	want := thumbPress{tile: tile, plain: true}
	return press[0] == want && press[1] == want
}

// thumbPlace says where the tiles of a wall lie.
type thumbPlace struct {
	cols  int
	side  float32
	pitch fyne.Size
}

func placeThumbs(width, side float32) thumbPlace {
	cols := max(1, int(width/(side+thumbGap)))
	return thumbPlace{cols, side, fyne.NewSize(max(width/float32(cols), side+thumbGap), side+thumbCaption+thumbGap)}
}

// row is the top of a tile's row.
func (p thumbPlace) row(i int) float32 { return float32(i/p.cols) * p.pitch.Height }

// position is the corner of a tile's picture.
func (p thumbPlace) position(i int) fyne.Position {
	x := float32(i%p.cols)*p.pitch.Width + (p.pitch.Width-p.side)/2
	return fyne.NewPos(float32(math.Floor(float64(x))), p.row(i)+thumbGap/2)
}

// at is the tile at a place of the wall, the gaps around it left out.
func (p thumbPlace) at(pos fyne.Position, n int) (int, bool) {
	col, row := int(pos.X/p.pitch.Width), int(pos.Y/p.pitch.Height)
	i := row*p.cols + col
	if pos.X < 0 || pos.Y < 0 || col >= p.cols || i >= n {
		return 0, false
	}
	corner := p.position(i)
	return i, pos.X >= corner.X-2 && pos.X < corner.X+p.side+2 && pos.Y >= corner.Y-2 && pos.Y < corner.Y+p.side+thumbCaption
}

// within are the tiles that a band touches.
func (p thumbPlace) within(a, b fyne.Position, n int) []int {
	left, right := min(a.X, b.X), max(a.X, b.X)
	top, bottom := min(a.Y, b.Y), max(a.Y, b.Y)
	var all []int
	for row := max(0, int(top/p.pitch.Height)); row <= int(bottom/p.pitch.Height); row++ {
		for col := range p.cols {
			i := row*p.cols + col
			if i >= n {
				return all
			}
			c := p.position(i)
			if c.X < right && c.X+p.side > left && c.Y < bottom && c.Y+p.side > top {
				all = append(all, i)
			}
		}
	}
	return all
}

// arrange follows the grid's size, length and side.
func (w *thumbWall) arrange() {
	g := w.grid
	w.place = placeThumbs(g.Size().Width-theme.Size(theme.SizeNameScrollBar)/2, g.side)
	rows := int(math.Ceil(float64(g.Size().Height/w.place.pitch.Height))) + 2
	if want := rows * w.place.cols; want != len(w.tiles) {
		for len(w.tiles) < want {
			w.tiles = append(w.tiles, newThumbTile(g.Star))
		}
		w.tiles = w.tiles[:want]
	}
	for _, t := range w.tiles {
		t.index = -1
	}
	w.Refresh()
}

// view are the tiles in view.
func (w *thumbWall) view() (first, end int) {
	top, height := w.grid.scroll.Offset.Y, w.grid.Size().Height
	row := max(0, int(top/w.place.pitch.Height))
	last := int((top + height) / w.place.pitch.Height)
	first = min(row*w.place.cols, w.grid.n)
	return first, min(min((last+1)*w.place.cols, first+len(w.tiles)), w.grid.n)
}

// look fills what has come into view.
func (w *thumbWall) look() { w.fill(false) }

// fill puts what is in view into the tiles, all of them or those that are new.
func (w *thumbWall) fill(all bool) {
	if len(w.tiles) == 0 {
		return
	}
	first, end := w.view()
	if dark := colorOf(w, ColorStage); dark != w.dark {
		w.dark, all = dark, true
	}
	look := w.colours()
	if w.grid.Item != nil {
		for i := first; i < end; i++ {
			if t := w.tiles[i%len(w.tiles)]; all || t.index != i {
				t.show(i, w.grid.Item(i), w.place, look, w.grid.choice.set[i], w.grid.choice.cursor == i)
			}
		}
	}
	for k, t := range w.tiles {
		if t.index >= 0 && (t.index < first || t.index >= end || t.index%len(w.tiles) != k) {
			t.hide()
		}
	}
	if first == w.first && end == w.end && !all {
		return
	}
	w.first, w.end = first, end
	if w.grid.OnView != nil {
		w.grid.OnView(first, end)
	}
}

// thumbLook are the colours and sizes of a wall's tiles.
type thumbLook struct {
	ring, cursor, caption, strong, empty, fill color.Color
	text, scale                                float32
}

func (w *thumbWall) colours() thumbLook {
	scale := float32(1)
	if c := fyne.CurrentApp().Driver().CanvasForObject(w.grid); c != nil {
		scale = c.Scale()
	}
	return thumbLook{
		ring: colorOf(w, ColorCurveSelected), cursor: colorOf(w, ColorCursor), caption: colorOf(w, theme.ColorNamePlaceHolder),
		strong: colorOf(w, theme.ColorNameForeground), empty: colorOf(w, ColorPlotGrid), fill: colorOf(w, theme.ColorNameSelection),
		text: w.Theme().Size(theme.SizeNameCaptionText), scale: scale,
	}
}

// MinSize implements fyne.Widget.
func (w *thumbWall) MinSize() fyne.Size {
	rows := (w.grid.n + w.place.cols - 1) / w.place.cols
	return fyne.NewSize(w.place.side+thumbGap, float32(rows)*w.place.pitch.Height)
}

// MouseDown selects what is under the pointer.
func (w *thumbWall) MouseDown(e *desktop.MouseEvent) {
	g := w.grid
	w.from = e.Position
	i, ok := w.place.at(e.Position, g.n)
	now := thumbPress{tile: -1, plain: e.Button == desktop.MouseButtonPrimary && e.Modifier == 0}
	if ok {
		now.tile = i
	}
	w.press = [2]thumbPress{w.press[1], now}
	toggle := e.Modifier&(fyne.KeyModifierControl|fyne.KeyModifierSuper) != 0
	w.base = nil
	if toggle || e.Modifier&fyne.KeyModifierShift != 0 {
		w.base = g.choice.sorted()
	}
	switch {
	case !ok && w.base == nil:
		g.choice.only(-1)
	case !ok:
		return
	case e.Button == desktop.MouseButtonSecondary:
		if g.choice.set[i] {
			return
		}
		g.choice.only(i)
	case e.Modifier&fyne.KeyModifierShift != 0:
		g.choice.extend(i, toggle)
	case toggle:
		g.choice.toggle(i)
	default:
		g.choice.only(i)
	}
	g.selected()
}

// MouseUp implements desktop.Mouseable.
func (w *thumbWall) MouseUp(*desktop.MouseEvent) {}

// TappedSecondary asks for a menu.
func (w *thumbWall) TappedSecondary(e *fyne.PointEvent) {
	if i, ok := w.place.at(e.Position, w.grid.n); ok && w.grid.OnMenu != nil {
		w.grid.OnMenu(i, e.AbsolutePosition)
	}
}

// DoubleTapped opens a tile that was clicked twice.
func (w *thumbWall) DoubleTapped(e *fyne.PointEvent) {
	if i, ok := w.place.at(e.Position, w.grid.n); ok && opens(w.press, i) && w.grid.OnOpen != nil {
		w.grid.OnOpen(i)
	}
}

// Dragged draws a band; what it touches is selected, with what was before where
// control or shift was held. At the edges of the view it scrolls.
func (w *thumbWall) Dragged(e *fyne.DragEvent) {
	g := w.grid
	offset, height := g.scroll.Offset.Y, g.scroll.Size().Height
	if over := e.Position.Y - offset - height; over > 0 {
		g.scrollTo(offset + over)
	} else if under := offset - e.Position.Y; under > 0 {
		g.scrollTo(offset - under)
	}
	a, b := w.from, e.Position
	w.band.FillColor, w.band.StrokeColor = colorOf(w, theme.ColorNameSelection), colorOf(w, theme.ColorNamePrimary)
	w.band.Move(fyne.NewPos(min(a.X, b.X), min(a.Y, b.Y)))
	w.band.Resize(fyne.NewSize(max(a.X, b.X)-min(a.X, b.X), max(a.Y, b.Y)-min(a.Y, b.Y)))
	w.band.Show()
	w.band.Refresh()
	g.choice.put(append(w.place.within(a, b, g.n), w.base...))
	w.fill(true)
}

// DragEnd takes the band away.
func (w *thumbWall) DragEnd() {
	w.band.Hide()
	w.grid.selected()
}

// CreateRenderer implements fyne.Widget.
func (w *thumbWall) CreateRenderer() fyne.WidgetRenderer { return &thumbWallRenderer{w} }

type thumbWallRenderer struct{ wall *thumbWall }

func (r *thumbWallRenderer) Layout(fyne.Size)   {}
func (r *thumbWallRenderer) MinSize() fyne.Size { return r.wall.MinSize() }
func (r *thumbWallRenderer) Destroy()           {}

func (r *thumbWallRenderer) Refresh() {
	r.wall.fill(true)
	canvas.Refresh(r.wall)
}

func (r *thumbWallRenderer) Objects() []fyne.CanvasObject {
	objects := make([]fyne.CanvasObject, 0, len(r.wall.tiles)*5+1)
	for _, t := range r.wall.tiles {
		objects = append(objects, t.ring, t.back, t.image, t.caption, t.star)
	}
	return append(objects, r.wall.band)
}
