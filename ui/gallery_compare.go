package ui

import (
	"image"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// comparison stands in the place of the wall: one picture large, or two compared.
type comparison struct {
	g       *gallery
	view    *widgets.Compare
	modes   []*ttwidget.Button
	swap    *ttwidget.Button
	text    *widget.Label
	box     *fyne.Container
	pair    [2]string // what is shown, the second empty for one alone
	shown   [2]image.Image
	asked   int // counts what is asked for: a late answer is dropped
	flicker chan struct{}
}

// flickerPeriod is how long a picture of a flicker stays.
const flickerPeriod = 500 * time.Millisecond

func newComparison(g *gallery) *comparison {
	c := &comparison{g: g, view: widgets.NewCompare(), text: widget.NewLabel("")}
	back := quietButton(tr("Back"), theme.NavigateBackIcon(), tr("Back to the pictures (Escape)"), c.close)
	bar := container.NewHBox(back)
	for i, m := range []struct {
		text, tip string
		icon      fyne.Resource
	}{
		{tr("Slider"), tr("One left and one right of a line; drag it (1)"), nil},
		{tr("Side by side"), tr("Beside each other (2)"), nil},
		{tr("Flicker"), tr("In turn at the same place (3); a click shows the other"), nil},
		{tr("Difference"), tr("Where they differ: black not at all, white the most (4)"), nil},
	} {
		b := ttwidget.NewButton(m.text, func() { c.mode(widgets.CompareMode(i)) })
		b.SetToolTip(m.tip)
		c.modes = append(c.modes, b)
		bar.Add(b)
	}
	c.swap = quietButton("", theme.ViewRefreshIcon(), tr("The other way round (W)"), c.turn)
	c.text.Truncation, c.text.SizeName = fyne.TextTruncateEllipsis, theme.SizeNameCaptionText
	head := container.New(layout.NewCustomPaddedVBoxLayout(-6), container.NewBorder(nil, nil, bar, c.swap), c.text)
	c.box = container.NewStack(widgets.NewPanel(widgets.ColorStage, 4, container.NewBorder(head, nil, nil, nil, c.view)))
	c.box.Hide()
	c.mode(widgets.CompareSlider)
	return c
}

// look shows the picture looked at large, or the two that are selected.
func (c *comparison) look() {
	all := c.g.chosen()
	switch it := c.g.looked(); {
	case len(all) == 2:
		c.ask(all[0], &all[1])
	case it != nil:
		c.ask(*it, nil)
	}
}

// compareTwo compares the two selected pictures.
func (g *gallery) compareTwo() {
	if len(g.chosen()) == 2 {
		g.compare.look()
		return
	}
	g.w.banner.show(tr("Select two pictures to compare them"), tr("Click one, and the other with Ctrl."), theme.InfoIcon(), widget.WarningImportance)
}

// follow shows another picture where another is selected while one is looked at.
func (c *comparison) follow() {
	if c.box.Visible() && c.pair[0] != "" {
		if it := c.g.looked(); it != nil && (c.pair[1] == "" || len(c.g.chosen()) == 2) {
			c.look()
		} else if it == nil {
			c.close()
		}
	}
}

// ask reads the pictures in the background and shows them.
func (c *comparison) ask(a studio.LibraryItem, b *studio.LibraryItem) {
	pair := [2]string{a.Name}
	if b != nil {
		pair[1] = b.Name
	}
	if pair == c.pair && c.box.Visible() {
		return
	}
	c.pair = pair
	c.asked++
	asked, g, l := c.asked, c.g, c.g.library.open()
	g.w.background(func() func() {
		_, _, first, err := studio.ReadPicture(l.Path(a.Name))
		var second image.Image
		if err == nil && b != nil {
			_, _, second, err = studio.ReadPicture(l.Path(b.Name))
		}
		return func() {
			if asked != c.asked {
				return
			}
			if err != nil {
				c.close()
				g.unread(tr("The pictures could not be read"), err)
				return
			}
			if b == nil {
				c.put(first, nil, describe(&a), "")
				c.text.SetText(describe(&a))
				return
			}
			c.put(first, second, describe(&a), describe(b))
			if a.Energy != nil && b.Energy != nil && a.SHA256 == b.SHA256 {
				c.text.SetText(trf("energy %s, %s: %s apart", number(float64(*a.Energy)), number(float64(*b.Energy)), number(float64(*b.Energy-*a.Energy))) + "  ·  " + c.text.Text)
			}
		}
	})
}

// describe is a picture in a line.
func describe(it *studio.LibraryItem) string {
	text := titleOf(it) + "  ·  " + trf("seed %d", it.Seed)
	if it.Chain >= 0 {
		text += " #" + trf("%d", it.Chain+1)
	}
	if it.Energy != nil {
		text += "  ·  E " + number(float64(*it.Energy))
	}
	return text
}

// images compares two pictures that need not be of the library.
func (c *comparison) images(a, b *image.RGBA, nameA, nameB string) {
	c.asked++
	c.pair = [2]string{}
	c.put(a, b, nameA, nameB)
	c.mode(widgets.CompareDifference)
}

// put shows one picture or two with their difference.
func (c *comparison) put(a, b image.Image, nameA, nameB string) {
	c.shown = [2]image.Image{a, b}
	for _, m := range c.modes {
		m.Hidden = b == nil
	}
	c.swap.Hidden = b == nil
	c.text.SetText("")
	if b == nil {
		c.view.SetPictures(tightRGBA(a), nil, nil)
		c.view.SetNames("", "", "")
	} else {
		d, err := studio.Differ(a, b)
		text := trf("largest difference %d of 255, mean %.2f, %d pixels differ", d.Largest, d.Mean, d.Pixels)
		if err != nil {
			text = err.Error()
		}
		c.view.SetPictures(tightRGBA(a), tightRGBA(b), d.Picture)
		c.view.SetNames(nameA, nameB, text)
		c.text.SetText(text)
		enable(c.modes[widgets.CompareDifference], err == nil)
	}
	reveal(c.g.stack, c.box)
	c.flickering()
}

// turn shows the pair the other way round.
func (c *comparison) turn() {
	a, b, text := c.view.Names()
	d, _ := studio.Differ(c.shown[0], c.shown[1]) // put says what cannot be compared
	c.shown[0], c.shown[1] = c.shown[1], c.shown[0]
	c.view.SetPictures(tightRGBA(c.shown[0]), tightRGBA(c.shown[1]), d.Picture)
	c.view.SetNames(b, a, text)
}

// mode chooses how two pictures are compared.
func (c *comparison) mode(m widgets.CompareMode) {
	c.view.SetMode(m)
	for i, b := range c.modes {
		b.Importance = widget.LowImportance
		if i == int(m) {
			b.Importance = widget.HighImportance
		}
		b.Refresh()
	}
	c.flickering()
}

// flickering starts or ends the change of pictures.
func (c *comparison) flickering() {
	on := c.box != nil && c.box.Visible() && c.view.Mode() == widgets.CompareFlicker && c.shown[1] != nil
	if !on && c.flicker != nil {
		close(c.flicker)
		c.flicker = nil
	}
	if !on || c.flicker != nil {
		return
	}
	end := make(chan struct{})
	c.flicker = end
	go func() {
		tick := time.NewTicker(flickerPeriod)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				c.g.w.do(func() {
					if c.flicker == end && c.g.visible() {
						c.view.Flip()
					}
				})
			case <-end:
				return
			case <-c.g.w.ctx.Done():
				return
			}
		}
	}()
}

// close goes back to the wall.
func (c *comparison) close() {
	if !c.box.Visible() {
		return
	}
	c.asked++
	c.box.Hide()
	c.pair, c.shown = [2]string{}, [2]image.Image{}
	c.flickering()
	c.g.showEmpty()
	if it := c.g.grid.Cursor(); it >= 0 {
		c.g.grid.Reveal(it)
	}
}
