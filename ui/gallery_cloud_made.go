package ui

import (
	"context"
	"math"
	"slices"
	"time"

	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// wanted are the pictures that would be laid out.
func (c *cloud) wanted() []studio.LibraryItem {
	all := c.g.chosen()
	if len(all) < 2 {
		all = c.g.items
	}
	return all[:min(len(all), studio.CloudMost)]
}

// working shows how far the work is, empty where there is none.
func (c *cloud) working(text string) {
	n := len(c.wanted())
	title, icon := several(n, tr("Lay 1 picture out"), trf("Lay %d pictures out", n)), theme.MediaPlayIcon()
	hint := tr("Alike pictures lie near each other in a cloud: by the first two principal components of their pixels, of a judge's features or of an encoder's latents, or along numbers of their recipes.")
	if c.cancel != nil {
		title, icon, hint = tr("Stop"), theme.MediaStopIcon(), text
	}
	put(c.text, hint)
	if c.do.Text != title {
		c.do.Icon = icon
		c.do.SetText(title)
		c.first.SetText(title)
	}
}

// toggleWork lays out, or stops that.
func (c *cloud) toggleWork() {
	if c.cancel != nil {
		c.cancel()
		return
	}
	c.layOut()
}

// layOut lays the wanted pictures out in the background.
func (c *cloud) layOut() {
	g, l := c.g, c.g.library.open()
	items := slices.Clone(c.wanted())
	if l == nil || len(items) == 0 || c.cancel != nil {
		return
	}
	r := studio.CloudRequest{By: c.source().of, Dates: map[string]time.Time{}}
	names := map[string]string{}
	for _, it := range items {
		path := l.Path(it.Name)
		r.Paths, r.Dates[path], names[path] = append(r.Paths, path), it.Added, it.Name
	}
	var told time.Time
	r.Notify = func(done, total int) {
		if now := time.Now(); now.Sub(told) > 200*time.Millisecond || done == total {
			told = now
			g.w.do(func() {
				if c.cancel != nil {
					text := trf("Laying out: %.0f %%", 99*float64(done)/float64(total))
					g.read(text)
					c.working(text)
				}
			})
		}
	}
	what := c.source().text
	ctx, cancel := context.WithCancel(g.w.ctx)
	c.cancel = cancel
	g.read(tr("Laying out…"))
	c.working(tr("Laying out…"))
	g.w.background(func() func() {
		made, err := g.w.studio.Cloud(ctx, r)
		return func() {
			stopped := ctx.Err() != nil
			cancel()
			c.cancel = nil
			g.read("")
			switch {
			case g.w.ctx.Err() != nil:
				return
			case stopped:
			case err != nil:
				g.w.showError(tr("The pictures could not be laid out"), err)
			default:
				c.take(made, what, names)
			}
			c.working("")
		}
	})
}

// take shows a cloud that was made.
func (c *cloud) take(made studio.Cloud, what string, names map[string]string) {
	c.made, c.what, c.names = made, what, nil
	items := map[string]*studio.LibraryItem{}
	for i := range c.g.items {
		items[c.g.items[i].Name] = &c.g.items[i]
	}
	pictures := make([]widgets.CloudPicture, len(made.Pictures))
	for i, p := range made.Pictures {
		name := names[p.Path]
		c.names = append(c.names, name)
		pictures[i].Image = p.Image
		if it := items[name]; it != nil {
			pictures[i].Caption = describe(it)
		}
	}
	c.offerAxes()
	c.view.SetPictures(pictures, nil)
	c.renew()
	reveal(c.stack, c.view)
	if n := len(made.Faults); n > 0 {
		c.g.w.banner.show(several(n, tr("1 picture is left out"), trf("%d pictures are left out", n)), studio.FaultList(made.Faults[:min(n, 5)]), theme.WarningIcon(), widget.WarningImportance)
	}
}

// show puts the pictures to their places along the axes; those that are not on the wall any
// more have none.
func (c *cloud) show() {
	if len(c.names) == 0 {
		return
	}
	at, from, to := c.made.Places(c.axis(0), c.axis(1))
	c.from, c.to = from, to
	without := 0
	for i, name := range c.names {
		if math.IsNaN(at[i][0] + at[i][1]) {
			without++
		}
		if _, ok := c.wall[name]; !ok {
			at[i][0] = math.NaN()
		}
	}
	c.view.SetPlaces(at)
	c.view.SetAxes(c.named(c.axis(0), "→"), c.named(c.axis(1), "↑"))
	note := ""
	if c.missing > 0 {
		note = several(c.missing, tr("1 picture of the wall is not laid out"), trf("%d pictures of the wall are not laid out", c.missing))
	}
	if without > 0 {
		note += space(several(without, tr("1 has no such number"), trf("%d have no such number", without)))
	}
	put(c.note, note)
}

// named is what an axis is, with the share of the variance that a component holds.
func (c *cloud) named(axis, arrow string) string {
	switch axis {
	case studio.CloudFirst:
		return trf("first principal component of %s, %.0f %% of the variance", c.what, 100*c.made.Share[0]) + " " + arrow
	case studio.CloudSecond:
		return trf("second principal component of %s, %.0f %% of the variance", c.what, 100*c.made.Share[1]) + " " + arrow
	}
	return c.along[0].Options[slices.Index(c.axes, axis)] + " " + arrow
}

// renew follows another choice of pictures on the wall.
func (c *cloud) renew() {
	if !c.on {
		return
	}
	c.offer()
	c.wall = make(map[string]int, len(c.g.items))
	for i, it := range c.g.items {
		c.wall[it.Name] = i
	}
	c.missing = len(c.wall)
	for _, name := range c.names {
		if _, ok := c.wall[name]; ok {
			c.missing--
		}
	}
	c.show()
	c.follow()
}

// follow shows what is selected on the wall.
func (c *cloud) follow() {
	if !c.on {
		return
	}
	selected := map[int]bool{}
	for _, i := range c.g.grid.Selected() {
		selected[i] = true
	}
	var chosen []int
	for k, name := range c.names {
		i, ok := c.wall[name]
		switch {
		case !ok || !selected[i]:
		case i == c.g.grid.Cursor():
			chosen = slices.Insert(chosen, 0, k)
		default:
			chosen = append(chosen, k)
		}
	}
	c.view.Select(chosen...)
	if c.cancel == nil {
		c.working("")
	}
}

// forget goes back to before anything was laid out: the library is another one.
func (c *cloud) forget() {
	if c.cancel != nil {
		c.cancel()
	}
	c.made, c.names, c.wall = studio.Cloud{}, nil, nil
	c.view.SetPictures(nil, nil)
	c.offerAxes()
	put(c.note, "")
	reveal(c.stack, c.hint)
}
