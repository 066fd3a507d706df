package sampling

import (
	"fmt"
	"math"
)

// Stage is a stretch of a plan: one energy, one kernel, a number of steps.
type Stage struct {
	Name   string
	Energy Energy
	Kernel Kernel
	Steps  int // may be 0 for a stage that only starts or finishes
	// Jump says that Start is a jump: a chain that walks on from a changed picture
	// (ICD, section 2.3). Nothing but drawings depends on it.
	Jump bool
	// Tether, where not 0, adds Tether{To: x, K: Tether} to the energy, x being the
	// pictures with which the stage was entered, before Start.
	Tether float64
	// Start, where not nil, makes the stage's first pictures from the last ones (a
	// proposal); Finish its result from those after the last step (rescaling,
	// clipping, denoising). step is the number of steps done when it is called and
	// numbers its noise. Neither writes to x.
	Start, Finish func(k Key, step int, x Images) (Images, error)
	// Keep, where not nil, holds known pixels: after Start and after every step
	// x <- m*x + (1-m)*known.
	Keep *Mask
	// Noising tells how pictures of the stage are noised to those with which it was
	// entered; nil where they are not made from such.
	Noising *Noising
	// Weighing, where not nil, gives the chains weights in the stage's first steps.
	Weighing *Weighing
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

// Check reports the first thing that keeps pictures x from walking the plan.
func (p Plan) Check(x Images) error {
	if len(p) == 0 {
		return fmt.Errorf("plan: found no stages, want at least one")
	}
	if x.N < 1 || x.Size() < 1 {
		return fmt.Errorf("plan: found %d pictures of %d values to start with, want at least one of each", x.N, x.Size())
	}
	if err := x.Check(x.C, x.H, x.W); err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	for i := range x.N {
		if !finiteAt(State{X: x}, i) {
			return fmt.Errorf("plan: picture %d: found a value that is not finite to start with", i)
		}
	}
	reshaped := false // a Start may turn latents into pictures
	for n, stage := range p {
		reshaped = reshaped || stage.Start != nil
		err := stage.check()
		if err == nil && stage.Keep != nil {
			if err = stage.Keep.Check(); err == nil && !reshaped {
				err = stage.Keep.fits(x)
			}
		}
		if err != nil {
			return fmt.Errorf("plan: %s: %w", stage.title(n), err)
		}
		reshaped = reshaped || stage.Finish != nil
	}
	return nil
}

func (s Stage) check() error {
	switch {
	case s.Steps < 0:
		return fmt.Errorf("found %d steps, want 0 or more", s.Steps)
	case math.IsNaN(s.Tether) || math.IsInf(s.Tether, 0) || s.Tether < 0:
		return fmt.Errorf("found tether %v, want a finite number of 0 or more", s.Tether)
	case s.Steps == 0:
		return nil
	case s.Energy == nil:
		return fmt.Errorf("found no energy for %d steps", s.Steps)
	case s.Kernel == nil:
		return fmt.Errorf("found no kernel for %d steps", s.Steps)
	}
	if s.Weighing != nil {
		if err := s.Weighing.check(s.Steps); err != nil {
			return err
		}
	}
	if c, ok := s.Kernel.(interface{ Check() error }); ok {
		return c.Check()
	}
	return nil
}

// title names stage n of a plan in errors.
func (s Stage) title(n int) string {
	if s.Name == "" {
		return fmt.Sprintf("stage %d", n)
	}
	return fmt.Sprintf("stage %d (%s)", n, s.Name)
}
