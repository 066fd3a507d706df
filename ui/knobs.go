package ui

import (
	"regexp"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/sampling"
	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// numbered matches the knobs that a sampler has once a level: "steps_3".
var numbered = regexp.MustCompile(`^(.+)_[0-9]+$`)

// showKnobs lists the sampler's knobs, those of single levels folded away below the
// others.
func (c *controls) showKnobs(h *session) {
	specs, err := h.opened.Knobs(h.recipe.Sampler)
	if err != nil {
		c.list.Add(widget.NewLabel(err.Error()))
		return
	}
	levels := container.NewVBox()
	for _, s := range specs {
		k := c.newKnob(h, s)
		c.knobs[s.Name] = k
		if numbered.MatchString(s.Name) {
			levels.Add(k)
		} else {
			c.list.Add(k)
		}
	}
	c.levels = nil
	if len(levels.Objects) > 0 {
		c.levels = widget.NewAccordion(widget.NewAccordionItem(tr("Level by level"), levels))
		c.list.Add(c.levels)
		for _, s := range specs { // what was changed must be seen
			if _, changed := h.recipe.Settings[s.Name]; changed && numbered.MatchString(s.Name) {
				c.levels.Open(0)
			}
		}
	}
	c.list.Refresh()
}

func (c *controls) newKnob(h *session, s sampling.Knob) *widgets.Knob {
	k := widgets.NewKnob(spec(s), tr("Back to the default"))
	if v, ok := h.recipe.Settings[s.Name]; ok {
		k.SetValue(v)
	}
	c.wire(k, func(r *studio.Recipe, v float64) {
		if v == s.Default {
			delete(r.Settings, s.Name)
			return
		}
		if r.Settings == nil {
			r.Settings = sampling.Settings{}
		}
		r.Settings[s.Name] = v
	})
	return k
}

func spec(k sampling.Knob) widgets.KnobSpec {
	return widgets.KnobSpec{Title: said(k.Title), Help: said(k.Help), Unit: said(k.Unit), Min: k.Min, Max: k.Max, Default: k.Default, Log: k.Log, Integer: k.Integer}
}
