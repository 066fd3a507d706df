package studio

import (
	"slices"

	"ebmstudio/models"
)

// Term is one energy of the sum a chain walks down: a weight (negative pushes
// away) and the condition it is bound to. Without a condition it is the marginal
// energy. Labels and latents are one for all chains or one a chain; a composition
// is several terms (see Compose).
type Term struct {
	Weight  float64     `json:"weight"`
	Name    string      `json:"name,omitempty"` // for people
	Labels  []int       `json:"labels,omitempty"`
	Latents [][]float32 `json:"latents,omitempty"`
	Beta    float64     `json:"beta,omitempty"` // weight of the similarity (CLEL); 0: the sampler's knob
	// Any are alternatives, each the terms of a composition: the energy is the soft
	// minimum of theirs ("or", see sampling.Any), as sharp as Sharpness says; 0:
	// DefaultSharpness, and 1 on noise levels. A term with alternatives has no condition of its own.
	Any       [][]Term `json:"any,omitempty"`
	Sharpness float64  `json:"sharpness,omitempty"`
}

// DefaultSharpness is the beta of a disjunction of classes, that of the authors'
// compositions (Du et al., Improved Contrastive Divergence, concept combination).
const DefaultSharpness = 100

// marginal reports whether the term has no condition.
func (t Term) marginal() bool { return len(t.Labels)+len(t.Latents)+len(t.Any) == 0 }

// given is the term's condition for a model.
func (t Term) given() models.Given {
	return models.Given{Label: t.Labels, Latent: t.Latents, PerImage: len(t.Labels)+len(t.Latents) > 1, Beta: t.Beta}
}

func cloneTerms(terms []Term) []Term {
	all := slices.Clone(terms)
	for i := range all {
		t := &all[i]
		t.Labels = slices.Clone(t.Labels)
		t.Latents = slices.Clone(t.Latents)
		for k := range t.Latents {
			t.Latents[k] = slices.Clone(t.Latents[k])
		}
		t.Any = slices.Clone(t.Any)
		for k := range t.Any {
			t.Any[k] = cloneTerms(t.Any[k])
		}
	}
	return all
}

// askedLabels are the names of the classes that terms of positive weight ask for, each
// once, alternatives too.
func askedLabels(terms []Term, labels []string) []string {
	var names []string
	for _, t := range terms {
		if t.Weight <= 0 {
			continue
		}
		for _, i := range t.Labels {
			if i >= 0 && i < len(labels) && !slices.Contains(names, labels[i]) {
				names = append(names, labels[i])
			}
		}
		for _, alternative := range t.Any {
			for _, name := range askedLabels(alternative, labels) {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	return names
}
