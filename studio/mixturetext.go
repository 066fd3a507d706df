package studio

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ReadMixture reads an expression of models, in the form of ReadExpression:
//
//	hat.safetensors AND NOT 0.5*glasses.safetensors
//	hat OR "my models/smile.safetensors:with"
//
// A model is a file or what else a client opens by name; names end at a space, at a
// parenthesis or at one of * + | & !, unless they are in quotes. It returns the names
// in the order of their first appearance, and the terms, whose labels number them. A
// negated model always has a negative weight. A text without a model is an error, and so
// are weights that are all 0.
func ReadMixture(text string) (names []string, terms []Term, err error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil, fmt.Errorf("compose %q: found no models, want at least one, such as a.safetensors AND NOT b.safetensors", text)
	}
	p := &expressionParser{text: text, experts: true, open: true}
	if terms, err = p.read(); err == nil {
		err = weighs(terms)
	}
	if err != nil {
		if _, said := err.(*ExpressionError); !said {
			err = fmt.Errorf("compose %q: %w", text, err)
		}
		return nil, nil, err
	}
	return p.labels, terms, nil
}

// thing is what an expression is about.
func (p *expressionParser) thing() string {
	if p.open {
		return "model"
	}
	return "class"
}

// operand reads the name of a model.
func (p *expressionParser) operand() ([]Term, error) {
	begin := p.at
	name := p.text[p.at:]
	if quote := name[0]; quote == '"' || quote == '\'' {
		quoted, _, closed := strings.Cut(name[1:], string(quote))
		if !closed {
			return nil, p.fail(begin, "found a quotation mark that is not closed")
		}
		name, p.at = quoted, p.at+len(quoted)+2
	} else {
		if end := strings.IndexFunc(name, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("()*+|&!", r) }); end >= 0 {
			name = name[:end]
		}
		p.at += len(name)
		if isOperator(name) {
			return nil, p.fail(begin, fmt.Sprintf("found %s, want a model", name))
		}
	}
	if strings.TrimSpace(name) == "" {
		r, _ := utf8.DecodeRuneInString(p.text[begin:])
		return nil, p.fail(begin, fmt.Sprintf("found %q, want a model", r))
	}
	i := slices.Index(p.labels, name)
	if i < 0 {
		i = len(p.labels)
		p.labels = append(p.labels, name)
	}
	return []Term{{Weight: 1, Name: name, Labels: []int{i}}}, nil
}

// weighs reports a sum, or an alternative, whose terms all have the weight 0.
func weighs(terms []Term) error {
	var names []string
	for i, t := range terms {
		for k, alternative := range t.Any {
			if err := weighs(alternative); err != nil {
				return fmt.Errorf("term %d, alternative %d: %w", i+1, k+1, err)
			}
		}
		if t.Weight != 0 {
			return nil
		}
		names = append(names, t.title(i))
	}
	if len(names) == 1 {
		return fmt.Errorf("the weight of %s is 0, want one term that weighs something", names[0])
	}
	return fmt.Errorf("the weights of %s are all 0, want one term that weighs something", strings.Join(names, ", "))
}

// title names term i, counted from 0, for people.
func (t Term) title(i int) string {
	switch {
	case t.Name != "":
		return fmt.Sprintf("term %d (%s)", i+1, t.Name)
	case t.marginal():
		return fmt.Sprintf("term %d (no class)", i+1)
	}
	return fmt.Sprintf("term %d", i+1)
}
