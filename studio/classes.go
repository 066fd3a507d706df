package studio

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ebmstudio/models"
)

// Compose are the terms of a composition: every condition with its weight, and
// the marginal energy with what is left to 1, E = E0 + sum_k w_k (E_k - E0) (CLEL,
// equation 15; CDRL, equation 13). A single condition of weight 1 is the
// conditional energy.
func Compose(conditions []Term) []Term {
	terms := slices.Clone(conditions)
	marginal := 1.0
	for _, t := range conditions {
		marginal -= t.Weight
	}
	if marginal != 0 {
		terms = append(terms, Term{Weight: marginal})
	}
	return terms
}

// Composed are the terms of a composition on a model: Compose, or the conditions as
// they are where the model is a mixture of experts.
func Composed(m *models.Model, conditions []Term) []Term {
	if m.Experts {
		return slices.Clone(conditions)
	}
	return Compose(conditions)
}

// ClassTerm is the condition on a class of a model, by its name (case does not
// matter) or its number counted from 0. An unknown one is an error that names the
// nearest and lists the classes.
func ClassTerm(m *models.Model, class string) (Term, error) {
	if len(m.Labels) == 0 {
		return Term{}, fmt.Errorf("class %q: this model knows no classes", class)
	}
	i := slices.IndexFunc(m.Labels, func(l string) bool { return strings.EqualFold(l, class) })
	if n, err := strconv.Atoi(class); i < 0 && err == nil && n >= 0 && n < len(m.Labels) {
		i = n
	}
	if i < 0 {
		return Term{}, errors.New(unknownClass(class, m.Labels) + classHint(m.Labels))
	}
	return Term{Weight: 1, Name: m.Labels[i], Labels: []int{i}}, nil
}

// ExpressionTerms are the conditions that an expression asks of a model; see
// ReadExpression.
func ExpressionTerms(m *models.Model, text string) ([]Term, error) {
	if len(m.Labels) == 0 {
		return nil, fmt.Errorf("compose %q: this model knows no classes", text)
	}
	terms, err := (&expressionParser{text: text, labels: m.Labels, pairs: m.Attributes, experts: m.Experts}).read()
	if err != nil {
		return nil, err
	}
	return terms, nil
}

// Ask makes an expression the recipe's condition, in the place of those before; an
// empty one takes all conditions away.
func (r *Recipe) Ask(m *models.Model, expression string) error {
	if strings.TrimSpace(expression) == "" {
		r.Expression, r.Terms = "", nil
		return nil
	}
	terms, err := ExpressionTerms(m, expression)
	if err != nil {
		return err
	}
	r.Expression, r.Terms = expression, Composed(m, terms)
	return nil
}

// unknownClass says that a name is no class, and which come near.
func unknownClass(name string, labels []string) string {
	return fmt.Sprintf("unknown class %q", name) + DidYouMean(name, labels)
}

// DidYouMean is `, did you mean "A" or "B"?` of up to three names that a typing mistake
// may have been made of, the nearest first; empty where none is near.
func DidYouMean(name string, names []string) string {
	near := nearest(name, names)
	if len(near) == 0 {
		return ""
	}
	for i := range near {
		near[i] = strconv.Quote(near[i])
	}
	return ", did you mean " + strings.Join(near, " or ") + "?"
}

// classHint lists the classes.
func classHint(labels []string) string {
	const most = 24
	list := strings.Join(labels[:min(most, len(labels))], ", ")
	if len(labels) > most {
		list += ", ..."
	}
	return fmt.Sprintf("\nhint: the classes are %s; or 0 to %d", list, len(labels)-1)
}

// nearest are up to three names that a typing mistake may have been made of, the
// nearest first.
func nearest(name string, labels []string) []string {
	type near struct {
		label    string
		distance int
	}
	var found []near
	name = strings.ToLower(name)
	for _, l := range labels {
		lower := strings.ToLower(l)
		d := editDistance(name, lower)
		if d <= 1+utf8.RuneCountInString(name)/3 || len(name) > 1 && strings.Contains(lower, name) {
			found = append(found, near{l, d})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return cmp.Compare(a.distance, b.distance) })
	var names []string
	for _, f := range found[:min(3, len(found))] {
		if f.distance <= found[0].distance+1 {
			names = append(names, f.label)
		}
	}
	return names
}

// editDistance is the number of letters to insert, delete or replace (Levenshtein).
func editDistance(a, b string) int {
	other := []rune(b)
	row := make([]int, len(other)+1)
	for j := range row {
		row[j] = j
	}
	for _, x := range a {
		diagonal := row[0]
		row[0]++
		for j, y := range other {
			replace := diagonal
			if x != y {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(other)]
}
