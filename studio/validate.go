package studio

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Validate reports everything in the recipe that the model cannot do: unknown
// knobs, values out of range, labels and latents that do not fit.
func (r Recipe) Validate(m *models.Model) error {
	if err := chainable(m); err != nil {
		return err
	}
	if err := r.checkAlone(); err != nil {
		return err
	}
	knobs, err := knobsOf(m, r.Sampler)
	if err != nil {
		return err
	}
	errs := []error{checkSettings(r.Settings, knobs)}
	for i, t := range r.Terms {
		errs = append(errs, t.check(fmt.Sprintf("term %d", i+1), r.Chains, m))
	}
	if len(r.Terms) > 0 {
		if err := weighs(r.Terms); err != nil {
			errs = append(errs, fmt.Errorf("recipe: %w", err))
		}
	}
	errs = append(errs, r.checkExpression(m), r.Known.check(m, r.Sampler), r.Initial.check(m), r.Temperature.check(m, r.Sampler), r.Fork.check(r, m))
	return errors.Join(errs...)
}

// checkExpression reports terms that are not what the expression says.
func (r Recipe) checkExpression(m *models.Model) error {
	if r.Expression == "" {
		return nil
	}
	terms, err := ExpressionTerms(m, r.Expression)
	if err != nil {
		return err
	}
	if len(r.Terms) > 0 && !reflect.DeepEqual(r.Terms, Composed(m, terms)) {
		return fmt.Errorf("recipe: found terms that are not those of its expression %q, want one of the two, or both to say the same", r.Expression)
	}
	return nil
}

// checkAlone checks what needs no model.
func (r Recipe) checkAlone() error {
	var errs []error
	bad := func(format string, a ...any) { errs = append(errs, fmt.Errorf("recipe: "+format, a...)) }
	if r.Version < 1 || r.Version > RecipeVersion {
		bad("found version %d, want 1 to %d", r.Version, RecipeVersion)
	}
	if r.Chains < 1 || r.Chains > MaxChains {
		bad("found %d chains, want 1 to %d", r.Chains, MaxChains)
	}
	if r.Fused < 0 || r.Fused > maxFused {
		bad("found %d fused steps, want 0 to %d", r.Fused, maxFused)
	}
	if !slices.Contains(Samplers(), r.Sampler) {
		bad("unknown sampler %q, want %s", r.Sampler, strings.Join(Samplers(), ", "))
	}
	if w := r.Checkpoint.Weights; w != "" && w != "ema" && w != "raw" {
		bad("unknown weights %q, want ema or raw", w)
	}
	for _, name := range sortedNames(r.Settings) {
		if v := r.Settings[name]; !finite(v) {
			bad("%s is %g, want a finite number", name, v)
		}
	}
	for _, a := range r.Acts {
		errs = append(errs, a.checkAlone(r.Chains))
	}
	if r.depth() > maxForks {
		bad("found more than %d forks of forks, want fewer", maxForks)
	} else if r.Fork != nil {
		errs = append(errs, r.Fork.Of.checkAlone())
	}
	for i, t := range r.Terms {
		errs = append(errs, t.checkAlone(fmt.Sprintf("recipe: term %d", i+1), true))
	}
	return errors.Join(errs...)
}

// checkAlone reports what contradicts itself in the term; alternatives hold none of
// their own.
func (t Term) checkAlone(name string, outer bool) error {
	var errs []error
	bad := func(format string, a ...any) { errs = append(errs, fmt.Errorf(name+": "+format, a...)) }
	if !finite(t.Weight) {
		bad("weight is %g, want a finite number", t.Weight)
	}
	if !finite(t.Beta) || t.Beta < 0 {
		bad("beta is %g, want a finite number from 0", t.Beta)
	}
	if !finite(t.Sharpness) || t.Sharpness < 0 || t.Any == nil && t.Sharpness != 0 {
		bad("sharpness is %g, want 0, or a finite number above 0 where there are alternatives", t.Sharpness)
	}
	if t.Any == nil {
		return errors.Join(errs...)
	}
	switch {
	case !outer:
		bad("found alternatives within alternatives")
		return errors.Join(errs...)
	case len(t.Any) < 2 || len(t.Labels)+len(t.Latents) > 0:
		bad("found %d alternatives and %d conditions beside them, want at least 2 and none", len(t.Any), len(t.Labels)+len(t.Latents))
	}
	for k, terms := range t.Any {
		if len(terms) == 0 {
			bad("alternative %d: found no terms", k+1)
		}
		for i, inner := range terms {
			errs = append(errs, inner.checkAlone(fmt.Sprintf("%s, alternative %d, term %d", name, k+1, i+1), false))
		}
	}
	return errors.Join(errs...)
}

// checkSettings reports unknown knobs and values out of their range.
func checkSettings(s sampling.Settings, knobs []sampling.Knob) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(s)) {
		v := s[name]
		i := slices.IndexFunc(knobs, func(k sampling.Knob) bool { return k.Name == name })
		switch {
		case i < 0:
			errs = append(errs, fmt.Errorf("unknown knob %q%s, want one of %s", name, nearKnob(name, knobs), knobNames(knobs)))
		case !(v >= knobs[i].Min && v <= knobs[i].Max): // refuses NaN too
			errs = append(errs, fmt.Errorf("knob %s: found %g, want %g to %g", name, v, knobs[i].Min, knobs[i].Max))
		case knobs[i].Integer && v != math.Trunc(v):
			errs = append(errs, fmt.Errorf("knob %s: found %g, want a whole number", name, v))
		}
	}
	return errors.Join(errs...)
}

// check reports what in the term does not fit the model or the number of chains.
func (t Term) check(name string, chains int, m *models.Model) error {
	var errs []error
	bad := func(format string, a ...any) { errs = append(errs, fmt.Errorf(name+": "+format, a...)) }
	for k, terms := range t.Any {
		for i, inner := range terms {
			errs = append(errs, inner.check(fmt.Sprintf("%s, alternative %d, term %d", name, k+1, i+1), chains, m))
		}
	}
	if n := len(t.Labels); n > 0 {
		if len(m.Labels) == 0 {
			bad("has labels, but %s knows none", m.Name)
		}
		if n != 1 && n != chains {
			bad("found %d labels, want 1 or one for each of %d chains", n, chains)
		}
		for _, l := range t.Labels {
			if l < 0 || (len(m.Labels) > 0 && l >= len(m.Labels)) {
				bad("found label %d, want 0 to %d", l, len(m.Labels)-1)
				break
			}
		}
	}
	if n := len(t.Latents); n > 0 {
		if m.LatentSize == 0 {
			bad("has latents, but %s takes none", m.Name)
		}
		if n != 1 && n != chains {
			bad("found %d latents, want 1 or one for each of %d chains", n, chains)
		}
		for _, z := range t.Latents {
			if m.LatentSize > 0 && len(z) != m.LatentSize {
				bad("found a latent of %d numbers, want %d", len(z), m.LatentSize)
				break
			}
			if slices.ContainsFunc(z, func(v float32) bool { return !finite(float64(v)) }) {
				bad("found a latent with a number that is not finite")
				break
			}
		}
	}
	return errors.Join(errs...)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// nearKnob is DidYouMean of the knobs and of other names that would do.
func nearKnob(name string, knobs []sampling.Knob, others ...string) string {
	for _, k := range knobs {
		others = append(others, k.Name)
	}
	return DidYouMean(name, others)
}

func knobNames(knobs []sampling.Knob) string {
	names := make([]string, len(knobs))
	for i, k := range knobs {
		names[i] = k.Name
	}
	return strings.Join(names, ", ")
}
