package reproduction

import (
	"context"
	"fmt"
	"slices"

	"ebmstudio/sampling"
	"ebmstudio/studio"
)

// Modes walks chains that all begin with one test picture, and looks at how far they
// come apart.
type Modes struct {
	Data     string
	Settings sampling.Settings
}

// Names of its measures.
const (
	classes = "classes"
	moved   = "left the first class"
	rHat    = "R-hat of the energy"
)

func (p Modes) recipe(o *studio.Opened) studio.Recipe { return recipeOf(o, "", p.Settings) }

// Measure implements [Probe]. The count is of chains.
func (p Modes) Measure(ctx context.Context, b *Bench) (map[string]float64, error) {
	if b.Model == nil {
		return nil, nil
	}
	judge, err := b.Judge(ctx, b.Model)
	if err != nil {
		return nil, err
	}
	all, _, err := studio.TestPictures(p.Data, 10_000)
	if err != nil {
		return nil, err
	}
	first := chosen(all, 1, b.Seed)
	r := recipeOf(b.Model, "", p.Settings)
	r.Chains, r.Seed = b.Count, b.Seed
	if r.Initial, err = studio.NewInitial(b.Model.Model, "test picture", pictureOf(first), false); err != nil {
		return nil, err
	}
	job, err := b.walked(ctx, r)
	if err != nil {
		return nil, err
	}
	result, err := job.Result()
	if err != nil {
		return nil, err
	}
	from, err := b.found(ctx, judge, first)
	if err != nil {
		return nil, err
	}
	found, err := b.found(ctx, judge, b.Model.AsSaved(result.Pictures))
	if err != nil {
		return nil, err
	}
	seen, away := map[string]bool{}, 0
	for _, labels := range found {
		seen[fmt.Sprint(labels)] = true
		if !slices.Equal(labels, from[0]) {
			away++
		}
	}
	return map[string]float64{
		classes: float64(len(seen)), moved: float64(away) / float64(len(found)), rHat: job.Recording().Mixing().Energy.RHat,
	}, nil
}

// Instances samples under the latents of real pictures of each class, and asks the judge
// for the class (CLEL, section 4.3).
type Instances struct {
	Data     string
	Pictures int // of a class, whose latents are summed
	Settings sampling.Settings
}

// Names of its measures.
const (
	diagonal = "diagonal"
	similar  = "mistakes among similar classes"
)

func (p Instances) recipe(o *studio.Opened) studio.Recipe { return recipeOf(o, "", p.Settings) }

// alike are the classes of Fashion-MNIST that are worn alike: tops with sleeves, and
// shoes.
var alike = [][]string{{"t-shirt", "pullover", "dress", "coat", "shirt"}, {"sandal", "sneaker", "ankle boot"}}

// Measure implements [Probe].
func (p Instances) Measure(ctx context.Context, b *Bench) (map[string]float64, error) {
	if b.Model == nil {
		return nil, nil
	}
	judge, err := b.Judge(ctx, b.Model)
	if err != nil {
		return nil, err
	}
	pictures, labels, err := studio.TestPictures(p.Data, 10_000)
	if err != nil {
		return nil, err
	}
	var hits, misses, near float64
	names := judge.Model.Labels
	for label, name := range names {
		concept, err := b.Studio.FindConcept(ctx, b.Model, name, b.Model.InRange(ofClass(pictures, labels, label, p.Pictures, b.Seed)))
		if err != nil {
			return nil, err
		}
		r := recipeOf(b.Model, "", p.Settings)
		r.Chains, r.Seed, r.Terms = max(1, b.Count/len(names)), b.Seed<<32+uint64(label), []studio.Term{concept.Term(1)}
		x, err := b.sample(ctx, r)
		if err != nil {
			return nil, err
		}
		found, err := b.found(ctx, judge, x)
		if err != nil {
			return nil, err
		}
		for _, one := range found {
			switch {
			case slices.Contains(one, name):
				hits++
			case slices.ContainsFunc(alike, func(group []string) bool { return slices.Contains(group, name) && slices.Contains(group, one[0]) }):
				misses, near = misses+1, near+1
			default:
				misses++
			}
		}
		b.tell(fmt.Sprintf("class %d of %d", label+1, len(names)))
	}
	values := map[string]float64{diagonal: hits / (hits + misses)}
	if misses > 0 {
		values[similar] = near / misses
	}
	return values, nil
}

// ofClass are n of the pictures of a class, which ones the seed says.
func ofClass(x sampling.Images, labels [][]int, label, n int, seed uint64) sampling.Images {
	y := sampling.Images{C: x.C, H: x.H, W: x.W}
	for i := range x.N {
		if slices.Contains(labels[i], label) {
			y.Data, y.N = append(y.Data, x.Image(i)...), y.N+1
		}
	}
	return chosen(y, n, seed)
}
