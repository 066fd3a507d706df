package studio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Concept is a direction of latents with a name, found from example pictures (CLEL,
// section 4.3): what chains under the joint energy are drawn to.
type Concept struct {
	Name   string    `json:"name"`
	SHA256 string    `json:"sha256"` // of the checkpoint whose encoder found it
	Model  string    `json:"model"`  // for people
	Latent []float32 `json:"latent"` // a unit vector
	// Spread is how far the examples lie from it: the mean of 1 - cosine, 0 where all
	// are the same.
	Spread   float64 `json:"spread"`
	Examples int     `json:"examples"`          // how many pictures it was found from
	Picture  []byte  `json:"picture,omitempty"` // the example nearest to it, a PNG file
}

// Term asks for the concept with a weight.
func (c Concept) Term(weight float64) Term {
	return Term{Weight: weight, Name: c.Name, Latents: [][]float32{slices.Clone(c.Latent)}}
}

// HasConcepts reports whether concepts can be found from pictures and asked for: the
// model encodes, and its energy is drawn to latents rather than begun from them.
func HasConcepts(m *models.Model) bool {
	return m.Encode != nil && m.Decode == nil && m.At != nil && m.LatentSize > 0
}

// FindConcept is the concept that example pictures of the model's size share.
func (s *Studio) FindConcept(ctx context.Context, o *Opened, name string, x sampling.Images) (Concept, error) {
	if !HasConcepts(o.Model) {
		return Concept{}, fmt.Errorf("concept %q: the energy of %s is not drawn to latents of pictures", name, o.Name)
	}
	rows, err := s.Encode(ctx, o, x)
	if err != nil {
		return Concept{}, fmt.Errorf("concept %q: %w", name, err)
	}
	c := Concept{Name: strings.TrimSpace(name), SHA256: o.SHA256, Model: o.Model.Name, Examples: x.N}
	if c.Latent, err = models.Aggregate(rows); err != nil {
		return Concept{}, fmt.Errorf("concept %q: %w", name, err)
	}
	best, most := 0, math.Inf(-1)
	for i, z := range rows {
		cosine := dot(z, c.Latent) / max(norm(z), 1e-8)
		c.Spread += (1 - cosine) / float64(x.N)
		if cosine > most {
			best, most = i, cosine
		}
	}
	c.Spread = max(0, c.Spread)
	c.Picture, err = encodePNG(Result{Pictures: x, Lo: o.Model.Lo, Hi: o.Model.Hi}.Picture(best))
	return c, err
}

// conceptsFile is the name of the file in the library's folder that keeps concepts.
const conceptsFile = "concepts.json"

// conceptsVersion is that of the file's form.
const conceptsVersion = 1

const maxConceptName = 40 // letters

// conceptsKept is the file.
type conceptsKept struct {
	Version  int       `json:"version"`
	Concepts []Concept `json:"concepts"`
}

// ReadConcepts are the concepts kept in a library's folder, in the order in which they
// were kept; none where there is no such file yet.
func ReadConcepts(folder string) ([]Concept, error) {
	path := filepath.Join(folder, conceptsFile)
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read concepts %q: %w", path, plain(err))
	}
	var kept conceptsKept
	if err := json.Unmarshal(data, &kept); err != nil {
		return nil, fmt.Errorf("read concepts %q: not a file of concepts: %w\nhint: move the file away to begin a new one", path, err)
	}
	if kept.Version != conceptsVersion {
		return nil, fmt.Errorf("read concepts %q: found version %d, want %d", path, kept.Version, conceptsVersion)
	}
	for i, c := range kept.Concepts {
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("read concepts %q: concept %d: %w", path, i+1, err)
		}
	}
	return kept.Concepts, nil
}

func (c Concept) check() error {
	letters := utf8.RuneCountInString(c.Name)
	switch {
	case letters < 1 || letters > maxConceptName || strings.TrimSpace(c.Name) != c.Name:
		return fmt.Errorf("found the name %q, want 1 to %d letters", c.Name, maxConceptName)
	case strings.ContainsAny(c.Name, "\"'()*|&\n\t"):
		return fmt.Errorf("found the name %q, want one without quotes, parentheses and signs of expressions", c.Name)
	case isOperator(c.Name):
		return fmt.Errorf("found the name %q, want none that is a word of expressions", c.Name)
	case !allFinite(c.Latent) || math.Abs(norm(c.Latent)-1) > 1e-3:
		return fmt.Errorf("%q: found a latent of length %.3g, want a unit vector", c.Name, norm(c.Latent))
	}
	return nil
}

// KeepConcept puts a concept into the file of a library's folder, in the place of the
// one of this name and checkpoint where there is such. The file appears whole or not at
// all; it is read anew first, since another window may have changed it.
func KeepConcept(folder string, c Concept) ([]Concept, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("keep a concept: %w", err)
	}
	return changeConcepts(folder, func(all []Concept) []Concept {
		if i := slices.IndexFunc(all, c.same); i >= 0 {
			all[i] = c
			return all
		}
		return append(all, c)
	})
}

// DropConcept takes a concept out of the file.
func DropConcept(folder string, c Concept) ([]Concept, error) {
	return changeConcepts(folder, func(all []Concept) []Concept { return slices.DeleteFunc(all, c.same) })
}

func (c Concept) same(other Concept) bool {
	return strings.EqualFold(other.Name, c.Name) && other.SHA256 == c.SHA256
}

func changeConcepts(folder string, change func([]Concept) []Concept) ([]Concept, error) {
	all, err := ReadConcepts(folder)
	if err != nil {
		return nil, err
	}
	all = change(all)
	data, err := json.MarshalIndent(conceptsKept{conceptsVersion, all}, "", " ")
	if err != nil {
		return nil, err
	}
	if err := makeDir(folder); err != nil {
		return nil, err
	}
	return all, writeFiles(outFile{filepath.Join(folder, conceptsFile), append(data, '\n')})
}
