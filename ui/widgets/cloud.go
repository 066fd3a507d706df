package widgets

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// CloudPicture is a picture of a Cloud.
type CloudPicture struct {
	Image   *image.RGBA // tight (stride 4*width, origin 0,0)
	Caption string      // one line, shown while the pointer is over it
}

// Cloud shows thousands of pictures at their places, all of them in one raster: as large as
// there is room for those in view, as points where there is too little. Places are shares
// of the whole: 0 to 1 from the left and from the top.
//
// The pointer shows a picture large; a click selects it, with shift or control it is added
// or taken out; a band that is drawn adds what it touches; two clicks open. The wheel zooms
// at the pointer; the middle button, or control with the left one, moves the view.
type Cloud struct {
	widget.BaseWidget
	OnSelect func()                        // a person has changed the selection
	OnOpen   func(i int)                   // a person has clicked twice
	OnMenu   func(i int, at fyne.Position) // right button on a picture; a place of the window
	Ends     func(axis int, share float64) string

	pictures []CloudPicture
	small    [][]*image.RGBA // each picture, and it at half the size, at a quarter, ...
	at       [][2]float64
	choice   choice
	view     cloudView
	fitted   bool // all is in view, whatever the size
	titles   [2]string

	raster *canvas.Raster
	frame  *image.RGBA // what the raster shows
	stale  bool
	clip   *container.Clip
	area   fyne.Position
	size   fyne.Size
	axes   [2]*canvas.Text
	ends   [2][2]*canvas.Text // low, high
	back   *canvas.Rectangle
	band   *canvas.Rectangle
	over   cloudOver
	hand   cloudHand
}

// cloudView is the part of the whole that is in view: from these shares on, 1/zoom wide and
// high.
type cloudView struct {
	from [2]float64
	zoom float64
}

// share is a place of the whole as a share of the view.
func (v cloudView) share(at [2]float64) (x, y float64) {
	return (at[0] - v.from[0]) * v.zoom, (at[1] - v.from[1]) * v.zoom
}

// place is the reverse of share.
func (v cloudView) place(x, y float64) [2]float64 {
	return [2]float64{v.from[0] + x/v.zoom, v.from[1] + y/v.zoom}
}

// held keeps some of the whole in view.
func (v cloudView) held() cloudView {
	v.zoom = min(max(v.zoom, cloudOut), cloudIn)
	for k := range v.from {
		v.from[k] = min(max(v.from[k], -0.8/v.zoom), 1-0.2/v.zoom)
	}
	return v
}

// Of a cloud: the margins around its raster, the largest share of the view that is left free
// around the whole, and how far it is zoomed.
const (
	cloudLeft, cloudRight, cloudTop, cloudBottom = 8, 8, 22, 22

	cloudMargin = 0.2
	cloudOut    = 0.5
	cloudIn     = 4000
)

// whole is the view of everything, with room for half a picture around it.
func (c *Cloud) whole() cloudView {
	n := 0
	for i := range c.at {
		if c.shown(i) {
			n++
		}
	}
	room := cloudRoom(n, int(c.size.Width), int(c.size.Height), 1)/2 + 6
	margin := min(float64(room)/float64(max(1, min(c.size.Width, c.size.Height))), cloudMargin)
	zoom := 1 - 2*margin
	return cloudView{[2]float64{-margin / zoom, -margin / zoom}, zoom}
}

// NewCloud returns an empty cloud.
func NewCloud() *Cloud {
	c := &Cloud{choice: newChoice(), back: canvas.NewRectangle(nil), band: canvas.NewRectangle(nil), over: newCloudOver()}
	c.raster = canvas.NewRaster(c.draw)
	c.raster.ScaleMode = canvas.ImageScaleFastest
	c.band.StrokeWidth = 1
	c.band.Hide()
	for k := range c.axes {
		c.axes[k] = canvas.NewText("", nil)
		c.ends[k] = [2]*canvas.Text{canvas.NewText("", nil), canvas.NewText("", nil)}
	}
	c.clip = container.NewClip(container.NewWithoutLayout(c.raster, c.band))
	c.hand.over = -1
	c.ExtendBaseWidget(c)
	return c
}

// SetPictures replaces the pictures and their places, NaN for those that have none. Nothing
// is selected then, and all is in view.
func (c *Cloud) SetPictures(pictures []CloudPicture, at [][2]float64) {
	c.pictures, c.at = pictures, at
	c.small = make([][]*image.RGBA, len(pictures))
	for i, p := range pictures {
		c.small[i] = smaller(p.Image)
	}
	c.choice = newChoice()
	c.Fit()
}

// SetPlaces moves the pictures; the view stays, but for one of everything.
func (c *Cloud) SetPlaces(at [][2]float64) {
	c.at = at
	if c.fitted {
		c.view = c.whole()
	}
	c.redraw()
}

// SetAxes names what is to the right and what is up.
func (c *Cloud) SetAxes(x, y string) {
	c.titles = [2]string{x, y}
	c.Refresh()
}

// Select selects exactly these pictures without calling OnSelect; the first is where the
// keyboard is.
func (c *Cloud) Select(pictures ...int) {
	c.choice.put(pictures)
	c.choice.anchor, c.choice.cursor = -1, -1
	if len(pictures) > 0 {
		c.choice.cursor = pictures[0]
	}
	c.redraw()
}

// Selected are the selected pictures, in order.
func (c *Cloud) Selected() []int { return c.choice.sorted() }

// Cursor is the picture that was clicked last or that the keyboard is on, -1 for none.
func (c *Cloud) Cursor() int { return c.choice.cursor }

// Fit brings everything into view.
func (c *Cloud) Fit() {
	c.view, c.fitted = c.whole(), true
	c.redraw()
}

// Zoom magnifies about the picture that the keyboard is on, or else the middle.
func (c *Cloud) Zoom(factor float64) {
	x, y := 0.5, 0.5
	if i := c.choice.cursor; i >= 0 && c.shown(i) {
		if u, v := c.view.share(c.at[i]); u >= 0 && u <= 1 && v >= 0 && v <= 1 {
			x, y = u, v
		}
	}
	c.zoomAt(factor, x, y)
}

// zoomAt magnifies; the place at a share of the view stays there.
func (c *Cloud) zoomAt(factor, x, y float64) {
	at := c.view.place(x, y)
	c.view.zoom = min(max(c.view.zoom*factor, cloudOut), cloudIn)
	c.view.from = [2]float64{at[0] - x/c.view.zoom, at[1] - y/c.view.zoom}
	c.view, c.fitted = c.view.held(), false
	c.redraw()
}

// shown reports whether a picture has a place.
func (c *Cloud) shown(i int) bool { return !math.IsNaN(c.at[i][0] + c.at[i][1]) }

// Step goes from the present picture to the nearest one in a direction, to the right and
// down where dx and dy are 1; with extend those before stay selected.
func (c *Cloud) Step(dx, dy int, extend bool) {
	best, least := -1, math.Inf(1)
	from := [2]float64{0.5, 0.5}
	now := c.choice.cursor
	if now >= 0 && c.shown(now) {
		from = c.at[now]
	} else {
		now = -1
	}
	for i := range c.at {
		if i == now || !c.shown(i) {
			continue
		}
		x, y := (c.at[i][0]-from[0])*float64(c.size.Width), (c.at[i][1]-from[1])*float64(c.size.Height)
		ahead, aside := x*float64(dx)+y*float64(dy), math.Abs(x*float64(dy))+math.Abs(y*float64(dx))
		if now >= 0 && (ahead < aside || ahead <= 0) {
			continue
		}
		if far := math.Hypot(x, y) + aside; far < least {
			best, least = i, far
		}
	}
	if best < 0 {
		return
	}
	if !extend {
		clear(c.choice.set)
	}
	c.choice.set[best], c.choice.cursor = true, best
	c.reveal(best)
	c.selected()
}

// reveal moves the view as little as it takes to show a picture.
func (c *Cloud) reveal(i int) {
	const edge = 0.05
	x, y := c.view.share(c.at[i])
	for k, s := range []float64{x, y} {
		if by := max(s-(1-edge), 0) + min(s-edge, 0); by != 0 && !c.fitted {
			c.view.from[k] += by / c.view.zoom
		}
	}
}

// selected shows and tells that the selection has changed.
func (c *Cloud) selected() {
	c.redraw()
	if c.OnSelect != nil {
		c.OnSelect()
	}
}

// redraw has the raster drawn anew.
func (c *Cloud) redraw() {
	c.stale = true
	c.raster.Refresh()
	c.placeEnds()
}

// CreateRenderer implements fyne.Widget.
func (c *Cloud) CreateRenderer() fyne.WidgetRenderer {
	r := &cloudRenderer{c}
	r.Refresh()
	return r
}

type cloudRenderer struct{ c *Cloud }

func (r *cloudRenderer) MinSize() fyne.Size { return fyne.NewSize(200, 160) }
func (r *cloudRenderer) Destroy()           {}

func (r *cloudRenderer) Layout(size fyne.Size) {
	c := r.c
	c.area = fyne.NewPos(cloudLeft, cloudTop)
	c.size = size.SubtractWidthHeight(cloudLeft+cloudRight, cloudTop+cloudBottom)
	for _, o := range []fyne.CanvasObject{c.back, c.clip} {
		o.Move(c.area)
		o.Resize(c.size)
	}
	c.raster.Resize(c.size)
	if c.fitted || c.view.zoom == 0 {
		c.view, c.fitted = c.whole(), true
	}
	c.placeEnds()
}

// placeEnds says what the axes are and where the view ends along them.
func (c *Cloud) placeEnds() {
	if c.size.Width <= 0 {
		return
	}
	if c.Ends != nil && len(c.at) > 0 {
		low, high := c.view.place(0, 1), c.view.place(1, 0)
		for k := range c.ends {
			c.ends[k][0].Text, c.ends[k][1].Text = c.Ends(k, low[k]), c.Ends(k, high[k])
		}
	}
	bottom := c.area.Y + c.size.Height + 3
	for k, y := range []float32{bottom, 3} {
		left, right, title := c.ends[k][0], c.ends[k][1], c.axes[k]
		if k == 1 { // of the upward axis the ends stand together, before its name
			left.Text, right.Text = joined(left.Text, right.Text), ""
		}
		left.Move(fyne.NewPos(cloudLeft, y))
		right.Move(fyne.NewPos(cloudLeft+c.size.Width-right.MinSize().Width, y))
		room := c.size.Width - left.MinSize().Width - right.MinSize().Width - 24
		title.Text = within(c.titles[k], max(room, 0), title)
		title.Move(fyne.NewPos(cloudLeft+left.MinSize().Width+12+max(0, (room-title.MinSize().Width)/2), y))
		for _, t := range []*canvas.Text{left, right, title} {
			t.Resize(t.MinSize())
			t.Refresh()
		}
	}
}

func joined(low, high string) string {
	if low == "" {
		return ""
	}
	return low + " … " + high
}

func (r *cloudRenderer) Refresh() {
	c := r.c
	th, variant := c.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	low, small := th.Color(theme.ColorNamePlaceHolder, variant), th.Size(theme.SizeNameCaptionText)
	for k := range c.axes {
		c.axes[k].Color, c.axes[k].TextSize = th.Color(theme.ColorNameForeground, variant), small
		for _, t := range c.ends[k] {
			t.Color, t.TextSize = low, small
		}
	}
	c.back.FillColor, c.back.StrokeColor, c.back.StrokeWidth = color.Transparent, colorOf(c, ColorPlotGrid), 1
	c.band.FillColor, c.band.StrokeColor = colorOf(c, theme.ColorNameSelection), colorOf(c, theme.ColorNamePrimary)
	c.over.style(c)
	c.stale = true
	r.Layout(c.Size())
	canvas.Refresh(c)
}

func (r *cloudRenderer) Objects() []fyne.CanvasObject {
	c := r.c
	objects := []fyne.CanvasObject{c.back, c.clip}
	for k := range c.axes {
		objects = append(objects, c.axes[k], c.ends[k][0], c.ends[k][1])
	}
	return append(objects, c.over.objects()...)
}
