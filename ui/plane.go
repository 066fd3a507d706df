package ui

import (
	"context"
	"errors"
	"image"
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

const (
	planeCells  = 96  // of a density, along each side
	planeChains = 256 // that a model of points begins with
	pathFrames  = 200 // of the selected chain's path
)

// plane is the middle of the window for models whose pictures are points of the
// plane: the model's density with the chains on it, beside that of the data.
type plane struct {
	w            *Window
	model, truth *widgets.DensityMap
	level        *widgets.Slider
	name         *widget.Label
	follow       *ttwidget.Check
	data         *ttwidget.Select
	box          *fyne.Container
	palette      []color.RGBA
	filling      bool
}

// density is a session's density: computed for a recipe and data, and painted.
type density struct {
	key    string // what it was computed for
	data   string // the data's name, empty where not known
	of     studio.Density
	levels []paintedLevel // one a stage
	cancel context.CancelFunc
	err    error

	shown  int  // the stage looked at
	follow bool // it is the one that the chains are on
}

// paintedLevel is a stage's density as pictures; nil where there is none.
type paintedLevel struct {
	model, truth *image.RGBA
	overlap      float64 // the share that both densities have in common
}

func newPlane(w *Window, palette []color.RGBA) *plane {
	p := &plane{w: w, palette: palette, name: widget.NewLabel("")}
	p.model = widgets.NewDensityMap(tr("The model's density"), tr("Computing…"))
	p.truth = widgets.NewDensityMap(tr("The data's density"), tr("Choose the data below to compare"))
	p.model.SetToolTip(tr("exp(-E) on a noise level, with the chains on it: bright is likely. Click at a chain to select it."))
	p.truth.SetToolTip(tr("Where the training data lie, made as noisy as this level is"))
	p.model.OnPick = p.pick
	p.model.OnResize = w.look
	p.level = widgets.NewSlider(0, 1, 1)
	p.level.SetToolTip(tr("Which noise level is shown: from noise on the left to data on the right"))
	p.level.OnChanged = func(v float64) { p.turn(func(d *density) { d.shown, d.follow = int(v), false }) }
	p.level.OnKey = w.typedKey
	p.follow = ttwidget.NewCheck(tr("Follow"), func(on bool) { p.turn(func(d *density) { d.follow = on }) })
	p.follow.SetToolTip(tr("Show the noise level that the chains are on"))
	p.data = ttwidget.NewSelect(append([]string{tr("not known")}, studio.PointSets()...), func(string) { p.pickData() })
	p.data.SetToolTip(tr("The distribution that the model was trained on, to compare with"))
	levels := container.NewBorder(nil, nil, p.name, p.follow, p.level)
	below := container.NewBorder(nil, nil, nil, container.NewHBox(widget.NewLabel(tr("Data")), wide(150, p.data)), levels)
	p.box = container.NewBorder(nil, below, nil, nil, container.NewGridWithColumns(2, p.model, p.truth))
	p.box.Hide()
	return p
}

// turn applies what a person did to the present session's density.
func (p *plane) turn(change func(*density)) {
	if h := p.w.now; h != nil && h.density != nil && !p.filling {
		change(h.density)
		p.show(h.density)
		p.w.look()
	}
}

func (p *plane) pickData() {
	if h := p.w.now; h != nil && h.density != nil && !p.filling {
		h.density.data = ""
		if i := p.data.SelectedIndex(); i > 0 {
			h.density.data = studio.PointSets()[i-1]
		}
		p.w.computeDensity(h)
	}
}

// pick selects the chain nearest to a place.
func (p *plane) pick(x, y float64) {
	best, least := -1, 0.0
	for i, dot := range p.w.stage.last.places {
		dx, dy := float64(dot[0])-x, float64(dot[1])-y
		if d := dx*dx + dy*dy; best < 0 || d < least {
			best, least = i, d
		}
	}
	if best >= 0 {
		p.w.selectChain(best)
	}
}

// show puts a density into the widgets.
func (p *plane) show(d *density) {
	p.filling = true
	defer func() { p.filling = false }()
	p.data.SetSelectedIndex(slices.Index(studio.PointSets(), d.data) + 1)
	p.follow.SetChecked(d.follow)
	p.model.SetNote(tr("Computing…"))
	if d.err != nil {
		p.model.SetNote(tr("No density: the message above says why"))
	}
	n := len(d.levels)
	if n == 0 {
		p.name.SetText("")
		p.level.Disable()
		p.model.SetPicture(nil)
		p.truth.SetPicture(nil)
		return
	}
	d.shown = min(max(d.shown, 0), n-1)
	p.level.Max = max(1, float64(n-1))
	p.level.Put(float64(d.shown))
	p.level.Enable()
	level := d.levels[d.shown]
	p.name.SetText(capital(d.of.Stages[d.shown].Name))
	for _, m := range []*widgets.DensityMap{p.model, p.truth} {
		m.SetRange(float64(d.of.Lo), float64(d.of.Hi))
	}
	p.model.SetPicture(level.model)
	p.truth.SetPicture(level.truth)
	overlap := ""
	if level.model != nil && level.truth != nil {
		overlap = trf("overlap %.0f %%", 100*level.overlap)
	}
	p.truth.SetReadout(overlap)
}

// showShot puts the chains on the map.
func (p *plane) showShot(h *session, c shot) {
	if d := h.density; d != nil && d.follow && c.stage >= 0 && c.stage != d.shown && len(d.levels) > 0 {
		d.shown = c.stage
		p.show(d)
	}
	p.model.SetDots(c.dots)
	outside := 0
	for _, at := range c.places {
		if d := h.density; d != nil && !(at[0] >= d.of.Lo && at[0] <= d.of.Hi && at[1] >= d.of.Lo && at[1] <= d.of.Hi) {
			outside++
		}
	}
	text := ""
	if outside > 0 {
		text = trf("%d of %d chains outside", outside, len(c.places))
	}
	p.model.SetReadout(text)
}

// computeDensity begins to compute the density of a session's recipe where it is
// not the one that is there. Another computation of the session's is given up.
func (w *Window) computeDensity(h *session) {
	if !h.opened.Plane() || h.opened.Model.At == nil {
		return
	}
	if h.density == nil {
		h.density = &density{follow: true, shown: planeCells, data: studio.PointSetOf(h.opened)} // beyond the last: the cleanest
	}
	d := h.density
	r := h.recipe.Clone()
	r.Seed, r.Chains, r.Engine = 1, 1, ""
	key := d.data + "\n" + string(r.JSON())
	if key == d.key {
		return
	}
	if d.cancel != nil {
		d.cancel()
	}
	ctx, cancel := context.WithCancel(w.ctx)
	d.key, d.cancel, d.err = key, cancel, nil
	// As long as nothing new is there the old density stays to be seen.
	show := func(of studio.Density, levels []paintedLevel, err error) {
		if d.key != key {
			return // another was asked for meanwhile
		}
		d.err = err
		if err != nil {
			d.key = ""
			w.showError(tr("The density could not be computed"), err)
		} else {
			d.of, d.levels = of, levels
		}
		if w.now == h {
			w.stage.plane.show(d)
			w.landscape.refresh()
			w.look()
		}
	}
	data := d.data
	w.background(func() func() {
		defer cancel()
		of, err := w.studio.Density(ctx, h.opened, r, studio.DensityOptions{Size: planeCells, Data: data}, func(of studio.Density) {
			levels := paintLevels(of, w.stage.plane.palette)
			w.do(func() { show(of, levels, nil) })
		})
		if errors.Is(err, context.Canceled) || errors.Is(err, studio.ErrClosed) {
			return nil
		}
		levels := paintLevels(of, w.stage.plane.palette)
		return func() { show(of, levels, err) }
	})
}

// paintLevels makes pictures of densities. Both of a level have the same colours: the
// brightest is the data's greatest density, or nearly the model's where the data
// are not known.
func paintLevels(of studio.Density, palette []color.RGBA) []paintedLevel {
	levels := make([]paintedLevel, len(of.Stages))
	for i, s := range of.Stages {
		top := brightest(s)
		if s.Model != nil {
			levels[i].model = widgets.Ramp(s.Model, of.Size, top, palette)
		}
		if s.Truth != nil {
			levels[i].truth = widgets.Ramp(s.Truth, of.Size, top, palette)
		}
		for k := range min(len(s.Model), len(s.Truth)) {
			levels[i].overlap += float64(min(s.Model[k], s.Truth[k]))
		}
	}
	return levels
}

func brightest(s studio.StageDensity) float64 {
	values, last := s.Truth, 1
	if values == nil {
		values, last = slices.Clone(s.Model), 1+len(s.Model)/500
		slices.Sort(values)
		if len(values) == 0 || values[len(values)-last] <= 0 {
			return 1
		}
		return float64(values[len(values)-last])
	}
	return max(1e-12, float64(slices.Max(values)))
}
