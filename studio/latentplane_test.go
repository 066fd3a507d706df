package studio

import (
	"math"
	"strings"
	"testing"

	"ebmstudio/sampling"
)

// TestLatentPlane: the corners are the anchors, the edges go from one to the next, and
// the spherical plane between unit vectors lies on the sphere.
func TestLatentPlane(t *testing.T) {
	three := [][]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	four := append(three[:3:3], []float32{0.6, 0.8, 0})
	for _, anchors := range [][][]float32{three, four} {
		for _, path := range []string{PathLinear, PathSpherical, PathPaper} {
			p := LatentPlane{anchors, path}
			for i, c := range p.Corners() {
				z, err := p.At(c[0], c[1])
				if err != nil || math.Abs(dot(z, anchors[i])-1) > 1e-6 || math.Abs(norm(z)-1) > 1e-6 {
					t.Errorf("%d anchors, %s, corner %d: found %v, error %v, want %v", len(anchors), path, i, z, err, anchors[i])
				}
			}
			z, err := p.At(0.4, 0.7)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]float64{PathSpherical: 1}[path]
			if want != 0 && math.Abs(norm(z)-want) > 1e-6 {
				t.Errorf("%d anchors: found a latent of length %v on the sphere", len(anchors), norm(z))
			}
		}
	}
	p := LatentPlane{three, PathSpherical}
	z, err := p.At(0.25, 0.5) // half way from the first to the second
	arc, wrong := sampling.Spherical(three[0], three[1], 0.5)
	if err != nil || wrong != nil || math.Abs(dot(z, arc)-1) > 1e-6 {
		t.Errorf("the middle of an edge: found %v, error %v, want %v", z, err, arc)
	}
	if z, err := (LatentPlane{three, PathPaper}).At(0.25, 0.5); err != nil || math.Abs(norm(z)-1) > 1e-6 {
		t.Errorf("the paper's mix of orthogonal latents has length %v, error %v, want 1", norm(z), err)
	}
	if x, y := p.Inside(-1, 0.5); x != 0.25 || y != 0.5 {
		t.Errorf("left of the triangle: found %v, %v, want 0.25, 0.5", x, y)
	}
	if x, y := p.Inside(0.5, 0.6); math.Abs(x-0.5)+math.Abs(y-0.6) > 1e-12 {
		t.Errorf("within the triangle: found %v, %v", x, y)
	}
	for want, p := range map[string]LatentPlane{
		"3 or 4": {three[:2], PathLinear}, "unknown path": {three, "bent"}, "cancel": {[][]float32{{1}, {-1}, {-1}}, PathSpherical}, "has 1 numbers": {[][]float32{{1, 2}, {1}, {1}}, PathLinear},
	} {
		if _, err := p.At(0.25, 0.5); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("found error %v, want %q", err, want)
		}
	}
}

func TestResample(t *testing.T) {
	even := Resample([][2]float64{{0, 0}, {1, 0}, {1, 0}, {1, 1}}, 5)
	for i, want := range [][2]float64{{0, 0}, {0.5, 0}, {1, 0}, {1, 0.5}, {1, 1}} {
		if even[i] != want {
			t.Errorf("place %d: found %v, want %v", i, even[i], want)
		}
	}
	if one := Resample([][2]float64{{1, 1}, {1, 1}}, 9); len(one) != 1 {
		t.Errorf("a path without length: found %v", one)
	}
}

// TestDecodeAndPoints: the generator alone, and a walk over latents as they are given.
func TestDecodeAndPoints(t *testing.T) {
	s, o := generating(t)
	points := [][]float32{{0, 1}, {0.25, 1}, {1, 0}}
	res, err := s.Decode(deadline(t), o, recipe(o, 1, nil), points)
	if err != nil {
		t.Fatal(err)
	}
	for i, z := range points {
		if res.Pictures.Image(i)[0] != z[0] {
			t.Errorf("picture %d: found %v, want %v", i, res.Pictures.Image(i)[0], z[0])
		}
	}
	for n := range 3 {
		j, err := s.Interpolate(o, recipe(o, 7, nil), Interpolation{Path: PathSpherical, Points: points[:n+1], Refine: true}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Wait(deadline(t)); err != nil || j.Recording().Chains() != n+1 {
			t.Errorf("%d points: found %d chains, error %v", n+1, j.Recording().Chains(), err)
		}
	}
	if _, err := s.Decode(deadline(t), o, recipe(o, 1, nil), [][]float32{{1}}); err == nil || !strings.Contains(err.Error(), "want 2") {
		t.Errorf("a latent of one number: %v", err)
	}
}

// TestWalkUnderTheJointEnergy: without a generator every frame is a chain of its own
// whose energy is drawn to its own latent, and these stay on the sphere.
func TestWalkUnderTheJointEnergy(t *testing.T) {
	s, o := new(fake).open(t, 0)
	o.Model.LabelLatents = [][]float32{{1, 0}, {0.6, 0.8}}
	var anchors [][]float32
	for label := range 2 {
		z, err := ClassLatent(o.Model, label)
		if err != nil {
			t.Fatal(err)
		}
		anchors = append(anchors, z)
	}
	j, err := s.Interpolate(o, recipe(o, 1, nil), Interpolation{Anchors: anchors, Path: PathSpherical, Frames: 5, Refine: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	terms := j.Recipe().Terms
	if len(terms) != 1 || len(terms[0].Latents) != 5 {
		t.Fatalf("found terms %+v, want one of 5 latents", terms)
	}
	for i, z := range terms[0].Latents {
		if math.Abs(norm(z)-1) > 1e-6 {
			t.Errorf("frame %d: found a latent of length %v, want 1", i, norm(z))
		}
	}
	if g := terms[0].given(); !g.PerImage || len(g.Latent) != 5 {
		t.Errorf("the chains share their latents: %+v", g)
	}
	if _, err := s.Interpolate(o, recipe(o, 1, nil), Interpolation{Anchors: anchors, Path: PathSpherical, Frames: 5}, nil); err == nil {
		t.Error("frames without chains come from a model without a generator")
	}
	if _, err := ClassLatent(o.Model, 2); err == nil {
		t.Error("found the latent of a class that the model does not know")
	}
}
