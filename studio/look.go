package studio

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"ebmstudio/checkpoint"
)

// Opaque is a value of a class that a checkpoint names and the reader does not
// know; see checkpoint.Opaque.
type Opaque = checkpoint.Opaque

// Look reads a checkpoint of any family or none, without building its model: for
// lists of what a file holds. Look.Tensors works; Model is nil.
func Look(path string) (*Opened, error) {
	file, err := guard(func() (*checkpoint.File, error) { return checkpoint.Open(path) })
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", path, err)
	}
	return &Opened{Path: abs, Name: filepath.Base(path), SHA256: file.SHA256, File: file}, nil
}

// LookBytes is Look for a bundled checkpoint; name is what people call it.
func LookBytes(name string, data []byte) (*Opened, error) {
	file, err := guard(func() (*checkpoint.File, error) { return checkpoint.Read(name, data) })
	if err != nil {
		return nil, err
	}
	return &Opened{Name: name, SHA256: file.SHA256, File: file}, nil
}

// SaveTensors writes tensors of a checkpoint, in file order and with its
// metadata, as .safetensors or .npz (which holds no metadata). Where only is not
// empty, tensors whose name begins with none of its prefixes are left out. It
// returns how many were written.
func (o *Opened) SaveTensors(path string, only []string) (int, error) {
	if err := CheckArrayFile(path); err != nil {
		return 0, err
	}
	var named []checkpoint.Named
	for _, name := range o.File.Names {
		begins := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
		if len(only) == 0 || slices.ContainsFunc(only, begins) {
			named = append(named, checkpoint.Named{Name: name, Tensor: o.File.Tensors[name]})
		}
	}
	if len(named) == 0 {
		return 0, fmt.Errorf("save %q: none of the %d tensors of %s begins with %s", path, len(o.File.Names), o.Name, strings.Join(only, " or "))
	}
	metadata := o.File.Metadata
	if strings.EqualFold(filepath.Ext(path), ".npz") {
		metadata = nil
	}
	return len(named), checkpoint.Write(path, named, metadata)
}

// SaveRecipe writes a recipe as a JSON file, whole or not at all.
func SaveRecipe(path string, r Recipe) error {
	data := r.JSON()
	if data == nil {
		return fmt.Errorf("save %q: the recipe holds a number that is not finite", path)
	}
	return writeFiles(outFile{path, data})
}
