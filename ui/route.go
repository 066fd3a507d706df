package ui

import (
	"image"
	"slices"

	"ebmstudio/studio"
)

// anchor is a latent that a walk visits.
type anchor struct {
	name    string
	seed    uint64      // of a latent that a seed draws, where there is no picture
	latent  []float32   // nil while it is being found
	picture image.Image // what it was found from; nil for a seed
}

// route is where a walk goes.
type route struct {
	anchors []*anchor
	way     string // studio.PathLinear, PathSpherical or PathPaper
	frames  int    // from one anchor to the next, both included
	refine  bool
	own     bool // every frame has noise of its own
	closed  bool // it ends with the first anchor
	// trail are the latents themselves, where a hand went between the anchors (see
	// dragged); nil: the walk goes from anchor to anchor.
	trail [][]float32
}

// maxFrames is the largest number of frames of a leg that can be asked for.
const maxFrames = 48

// walk is what a person asks of the way between latents, and its newest run.
type walk struct {
	run
	route    route
	ranRoute route // of the newest run
	drag     dragged
}

// newWalk is one between the latents of two seeds where a generator makes pictures of
// them; where none does, the person has to say.
func newWalk(o *studio.Opened) *walk {
	w := &walk{run: run{recipe: defaultRecipe(o), follow: true}}
	w.route = route{way: studio.PathSpherical, frames: 9, refine: true}
	if o.Model.Decode == nil {
		return w
	}
	for seed := range uint64(2) {
		if a, err := seedAnchor(o, seed+1); err == nil {
			w.route.anchors = append(w.route.anchors, a)
		}
	}
	return w
}

func seedAnchor(o *studio.Opened, seed uint64) (*anchor, error) {
	z, err := studio.SeedLatent(o.Model, seed)
	if err != nil {
		return nil, err
	}
	return &anchor{name: trf("seed %d", seed), seed: seed, latent: z}, nil
}

// clone shares anchors, which never change once their latent is known.
func (p route) clone() route {
	p.anchors = slices.Clone(p.anchors)
	return p
}

// stops are the anchors as they are visited.
func (p route) stops() []*anchor {
	if p.closed && len(p.anchors) > 1 {
		return append(slices.Clone(p.anchors), p.anchors[0])
	}
	return p.anchors
}

// legs is the number of ways from an anchor to the next.
func (p route) legs() int { return max(0, len(p.stops())-1) }

// points is the number of frames of the whole walk.
func (p route) points() int {
	if p.trail != nil {
		return len(p.trail)
	}
	if p.legs() == 0 {
		return 0
	}
	return p.legs()*(p.frames-1) + 1
}

// anchorAt is the number of the anchor that a frame shows, -1 where it is between two.
func (p route) anchorAt(frame int) int {
	if p.trail != nil || p.frames < 2 || frame%(p.frames-1) != 0 || frame/(p.frames-1) >= len(p.stops()) {
		return -1
	}
	return frame / (p.frames - 1)
}

// ready reports whether every anchor's latent is known.
func (p route) ready() bool {
	return !slices.ContainsFunc(p.anchors, func(a *anchor) bool { return a.latent == nil })
}

// interpolation is the path as the studio walks it.
func (p route) interpolation() studio.Interpolation {
	i := studio.Interpolation{Path: p.way, Frames: p.frames, Refine: p.refine, OwnNoise: p.own, Points: p.trail}
	for _, a := range p.stops() {
		i.Anchors = append(i.Anchors, a.latent)
	}
	return i
}
