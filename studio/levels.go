package studio

import (
	"image"

	"ebmstudio/sampling"
)

// Level is a noise level of a run on a ladder: what the initializer proposed and what
// the Langevin steps have made of it.
type Level struct {
	Name     string // such as "level 3"
	From, To int    // steps before its first step, after its last so far
	proposal []uint8
	refined  []uint8
}

// Levels are the noise levels that the chains have come down so far, the noisiest
// first; none of models without a ladder.
func (r *Recording) Levels() []Level {
	r.lock.Lock()
	defer r.lock.Unlock()
	return append([]Level(nil), r.levels...)
}

// Proposal and Refined are the picture of a chain before and after the steps of a
// level, as the level hands it on.
func (r *Recording) Proposal(l Level, chain int) *image.RGBA { return r.picture(l.proposal, chain) }

// Refined: see Proposal.
func (r *Recording) Refined(l Level, chain int) *image.RGBA { return r.picture(l.refined, chain) }

func (r *Recording) picture(pixels []uint8, chain int) *image.RGBA {
	n := r.c * r.h * r.w
	if chain < 0 || (chain+1)*n > len(pixels) {
		return nil
	}
	return rgba(pixels[chain*n:(chain+1)*n], r.c, r.h, r.w)
}

// Change is how the steps of a level have changed a chain's picture, pixel by pixel
// and the mean of its channels, in shares of the pixel range: above 0 lighter.
func (r *Recording) Change(l Level, chain int) []float32 {
	size := r.h * r.w
	n := r.c * size
	if chain < 0 || (chain+1)*n > len(l.proposal) || len(l.refined) != len(l.proposal) {
		return nil
	}
	out := make([]float32, size)
	for j := range n {
		d := int(l.refined[chain*n+j]) - int(l.proposal[chain*n+j])
		out[j%size] += float32(d) / 255 / float32(r.c)
	}
	return out
}

// level notes the first state of a noise level with its proposal.
func (r *Recording) level(name string, from int, proposal sampling.Images) {
	pixels := quantise(proposal.Data, r.lo, r.hi)
	r.lock.Lock()
	defer r.lock.Unlock()
	r.levels = append(r.levels, Level{Name: name, From: from, To: from, proposal: pixels})
}

// proposal is the picture that a level would hand on without its Langevin steps: what
// it began with, finished as what they make of it is.
func proposal(key sampling.Key, stage sampling.Stage, s sampling.State) (sampling.Images, error) {
	if stage.Finish == nil {
		return s.Began, nil
	}
	return stage.Finish(key, s.Step, s.Began)
}
