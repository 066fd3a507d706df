package studio

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// label is the class whose name begins here, the longest of several, and how many
// bytes it takes; 0 where there is none.
func (p *expressionParser) label() (index, length int) {
	for i, l := range p.labels {
		if n := begins(p.text[p.at:], l); n > length {
			index, length = i, n
		}
	}
	return index, length
}

// begins is how many bytes of text the name takes at its beginning, 0 where it does
// not stand there as words of its own. Any white space stands for a space.
func begins(text, name string) int {
	rest := text
	last := ' '
	for _, want := range name {
		found, n := utf8.DecodeRuneInString(rest)
		switch {
		case n == 0:
			return 0
		case want == ' ' && unicode.IsSpace(found):
			n = len(rest) - len(strings.TrimLeftFunc(rest, unicode.IsSpace))
		case unicode.ToLower(found) != unicode.ToLower(want):
			return 0
		}
		rest, last = rest[n:], want
	}
	if inWord(last) && !endsWord(rest) {
		return 0
	}
	return len(text) - len(rest)
}

// name is what looks like a name here: words up to the next operator. An operator is
// a name of its own where it comes first.
func (p *expressionParser) name() string {
	rest := p.text[p.at:]
	for i, r := range rest {
		spaced := i > 0 && unicode.IsSpace(rune(rest[i-1]))
		end := strings.ContainsRune("()+*|&!\"'", r) || r == '-' && spaced
		if spaced && !end {
			word := firstWord(rest[i:])
			end = isOperator(word)
		}
		if !end {
			continue
		}
		if i == 0 {
			return string(r)
		}
		return strings.TrimSpace(rest[:i])
	}
	if word := firstWord(rest); isOperator(word) {
		return word
	}
	return strings.TrimSpace(rest)
}

func firstWord(s string) string {
	if end := strings.IndexFunc(s, unicode.IsSpace); end >= 0 {
		return s[:end]
	}
	return s
}

func isOperator(word string) bool {
	return slices.Contains([]string{"AND", "OR", "NOT", "(", ")", "+", "*", "|", "&", "!"}, strings.ToUpper(word))
}

func isWord(s string) bool { return s != "" && inWord(rune(s[0])) }

func inWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func endsWord(rest string) bool {
	r, n := utf8.DecodeRuneInString(rest)
	return n == 0 || !inWord(r)
}
