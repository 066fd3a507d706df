package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"ebmstudio/resources"
	"ebmstudio/studio"
)

type landscapeCmd struct {
	Checkpoint string    `arg:"" help:"A checkpoint, or the name of a bundled model."`
	Picture    []string  `help:"A picture that the plane goes through; give it three times. Left out: three of the chains, as far apart as can be. Models of points of the plane need none." sep:"none" placeholder:"PICTURE"`
	Principal  int       `help:"The principal plane of this chain, counted from 1, in place of one through three pictures." placeholder:"CHAIN"`
	Project    string    `help:"Show the landscape that a project has of the model, or with --bookmark one of its bookmarks." type:"path" placeholder:"FILE"`
	Bookmark   string    `help:"With --project: the bookmark's name." placeholder:"NAME"`
	Frame      []float64 `help:"What of the plane is shown: U0,U1,V0,V1, in pixel units of the model from the first picture (with = where it begins with a minus). Left out: the pictures with a margin." placeholder:"U0,U1,V0,V1"`
	Cells      int       `help:"Cells along each side: 8, 16, 32, 64, 128 or 256." default:"64"`
	Paths      bool      `help:"Draw the paths of the chains, and say how far off the plane they end."`
	Out        []string  `help:"The map: .png or .svg with axes and contours, .csv as a table. May be repeated." default:"out/landscape.png" type:"path" placeholder:"FILE"`
	Cut        []string  `help:"The energy along a straight line, as .png, .svg or .csv. May be repeated." type:"path" placeholder:"FILE"`
	Line       []float64 `help:"The line of --cut: U0,V0,U1,V1 (with = where it begins with a minus). Left out: from the first picture to the second, or across the middle." placeholder:"U0,V0,U1,V1"`
	Seed       uint64    `help:"The seed of the chains." default:"1"`
	Chains     int       `help:"How many chains, where any are needed." default:"16"`
	JSON       bool      `help:"Answer in JSON."`
	levelFlag
	conditionFlags
	holeFlags
	modelFlags
	settingFlags
}

func (landscapeCmd) Help() string {
	return `Draws the energy on a plane through three pictures, or on the principal plane of a chain: a heat map, bright
where the energy is low, with contours. Points without a finite energy are hatched. u and v are distances
between pictures in pixel units.

Examples:
  ebm landscape fashion-28 --picture shirt.png --picture bag.png --picture boot.png
  ebm landscape fashion-28 --principal 3 --paths --out way.svg
  ebm landscape cdrl-faces-16 --label smile --out map.png --out map.csv --cut cut.csv
  ebm landscape cdrl-faces-16 --level 4 --out noisy.png
  ebm landscape moons --paths --chains 4`
}

// mapped is a landscape for a script.
type mapped struct {
	Files    []string       `json:"files"`
	Frame    [4]float64     `json:"frame"` // u0, u1, v0, v1
	Cells    int            `json:"cells"`
	Level    string         `json:"level,omitempty"`
	Lowest   number         `json:"lowest"`
	LowestAt [2]float64     `json:"lowest_at"`
	Top      number         `json:"range_top"` // of the colours
	Broken   int            `json:"not_finite"`
	Marks    []mapMark      `json:"marks,omitempty"`
	Share    *[2]float64    `json:"variance_shares,omitempty"`
	Paths    [][][2]float64 `json:"paths,omitempty"`
	Off      []number       `json:"off_plane,omitempty"` // of each path's end

	view   studio.MapView
	chains *studio.Recording // nil where none were needed
	land   studio.Landscape
}

// mapMark is a mark for a script.
type mapMark struct {
	Name string     `json:"name"`
	At   [2]float64 `json:"at"`
}

// Run draws the map.
func (c *landscapeCmd) Run(a *app) error {
	if err := c.check(); err != nil {
		return badInput(err)
	}
	if err := errors.Join(checkFiles("--out", c.Out, ".png", ".svg", ".csv"), checkFiles("--cut", c.Cut, ".png", ".svg", ".csv")); err != nil {
		return err
	}
	o, err := a.open(c.Checkpoint, c.modelFlags)
	if err != nil {
		return err
	}
	r, err := a.mapRecipe(o, c.Seed, c.Chains, c.conditionFlags, c.holeFlags, c.settingFlags)
	if err != nil {
		return badInput(err)
	}
	m := &mapped{}
	if c.Project != "" {
		if m.view, err = c.kept(o); err != nil {
			return badInput(err)
		}
	}
	at, err := o.AtLevel(c.Level)
	if err != nil {
		return badInput(err)
	}
	m.Level = o.LevelName(c.Level)
	if err := c.see(a, o, r, m); err != nil {
		return err
	}
	job, err := a.studio().Landscape(at, r, m.view.Plane, m.view.Frame, studio.LandscapeOptions{Cells: c.Cells}, nil)
	if err != nil {
		return badInput(err)
	}
	stopped := a.follow(job.Job)
	if stopped != nil && !errors.Is(stopped, errInterrupted) {
		return stopped
	}
	if m.land = job.Latest(); m.land.Cells == 0 {
		return empty(stopped)
	}
	if err := c.save(a, at, r, m); err != nil {
		return err
	}
	return errors.Join(stopped, c.tell(a, m))
}

func (c *landscapeCmd) check() error {
	switch {
	case len(c.Picture) != 0 && len(c.Picture) != 3:
		return fmt.Errorf("--picture: found %d, want 3, or none for three of the chains", len(c.Picture))
	case len(c.Picture) > 0 && c.Principal != 0:
		return errors.New("--principal: found --picture beside it, want the chain or the pictures")
	case c.Project != "" && (c.Principal != 0 || len(c.Picture) > 0):
		return errors.New("--project: found --picture or --principal beside it, want one of them")
	case c.Bookmark != "" && c.Project == "":
		return errors.New("--bookmark: found no --project, want the project that has it")
	case len(c.Frame) != 0 && len(c.Frame) != 4:
		return fmt.Errorf("--frame: found %d numbers, want 4: U0,U1,V0,V1", len(c.Frame))
	case len(c.Line) != 0 && len(c.Line) != 4:
		return fmt.Errorf("--line: found %d numbers, want 4: U0,V0,U1,V1", len(c.Line))
	case len(c.Line) > 0 && len(c.Cut) == 0:
		return errors.New("--line: found no --cut, want the file for it")
	case c.Principal < 0 || c.Principal > c.Chains:
		return fmt.Errorf("--principal: found chain %d, want 1 to %d", c.Principal, c.Chains)
	case c.Cells < 8 || c.Cells > 256 || c.Cells&(c.Cells-1) != 0:
		return fmt.Errorf("--cells: found %d, want 8, 16, 32, 64, 128 or 256", c.Cells)
	}
	return nil
}

// holeFlags say which picture's hole the energy is about.
type holeFlags struct {
	Complete string `help:"For a model that fills a hole: the picture whose hole it is." placeholder:"PICTURE"`
	Scale    bool   `help:"With --complete: scale a picture of another size to the model's."`
}

// levelFlag says of which noise level the energy is.
type levelFlag struct {
	Level int `help:"The noise level whose energy it is, of a model that has any (CDRL): 1, the cleanest, to the number of levels. Pictures are taken as they are, without noise." placeholder:"LEVEL"`
}

// mapRecipe is the recipe whose terms are mapped.
func (a *app) mapRecipe(o *studio.Opened, seed uint64, chains int, ask conditionFlags, hole holeFlags, set settingFlags) (studio.Recipe, error) {
	r := studio.DefaultRecipe(o)
	r.Seed, r.Chains = seed, chains
	if err := set.turn(&r); err != nil {
		return r, err
	}
	if err := ask.ask(a, o, &r); err != nil {
		return r, err
	}
	switch {
	case hole.Complete != "":
		var err error
		if r.Known, err = studio.ReadKnown(o.Model, hole.Complete, "", hole.Scale); err != nil {
			return r, err
		}
	case o.Model.Hole != nil:
		return r, fmt.Errorf("%s fills a hole, and its energy depends on the rest: found no picture, want one\nhint: --complete PICTURE", o.Name)
	}
	return r, o.Check(r)
}

// see finds the plane and the frame; chains are run where any are needed.
func (c *landscapeCmd) see(a *app, o *studio.Opened, r studio.Recipe, m *mapped) (err error) {
	through := len(c.Picture) == 0 && !o.Plane() && c.Project == ""
	if through && c.Principal == 0 && c.Chains < 3 {
		return badInput(fmt.Errorf("--chains: found %d, want at least 3, for the plane goes through three of them", c.Chains))
	}
	if c.Paths || c.Principal != 0 || through {
		job := a.studio().Sample(o, r, nil)
		if err := a.follow(job); err != nil {
			return empty(err)
		}
		m.chains = job.Recording()
	}
	switch {
	case c.Project != "":
	case c.Principal != 0:
		if c.Principal < 1 || c.Principal > r.Chains {
			return badInput(fmt.Errorf("--principal: found chain %d, want 1 to %d", c.Principal, r.Chains))
		}
		var share [2]float64
		m.view, share, err = studio.ViewOfChain(m.chains, c.Principal-1, studio.ViewMargin)
		m.Share = &share
	case len(c.Picture) == 3:
		var x studio.Images
		var names [3]string
		if x, _, err = a.pictures(o, c.Picture); err == nil {
			copy(names[:], c.Picture)
			m.view, err = studio.ViewThrough(x, names, studio.ViewMargin)
		}
	case o.Plane():
		m.view, err = studio.ViewOfPoints(o)
	default:
		m.view, err = throughChains(m.chains)
	}
	if err == nil && len(c.Frame) == 4 {
		m.view.Frame = studio.Frame{U0: c.Frame[0], U1: c.Frame[1], V0: c.Frame[2], V1: c.Frame[3]}
	}
	return badInput(err)
}

// kept is the view that a project has of the model, with its noise level where none is asked
// for.
func (c *landscapeCmd) kept(o *studio.Opened) (studio.MapView, error) {
	p, _, err := studio.ReadProject(c.Project)
	if err != nil {
		return studio.MapView{}, err
	}
	var names []string
	for _, s := range p.Sessions {
		l := s.Landscape
		if l == nil || p.Models[s.Model].Ref.SHA256 != o.SHA256 {
			continue
		}
		views := l.Bookmarks
		if c.Bookmark == "" && l.View != nil {
			views = []studio.ProjectView{*l.View}
		}
		for _, v := range views {
			if v.Name == c.Bookmark {
				if c.Level == 0 {
					c.Level = v.Level
				}
				return v.MapView(o)
			}
			names = append(names, fmt.Sprintf("%q", v.Name))
		}
	}
	if c.Bookmark == "" {
		return studio.MapView{}, fmt.Errorf("--project: %s has no landscape of %s", c.Project, o.Name)
	}
	return studio.MapView{}, fmt.Errorf("--bookmark %q: %s has %s of %s", c.Bookmark, c.Project, cmp.Or(strings.Join(names, ", "), "none"), o.Name)
}

// throughChains is the view through three chains' newest pictures.
func throughChains(rec *studio.Recording) (studio.MapView, error) {
	x, ok := rec.Last()
	if !ok {
		return studio.MapView{}, errors.New("the chains have made no picture")
	}
	three, which, err := studio.ThreeOf(x, 0)
	if err != nil {
		return studio.MapView{}, err
	}
	var names [3]string
	for i, chain := range which {
		names[i] = fmt.Sprintf("chain %d", chain+1)
	}
	return studio.ViewThrough(three, names, studio.ViewMargin)
}

// pathPlaces is the largest number of places of a path.
const pathPlaces = 400

func (c *landscapeCmd) save(a *app, o *studio.Opened, r studio.Recipe, m *mapped) error {
	palette, err := resources.Palette("density")
	if err != nil {
		return err
	}
	if c.Paths {
		for chain := range m.chains.Chains() {
			places, off, err := studio.PathOn(m.view.Plane, m.chains, chain, pathPlaces)
			if err != nil {
				return err
			}
			m.Paths, m.Off = append(m.Paths, places), append(m.Off, number(off[len(off)-1]))
		}
	}
	for _, path := range c.Out {
		if err := m.land.Save(path, studio.MapExtras{Level: m.Level, Palette: palette, Contours: 12, Marks: m.view.Marks, Paths: m.Paths}); err != nil {
			return err
		}
	}
	m.Files = slices.Clone(c.Out)
	if len(c.Cut) == 0 {
		return nil
	}
	from, to := c.ends(m.view)
	cut, err := a.studio().Cut(context.WithoutCancel(a.ctx), o, r, m.view.Plane, from, to, 257)
	if err != nil {
		return badInput(err)
	}
	for _, path := range c.Cut {
		if err := cut.Save(path); err != nil {
			return err
		}
		m.Files = append(m.Files, path)
	}
	return nil
}

// ends are those of the cut.
func (c *landscapeCmd) ends(v studio.MapView) (from, to [2]float64) {
	switch {
	case len(c.Line) == 4:
		return [2]float64{c.Line[0], c.Line[1]}, [2]float64{c.Line[2], c.Line[3]}
	case len(v.Marks) >= 2:
		return v.Marks[0].At, v.Marks[1].At
	}
	return v.Frame.Place(0, 0.5), v.Frame.Place(1, 0.5)
}

// tidy is a place on the plane without what rounding has left of a zero.
func tidy(place float64) float64 { return math.Round(place*1e6)/1e6 + 0 }

func (c *landscapeCmd) tell(a *app, m *mapped) error {
	f := m.land.Frame
	m.Frame, m.Cells, m.Broken = [4]float64{f.U0, f.U1, f.V0, f.V1}, m.land.Cells, m.land.Broken()
	at, lowest, _ := m.land.Lowest()
	lo, top, ok := m.land.Range()
	if !ok {
		lo, top = lowest, lowest
	}
	m.Lowest, m.LowestAt, m.Top = number(lowest), at, number(top)
	for _, k := range m.view.Marks {
		m.Marks = append(m.Marks, mapMark{k.Name, k.At})
	}
	if c.JSON {
		return a.json(m)
	}
	a.say("%d x %d cells, u %.4g to %.4g, v %.4g to %.4g", m.Cells, m.Cells, f.U0, f.U1, f.V0, f.V1)
	if m.Level != "" {
		a.say("energy of %s", m.Level)
	}
	a.say("lowest energy %.6g at (%.4g, %.4g); colours from %.6g to %.6g", lowest, at[0], at[1], lo, top)
	if m.Broken > 0 {
		a.say("%d of %d points have no finite energy: hatched", m.Broken, len(m.land.Energy))
	}
	if m.Share != nil {
		a.say("the plane holds %.0f %% and %.0f %% of the variance of the chain's frames", 100*m.Share[0], 100*m.Share[1])
	}
	for _, k := range m.Marks {
		a.say("%s at (%.4g, %.4g): energy %.6g", k.Name, tidy(k.At[0]), tidy(k.At[1]), m.land.At(k.At))
	}
	for i, off := range m.Off {
		a.say("chain %d ends %.4g off the plane", i+1, float64(off))
	}
	for _, file := range m.Files {
		a.say("wrote %s", file)
	}
	return nil
}
