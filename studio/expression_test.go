package studio

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
)

var (
	faceLabels = []string{"hat", "no hat", "glasses", "no glasses", "long hair", "short hair", "smile", "hat band"}
	facePairs  = [][2]int{{0, 1}, {2, 3}, {4, 5}}
)

func class(label int, weight float64) Term {
	return Term{Weight: weight, Name: faceLabels[label], Labels: []int{label}}
}

func TestReadExpression(t *testing.T) {
	either := func(weight float64, all ...[]Term) Term { return Term{Weight: weight, Any: all} }
	for text, want := range map[string][]Term{
		"hat":                                {class(0, 1)},
		" HAT ":                              {class(0, 1)},
		"no hat":                             {class(1, 1)},
		"smile AND glasses AND NOT hat":      {class(6, 1), class(2, 1), class(1, 1)},
		"smile and glasses and not hat":      {class(6, 1), class(2, 1), class(1, 1)},
		"NOT smile":                          {class(6, -1)},
		"NOT NOT smile":                      {class(6, 1)},
		"NOT no hat":                         {class(0, 1)},
		"NOT NOT hat":                        {class(0, 1)},
		"!hat":                               {class(1, 1)},
		"NOT 0.5*hat":                        {class(1, 0.5)},
		"0.5*NOT hat":                        {class(1, 0.5)},
		"-hat":                               {class(0, -1)},
		"-0.5*hat":                           {class(0, -0.5)},
		"smile AND -0.5*hat":                 {class(6, 1), class(0, -0.5)},
		"hat + 0.5*glasses":                  {class(0, 1), class(2, 0.5)},
		"hat - 0.5 * glasses":                {class(0, 1), class(2, -0.5)},
		"hat-glasses":                        {class(0, 1), class(2, -1)},
		"2*hat band":                         {class(7, 2)},
		"2 * hat":                            {class(0, 2)},
		"1e-1*hat":                           {class(0, 0.1)},
		"long hair AND smile":                {class(4, 1), class(6, 1)},
		"long \t hair":                       {class(4, 1)},
		`"long hair" & 'smile'`:              {class(4, 1), class(6, 1)},
		"0 AND 6":                            {class(0, 1), class(6, 1)},
		"NOT 4":                              {class(5, 1)},
		"0.5*(hat + smile)":                  {class(0, 0.5), class(6, 0.5)},
		"smile - (hat + 2*glasses)":          {class(6, 1), class(0, -1), class(2, -2)},
		"hat OR smile":                       {either(1, []Term{class(0, 1)}, []Term{class(6, 1)})},
		"hat OR smile OR 2":                  {either(1, []Term{class(0, 1)}, []Term{class(6, 1)}, []Term{class(2, 1)})},
		"hat OR (smile | 2)":                 {either(1, []Term{class(0, 1)}, []Term{class(6, 1)}, []Term{class(2, 1)})},
		"(hat OR smile) AND glasses":         {either(1, []Term{class(0, 1)}, []Term{class(6, 1)}), class(2, 1)},
		"hat AND smile OR glasses":           {either(1, []Term{class(0, 1), class(6, 1), {Weight: -1}}, []Term{class(2, 1)})},
		"glasses - (hat OR smile)":           {class(2, 1), either(-1, []Term{class(0, 1)}, []Term{class(6, 1)})},
		"short hair AND NOT no glasses && 7": {class(5, 1), class(2, 1), class(7, 1)},
	} {
		got, err := ReadExpression(text, faceLabels, facePairs)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: found %+v, %v, want %+v", text, got, err, want)
			continue
		}
		written, err := WriteExpression(faceLabels, got)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if again, err := ReadExpression(written, faceLabels, facePairs); err != nil || !reflect.DeepEqual(again, want) {
			t.Errorf("%q, written %q: found %+v, %v", text, written, again, err)
		}
	}
}

// TestNumberedLabels: a number is the class of that name before it is the class of
// that number, and a weight where a star follows.
func TestNumberedLabels(t *testing.T) {
	labels := []string{"1", "2", "0"}
	for text, want := range map[string]Term{
		"1":   {Weight: 1, Name: "1", Labels: []int{0}},
		"0":   {Weight: 1, Name: "0", Labels: []int{2}},
		"2*1": {Weight: 2, Name: "1", Labels: []int{0}},
	} {
		if got, err := ReadExpression(text, labels, nil); err != nil || !reflect.DeepEqual(got, []Term{want}) {
			t.Errorf("%q: found %+v, %v", text, got, err)
		}
	}
}

func TestExpressionErrors(t *testing.T) {
	for _, c := range []struct {
		text string
		at   int
		want string
	}{
		{"", 1, "found the end, want a class"},
		{"   ", 4, "found the end, want a class"},
		{"hat AND", 8, "found the end, want a class"},
		{"hat AND AND smile", 9, "found AND, want a class"},
		{"OR", 1, "found OR, want a class"},
		{"hat smile", 5, `found "smile", want AND, OR, + or - before it`},
		{"smile AND glases", 11, `unknown class "glases", did you mean "glasses"`},
		{"lnog hair AND hat", 1, `unknown class "lnog hair", did you mean "long hair"`},
		{`hat AND "hatt"`, 9, `unknown class "hatt", did you mean "hat"`},
		{"ßmile AND wig", 1, `unknown class "ßmile", did you mean "smile"?`},
		{"smile AND ß", 11, `unknown class "ß"`},
		{"8", 1, `unknown class "8"`},
		{"hat, smile", 4, `found ", smile", want AND, OR, + or - before it`},
		{`"hat`, 1, "found a quotation mark that is not closed"},
		{"(hat AND smile", 1, "found a parenthesis that is not closed"},
		{"hat)", 4, `found ")", want AND, OR, + or - before it`},
		{"(hat smile)", 6, `found "smile", want AND, OR, +, - or a closing parenthesis`},
		{"NOT (hat AND smile)", 1, "found NOT before a group"},
		{"1e999*hat", 1, "found the weight 1e999, want a finite number"},
		{"1e300*1e300*hat", 1, "found a weight that is not finite"},
		{"*hat", 1, "found *, want a class"},
		{"hat OR smile AND (glasses OR hat)", 8, "found an OR within an AND within an OR"},
		{strings.Repeat("(", 200) + "hat", 33, "too many groups"},
		{strings.Repeat("hat AND ", 1000) + "hat", 1, "found 8003 bytes"},
	} {
		_, err := ReadExpression(c.text, faceLabels, facePairs)
		var e *ExpressionError
		if !errors.As(err, &e) || e.Character != c.at || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40q: found %v, want %q at character %d", c.text, err, c.want, c.at)
		}
	}
}

func FuzzReadExpression(f *testing.F) {
	for _, s := range []string{
		"smile AND glasses AND NOT hat", `"long hair" + 0.5*glasses - 2*hat`, "(smile OR hat) AND 3", "-(hat OR !smile)", "1e5*-no hat", "hat\xff", "(((",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		terms, err := ReadExpression(text, faceLabels, facePairs)
		if err != nil {
			var e *ExpressionError
			if !errors.As(err, &e) || e.Character < 1 || e.Character > len(text)+1 {
				t.Fatalf("%q: found %#v", text, err)
			}
			return
		}
		r := Recipe{Version: RecipeVersion, Chains: 1, Sampler: SamplerFamily, Terms: Compose(terms)}
		if err := r.checkAlone(); err != nil && !math.IsInf(Compose(terms)[len(r.Terms)-1].Weight, 0) {
			t.Fatalf("%q: %v", text, err)
		}
		written, err := WriteExpression(faceLabels, terms)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		again, err := ReadExpression(written, faceLabels, facePairs)
		if len(written) <= maxExpression && (err != nil || !reflect.DeepEqual(again, terms)) {
			t.Fatalf("%q, written %q: found %+v, want %+v, %v", text, written, again, terms, err)
		}
	})
}
