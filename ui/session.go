package ui

import (
	"math"
	"math/rand/v2"
	"reflect"

	"ebmstudio/studio"
	"ebmstudio/ui/paint"
)

// session is an opened model with what a person set and ran on it. Switching
// between models and tasks loses nothing. All fields belong to the UI goroutine.
type session struct {
	opened   *studio.Opened
	*run                      // of the task that is looked at: one of the two below
	chains   *run             // what sampling, composing and inpainting share
	walk     *walk            // between latents; nil for a model without them
	kept     []studio.Concept // concepts of one's own that its energy can be drawn to
	tensors  []studio.TensorInfo
	looked   looked                   // the picture whose activations are looked at
	compared *studio.WeightComparison // its weights with others; nil before it was asked
	density  *density                 // of a model of points, nil before it was looked at
	scored   *scored                  // how its score tells pictures apart, nil before it was asked
	given    given                    // the picture and the mask that a person chose
	paint    *painted                 // what is painted on; nil for points of the plane
	runs     []forkRun                // those that can be gone back to, in the order of their start
	terrain  *terrain                 // the landscape; nil before it was looked at
	history  paint.History
	noted    wish // what was asked for at the newest step of the history
	forks    []studio.ProjectFork
}

// run is a recipe as the controls stand, and the newest run of it.
type run struct {
	recipe studio.Recipe
	locked bool // the next start keeps the seed

	job      *studio.Job   // nil before the first
	ran      studio.Recipe // what the controls were when it was started
	draft    bool          // it began with the pictures before it and has no recipe
	progress studio.Progress
	selected int  // chain
	frame    int  // frame shown
	frames   int  // frames there are
	follow   bool // the newest frame is shown as it comes

	failureTold bool // a run may have failed before it is looked at for the first time
}

// seen is the frame that a person looks at, the newest where it follows the chains.
func (r *run) seen() int {
	if r.follow {
		return math.MaxInt
	}
	return r.frame
}

func newSession(o *studio.Opened) *session {
	s := &session{opened: o, chains: &run{recipe: defaultRecipe(o), follow: true}}
	s.run, s.noted = s.chains, wishOf(s.chains.recipe)
	m := o.Model
	if s.draws() && (m.C == 1 || m.C == 3) {
		s.paint = newPainted(m.W, m.H, &s.history)
		s.paint.showHole(o)
	}
	if s.draws() && m.LatentSize > 0 {
		s.walk = newWalk(o)
	}
	return s
}

// turnTo makes the run of a task the one that is looked at.
func (s *session) turnTo(k task) {
	s.run = s.chains
	if k == taskInterpolate && s.walk != nil {
		s.run = &s.walk.run
	}
}

// newest are the newest runs of all tasks.
func (s *session) newest() []*run {
	if s.walk == nil {
		return []*run{s.chains}
	}
	return []*run{s.chains, &s.walk.run}
}

// walking reports whether the run looked at is one between latents.
func (s *session) walking() bool { return s.walk != nil && s.run == &s.walk.run }

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

// generates reports whether the model's chains begin with a generator's pictures.
func (s *session) generates() bool { return s.opened.Model.Decode != nil }

// active reports whether a run is under way, paused included.
func (r *run) active() bool { return r.job != nil && !r.progress.Phase.Final() }

// edited reports whether the controls differ from what the run under way was
// started with. An unlocked seed counts only once it is typed.
func (s *session) edited() bool {
	a, b := s.recipe, s.ran
	if len(a.Settings) == 0 && len(b.Settings) == 0 {
		a.Settings, b.Settings = nil, nil
	}
	return !reflect.DeepEqual(a, b) || s.walking() && !reflect.DeepEqual(s.walk.route, s.walk.ranRoute)
}

// countSeedsKey is the preference that a seed that is not kept is followed by the next
// number, in place of one that is drawn.
const countSeedsKey = "countSeeds"

// seedAfter is the seed of the next start where it is not kept.
func (w *Window) seedAfter(seed uint64) uint64 {
	if w.app.Preferences().Bool(countSeedsKey) {
		return seed + 1
	}
	return randomSeed()
}

// randomSeed is short enough to be read out to somebody.
func randomSeed() uint64 { return uint64(rand.Uint32N(1_000_000)) }
