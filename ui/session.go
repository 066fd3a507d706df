package ui

import (
	"maps"
	"math/rand/v2"

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
}

func newSession(o *studio.Opened) *session {
	return &session{opened: o, recipe: studio.DefaultRecipe(o), follow: true}
}

// active reports whether a run is under way, paused included.
func (s *session) active() bool { return s.job != nil && !s.progress.Phase.Final() }

// edited reports whether the controls differ from what the run under way was
// started with. An unlocked seed counts only once it is typed.
func (s *session) edited() bool {
	a, b := s.recipe, s.ran
	return a.Chains != b.Chains || a.Sampler != b.Sampler || a.Seed != b.Seed || !maps.Equal(a.Settings, b.Settings) ||
		!sameTerms(a.Terms, b.Terms)
}

func sameTerms(a, b []studio.Term) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || a[i].Weight != b[i].Weight {
			return false
		}
	}
	return true
}

// randomSeed is short enough to be read out to somebody.
func randomSeed() uint64 { return uint64(rand.Uint32N(1_000_000)) }
