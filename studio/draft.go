package studio

import (
	"errors"
	"fmt"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// errDraft is why a draft's pictures are not saved.
var errDraft = errors.New("these pictures are a draft, made of others while a weight was turned: no recipe makes them again, start a run to have such")

// Draft is a run of the recipe that begins with the newest pictures of another run on a
// model of the same pictures, which may still be under way: what the chains do next
// under other weights. On models with noise levels the pictures are carried up to the
// middle of the ladder first. Its pictures depend on that run and not on the recipe
// alone, so that Result refuses them; its Recording is as any.
func (s *Studio) Draft(o *Opened, r Recipe, from *Job, notify func()) (*Job, error) {
	if from == nil || from.recording == nil {
		return nil, errors.New("draft: found a job that makes no pictures")
	}
	x, ok := from.recording.Last()
	if !ok {
		return nil, errors.New("draft: the run has made no picture yet")
	}
	if err := x.Check(o.Model.C, o.Model.H, o.Model.W); err != nil {
		return nil, fmt.Errorf("draft: %w", err)
	}
	r = r.Clone()
	r.Chains = x.N
	if err := lowered(&r, o.Model); err != nil {
		return nil, fmt.Errorf("draft: %w", err)
	}
	if err := o.Check(r); err != nil {
		return nil, err
	}
	return s.begin(o, r, start{pictures: &x, limit: allSteps}, notify), nil
}

// BeginAt is the recipe with every chain begun at a picture of the model's size and
// range, such as a place of a landscape, rounded to the bytes of a file; on models with
// noise levels it is carried up to the middle of the ladder, where it does not begin
// lower. ok is false where no recipe can say so: of points, and where chains begin with a
// generator's pictures. SampleAt runs those.
func BeginAt(o *Opened, r Recipe, x sampling.Images) (begun Recipe, ok bool, err error) {
	m := o.Model
	if err := checkBegin(m, x); err != nil {
		return r, false, err
	}
	if m.Decode != nil || m.C != 1 && m.C != 3 {
		return r, false, nil
	}
	r = r.Clone()
	r.Initial, err = NewInitial(m, "place of a landscape", native(quantise(x.Data, m.Lo, m.Hi), m.C, m.H, m.W), false)
	if err == nil {
		err = lowered(&r, m)
	}
	if err == nil {
		err = o.Check(r)
	}
	return r, err == nil, err
}

// Begin are n pictures that a model's chains begin with under a seed: noise, or what is
// like it.
func Begin(o *Opened, seed uint64, n int) (sampling.Images, error) {
	if o.Model.Start == nil || n < 1 || n > MaxChains {
		return sampling.Images{}, fmt.Errorf("begin %d chains of %s: found no start, or want 1 to %d", n, o.Name, MaxChains)
	}
	x := o.Model.Start(sampling.NewKey(seed), n)
	return x, x.Check(o.Model.C, o.Model.H, o.Model.W)
}

// SampleAt is a draft of the recipe whose chains all begin at one picture of the model's
// size and range; see Draft and BeginAt.
func (s *Studio) SampleAt(o *Opened, r Recipe, x sampling.Images, notify func()) (*Job, error) {
	if err := checkBegin(o.Model, x); err != nil {
		return nil, err
	}
	all := sampling.NewImages(r.Chains, x.C, x.H, x.W)
	for i := range all.N {
		copy(all.Image(i), x.Data)
	}
	r = r.Clone()
	if err := lowered(&r, o.Model); err != nil {
		return nil, err
	}
	if err := o.Check(r); err != nil {
		return nil, err
	}
	return s.begin(o, r, start{pictures: &all, limit: allSteps}, notify), nil
}

func checkBegin(m *models.Model, x sampling.Images) error {
	if err := x.Check(m.C, m.H, m.W); err != nil {
		return fmt.Errorf("begin at a picture: %w", err)
	}
	if x.N != 1 || !allFinite(x.Data) {
		return fmt.Errorf("begin at a picture: found %d pictures, finite: %v, want one of finite numbers", x.N, allFinite(x.Data))
	}
	return nil
}

// lowered makes a chain on a ladder begin at its middle, where it does not begin lower.
func lowered(r *Recipe, m *models.Model) error {
	if !hasLadder(m) {
		return nil
	}
	knobs, err := knobsOf(m, r.Sampler)
	if err != nil {
		return err
	}
	for _, k := range knobs {
		level := float64(int(k.Max) / 2)
		if k.Name != startLevel || level < 1 {
			continue
		}
		if v, turned := r.Settings[startLevel]; !turned || v > level {
			return r.Turn(m, startLevel, level)
		}
	}
	return nil
}

// startLevel is the knob of the level at which a ladder's chains begin.
const startLevel = "from_level"

// onward makes a walk go on from given pictures.
func (w *walk) onward() error {
	m := w.opened.Model
	x := w.begin.pictures.Clone()
	if generates(w.plan) { // they stand for what the generator makes
		w.plan = w.plan[1:]
	}
	if len(w.plan) == 0 {
		return errors.New("found a plan that only generates, want one with steps")
	}
	if m.Diffuse == nil {
		w.from.X = x
		return nil
	}
	var err error
	w.from.X, err = m.Diffuse(w.key, x, complete(w.recipe.Settings, m.Knobs))
	return err
}
