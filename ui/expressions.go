package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
)

// read takes the classes and weights out of a recipe's terms: a sum of them, or one
// disjunction of single ones.
func (s *classes) read(h *session) map[int]float64 {
	terms := h.named(h.recipe.Terms)
	s.either = len(terms) == 1 && len(terms[0].Any) > 0
	if s.either {
		var single []studio.Term
		for _, alternative := range terms[0].Any {
			rest := slices.DeleteFunc(slices.Clone(alternative), func(t studio.Term) bool { return len(t.Labels)+len(t.Latents)+len(t.Any) == 0 })
			if len(rest) != 1 {
				s.asked = nil
				return map[int]float64{}
			}
			single = append(single, rest[0])
		}
		terms = single
	}
	weights, alone := weightsOf(terms)
	s.asked = nil
	for _, t := range terms {
		if alone && len(t.Labels) == 1 {
			s.asked = append(s.asked, t.Labels[0])
		}
	}
	return weights
}

// ask makes conditions the recipe's, all of them or any of them; false where that
// cannot be, which is said.
func (s *classes) ask(h *session, conditions []studio.Term) bool {
	next := h.recipe
	next.Expression = ""
	next.Terms, _ = h.told(composed(h.opened, conditions))
	if s.mixing && s.either && len(conditions) > 1 {
		text, err := orText(h.names(), conditions)
		if err == nil {
			err = h.askFor(&next, text)
		}
		if err != nil {
			s.say(err.Error())
			return false
		}
	}
	s.c.turn(func(r *studio.Recipe) { r.Expression, r.Terms = next.Expression, next.Terms })
	return true
}

// orText is the expression that asks for any of the conditions.
func orText(labels []string, conditions []studio.Term) (string, error) {
	var all []string
	for _, t := range conditions {
		text, err := studio.WriteExpression(labels, []studio.Term{t})
		if err != nil {
			return "", err
		}
		all = append(all, text)
	}
	return strings.Join(all, " OR "), nil
}

// setEither makes what is asked for alternatives, or wants all of it together.
func (s *classes) setEither(on bool) {
	h := s.c.w.now
	if s.c.filling || h == nil || s.either == on {
		return
	}
	conditions := s.conditions(h)
	s.either = on
	if s.ask(h, conditions) {
		s.write(h)
		s.let()
	}
}

// composed is studio.Composed, but nothing for no condition.
func composed(o *studio.Opened, conditions []studio.Term) []studio.Term {
	if len(conditions) == 0 {
		return nil
	}
	return studio.Composed(o.Model, conditions)
}

// conditions are what the sliders ask for.
func (s *classes) conditions(h *session) (all []studio.Term) {
	m, names := h.opened.Model, h.names()
	ask := func(i int, weight float64) {
		if weight != 0 {
			all = append(all, studio.Term{Weight: weight, Name: names[i], Labels: []int{i}})
		}
	}
	for _, pair := range m.Attributes {
		switch v := s.knobs[m.Labels[pair[0]]].Value(); {
		case v > 0:
			ask(pair[0], v)
		case v < 0:
			ask(pair[1], -v)
		default: // a class that is pushed away was written, no slider says that
			weights, _ := weightsOf(h.named(h.recipe.Terms))
			ask(pair[0], min(0, weights[pair[0]]))
			ask(pair[1], min(0, weights[pair[1]]))
		}
	}
	for _, i := range s.asked {
		if slices.ContainsFunc(m.Attributes, func(p [2]int) bool { return p[0] == i || p[1] == i }) {
			continue
		}
		weight := 1.0
		if k := s.knobs[names[i]]; k != nil {
			weight = k.Value()
		}
		ask(i, weight)
	}
	return all
}

// typed takes an expression as soon as it can be read.
func (s *classes) typed(text string) {
	h := s.c.w.now
	if h == nil || s.c.filling {
		return
	}
	asked := h.recipe
	if err := h.askFor(&asked, text); err != nil {
		s.say(err.Error())
		return
	}
	s.say("")
	s.c.turn(func(r *studio.Recipe) { r.Expression, r.Terms = asked.Expression, asked.Terms })
	s.build(h, s.read(h))
	if s.turned != nil {
		s.turned()
	}
	if s.settled != nil {
		s.settled()
	}
}

// mix asks for a class besides what is asked for; of an attribute, in the place of its
// other class.
func (s *classes) mix(i int) {
	h := s.c.w.now
	if h == nil {
		return
	}
	m := h.opened.Model
	instead := []int{i}
	for _, pair := range m.Attributes {
		if slices.Contains(pair[:], i) {
			instead = pair[:]
		}
	}
	conditions := slices.DeleteFunc(s.conditions(h), func(t studio.Term) bool { return slices.Contains(instead, firstOf(t.Labels)) })
	conditions = append(conditions, studio.Term{Weight: 1, Name: h.names()[i], Labels: []int{i}})
	if !s.ask(h, conditions) {
		return
	}
	s.show(h)
	if s.turned != nil {
		s.turned()
	}
	s.let()
}

// leave puts the recipe's text back into an entry that cannot be read.
func (s *classes) leave() {
	if h := s.c.w.now; h != nil && s.bad != "" {
		s.write(h)
	}
}

// write shows the recipe's conditions as an expression.
func (s *classes) write(h *session) {
	s.say("")
	text := h.recipe.Expression
	if text == "" {
		conditions := slices.DeleteFunc(h.named(h.recipe.Terms), func(t studio.Term) bool {
			return len(t.Labels)+len(t.Latents)+len(t.Any) == 0
		})
		var err error
		if text, err = studio.WriteExpression(h.names(), conditions); err != nil {
			s.text.Put("")
			s.tell(tr("This recipe asks for more than classes with weights; it is kept until you change a slider."), widget.MediumImportance)
			return
		}
	}
	s.text.Put(text)
}

// say shows why the text cannot be read; empty where it can.
func (s *classes) say(bad string) {
	s.bad = bad
	s.tell(bad, widget.DangerImportance)
}

func (s *classes) tell(text string, importance widget.Importance) {
	if s.problem.Text == text && s.problem.Importance == importance {
		return
	}
	s.problem.Importance = importance
	s.problem.SetText(text)
	s.problem.Hidden = text == ""
	s.box.Refresh()
}

// weightsOf is the weight of each class in terms; alone says that the terms are
// nothing but classes, each once.
func weightsOf(terms []studio.Term) (weights map[int]float64, alone bool) {
	weights, alone = map[int]float64{}, true
	for _, t := range terms {
		switch _, again := weights[firstOf(t.Labels)]; {
		case len(t.Labels)+len(t.Latents)+len(t.Any) == 0:
		case len(t.Labels) == 1 && len(t.Latents) == 0 && len(t.Any) == 0 && !again:
			weights[t.Labels[0]] = t.Weight
		default:
			alone = false
		}
	}
	return weights, alone
}

func firstOf(labels []int) int {
	if len(labels) == 0 {
		return -1
	}
	return labels[0]
}
