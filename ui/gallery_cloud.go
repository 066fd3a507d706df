package ui

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/resources"
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
	title   *widget.Label
	text    *widget.Label
	first   *widget.Button
	hint    fyne.CanvasObject
	stack   *fyne.Container // view or hint
	box     *fyne.Container
	on      bool // it is looked at instead of the wall

	judges  []cloudSource
	sources []cloudSource // what by's options mean
	axes    []string      // and those of along
	cancel  context.CancelFunc
	made    studio.Cloud
	what    string     // it was laid out by
	names   []string   // of its pictures, in the library
	from    [2]float64 // the ends of the axes
	to      [2]float64
	missing int  // pictures of the wall that it has not
	filling bool // widgets are being set, nobody chooses
}

// cloudSource is something that tells pictures apart; of nil: the pixels.
type cloudSource struct {
	text string
	of   *studio.Opened
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
	c.title = widget.NewLabelWithStyle(tr("Nothing is laid out yet"), fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	c.title.SizeName = theme.SizeNameSubHeadingText
	c.text = widget.NewLabel("")
	c.text.Alignment, c.text.Wrapping, c.text.Importance = fyne.TextAlignCenter, fyne.TextWrapWord, widget.LowImportance
	c.first = widget.NewButton("", c.toggleWork)
	c.first.Importance = widget.HighImportance
	c.hint = container.NewVBox(layout.NewSpacer(), c.title, c.text, container.NewCenter(c.first), layout.NewSpacer())
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
	c.follow()
	g.showEmpty()
}

// openJudges opens the judges that come with the program, once; one that this engine or
// build cannot open is not offered.
func (c *cloud) openJudges() {
	if c.judges != nil {
		return
	}
	c.judges = []cloudSource{}
	w := c.g.w
	w.background(func() func() {
		var all []cloudSource
		for _, b := range resources.Judges() {
			if o, err := w.studio.OpenBytes(w.ctx, b.Name, b.Data, studio.Options{}); err == nil {
				w.studio.Forget(o) // no model to sample from
				all = append(all, cloudSource{trf("features of the judge %s", b.Name), o})
			}
		}
		return func() {
			c.judges = all
			c.offer()
		}
	})
}

// offer lists what can tell the pictures apart: what is made for the size that most of them
// have.
func (c *cloud) offer() {
	now := c.source().text
	size, most := [2]int{}, 0
	many := map[[2]int]int{}
	for _, it := range c.g.items {
		at := [2]int{it.Width, it.Height}
		if many[at]++; many[at] > most {
			size, most = at, many[at]
		}
	}
	c.sources = []cloudSource{{tr("pixels"), nil}}
	all := slices.Clone(c.judges)
	for _, h := range c.g.w.sessions {
		if studio.CloudBy(h.opened) != "" {
			all = append(all, cloudSource{trf("latents of %s", h.opened.Name), h.opened})
		}
	}
	var options []string
	for _, s := range all {
		if m := s.of.Model; [2]int{m.W, m.H} == size {
			c.sources = append(c.sources, s)
		}
	}
	chosen := 0
	for i, s := range c.sources {
		options = append(options, s.text)
		if s.text == now {
			chosen = i
		}
	}
	c.fill(c.by, options, chosen)
}

func (c *cloud) fill(s *ttwidget.Select, options []string, chosen int) {
	if slices.Equal(s.Options, options) && s.SelectedIndex() == chosen {
		return
	}
	c.filling = true
	s.SetOptions(options)
	s.SetSelectedIndex(chosen)
	c.filling = false
}

// source is what is chosen to tell pictures apart.
func (c *cloud) source() cloudSource {
	if i := c.by.SelectedIndex(); i >= 0 && i < len(c.sources) {
		return c.sources[i]
	}
	return cloudSource{}
}

// offerAxes lists what the cloud can be laid out along.
func (c *cloud) offerAxes() {
	before := [2]string{c.axis(0), c.axis(1)}
	c.axes = c.made.Axes()
	words := map[string]string{
		studio.CloudFirst: tr("first component"), studio.CloudSecond: tr("second component"),
		"energy": tr("energy"), "steps": tr("steps"), "seed": tr("seed"), "date": tr("day"),
	}
	var options []string
	for _, axis := range c.axes {
		if word := words[axis]; word != "" {
			axis = word
		}
		options = append(options, axis)
	}
	for k, s := range c.along {
		chosen := slices.Index(c.axes, before[k])
		if chosen < 0 {
			chosen = k
		}
		c.fill(s, options, chosen)
	}
}

// axis is the name of the axis to the right (0) or up (1).
func (c *cloud) axis(k int) string {
	if i := c.along[k].SelectedIndex(); i >= 0 && i < len(c.axes) {
		return c.axes[i]
	}
	return c.axes[k]
}

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
			cancel()
			c.cancel = nil
			g.read("")
			switch {
			case g.w.ctx.Err() != nil:
				return
			case errors.Is(err, context.Canceled):
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
	c.show()
	c.follow()
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
	on := c.places()
	without := 0
	for i, name := range c.names {
		if math.IsNaN(at[i][0] + at[i][1]) {
			without++
		}
		if _, ok := on[name]; !ok {
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

// places are the places of pictures on the wall by their names.
func (c *cloud) places() map[string]int {
	on := make(map[string]int, len(c.g.items))
	for i, it := range c.g.items {
		on[it.Name] = i
	}
	return on
}

// follow shows what is on the wall and selected there now.
func (c *cloud) follow() {
	if !c.on {
		return
	}
	c.offer()
	on := c.places()
	cursor := -1
	if it := c.g.looked(); it != nil {
		cursor = on[it.Name]
	}
	selected := map[int]bool{}
	for _, i := range c.g.grid.Selected() {
		selected[i] = true
	}
	var chosen []int
	c.missing = len(on)
	for k, name := range c.names {
		i, ok := on[name]
		if !ok {
			continue
		}
		c.missing--
		if i == cursor && selected[i] {
			chosen = slices.Insert(chosen, 0, k)
		} else if selected[i] {
			chosen = append(chosen, k)
		}
	}
	c.view.Select(chosen...)
	c.show()
	if c.cancel == nil {
		c.working("")
	}
}

// picked selects on the wall what a person has selected here.
func (c *cloud) picked() {
	on := c.places()
	var chosen []int
	for _, k := range c.view.Selected() {
		i, ok := on[c.names[k]]
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

// selectAll selects every picture of the cloud.
func (c *cloud) selectAll() {
	var chosen []int
	on := c.places()
	for _, name := range c.names {
		if i, ok := on[name]; ok {
			chosen = append(chosen, i)
		}
	}
	c.g.grid.Select(chosen...)
	c.g.picked()
}
