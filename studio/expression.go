package studio

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ReadExpression reads what a person asks of a model's classes, such as
//
//	smile AND glasses AND NOT hat
//	"long hair" + 0.5*glasses - 2*hat
//	(smile OR hat) AND glasses
//
// and returns one condition for each thing that is wanted together, with its signed
// weight; Compose makes them a recipe's terms. A class is named as the model does
// (case does not matter; of several names that fit the longest counts; quotes are
// allowed) or by its number, counted from 0. NOT asks for the other class of the
// attribute where the class is one of a pair (pairs: [on, off], see
// models.Model.Attributes) and otherwise takes the weight -1; a minus always makes
// the weight negative. OR binds less than AND. Errors are of type *ExpressionError.
func ReadExpression(text string, labels []string, pairs [][2]int) ([]Term, error) {
	return (&expressionParser{text: text, labels: labels, pairs: pairs}).read()
}

func (p *expressionParser) read() ([]Term, error) {
	text := p.text
	if len(text) > maxExpression {
		return nil, p.fail(0, fmt.Sprintf("found %d bytes, want at most %d", len(text), maxExpression))
	}
	terms, err := p.either()
	if err != nil {
		return nil, err
	}
	if p.skip(); p.at < len(text) {
		return nil, p.fail(p.at, fmt.Sprintf("found %q, want AND, OR, + or - before it", p.name()))
	}
	return terms, nil
}

const (
	maxExpression = 4096 // bytes
	maxDepth      = 64   // parentheses and signs within each other
)

// ExpressionError says where an expression cannot be understood, and why.
type ExpressionError struct {
	Text      string
	Character int // where, counted from 1
	Problem   string
	// Unknown is the name that is no class, empty where the problem is another one;
	// Nearest are the classes whose names look like it.
	Unknown string
	Nearest []string
	Classes []string // of the model
}

// Error names the place and the problem; the classes are a hint.
func (e *ExpressionError) Error() string {
	s := fmt.Sprintf("compose %q: character %d: %s", e.Text, e.Character, e.Problem)
	if e.Unknown != "" {
		s += classHint(e.Classes)
	}
	return s
}

type expressionParser struct {
	text      string
	at, depth int
	labels    []string
	pairs     [][2]int
	experts   bool // alternatives are plain sums, see models.Model.Experts
	open      bool // labels are not known before: every name becomes one
}

func (p *expressionParser) fail(at int, problem string) *ExpressionError {
	return &ExpressionError{Text: p.text, Character: utf8.RuneCountInString(p.text[:at]) + 1, Problem: problem}
}

func (p *expressionParser) skip() {
	p.at += len(p.text[p.at:]) - len(strings.TrimLeftFunc(p.text[p.at:], unicode.IsSpace))
}

// operator consumes one of the words or signs where it is next and no longer name of
// a class begins there.
func (p *expressionParser) operator(all ...string) (string, bool) {
	p.skip()
	rest := p.text[p.at:]
	for _, op := range all {
		n := len(op)
		if len(rest) < n || !strings.EqualFold(rest[:n], op) {
			continue
		}
		if isWord(op) && !endsWord(rest[n:]) {
			continue
		}
		if _, length := p.label(); length > n {
			continue
		}
		p.at += n
		return op, true
	}
	return "", false
}

// either reads alternatives.
func (p *expressionParser) either() ([]Term, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail(p.at, "found too many groups and signs within each other")
	}
	defer func() { p.depth-- }()
	var alternatives [][]Term
	for {
		p.skip()
		begin := p.at
		terms, err := p.all()
		if err != nil {
			return nil, err
		}
		_, more := p.operator("OR", "||", "|")
		if !more && alternatives == nil {
			return terms, nil
		}
		switch {
		case len(terms) == 1 && terms[0].Weight == 1 && terms[0].Any != nil: // OR of OR
			alternatives = append(alternatives, terms[0].Any...)
		case slices.ContainsFunc(terms, func(t Term) bool { return t.Any != nil }):
			return nil, p.fail(begin, "found an OR within an AND within an OR, want one OR within another only")
		default:
			alternatives = append(alternatives, p.composed(terms))
		}
		if !more {
			return []Term{{Weight: 1, Any: alternatives}}, nil
		}
	}
}

func (p *expressionParser) composed(terms []Term) []Term {
	if p.experts {
		return terms
	}
	return Compose(terms)
}

// all reads what is wanted together.
func (p *expressionParser) all() ([]Term, error) {
	terms, err := p.factor()
	for err == nil {
		op, more := p.operator("AND", "&&", "&", "+", "-")
		if !more {
			return terms, nil
		}
		begin := p.at
		var next []Term
		if next, err = p.factor(); err != nil {
			break
		}
		if op == "-" {
			next, err = p.scaled(begin, next, -1)
		}
		terms = append(terms, next...)
	}
	return nil, err
}

// factor reads signs, weights and negations, and what they stand before.
func (p *expressionParser) factor() ([]Term, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail(p.at, "found too many groups and signs within each other")
	}
	defer func() { p.depth-- }()
	p.skip()
	begin := p.at
	if op, ok := p.operator("NOT", "!", "-", "+", "("); ok {
		if op == "(" {
			return p.group(begin)
		}
		terms, err := p.factor()
		switch {
		case err != nil || op == "+":
			return terms, err
		case op == "-":
			return p.scaled(begin, terms, -1)
		}
		return p.negated(begin, terms)
	}
	weight, found, err := p.weight()
	if err != nil {
		return nil, err
	}
	if found {
		terms, err := p.factor()
		if err != nil {
			return nil, err
		}
		return p.scaled(begin, terms, weight)
	}
	return p.class()
}

func (p *expressionParser) group(begin int) ([]Term, error) {
	terms, err := p.either()
	if err != nil {
		return nil, err
	}
	if _, closed := p.operator(")"); !closed {
		if p.at == len(p.text) {
			return nil, p.fail(begin, "found a parenthesis that is not closed")
		}
		return nil, p.fail(p.at, fmt.Sprintf("found %q, want AND, OR, +, - or a closing parenthesis", p.name()))
	}
	return terms, nil
}

func (p *expressionParser) scaled(begin int, terms []Term, weight float64) ([]Term, error) {
	for i := range terms {
		if terms[i].Weight *= weight; !finite(terms[i].Weight) {
			return nil, p.fail(begin, "found a weight that is not finite")
		}
	}
	return terms, nil
}

// negated asks for the other class of an attribute, or pushes away.
func (p *expressionParser) negated(begin int, terms []Term) ([]Term, error) {
	if len(terms) != 1 || terms[0].Any != nil {
		return nil, p.fail(begin, "found NOT before a group, want it before one "+p.thing())
	}
	t := terms[0]
	other := slices.IndexFunc(p.pairs, func(pair [2]int) bool { return slices.Contains(pair[:], t.Labels[0]) })
	if other < 0 {
		t.Weight = -t.Weight
		return []Term{t}, nil
	}
	pair := p.pairs[other]
	label := pair[0] + pair[1] - t.Labels[0]
	return []Term{{Weight: t.Weight, Name: p.labels[label], Labels: []int{label}}}, nil
}

// weight reads "0.5 *".
func (p *expressionParser) weight() (w float64, found bool, err error) {
	digits := p.number()
	rest := strings.TrimLeftFunc(p.text[p.at+digits:], unicode.IsSpace)
	if digits == 0 || !strings.HasPrefix(rest, "*") {
		return 0, false, nil
	}
	w, err = strconv.ParseFloat(p.text[p.at:p.at+digits], 64)
	if err != nil {
		return 0, false, p.fail(p.at, fmt.Sprintf("found the weight %s, want a finite number", p.text[p.at:p.at+digits]))
	}
	p.at = len(p.text) - len(rest) + 1
	return w, true, nil
}

// number is the length of the number that begins here, 0 where none does.
func (p *expressionParser) number() int {
	rest := p.text[p.at:]
	n := 0
	digits := func() (some bool) {
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n, some = n+1, true
		}
		return some
	}
	whole := digits()
	if n < len(rest) && rest[n] == '.' {
		n++
		whole = digits() || whole
	}
	if !whole {
		return 0
	}
	if mantissa := n; n < len(rest) && (rest[n] == 'e' || rest[n] == 'E') {
		n++
		if n < len(rest) && (rest[n] == '+' || rest[n] == '-') {
			n++
		}
		if !digits() {
			n = mantissa
		}
	}
	if !endsWord(rest[n:]) {
		return 0
	}
	return n
}

// class reads a class: quoted, by name, by number.
func (p *expressionParser) class() ([]Term, error) {
	begin := p.at
	term := func(i int) ([]Term, error) {
		return []Term{{Weight: 1, Name: p.labels[i], Labels: []int{i}}}, nil
	}
	if p.at == len(p.text) {
		return nil, p.fail(p.at, "found the end, want a "+p.thing())
	}
	if p.open {
		return p.operand()
	}
	if quote := p.text[p.at]; quote == '"' || quote == '\'' {
		name, _, closed := strings.Cut(p.text[p.at+1:], string(quote))
		if !closed {
			return nil, p.fail(p.at, "found a quotation mark that is not closed")
		}
		p.at += len(name) + 2
		i := slices.IndexFunc(p.labels, func(l string) bool { return strings.EqualFold(l, strings.TrimSpace(name)) })
		if i < 0 {
			return nil, p.unknown(begin, name)
		}
		return term(i)
	}
	digits := p.number()
	if i, length := p.label(); length > 0 && length >= digits {
		p.at += length
		return term(i)
	}
	if i, err := strconv.Atoi(p.text[p.at : p.at+digits]); err == nil && i < len(p.labels) {
		p.at += digits
		return term(i)
	}
	name := p.name()
	if name == "" {
		r, _ := utf8.DecodeRuneInString(p.text[p.at:])
		return nil, p.fail(begin, fmt.Sprintf("found %q, want a class", r))
	}
	if isOperator(name) {
		return nil, p.fail(begin, fmt.Sprintf("found %s, want a class", name))
	}
	return nil, p.unknown(begin, name)
}

func (p *expressionParser) unknown(at int, name string) error {
	e := p.fail(at, "")
	e.Unknown, e.Classes, e.Nearest = name, p.labels, nearest(name, p.labels)
	e.Problem = unknownClass(name, p.labels)
	return e
}
