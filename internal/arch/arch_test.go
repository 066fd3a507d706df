package arch

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module = "ebmstudio"
	root   = "../.."
)

// equipment is what tests may import besides the line of their package.
var equipment = []string{"checkpoint", "internal/badluck", "internal/fixtures", "internal/engine", "internal/engine/enginetest", "models/zoo", "resources", "studio/studiotest", "training/trainingtest"}

// source is one Go file: its package's folder, its path, its imports.
type source struct {
	dir, path string
	test      bool
	imports   []string
}

// sources reads the import lines of every Go file of the module; nothing is built.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); p != root && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "bin" || name == "out") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		s := source{dir: path.Dir(filepath.ToSlash(rel)), path: filepath.ToSlash(rel), test: strings.HasSuffix(p, "_test.go")}
		for _, spec := range f.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, name)
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// block returns the lines of the fenced block of ARCHITECTURE.md with that name.
func block(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "```"+name+"\n")
	body, _, closed := strings.Cut(rest, "\n```")
	if !found || !closed {
		t.Fatalf("ARCHITECTURE.md: no block ```%s", name)
	}
	return strings.Split(body, "\n")
}

// arrow is a line of the table: packages and what they may import. A * stands for
// any one name.
type arrow struct {
	from string
	to   []string
}

// table reads the drawn arrows.
func table(t *testing.T) []arrow {
	t.Helper()
	var drawn []arrow
	for _, line := range block(t, "imports") {
		from, to, ok := strings.Cut(line, "->")
		if !ok {
			t.Fatalf("ARCHITECTURE.md: import table: found %q, want \"package -> packages\"", line)
		}
		targets := strings.Fields(to)
		if slices.Equal(targets, []string{"-"}) {
			targets = nil
		}
		drawn = append(drawn, arrow{strings.TrimSpace(from), targets})
	}
	return drawn
}

// fits reports whether a package is one that the table's pattern means.
func fits(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// stray lists the imports that the table does not draw.
func stray(drawn []arrow, all []source) []string {
	var found []string
	for _, s := range all {
		i := slices.IndexFunc(drawn, func(a arrow) bool { return fits(a.from, s.dir) })
		var line []string
		if i >= 0 {
			line = drawn[i].to
		} else if !s.test {
			found = append(found, s.path+": package "+s.dir+" has no line in the import table of ARCHITECTURE.md")
			continue
		}
		for _, name := range s.imports {
			to, ours := strings.CutPrefix(name, module+"/")
			switch {
			case !ours || to == s.dir:
			case s.test && (i < 0 || slices.Contains(equipment, to)):
			case !slices.ContainsFunc(line, func(pattern string) bool { return fits(pattern, to) }):
				found = append(found, fmt.Sprintf("%s imports %s; %s may import only: %s", s.path, to, s.dir, strings.Join(line, " ")))
			}
		}
	}
	return found
}

func TestImportsAreDrawn(t *testing.T) {
	for _, fault := range stray(table(t), sources(t)) {
		t.Error(fault)
	}
}

// The check itself must be able to fail.
func TestStrayArrowsAreFound(t *testing.T) {
	drawn := []arrow{{"sampling", nil}, {"ui", []string{"studio"}}, {"models/zoo", []string{"models/*"}}, {"models/*", []string{"models"}}}
	faults := stray(drawn, []source{
		{dir: "ui", path: "ui/a.go", imports: []string{"ebmstudio/studio", "fmt"}},
		{dir: "ui", path: "ui/b_test.go", test: true, imports: []string{"ebmstudio/internal/engine"}},
		{dir: "ui", path: "ui/c.go", imports: []string{"ebmstudio/models/clel"}},
		{dir: "sampling", path: "sampling/d.go", imports: []string{"ebmstudio/models"}},
		{dir: "models/zoo", path: "models/zoo/e.go", imports: []string{"ebmstudio/models/clel"}},
		{dir: "models/clel", path: "models/clel/f.go", imports: []string{"ebmstudio/models", "ebmstudio/models/cdrl"}},
		{dir: "extra", path: "extra/g.go"},
	})
	if len(faults) != 4 {
		t.Errorf("found %d faults, want 4 (ui/c.go, sampling/d.go, models/clel/f.go, extra/g.go): %q", len(faults), faults)
	}
}

// Families never import one another, whatever the table says.
func TestFamiliesAreApart(t *testing.T) {
	for _, s := range sources(t) {
		if path.Dir(s.dir) != "models" || s.dir == "models/zoo" {
			continue
		}
		for _, name := range s.imports {
			if to, ours := strings.CutPrefix(name, module+"/"); ours && to != s.dir && path.Dir(to) == "models" && !s.test {
				t.Errorf("%s imports %s: families never import one another", s.path, to)
			}
		}
	}
}

func TestStandardLibraryOnly(t *testing.T) {
	for _, s := range sources(t) {
		if s.dir != "sampling" && s.dir != "evaluation" && s.dir != "ui/paint" && s.dir != "internal/arch" {
			continue
		}
		for _, name := range s.imports {
			if first, _, _ := strings.Cut(name, "/"); strings.Contains(first, ".") {
				t.Errorf("%s imports %s: %s uses the standard library only", s.path, name, s.dir)
			}
		}
	}
}

func TestLibrariesHaveOneImporter(t *testing.T) {
	all := sources(t)
	for _, library := range block(t, "confined") {
		importers := map[string]bool{}
		for _, s := range all {
			for _, name := range s.imports {
				if name == library || strings.HasPrefix(name, library+"/") {
					importers[s.dir] = true
				}
			}
		}
		if len(importers) > 1 {
			t.Errorf("%s has the importers %s, want one", library, strings.Join(slices.Sorted(maps.Keys(importers)), ", "))
		}
	}
}

// Background work reaches widgets through one function, so fyne.Do and its
// sister stand in one file of ui.
func TestFyneDoInOneFile(t *testing.T) {
	callers := map[string]bool{}
	for _, s := range sources(t) {
		if s.test || !slices.Contains(s.imports, "fyne.io/fyne/v2") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, s.path), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "fyne" && (sel.Sel.Name == "Do" || sel.Sel.Name == "DoAndWait") {
				callers[s.path] = true
			}
			return true
		})
	}
	names := slices.Sorted(maps.Keys(callers))
	if len(names) > 1 {
		t.Errorf("fyne.Do is used in %s, want one file", strings.Join(names, ", "))
	}
	for _, name := range names {
		if path.Dir(name) != "ui" {
			t.Errorf("fyne.Do is used in %s, want a file of ui", name)
		}
	}
}

func TestCommandLineNeverLinksFyne(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "./cmd/ebm")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list -deps ./cmd/ebm: %v\n%s", err, stderr.String())
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, module+"/cmd/ebm") {
		t.Fatalf("go list -deps ./cmd/ebm: found no %s/cmd/ebm among %d packages", module, len(deps))
	}
	for _, dep := range deps {
		if strings.HasPrefix(dep, "fyne.io/") || strings.HasPrefix(dep, "github.com/sqweek/dialog") || strings.Contains(dep, "go-gl/") {
			t.Errorf("cmd/ebm links %s: the command line never links the window toolkit", dep)
		}
	}
}
