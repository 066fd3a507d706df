package ui

import (
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

var update = flag.Bool("update", false, "rewrite translations/en.json from the texts in the code")

const english = "../resources/translations/en.json"

// eachFile parses the package's own files.
func eachFile(t *testing.T, visit func(name string, f *ast.File)) {
	t.Helper()
	eachFileOf(t, "*.go", visit)
}

func eachFileOf(t *testing.T, pattern string, visit func(name string, f *ast.File)) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		visit(name, f)
	}
}

// textsInCode are the texts that the code gives to tr and trf; true: as a format.
func textsInCode(t *testing.T) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	eachFile(t, func(name string, f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			if id, ok := call.Fun.(*ast.Ident); ok && (id.Name == "tr" || id.Name == "trf") {
				text, ok := call.Args[0].(*ast.BasicLit)
				if !ok {
					t.Errorf("%s: %s takes a text as it is, not an expression", name, id.Name)
					return true
				}
				s, err := strconv.Unquote(text.Value)
				if err != nil {
					t.Fatal(err)
				}
				used[s] = used[s] || id.Name == "trf"
			}
			return true
		})
	})
	for _, text := range textsOfKnobs(t) {
		used[text] = used[text] || false
	}
	return used
}

// textsOfKnobs are the titles and explanations of the knobs that models and samplers have;
// those with a number inside are made there and stay English.
func textsOfKnobs(t *testing.T) (all []string) {
	t.Helper()
	for _, pattern := range []string{"../models/*/*.go", "../studio/*.go"} {
		eachFileOf(t, pattern, func(_ string, f *ast.File) {
			ast.Inspect(f, func(n ast.Node) bool {
				knob, ok := n.(*ast.CompositeLit)
				if !ok {
					return true
				}
				has := map[string]ast.Expr{}
				for _, e := range knob.Elts {
					if field, ok := e.(*ast.KeyValueExpr); ok {
						if name, ok := field.Key.(*ast.Ident); ok {
							has[name.Name] = field.Value
						}
					}
				}
				if has["Name"] == nil || has["Title"] == nil || has["Help"] == nil {
					return true
				}
				for _, text := range []ast.Expr{has["Title"], has["Help"], has["Unit"]} {
					if sum, ok := text.(*ast.BinaryExpr); ok {
						text = sum.X // "Steps on level " and a number
					}
					if text, ok := text.(*ast.BasicLit); ok {
						s, err := strconv.Unquote(text.Value)
						if err != nil {
							t.Fatal(err)
						}
						all = append(all, strings.TrimSpace(s))
					}
				}
				return true
			})
		})
	}
	return all
}

// TestEveryTextIsInTheTranslations keeps en.json, which translators start from,
// equal to the texts in the code.
func TestEveryTextIsInTheTranslations(t *testing.T) {
	used := map[string]string{}
	for text := range textsInCode(t) {
		used[text] = text
	}
	if *update {
		b, err := json.MarshalIndent(used, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(english, append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have := dictionary(t, english)
	for _, s := range slices.Sorted(maps.Keys(used)) {
		if have[s] != s {
			t.Errorf("en.json lacks %q (go test ./ui -run Translations -update)", s)
		}
	}
	for _, s := range slices.Sorted(maps.Keys(have)) {
		if used[s] == "" {
			t.Errorf("en.json has %q, which no code uses", s)
		}
	}
}

// TestNoTextGoesPastTheTranslations: what a person reads is never a bare text in the code
// of a button, a label, a menu, a tooltip, a dialog or a message.
func TestNoTextGoesPastTheTranslations(t *testing.T) {
	shows := []string{
		"NewButton", "NewButtonWithIcon", "NewLabel", "NewLabelWithStyle", "NewCheck", "NewMenuItem", "NewFormItem", "NewTabItem", "NewCustom",
		"NewCustomConfirm", "NewCustomWithoutButtons", "NewForm", "NewConfirm", "NewInformation", "NewKeyCatcher", "SetToolTip", "SetPlaceHolder",
		"SetText", "showError", "showDone", "offer", "tell", "show",
	}
	eachFile(t, func(name string, f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			called := ""
			switch fun := call.Fun.(type) {
			case *ast.SelectorExpr:
				called = fun.Sel.Name
			case *ast.Ident:
				called = fun.Name
			}
			if !slices.Contains(shows, called) {
				return true
			}
			for _, arg := range call.Args {
				if text, ok := arg.(*ast.BasicLit); ok && text.Kind == token.STRING && strings.ContainsFunc(text.Value, unicode.IsLetter) && text.Value != `"1:1"` {
					t.Errorf("%s: %s(%s): want tr or trf around the text", name, called, text.Value)
				}
			}
			return true
		})
	})
}

// TestOneWayToTheWidgets: background work reaches widgets through one function
// in one file, and one file knows the native dialogs.
func TestOneWayToTheWidgets(t *testing.T) {
	var do, native []string
	eachFile(t, func(name string, f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "fyne" && (s.Sel.Name == "Do" || s.Sel.Name == "DoAndWait") {
					do = append(do, name)
				}
			}
			return true
		})
		for _, i := range f.Imports {
			if i.Path.Value == `"github.com/sqweek/dialog"` {
				native = append(native, name)
			}
		}
	})
	if len(do) != 1 || do[0] != "dispatch.go" {
		t.Errorf("fyne.Do is called in %v, want once, in dispatch.go", do)
	}
	if len(native) != 1 {
		t.Errorf("the native dialogs are imported in %v, want one file", native)
	}
}
