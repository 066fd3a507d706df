package ui

import (
	"image"
	"slices"

	"ebmstudio/sampling"
	"ebmstudio/studio"
	"ebmstudio/ui/paint"
)

// painted is what the inpaint view edits: a picture of the model's size with a mask
// over it, and everything that was done to both. It belongs to a session and
// outlives its runs.
type painted struct {
	picture *image.RGBA // nil where none was given
	name    string
	mask    *paint.Mask
	heat    *paint.Mask // levels of studio.Temperature
	history *paint.History
	tip     *paint.Point // where the last stroke ended, nil before the first
	fixed   bool         // the model has a hole of its own: the mask is not for painting

	settled *studio.Job // one of its answers was accepted: they are not asked about again
	gone    []int       // the chains of the newest run that were discarded
	of      *studio.Job // the run that gone is about

	made encoded

	over   string // the name of the picture that was last painted on
	asking bool   // the picture has become another one: whether what is painted stays is asked
}

// encoded is what recipes hold of picture and layers, kept since making it takes a moment.
type encoded struct {
	picture    *image.RGBA // what it was made of
	name       string
	mask, heat []uint8

	known       *studio.Known
	temperature *studio.Temperature
}

func newPainted(w, h int, history *paint.History) *painted {
	return &painted{mask: paint.NewMask(w, h), heat: paint.NewMap(w, h, studio.PlainLevel), history: history}
}

// layer is what the tools paint on.
func (p *painted) layer(k layer) *paint.Mask {
	if k == heatLayer {
		return p.heat
	}
	return p.mask
}

// paintable reports whether a layer is for painting.
func (p *painted) paintable(k layer) bool { return k == heatLayer || !p.fixed }

// blank reports whether a person has painted nothing.
func (p *painted) blank() bool { return (p.fixed || p.mask.Empty()) && p.heat.Empty() }

// drawn takes note that what is painted is about the present picture.
func (p *painted) drawn() { p.over, p.asking = p.name, false }

// elsewhere reports whether what is painted was painted on another picture.
func (p *painted) elsewhere() bool { return p.over != "" && p.over != p.name && !p.blank() }

// still is all of it at one time, but for the history.
type still struct {
	picture     *image.RGBA
	name        string
	mask, heat  []uint8
	settled, of *studio.Job
	gone        []int
	over        string
	asking      bool
}

func (p *painted) still() still {
	return still{p.picture, p.name, slices.Clone(p.mask.Pix), slices.Clone(p.heat.Pix), p.settled, p.of, slices.Clone(p.gone), p.over, p.asking}
}

func (p *painted) put(s still) {
	p.picture, p.name, p.settled, p.of, p.gone = s.picture, s.name, s.settled, s.of, slices.Clone(s.gone)
	p.over, p.asking = s.over, s.asking
	copy(p.mask.Pix, s.mask)
	copy(p.heat.Pix, s.heat)
}

// swap is a step of the history that is more than a stroke.
type swap struct {
	of            *painted
	before, after still
}

// Undo implements paint.Step.
func (s *swap) Undo() { s.of.put(s.before) }

// Redo implements paint.Step.
func (s *swap) Redo() { s.of.put(s.after) }

// change does something that can be undone.
func (p *painted) change(do func()) {
	before := p.still()
	do()
	p.history.Add(&swap{p, before, p.still()})
}

// discarded reports whether a chain's answer of a run is not to be seen any more.
func (p *painted) discarded(job *studio.Job, chain int) bool {
	return p.of == job && slices.Contains(p.gone, chain)
}

// discard takes an answer out of the strip.
func (p *painted) discard(job *studio.Job, chain int) {
	p.change(func() {
		if p.of != job {
			p.of, p.gone = job, nil
		}
		p.gone = append(p.gone, chain)
	})
}

// accept makes an answer the known picture.
func (p *painted) accept(job *studio.Job, name string, answer *image.RGBA) {
	p.change(func() {
		p.picture, p.name, p.settled = answer, name, job
		p.drawn()
	})
}

// recipe puts the picture, the mask and the temperatures into a recipe: with no mask the
// chains begin with the picture, otherwise they keep what is not free. begin lets
// them begin with it as well.
func (p *painted) recipe(o *studio.Opened, r studio.Recipe, begin bool) (studio.Recipe, error) {
	r = r.Clone()
	r.Known, r.Initial, r.Temperature = nil, nil, nil
	if p.picture == nil {
		return r, nil
	}
	var err error
	switch {
	case p.fixed:
		r.Known, err = studio.NewKnown(o.Model, p.name, p.picture, nil, false)
	case !p.mask.Empty():
		r.Known, err = p.known(o)
	}
	if err == nil && !p.heat.Empty() {
		r.Temperature, err = p.temperature(o)
	}
	if err != nil {
		return r, err
	}
	if r.Known == nil || begin {
		r.Initial, err = studio.NewInitial(o.Model, p.name, p.picture, false)
	}
	return r, err
}

// known are the known pixels, encoded anew as far as they have changed.
func (p *painted) known(o *studio.Opened) (_ *studio.Known, err error) {
	m := &p.made
	switch {
	case m.known == nil || m.picture != p.picture || m.name != p.name:
		m.known, err = studio.NewKnown(o.Model, p.name, p.picture, p.mask.Image(), false)
	case !slices.Equal(m.mask, p.mask.Pix):
		m.known, err = m.known.WithMask(o.Model, p.mask.Image())
	}
	m.picture, m.name, m.mask = p.picture, p.name, append(m.mask[:0], p.mask.Pix...)
	return m.known, err
}

// temperature are the temperatures, encoded anew where they have changed.
func (p *painted) temperature(o *studio.Opened) (_ *studio.Temperature, err error) {
	m := &p.made
	if m.temperature == nil || !slices.Equal(m.heat, p.heat.Pix) {
		m.temperature, err = studio.NewTemperature(o.Model, p.name, p.heat.Image(), false)
	}
	m.heat = append(m.heat[:0], p.heat.Pix...)
	return m.temperature, err
}

// take follows a recipe whose pictures were chosen elsewhere, as one step.
func (p *painted) take(r studio.Recipe) {
	var picture, mask *image.RGBA
	name := ""
	switch {
	case r.Known != nil:
		picture, mask, name = tightly(decoded(r.Known.Picture)), tightly(decoded(r.Known.Mask)), r.Known.Name
	case r.Initial != nil:
		picture, name = tightly(decoded(r.Initial.Picture)), r.Initial.Name
	}
	next, heat := paint.NewMask(p.mask.W, p.mask.H), paint.NewMap(p.mask.W, p.mask.H, p.heat.Rest)
	switch {
	case mask != nil:
		next = paint.FromImage(mask)
	case p.fixed:
		next = p.mask
	}
	if r.Temperature != nil {
		heat = paint.FromImage(decoded(r.Temperature.Map))
	}
	stays := slices.Equal(next.Pix, p.mask.Pix) && slices.Equal(heat.Pix, p.heat.Pix)
	if same(p.picture, picture) && stays {
		return
	}
	p.change(func() {
		another := p.picture != nil && picture != nil && !same(p.picture, picture)
		p.picture, p.name, p.tip = picture, name, nil
		p.asking = another && stays && !p.blank()
		p.mask.Replace(next)
		p.heat.Replace(heat)
		if !stays {
			p.over = name
		}
	})
}

// showHole fills the mask with the hole of a model that has one.
func (p *painted) showHole(o *studio.Opened) {
	if p.fixed = o.Model.Hole != nil; !p.fixed {
		return
	}
	m := o.Model
	if hole := m.Hole(sampling.NewImages(1, m.C, m.H, m.W)); hole != nil {
		for i := range p.mask.Pix {
			p.mask.Pix[i] = uint8(255*hole.M[i] + 0.5)
		}
	}
}

func tightly(m image.Image) *image.RGBA {
	t, _ := m.(*image.RGBA) // decoded makes no other
	return t
}

func same(a, b *image.RGBA) bool {
	return a == b || a != nil && b != nil && slices.Equal(a.Pix, b.Pix)
}
