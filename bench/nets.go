package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/models/clel"
	"ebmstudio/sampling"
)

// net is a network with random weights in two files: our checkpoint, and arrays
// for the twin, which folds the spectral norms itself.
type net struct {
	name             string
	checkpoint, twin string          // paths
	x                sampling.Images // pictures that both must agree on
}

// sizes are those of a published network for CIFAR-10.
type sizes struct {
	name           string
	widths         []int
	blocks, hidden int
}

const pixels = 32

// parityPictures is how many pictures the two networks are compared on.
const parityPictures = 4

// published lists the networks of the figures; quick ones are narrow, to see that
// the bench itself runs.
func published(quick bool) []sizes {
	if quick {
		return []sizes{{"resnet_small", []int{4, 4, 8, 8}, 1, 16}, {"resnet", []int{4, 4, 8, 8}, 2, 16}}
	}
	return []sizes{{"resnet_small", []int{64, 64, 128, 128}, 1, 2048}, {"resnet", []int{128, 128, 256, 256}, 2, 2048}}
}

// make draws the weights, the same each time, and writes both files.
func (s sizes) make(dir string) (net, error) {
	structure := clel.NewNet(3, s.widths, s.blocks, s.hidden, 128, []int{s.hidden, 128}, false)
	params := nn.Init(structure.Specs(), rand.New(rand.NewPCG(1, 2)))
	var ours, theirs []checkpoint.Named
	for _, p := range params {
		if p.Name == "stem.0.mean" || p.Name == "stem.0.std" {
			p.Data = slices.Repeat([]float32{0.5}, len(p.Data))
		}
		t := checkpoint.Float32Tensor(p.Shape, p.Data)
		ours = append(ours, checkpoint.Named{Name: clel.PrefixNet + p.Name, Tensor: t})
		theirs = append(theirs, checkpoint.Named{Name: p.Name, Tensor: t})
	}
	n := net{name: s.name, checkpoint: filepath.Join(dir, s.name+".safetensors"), twin: filepath.Join(dir, s.name+".npz")}
	n.x = sampling.NewImages(parityPictures, 3, pixels, pixels)
	if err := sampling.NewKey(3).Uniforms(sampling.StreamStart, 0, n.x, 0, 1); err != nil {
		return net{}, err
	}
	theirs = append(theirs, checkpoint.Named{Name: "x", Tensor: checkpoint.Float32Tensor([]int{n.x.N, n.x.C, n.x.H, n.x.W}, n.x.Data)})
	header := clel.Header{Name: s.name, Height: pixels, Width: pixels, Channels: 3}
	if err := checkpoint.Write(n.checkpoint, ours, header.Metadata()); err != nil {
		return net{}, err
	}
	return n, checkpoint.Write(n.twin, theirs, nil)
}

// open builds the network's model on an engine.
func (n net) open(b compute.Backend) (*models.Model, error) {
	f, err := checkpoint.Open(n.checkpoint)
	if err != nil {
		return nil, err
	}
	return clel.Open(b, f, models.Options{})
}

// Two programs that sum float32 in different orders differ by some 1e-6 of an
// energy; a gradient may besides jump where an activation is within rounding of
// LeakyReLU's kink.
const (
	energyTolerance = 1e-4
	gradTolerance   = 1e-3
)

// parity compares energies and gradient norms with the twin's and returns the
// largest relative differences; beyond the tolerances is an error.
func (n net) parity(m *models.Model, t *twin) (energy, grad float64, err error) {
	e, err := m.At(models.Given{})
	if err != nil {
		return 0, 0, err
	}
	ours, gradient, err := e.Eval(n.x)
	if err != nil {
		return 0, 0, err
	}
	norms := make([]float32, n.x.N)
	for i := range norms {
		var sum float64
		for _, g := range gradient.Image(i) {
			sum += float64(g) * float64(g)
		}
		norms[i] = float32(math.Sqrt(sum))
	}
	theirs, theirNorms, err := t.load(n.name, n.twin)
	if err != nil {
		return 0, 0, err
	}
	if energy, err = agree(n.name+": energies", ours, theirs, energyTolerance); err != nil {
		return 0, 0, err
	}
	grad, err = agree(n.name+": gradient norms", norms, theirNorms, gradTolerance)
	return energy, grad, err
}

// agree is the largest relative difference of two lists; beyond the tolerance, or
// for lists that are not of one length, it is an error.
func agree(what string, ours, theirs []float32, tolerance float64) (float64, error) {
	if len(ours) != len(theirs) || len(ours) == 0 {
		return 0, fmt.Errorf("%s: ours are %d, the twin's %d", what, len(ours), len(theirs))
	}
	largest := 0.0
	for i, v := range ours {
		d := math.Abs(float64(v)-float64(theirs[i])) / math.Max(math.Abs(float64(theirs[i])), 1e-12)
		if !(d <= tolerance) {
			return d, fmt.Errorf("%s: picture %d: ours %v, the twin's %v, want them within %g of each other", what, i, v, theirs[i], tolerance)
		}
		largest = math.Max(largest, d)
	}
	return largest, nil
}
