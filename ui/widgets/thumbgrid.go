package widgets

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Thumb is what a tile of a ThumbGrid shows.
type Thumb struct {
	Image   *image.RGBA // tight (stride 4*width, origin 0,0); nil while it is not known
	Caption string      // one short line
	Star    bool
	Dim     bool // drawn faintly: it is to go
}

// ThumbGrid is a wall of thumbnails that scrolls. Only the tiles in view exist, so ten
// thousand pictures cost no more than fifty. Any number of tiles can be selected: by
// click, with control and shift, and by drawing a band around them.
//
// The grid asks Item for what comes into view and never waits: a thumbnail that is not
// there yet is nil, and the grid is told by Update when it is.
type ThumbGrid struct {
	widget.BaseWidget
	Item     func(i int) Thumb             // what tile i shows
	OnView   func(first, end int)          // other tiles are in view: first to end-1
	OnSelect func()                        // a person has changed the selection
	OnOpen   func(i int)                   // a person has clicked twice
	OnMenu   func(i int, at fyne.Position) // right button on a tile; a place of the window
	Star     fyne.Resource                 // drawn on tiles with a star

	n      int
	side   float32 // of a thumbnail
	choice choice
	wall   *thumbWall
	scroll *container.Scroll
}

// The smallest, usual and largest sides of a thumbnail.
const (
	ThumbSmall = 56
	ThumbUsual = 112
	ThumbLarge = 224
)

// NewThumbGrid returns an empty grid.
func NewThumbGrid(item func(i int) Thumb) *ThumbGrid {
	g := &ThumbGrid{Item: item, side: ThumbUsual, choice: newChoice()}
	g.wall = newThumbWall(g)
	g.scroll = container.NewVScroll(g.wall)
	g.scroll.OnScrolled = func(fyne.Position) { g.wall.look() }
	g.ExtendBaseWidget(g)
	return g
}

// SetLen says how many tiles there are; what they show is asked anew. Selected places
// beyond the end are forgotten.
func (g *ThumbGrid) SetLen(n int) {
	g.n = n
	for _, i := range g.choice.sorted() {
		if i >= n {
			delete(g.choice.set, i)
		}
	}
	g.choice.anchor, g.choice.cursor = min(g.choice.anchor, n-1), min(g.choice.cursor, n-1)
	g.relayout()
}

// Len is the number of tiles.
func (g *ThumbGrid) Len() int { return g.n }

// SetSide changes the side of the thumbnails; what is at the top stays in view.
func (g *ThumbGrid) SetSide(side float32) {
	side = min(max(side, ThumbSmall), ThumbLarge)
	if side == g.side {
		return
	}
	first, _ := g.wall.view()
	g.side = side
	g.relayout()
	g.scrollTo(g.wall.place.row(first))
}

// Side is the side of the thumbnails.
func (g *ThumbGrid) Side() float32 { return g.side }

// Update asks anew what the tiles in view show.
func (g *ThumbGrid) Update() { g.wall.fill(true) }

// Selected are the selected places, in order.
func (g *ThumbGrid) Selected() []int { return g.choice.sorted() }

// Cursor is the place that was clicked last or that the keyboard is on, -1 for none.
func (g *ThumbGrid) Cursor() int { return g.choice.cursor }

// Select selects exactly these places without calling OnSelect; the first is where the
// keyboard is.
func (g *ThumbGrid) Select(places ...int) {
	g.choice.put(places)
	g.choice.anchor, g.choice.cursor = -1, -1
	if len(places) > 0 {
		g.choice.anchor, g.choice.cursor = places[0], places[0]
	}
	g.wall.fill(true)
}

// SelectAll selects every tile.
func (g *ThumbGrid) SelectAll() {
	g.choice.all(g.n)
	g.selected()
}

// Columns is the number of tiles in a row.
func (g *ThumbGrid) Columns() int { return g.wall.place.cols }

// Rows is the number of whole rows in view, at least 1.
func (g *ThumbGrid) Rows() int {
	return max(1, int(g.scroll.Size().Height/g.wall.place.pitch.Height))
}

// MoveCursor goes to the tile that lies so many places on; with extend everything
// between is selected.
func (g *ThumbGrid) MoveCursor(by int, extend bool) {
	if g.n == 0 {
		return
	}
	i := 0
	if g.choice.cursor >= 0 {
		i = min(max(g.choice.cursor+by, 0), g.n-1)
	}
	if extend {
		g.choice.extend(i, false)
	} else {
		g.choice.only(i)
	}
	g.Reveal(i)
	g.selected()
}

// Reveal scrolls as little as it takes to show a tile.
func (g *ThumbGrid) Reveal(i int) {
	top := g.wall.place.row(i)
	bottom := top + g.wall.place.pitch.Height
	offset, height := g.scroll.Offset.Y, g.scroll.Size().Height
	switch {
	case top < offset:
		offset = top
	case bottom > offset+height:
		offset = bottom - height
	default:
		return
	}
	g.scrollTo(offset)
}

// ScrollTo brings a tile's row to the top.
func (g *ThumbGrid) ScrollTo(i int) {
	g.scrollTo(g.wall.place.row(i))
}

// scrollTo scrolls as far as that goes; the scroll itself tells only of a person's doing.
func (g *ThumbGrid) scrollTo(y float32) {
	g.scroll.ScrollToOffset(fyne.NewPos(0, max(0, y)))
	g.wall.look()
}

// View are the tiles in view: first to end-1.
func (g *ThumbGrid) View() (first, end int) { return g.wall.view() }

// Resize implements fyne.Widget.
func (g *ThumbGrid) Resize(size fyne.Size) {
	if size == g.Size() {
		return
	}
	g.BaseWidget.Resize(size)
	g.relayout()
}

// CreateRenderer implements fyne.Widget.
func (g *ThumbGrid) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(g.scroll) }

// MinSize implements fyne.Widget.
func (g *ThumbGrid) MinSize() fyne.Size { return fyne.NewSize(160, 120) }

// relayout places the tiles anew and keeps the offset where there is something.
func (g *ThumbGrid) relayout() {
	g.wall.arrange()
	g.scroll.Refresh()
	g.wall.fill(true)
}

// selected shows and tells that the selection has changed.
func (g *ThumbGrid) selected() {
	g.wall.fill(true)
	if g.OnSelect != nil {
		g.OnSelect()
	}
}
