package ui

import (
	"slices"

	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/resources"
	"ebmstudio/studio"
)

// cloudSource is something that tells pictures apart; of nil: the pixels.
type cloudSource struct {
	text string
	of   *studio.Opened
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
