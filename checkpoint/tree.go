package checkpoint

import (
	"fmt"
	"math/big"
	"strconv"
)

// readPickle reads a bare pickle, such as a .pdparams.
func (f *File) readPickle(data []byte, root string, b *budget) error {
	v, n, err := unpickle(data, b, nil)
	if err != nil {
		return err
	}
	if n != len(data) {
		return fmt.Errorf("%d bytes follow the end of the pickle", len(data)-n)
	}
	return f.fill(v, root, b)
}

// fill sets Tree, Names and Tensors from the value of a pickle. Root names a tensor
// that stands alone.
func (f *File) fill(v any, root string, b *budget) error {
	w := &walk{file: f, root: root, budget: b, tensors: map[any]Tensor{}}
	tree, err := w.value(v, "", 0)
	f.Tree = tree
	return err
}

// walk turns the values of a pickle into those of Tree. What is referred to several
// times is written out each time, so that Tree is a tree; budget.node bounds it.
type walk struct {
	file    *File
	root    string
	budget  *budget
	tensors map[any]Tensor // by *view or *ndarray: shared tensors are copied once
}

// value converts v, which path names.
func (w *walk) value(v any, path string, depth int) (any, error) {
	if err := w.budget.node(); err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("%q: nested deeper than %d, or a value contains itself", shorten(path), maxDepth)
	}
	switch v := v.(type) {
	case nil, bool, int64, float64, string:
		return v, nil
	case []byte:
		if err := w.budget.take(int64(len(v)), "bytes"); err != nil {
			return nil, err
		}
		return string(v), nil
	case *big.Int:
		return Opaque{Class: "int", Args: []any{v.String()}}, nil
	case tuple:
		return w.list(v, path, depth)
	case *list:
		return w.list(v.items, path, depth)
	case *dict:
		return w.dict(v, path, depth)
	case *view, *ndarray:
		return w.tensor(v, path, depth)
	case *instance:
		return w.instance(v, path, depth)
	case global:
		return Opaque{Class: string(v)}, nil
	case *npType:
		return Opaque{Class: "numpy.dtype", Args: []any{v.code}}, nil
	case *storage:
		return Opaque{Class: v.class, Args: []any{v.numel}}, nil
	}
	return nil, fmt.Errorf("%q: a value of type %T", shorten(path), v)
}

// join is the path of a child.
func (w *walk) join(path, key string) (string, error) {
	if path == "" {
		return key, nil
	}
	if err := w.budget.take(int64(len(path)+len(key)+1), "long names"); err != nil {
		return "", err
	}
	return path + "." + key, nil
}

func (w *walk) list(items []any, path string, depth int) (any, error) {
	out := make([]any, 0, min(len(items), 1024))
	for i, item := range items {
		child, err := w.join(path, strconv.Itoa(i))
		if err != nil {
			return nil, err
		}
		v, err := w.value(item, child, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (w *walk) dict(d *dict, path string, depth int) (any, error) {
	keys, values := d.fold()
	out := make(map[string]any, min(len(keys), 1024))
	for i, key := range keys {
		if err := w.budget.node(); err != nil {
			return nil, err
		}
		// A resumed run's EasyDict holds its own methods among its items.
		if bound, ok := values[i].(*instance); ok && d.class != "" && canonical(bound.class) == "builtins.getattr" {
			continue
		}
		child, err := w.join(path, key)
		if err != nil {
			return nil, err
		}
		v, err := w.value(values[i], child, depth+1)
		if err != nil {
			return nil, err
		}
		out[key] = v
	}
	return out, nil
}

// instance lists what is known of a value. The tensors in it are found by name where
// it behaves as a mapping or a list, otherwise in its attributes.
func (w *walk) instance(v *instance, path string, depth int) (any, error) {
	o := Opaque{Class: v.class}
	silent := *w
	silent.file = &File{Tensors: map[string]Tensor{}}
	args, err := silent.list(v.args, path, depth+1)
	if err != nil {
		return nil, err
	}
	o.Args = args.([]any)
	named := &silent
	if v.dict == nil && v.list == nil {
		named = w
	}
	if v.state != nil {
		if o.State, err = named.value(v.state, path, depth+1); err != nil {
			return nil, err
		}
	}
	switch {
	case v.dict != nil:
		o.Items, err = w.dict(v.dict, path, depth+1)
	case v.list != nil:
		o.Items, err = w.list(v.list.items, path, depth+1)
	}
	return o, err
}

// tensor names a tensor, or lists an array of a type that is not known.
func (w *walk) tensor(v any, path string, depth int) (any, error) {
	if path == "" {
		path = w.root
	}
	t, done := w.tensors[v]
	if !done {
		var err error
		switch v := v.(type) {
		case *view:
			t, err = v.tensor(w.budget)
		case *ndarray:
			if v.dtype != nil && v.dtype.name() == "" {
				return w.value(&instance{class: "numpy.ndarray of " + v.dtype.code}, path, depth+1)
			}
			t, err = v.tensor(w.budget)
		}
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", shorten(path), err)
		}
		w.tensors[v] = t
	}
	return t, w.file.add(path, t)
}

// add appends a tensor to the file.
func (f *File) add(name string, t Tensor) error {
	if _, twice := f.Tensors[name]; twice {
		return fmt.Errorf("two tensors are named %q", shorten(name))
	}
	f.Names = append(f.Names, name)
	f.Tensors[name] = t
	return nil
}

// fold gives the keys as texts, each once, in the order of their first appearance,
// with the value that was set last. It also leaves the mapping so: a mapping that is
// referred to often is folded once.
func (d *dict) fold() (keys []string, values []any) {
	at := make(map[string]int, len(d.keys))
	n := 0
	for i, k := range d.keys {
		key := keyText(k, i)
		j, twice := at[key]
		if !twice {
			j, n = n, n+1
			at[key] = j
			keys = append(keys, key)
		}
		d.keys[j], d.values[j] = key, d.values[i]
	}
	d.keys, d.values = d.keys[:n], d.values[:n]
	return keys, d.values
}

// get is the last value set for a text key.
func (d *dict) get(key string) (any, bool) {
	for i := len(d.keys) - 1; i >= 0; i-- {
		if d.keys[i] == key {
			return d.values[i], true
		}
	}
	return nil, false
}

// keyText writes a key as part of a name. Keys that are neither texts nor numbers,
// such as tuples, are named by their position: "#3".
func keyText(k any, position int) string {
	switch k := k.(type) {
	case string:
		return k
	case []byte:
		return string(k)
	case int64:
		return strconv.FormatInt(k, 10)
	case float64:
		return strconv.FormatFloat(k, 'g', -1, 64)
	case bool:
		return map[bool]string{true: "True", false: "False"}[k]
	case nil:
		return "None"
	}
	return "#" + strconv.Itoa(position)
}

// shorten keeps a name from a file short enough for an error.
func shorten(s string) string {
	if len(s) > 120 {
		return s[:60] + "..." + s[len(s)-50:]
	}
	return s
}
