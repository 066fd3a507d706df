package studio

import (
	"fmt"

	"ebmstudio/sampling"
)

// MapView is what of the space of pictures a map shows: a plane, a frame of it, and the
// pictures that it was made from as marks.
type MapView struct {
	Plane sampling.Plane
	Frame Frame
	Marks []MapMark
}

// ViewMargin is how much wider than its marks a view is on each side, as a share.
const ViewMargin = 0.35

// ViewThrough is the view of the plane through three pictures, with their names.
func ViewThrough(x sampling.Images, names [3]string, margin float64) (MapView, error) {
	if x.N != 3 {
		return MapView{}, fmt.Errorf("plane: found %d pictures, want 3", x.N)
	}
	p, err := sampling.PlaneThrough(x.Slice(0, 1), x.Slice(1, 2), x.Slice(2, 3))
	if err != nil {
		return MapView{}, err
	}
	places, _, err := p.Project(x)
	if err != nil {
		return MapView{}, err
	}
	v := MapView{Plane: p, Frame: FrameAround(places, margin)}
	for i, at := range places {
		v.Marks = append(v.Marks, MapMark{names[i], at})
	}
	return v, nil
}

// ViewOfChain is the view of the principal plane of a chain's recorded frames, with its
// start and its newest frame as marks, and the share of the frames' variance that each of
// the plane's axes holds.
func ViewOfChain(r *Recording, chain int, margin float64) (MapView, [2]float64, error) {
	_, x := r.Walk(chain, 0)
	p, share, err := sampling.PrincipalPlane(x)
	if err != nil {
		return MapView{}, share, fmt.Errorf("chain %d: %w", chain+1, err)
	}
	places, _, err := p.Project(x)
	if err != nil {
		return MapView{}, share, err
	}
	v := MapView{Plane: p, Frame: FrameAround(places, margin)}
	v.Marks = []MapMark{{"start", places[0]}, {"end", places[len(places)-1]}}
	return v, share, nil
}

// ViewOfPoints is the view of a model whose pictures are points of the plane: all of its
// range.
func ViewOfPoints(o *Opened) (MapView, error) {
	if !o.Plane() {
		return MapView{}, fmt.Errorf("view of the plane: found pictures of %dx%dx%d (channels, height, width), want points, 2x1x1", o.Model.C, o.Model.H, o.Model.W)
	}
	lo, hi := float64(o.Model.Lo), float64(o.Model.Hi)
	return MapView{Plane: sampling.PointPlane(), Frame: Frame{lo, hi, lo, hi}}, nil
}

// PathOn is where a chain's recorded frames fall on a plane, and how far off it each
// lies; at most n of them.
func PathOn(p sampling.Plane, r *Recording, chain, n int) (places [][2]float64, off []float64, err error) {
	_, x := r.Walk(chain, n)
	return p.Project(x)
}

// ThreeOf picks three pictures that lie far apart, the given one first; see
// sampling.Spread.
func ThreeOf(x sampling.Images, first int) (sampling.Images, [3]int, error) {
	three, err := sampling.Spread(x, first)
	if err != nil {
		return sampling.Images{}, three, err
	}
	return Pick(x, three[:]...), three, nil
}

// Pick are some of a batch's pictures, copied.
func Pick(x sampling.Images, which ...int) sampling.Images {
	some := sampling.NewImages(len(which), x.C, x.H, x.W)
	for k, i := range which {
		copy(some.Image(k), x.Image(i))
	}
	return some
}
