package main

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// net is a network in two files: our checkpoint, and arrays for the twin, which
// folds the spectral norms itself.
type net struct {
	family           models.Family
	name             string
	checkpoint, twin string          // paths
	x                sampling.Images // pictures that both must agree on
}

// parityPictures is how many pictures the two networks are compared on.
const parityPictures = 4

// pictures are those that both are asked about, as the twin finds them.
func pictures(x sampling.Images) checkpoint.Named {
	return checkpoint.Named{Name: "x", Tensor: checkpoint.Float32Tensor([]int{x.N, x.C, x.H, x.W}, x.Data)}
}

// open builds the network's model on an engine.
func (n net) open(b compute.Backend) (*models.Model, error) {
	f, err := checkpoint.Open(n.checkpoint)
	if err != nil {
		return nil, err
	}
	return n.family.Open(b, f, models.Options{})
}

// Two programs that sum float32 in different orders differ by some 1e-6 of an
// energy; a gradient may besides jump where an activation is within rounding of
// LeakyReLU's kink.
const (
	energyTolerance = 1e-4
	gradTolerance   = 1e-3
)

// agreement compares our network with a peer's on the pictures beside its weights:
// energies, the gradients' norms and, where there is one, the norms of what a proposal
// adds. Beyond the tolerances is an error, otherwise a row of the table.
func (b *bench) agreement(t *twin, n net, e sampling.Energy, proposal *sampling.Images) error {
	energies, gradient, err := e.Eval(n.x)
	if err != nil {
		return err
	}
	theirs, err := t.load(n)
	if err != nil {
		return err
	}
	energy, err := agree(n.name+": energies", energies, theirs.Energy, energyTolerance)
	if err != nil {
		return err
	}
	grad, err := agree(n.name+": gradient norms", norms(gradient), theirs.Gradient, gradTolerance)
	if err != nil {
		return err
	}
	here, wanted := fmt.Sprintf("energies %.1g, gradients %.1g", energy, grad), fmt.Sprintf("≤ %g, %g", energyTolerance, gradTolerance)
	if proposal != nil {
		added, err := agree(n.name+": norms of what the initializer adds", norms(*proposal), theirs.Proposal, gradTolerance)
		if err != nil {
			return err
		}
		here, wanted = fmt.Sprintf("%s, proposals %.1g", here, added), fmt.Sprintf("%s, %g", wanted, gradTolerance)
	}
	row{figure: "agreement with " + t.label + ", " + n.name, here: here, wanted: wanted, verdict: verdict(true)}.write(b.out)
	return nil
}

// norms are the Euclidean norms of pictures.
func norms(x sampling.Images) []float32 {
	norms := make([]float32, x.N)
	for i := range norms {
		var sum float64
		for _, v := range x.Image(i) {
			sum += float64(v) * float64(v)
		}
		norms[i] = float32(math.Sqrt(sum))
	}
	return norms
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
