package studio

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
)

// Comparison says how a picture that was made again compares with the saved one.
type Comparison struct {
	Exact         bool
	MaxDifference int  // largest difference of a colour value, 0..255
	FirstStep     int  // first step (of those recorded) whose frame differs, -1 where none does
	StepsApart    int  // FirstStep is exact to this many steps; 1 unless the chain was very long
	Edited        bool // the saved picture's pixels were changed after it was saved
	Steps         int
	Engine        string // that made the saved picture
	EngineNow     string // that made it again
	Picture       image.Image
	Result        Result
}

// String is the comparison in a sentence.
func (c Comparison) String() string {
	if c.Exact {
		return fmt.Sprintf("exact: all pixels agree after %d steps", c.Steps)
	}
	s := fmt.Sprintf("not exact: the largest pixel difference is %d of 255", c.MaxDifference)
	if c.FirstStep >= 0 {
		s += fmt.Sprintf(", the first differing step is %d of %d", c.FirstStep, c.Steps)
		if c.StepsApart > 1 {
			s += fmt.Sprintf(" (of every %d)", c.StepsApart)
		}
	} else {
		s += ", no recorded step differs"
	}
	if c.Edited {
		s += "; the picture was edited after it was saved"
	}
	if c.Engine != c.EngineNow {
		s += fmt.Sprintf("; it was made with %s, now with %s", c.Engine, c.EngineNow)
	}
	return s
}

// Reproduce runs the recipe inside a picture again, as many steps as the picture
// had walked, and compares. o is the model to run it on; where it is nil, an open
// one with the recipe's checkpoint is taken. notify, which may be nil, is told the
// progress from the lane's goroutine.
func (s *Studio) Reproduce(ctx context.Context, path string, o *Opened, notify func(Progress)) (Comparison, error) {
	recipe, info, saved, err := ReadPicture(path)
	if err != nil {
		return Comparison{}, err
	}
	fail := func(err error) (Comparison, error) { return Comparison{}, fmt.Errorf("reproduce %q: %w", path, err) }
	if o, err = s.modelFor(recipe.Checkpoint, o); err != nil {
		return fail(err)
	}
	job, err := s.again(ctx, o, recipe, info.Steps, notify)
	if err != nil {
		return fail(err)
	}
	res, err := job.Result()
	if err != nil {
		return fail(err)
	}
	if res.Steps != info.Steps {
		return fail(fmt.Errorf("the run ended after %d steps, want %d", res.Steps, info.Steps))
	}
	c := Comparison{Steps: res.Steps, Edited: info.Edited, Engine: recipe.Engine, EngineNow: res.Recipe.Engine, Result: res}
	if info.Chain < 0 {
		c.Picture = res.Sheet(*info.Sheet)
	} else {
		c.Picture = res.Picture(info.Chain)
	}
	if c.MaxDifference, err = pixelDifference(saved, c.Picture); err != nil {
		return fail(err)
	}
	c.Exact = c.MaxDifference == 0
	c.FirstStep, c.StepsApart, err = firstDifference(info.Hashes, res.hashes, info.Chain)
	if err != nil {
		return fail(err)
	}
	return c, nil
}

// modelFor is the given model, or an open one, if it is the one the recipe is for.
func (s *Studio) modelFor(ref CheckpointRef, o *Opened) (*Opened, error) {
	if o == nil && len(ref.Parts) > 0 {
		return s.Assemble(ref, func(part CheckpointRef) (*Opened, error) { return s.modelFor(part, nil) })
	}
	if o == nil {
		if o = s.Find(ref); o == nil {
			return nil, fmt.Errorf("its checkpoint %q (SHA-256 %s, %s weights) is not open", ref.Name, short(ref.SHA256), ref.Weights)
		}
		return o, nil
	}
	if o.SHA256 != ref.SHA256 {
		return nil, fmt.Errorf("another checkpoint: found %q with SHA-256 %s, want %q with %s", o.Name, short(o.SHA256), ref.Name, short(ref.SHA256))
	}
	if o.Weights != ref.Weights {
		return nil, fmt.Errorf("other weights of %q: found %s, want %s", o.Name, o.Weights, ref.Weights)
	}
	return o, nil
}

func short(sum string) string { return sum[:min(12, len(sum))] }

// again runs a recipe for a number of steps and waits for it.
func (s *Studio) again(ctx context.Context, o *Opened, r Recipe, steps int, notify func(Progress)) (*Job, error) {
	var job *Job
	ready := make(chan struct{})
	tell := func() {
		if notify != nil {
			<-ready
			notify(job.Progress())
		}
	}
	job = s.sample(o, r, steps, tell)
	close(ready)
	if err := job.Wait(ctx); err != nil {
		job.Stop()
		return nil, err
	}
	if job.Progress().Phase != Done {
		return nil, errors.New("it was stopped")
	}
	return job, nil
}

// firstDifference is the first recorded step at which two runs show different
// frames, -1 where none does.
func firstDifference(saved packedHashes, now hashes, chain int) (step, apart int, err error) {
	old, err := saved.unpack()
	if err != nil {
		return 0, 0, err
	}
	sums := now.of(chain)
	apart = max(saved.Stride, now.Stride) // both are powers of two
	for step := 0; ; step += apart {
		i, k := step/saved.Stride, step/now.Stride
		if i >= len(old) || k >= len(sums) {
			return -1, apart, nil
		}
		if old[i] != sums[k] {
			return now.First + step, apart, nil
		}
	}
}

// pixelDifference is the largest difference of a colour value of two pictures.
func pixelDifference(a, b image.Image) (int, error) {
	ra, rb := a.Bounds(), b.Bounds()
	if ra.Dx() != rb.Dx() || ra.Dy() != rb.Dy() {
		return 0, fmt.Errorf("the picture has %dx%d pixels, the one made again %dx%d", ra.Dx(), ra.Dy(), rb.Dx(), rb.Dy())
	}
	largest := 0
	for y := range ra.Dy() {
		for x := range ra.Dx() {
			p := color.NRGBAModel.Convert(a.At(ra.Min.X+x, ra.Min.Y+y)).(color.NRGBA)
			q := color.NRGBAModel.Convert(b.At(rb.Min.X+x, rb.Min.Y+y)).(color.NRGBA)
			for _, d := range [...]int{int(p.R) - int(q.R), int(p.G) - int(q.G), int(p.B) - int(q.B), int(p.A) - int(q.A)} {
				largest = max(largest, d, -d)
			}
		}
	}
	return largest, nil
}
