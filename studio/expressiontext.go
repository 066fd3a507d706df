package studio

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// WriteExpression is the text that ReadExpression reads as these conditions: of a
// recipe's terms, those without the marginal. Terms with latents or several labels
// have none.
func WriteExpression(labels []string, terms []Term) (string, error) {
	var b strings.Builder
	for i, t := range terms {
		if i > 0 {
			b.WriteString(" AND ")
		}
		switch {
		case t.Weight == 1:
		case t.Weight == -1:
			b.WriteString("-")
		default:
			b.WriteString(strconv.FormatFloat(t.Weight, 'g', -1, 64) + "*")
		}
		switch {
		case t.Any != nil:
			var all []string
			for _, alternative := range t.Any {
				s, err := WriteExpression(labels, conditionsOf(alternative))
				if err != nil {
					return "", err
				}
				all = append(all, s)
			}
			b.WriteString("(" + strings.Join(all, " OR ") + ")")
		case len(t.Labels) != 1 || len(t.Latents) > 0 || t.Labels[0] < 0 || t.Labels[0] >= len(labels):
			return "", errors.New("the terms are more than classes with weights")
		default:
			b.WriteString(quotedClass(labels, t.Labels[0]))
		}
	}
	return b.String(), nil
}

// conditionsOf are composed terms without the marginal.
func conditionsOf(terms []Term) []Term {
	return slices.DeleteFunc(slices.Clone(terms), Term.marginal)
}

func quotedClass(labels []string, i int) string {
	name := labels[i]
	plain := !isOperator(name) && name != "" && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) })
	switch {
	case plain:
		return name
	case strings.Contains(name, `"`) || strings.TrimSpace(name) != name:
		return strconv.Itoa(i)
	}
	return `"` + name + `"`
}
