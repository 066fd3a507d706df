package sampling

// State is a chain batch after a step: what the next step needs and what a
// person may look at.
type State struct {
	Stage int    // index into the plan
	Step  int    // steps done since the start of the run, over all stages
	X     Images // the pictures now
	// Energy and GradNorm (the Euclidean norm of dE/dx) belong to the pictures the
	// step began with, so that a gradient step costs one evaluation. One a picture.
	Energy, GradNorm []float32
	// Accepted is 1 for a picture whose proposal was accepted, 0 where it was
	// refused; nil for kernels that do not refuse.
	Accepted []float32

	at *evaluation // energy and gradient of X where the kernel has them already
}

type evaluation struct {
	energy []float32
	grad   Images
}

// Kernel moves pictures one step. It is pure: the same key, state and energy
// give the same state. The step's noise is that of s.Step.
type Kernel interface {
	Step(k Key, s State, e Energy) (State, error)
}

// Stage is a stretch of a plan: one energy, one kernel, a number of steps.
type Stage struct {
	Name   string
	Energy Energy
	Kernel Kernel
	Steps  int
	// Tether, where not 0, adds Tether{To: x at the stage's start, K: Tether} to the
	// energy.
	Tether float64
	// Start, where not nil, makes the stage's first pictures from the last ones (a
	// proposal); Finish its result (rescaling, clipping, denoising). step is the
	// number of steps done when it is called and numbers its noise.
	Start, Finish func(k Key, step int, x Images) (Images, error)
	// Keep, where not nil, holds known pixels: after Start and after every step
	// x <- m*x + (1-m)*known.
	Keep *Mask
}

// Plan is the list of stages a chain walks.
type Plan []Stage

// Steps is the number of steps of all stages together.
func (p Plan) Steps() int {
	n := 0
	for _, s := range p {
		n += s.Steps
	}
	return n
}

// Knob is a number a person may turn: its name in recipes and on the command
// line, and all a slider needs.
type Knob struct {
	Name, Title, Help, Unit string
	Min, Max, Default       float64
	Log, Integer            bool
}

// Settings are knob values by name; a knob that is absent has its default.
type Settings map[string]float64
