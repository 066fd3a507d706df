package ui

import (
	"math/rand/v2"
	"reflect"

	"ebmstudio/studio"
)

// session is an opened model with what a person set and ran on it. Switching
// between models loses nothing. All fields belong to the UI goroutine.
type session struct {
	opened *studio.Opened
	recipe studio.Recipe // as the controls stand
	locked bool          // the next start keeps the seed

	job      *studio.Job   // the newest run, nil before the first
	ran      studio.Recipe // what the newest run was started with
	progress studio.Progress
	selected int  // chain
	frame    int  // frame shown
	frames   int  // frames there are
	follow   bool // the newest frame is shown as it comes
	tensors  []studio.TensorInfo
	density  *density // of a model of points, nil before it was looked at
	given    given    // the picture and the mask that a person chose
	paint    *painted // what is painted on; nil for points of the plane
}

func newSession(o *studio.Opened) *session {
	s := &session{opened: o, recipe: defaultRecipe(o), follow: true}
	if m := o.Model; s.draws() && (m.C == 1 || m.C == 3) {
		s.paint = newPainted(m.W, m.H)
		s.paint.showHole(o)
	}
	return s
}

// defaultRecipe is the studio's, with more chains where a chain is but a point.
func defaultRecipe(o *studio.Opened) studio.Recipe {
	r := studio.DefaultRecipe(o)
	if o.Plane() {
		r.Chains = planeChains
	}
	return r
}

// draws reports whether the model has energies to sample from; a judge has none.
func (s *session) draws() bool { return s.opened.Model.At != nil }

// active reports whether a run is under way, paused included.
func (s *session) active() bool { return s.job != nil && !s.progress.Phase.Final() }

// edited reports whether the controls differ from what the run under way was
// started with. An unlocked seed counts only once it is typed.
func (s *session) edited() bool {
	a, b := s.recipe, s.ran
	if len(a.Settings) == 0 && len(b.Settings) == 0 {
		a.Settings, b.Settings = nil, nil
	}
	return !reflect.DeepEqual(a, b)
}

// randomSeed is short enough to be read out to somebody.
func randomSeed() uint64 { return uint64(rand.Uint32N(1_000_000)) }
