package ui

import (
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// cloud stands in the place of the wall: the same pictures, alike ones near each other. It
// is laid out when it is asked for, in the background; what is selected is what is selected
// on the wall.
type cloud struct {
	g       *gallery
	view    *widgets.Cloud
	by      *ttwidget.Select
	along   [2]*ttwidget.Select
	do, fit *ttwidget.Button
	note    *widget.Label
	text    *widget.Label
	first   *widget.Button
	hint    fyne.CanvasObject
	stack   *fyne.Container // view or hint
	box     *fyne.Container
	on      bool // it is looked at instead of the wall

	judges  []cloudSource
	sources []cloudSource // what by's options mean
	axes    []string      // and those of along
	cancel  func()        // stops the work; nil where there is none
	made    studio.Cloud
	what    string     // it was laid out by
	names   []string   // of its pictures, in the library
	from    [2]float64 // the ends of the axes
	to      [2]float64
	wall    map[string]int // places of pictures on the wall, by their names
	missing int            // pictures of the wall that it has not
	filling bool           // widgets are being set, nobody chooses
}

func newCloud(g *gallery) *cloud {
	c := &cloud{g: g, view: widgets.NewCloud(), note: widget.NewLabel(""), axes: []string{studio.CloudFirst, studio.CloudSecond}}
	c.view.OnSelect = c.picked
	c.view.OnOpen = func(int) { g.compare.look() }
	c.view.OnMenu = g.menu
	c.view.Ends = func(axis int, share float64) string {
		if axis == 1 {
			share = 1 - share
		}
		return studio.CloudNumber(c.axis(axis), c.from[axis]+share*(c.to[axis]-c.from[axis]))
	}
	choice := func(tip string, changed func()) *ttwidget.Select {
		s := ttwidget.NewSelect(nil, func(string) {
			if !c.filling {
				g.w.win.Canvas().Unfocus()
				changed()
			}
		})
		s.SetToolTip(tip)
		return s
	}
	c.by = choice(tr("What makes pictures alike: their pixels, the features of the judge for their size, or the latents of an open model's encoder"), func() {
		if len(c.names) > 0 && c.cancel == nil {
			c.layOut()
		}
	})
	c.along[0] = choice(tr("What is to the right: a principal component, or a number of the recipes"), c.show)
	c.along[1] = choice(tr("What is up: a principal component, or a number of the recipes"), c.show)
	c.do = quietButton("", theme.MediaPlayIcon(), tr("Lay out the selected pictures, or all that are shown where fewer than two are selected"), c.toggleWork)
	c.fit = quietButton("", theme.ZoomFitIcon(), tr("Everything in view (0); the wheel zooms at the pointer, the middle button or Ctrl and a drag moves"), c.view.Fit)
	c.note.SizeName, c.note.Truncation = theme.SizeNameCaptionText, fyne.TextTruncateEllipsis
	c.makeHint()
	caption := func(text string) fyne.CanvasObject {
		l := widget.NewLabel(text)
		l.SizeName = theme.SizeNameCaptionText
		return l
	}
	choices := container.New(layout.NewRowWrapLayoutWithCustomPadding(2, 2), caption(tr("alike by")), wide(240, c.by),
		caption("→"), wide(165, c.along[0]), caption("↑"), wide(165, c.along[1]))
	work := container.NewBorder(nil, nil, container.NewHBox(c.do, c.fit), nil, c.note)
	c.stack = container.NewStack(c.hint, c.view)
	c.box = container.NewBorder(container.New(layout.NewCustomPaddedVBoxLayout(0), choices, work), nil, nil, nil, c.stack)
	c.box.Hide()
	c.view.Hide()
	c.offer()
	c.offerAxes()
	c.working("")
	return c
}

func (c *cloud) makeHint() {
	title := widget.NewLabelWithStyle(tr("Nothing is laid out yet"), fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	title.SizeName = theme.SizeNameSubHeadingText
	c.text = widget.NewLabel("")
	c.text.Alignment, c.text.Wrapping, c.text.Importance = fyne.TextAlignCenter, fyne.TextWrapWord, widget.LowImportance
	c.first = widget.NewButton("", c.toggleWork)
	c.first.Importance = widget.HighImportance
	c.hint = container.NewVBox(layout.NewSpacer(), title, c.text, container.NewCenter(c.first), layout.NewSpacer())
}

// sight is what shows the pictures: the wall or the cloud.
func (g *gallery) sight() fyne.CanvasObject {
	if g.cloud.on {
		return g.cloud.box
	}
	return g.grid
}

// toggleCloud goes from the wall to the cloud and back.
func (g *gallery) toggleCloud() {
	c := g.cloud
	c.on = !c.on
	g.turn.Importance = widget.LowImportance
	if c.on {
		g.turn.Importance = widget.HighImportance
		c.openJudges()
	}
	g.turn.Refresh()
	g.sized.Hidden = c.on
	g.sized.Refresh()
	g.compare.close()
	c.renew()
	g.showEmpty()
}

// picked selects on the wall what a person has selected here.
func (c *cloud) picked() {
	var chosen []int
	for _, k := range c.view.Selected() {
		i, ok := c.wall[c.names[k]]
		switch {
		case !ok:
		case k == c.view.Cursor():
			chosen = slices.Insert(chosen, 0, i)
		default:
			chosen = append(chosen, i)
		}
	}
	c.g.grid.Select(chosen...)
	c.g.picked()
}

// selectAll selects every picture of the cloud.
func (c *cloud) selectAll() {
	var chosen []int
	for _, name := range c.names {
		if i, ok := c.wall[name]; ok {
			chosen = append(chosen, i)
		}
	}
	c.g.grid.Select(chosen...)
	c.g.picked()
}

// key takes the keys that go from picture to picture.
func (c *cloud) key(name fyne.KeyName) bool {
	by, ok := map[fyne.KeyName][2]int{fyne.KeyLeft: {-1, 0}, fyne.KeyRight: {1, 0}, fyne.KeyUp: {0, -1}, fyne.KeyDown: {0, 1}}[name]
	switch {
	case !c.box.Visible():
		return false
	case len(c.names) == 0 && name == fyne.KeyReturn:
		c.toggleWork()
		return true
	case ok && len(c.names) > 0:
		c.view.Step(by[0], by[1], c.g.shift())
		return true
	}
	return false
}

// rune takes the signs that zoom.
func (c *cloud) rune(r rune) bool {
	factor := map[rune]float64{'+': math.Sqrt2, '=': math.Sqrt2, '-': 1 / math.Sqrt2}[r]
	switch {
	case !c.box.Visible():
		return false
	case factor != 0:
		c.view.Zoom(factor)
	case r == '0':
		c.view.Fit()
	default:
		return false
	}
	return true
}
