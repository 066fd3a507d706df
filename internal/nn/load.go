package nn

import (
	"fmt"
	"slices"
	"strings"

	"ebmstudio/checkpoint"
)

// Loading picks a network's arrays out of a file, strictly: it collects every
// tensor that is missing, unused, misshapen or not finite, for one error.
type Loading struct {
	file                                *checkpoint.File
	missing, unused, misshapen, invalid []string
}

// Load starts reading arrays from a file.
func Load(f *checkpoint.File) *Loading { return &Loading{file: f} }

// Part reads the arrays of the specs, named prefix+name in the file. Tensors with
// the prefix that no spec wants are unused, unless ignored says otherwise.
func (l *Loading) Part(prefix string, specs []Spec, ignored func(name string) bool) Params {
	wanted := make(map[string]bool, len(specs))
	p := make(Params, 0, len(specs))
	for _, s := range specs {
		name := prefix + s.Name
		wanted[name] = true
		t, ok := l.file.Tensors[name]
		switch {
		case !ok:
			l.missing = append(l.missing, name)
		case !slices.Equal(t.Shape, s.Shape):
			l.misshapen = append(l.misshapen, fmt.Sprintf("%s: found %v, want %v", name, t.Shape, s.Shape))
		default:
			p = append(p, Param{s.Name, l.array(name, t)})
		}
	}
	for _, name := range l.file.Names {
		rest, ours := strings.CutPrefix(name, prefix)
		if ours && !wanted[name] && !ignored(rest) {
			l.unused = append(l.unused, name)
		}
	}
	return p
}

func (l *Loading) array(name string, t checkpoint.Tensor) Array {
	data, err := t.Float32s()
	if err != nil {
		l.invalid = append(l.invalid, fmt.Sprintf("%s: %v", name, err))
		return Array{}
	}
	if n := notFinite(data); n > 0 {
		l.invalid = append(l.invalid, fmt.Sprintf("%s: %d of %d values are NaN or infinite", name, n, len(data)))
	}
	return Array{Shape: slices.Clone(t.Shape), Data: data}
}

// Missing notes tensors whose absence hides the network's structure.
func (l *Loading) Missing(names ...string) { l.missing = append(l.missing, names...) }

// Err is nil where every part was complete; otherwise it says everything that was
// wrong: `load "last.ckpt" as clel: 3 tensors missing (...), 2 unused (...)`.
func (l *Loading) Err(family string) error {
	var parts []string
	for _, kind := range []struct {
		what  string
		names []string
	}{{"missing", l.missing}, {"unused", l.unused}, {"misshapen", l.misshapen}, {"with unusable values", l.invalid}} {
		if n := len(kind.names); n > 0 {
			noun := ""
			if len(parts) == 0 {
				noun = "tensors "
				if n == 1 {
					noun = "tensor "
				}
			}
			parts = append(parts, fmt.Sprintf("%d %s%s (%s)", n, noun, kind.what, firstFew(kind.names)))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return fmt.Errorf("load %q as %s: %s", l.file.Path, family, strings.Join(parts, ", "))
}

// firstFew joins up to four names.
func firstFew(names []string) string {
	const few = 4
	if len(names) > few {
		names = append(slices.Clone(names[:few]), "...")
	}
	return strings.Join(names, ", ")
}
