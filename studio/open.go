package studio

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Opened is a checkpoint in the studio. It is all in memory: the file may be
// deleted or changed while it is open.
type Opened struct {
	ID      string // unique in the studio
	Path    string // absolute; empty for a bundled model
	Name    string // for people: the file's name
	SHA256  string // of the whole file, hex
	Weights string // "ema" or "raw"; empty where the model does not say which it took
	Net     map[string]string
	File    *checkpoint.File // nil of several models as one
	Model   *models.Model
	Op      string // of several models as one: "mix", or the operation of Join
	Parts   []Part // in order

	lock sync.Mutex
	warm map[string]bool // evaluations that are compiled
}

// Ref is the reference a recipe keeps to this checkpoint.
func (o *Opened) Ref() CheckpointRef {
	ref := CheckpointRef{Name: o.Name, SHA256: o.SHA256, Weights: o.Weights, Net: maps.Clone(o.Net), Op: o.Op}
	for _, p := range o.Parts {
		ref.Parts = append(ref.Parts, PartRef{CheckpointRef: p.Opened.Ref(), As: p.As, Label: p.Label})
	}
	return ref
}

// Knobs are what the recipe's sampler lets a person turn.
func (o *Opened) Knobs(sampler string) ([]sampling.Knob, error) { return knobsOf(o.Model, sampler) }

// Open reads a checkpoint of any family and builds its model. The same file with
// the same options is built once; a file that has changed is built anew, and
// what was open stays as it was.
func (s *Studio) Open(ctx context.Context, path string, opt Options) (*Opened, error) {
	s.openLock.Lock()
	defer s.openLock.Unlock()
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", path, err)
	}
	file, err := guard(func() (*checkpoint.File, error) { return checkpoint.Open(path) })
	if err != nil {
		return nil, err
	}
	return s.build(ctx, abs, filepath.Base(path), file, opt)
}

// OpenBytes is Open for a bundled checkpoint; name is what people call it.
func (s *Studio) OpenBytes(ctx context.Context, name string, data []byte, opt Options) (*Opened, error) {
	s.openLock.Lock()
	defer s.openLock.Unlock()
	file, err := guard(func() (*checkpoint.File, error) { return checkpoint.Read(name, data) })
	if err != nil {
		return nil, err
	}
	if file.SHA256 == "" {
		sum := sha256.Sum256(data)
		file.SHA256 = hex.EncodeToString(sum[:])
	}
	return s.build(ctx, "", name, file, opt)
}

// Models lists what is open, in the order of opening.
func (s *Studio) Models() []*Opened {
	s.lock.Lock()
	defer s.lock.Unlock()
	return slices.Clone(s.opened)
}

// Find returns an open model with the weights a recipe was made for, nil where
// there is none.
func (s *Studio) Find(ref CheckpointRef) *Opened {
	for _, o := range s.Models() {
		if o.SHA256 == ref.SHA256 && o.Weights == ref.Weights && maps.Equal(o.Net, ref.Net) {
			return o
		}
	}
	return nil
}

// Forget takes a model off the list; its memory is free once no job uses it.
func (s *Studio) Forget(o *Opened) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.opened = slices.DeleteFunc(s.opened, func(other *Opened) bool { return other == o })
}

func (s *Studio) build(ctx context.Context, path, name string, file *checkpoint.File, opt Options) (*Opened, error) {
	id := openID(path, name, file.SHA256, opt)
	for _, o := range s.Models() {
		if o.ID == id {
			return o, nil
		}
	}
	family, err := s.familyOf(name, file)
	if err != nil {
		return nil, err
	}
	engine, err := s.Engine(ctx)
	if err != nil {
		return nil, err
	}
	model, err := guard(func() (*models.Model, error) { return family.Open(engine.Backend, file, opt) })
	if err != nil {
		return nil, err
	}
	if model.Name == "" {
		model.Name = strings.TrimSuffix(name, filepath.Ext(name))
	}
	o := &Opened{
		ID: id, Path: path, Name: name, SHA256: file.SHA256, Weights: weightsOf(model, opt),
		Net: maps.Clone(opt.Net), File: file, Model: model, warm: map[string]bool{},
	}
	s.lock.Lock()
	s.opened = append(s.opened, o)
	s.lock.Unlock()
	return o, nil
}

// weightsOf is which weights a model took: those asked for, or what it says.
func weightsOf(m *models.Model, opt Options) string {
	i := slices.IndexFunc(m.Facts, func(f models.Fact) bool { return f.Name == "weights" })
	if opt.Weights == "" && i >= 0 {
		return m.Facts[i].Value
	}
	return opt.Weights
}

// openID tells two openings apart: path, content and options.
func openID(path, name, sum string, opt Options) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %q %s %s", path, name, sum, opt.Weights)
	for _, k := range slices.Sorted(maps.Keys(opt.Net)) {
		fmt.Fprintf(&b, " %q=%q", k, opt.Net[k])
	}
	id := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(id[:8])
}

// familyOf finds the family whose files look like this one.
func (s *Studio) familyOf(name string, file *checkpoint.File) (models.Family, error) {
	var titles []string
	for _, f := range s.config.Families {
		knows, err := guard(func() (bool, error) { return f.Knows(file), nil })
		if err == nil && knows {
			return f, nil
		}
		titles = append(titles, f.Title)
	}
	found := fmt.Sprintf("%d tensors", len(file.Names))
	if n := min(3, len(file.Names)); n > 0 {
		found += " (" + strings.Join(file.Names[:n], ", ") + ", ...)"
	}
	return models.Family{}, fmt.Errorf("open %q: of no family known here: found %s, want a checkpoint of %s",
		name, found, strings.Join(titles, ", "))
}

// compiled reports whether an evaluation of this kind has run before.
func (o *Opened) compiled(kind string) bool {
	o.lock.Lock()
	defer o.lock.Unlock()
	return o.warm[kind]
}

func (o *Opened) markCompiled(kind string) {
	o.lock.Lock()
	defer o.lock.Unlock()
	o.warm[kind] = true
}
