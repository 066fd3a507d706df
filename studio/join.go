package studio

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"ebmstudio/models"
)

// Join makes one model of several open ones by an operation: "and" (all of them),
// "not" (all but the last, which is pushed away) or "or" (any of them). They must be
// of one family that can do this, and look at pictures of one size. The result
// computes, samples and replays as any model does; it is not on the list of open models,
// and a recipe of it knows it by a sum of its own (SHA256).
func (s *Studio) Join(op string, parts []*Opened) (*Opened, error) {
	if len(parts) < 2 {
		return nil, fmt.Errorf("join models by %q: found %d, want at least 2", op, len(parts))
	}
	name := parts[0].Model.Family
	i := slices.IndexFunc(s.config.Families, func(f models.Family) bool { return f.Name == name })
	if i < 0 || s.config.Families[i].Compose == nil {
		return nil, fmt.Errorf("join models by %q: family %s composes conditions of one model, not several models", op, name)
	}
	all := make([]*models.Model, len(parts))
	for k, p := range parts {
		if p.Model.Family != name {
			return nil, fmt.Errorf("join models by %q: %s is of the family %s, want %s as %s is", op, p.Name, p.Model.Family, name, parts[0].Name)
		}
		all[k] = p.Model
	}
	m, err := guard(func() (*models.Model, error) { return s.config.Families[i].Compose(op, all) })
	if err != nil {
		return nil, err
	}
	joined := make([]Part, len(parts))
	for k, p := range parts {
		joined[k].Opened = p
	}
	return several(op, m, joined), nil
}

// several is a model made of several open ones.
func several(op string, m *models.Model, parts []Part) *Opened {
	first := parts[0].Opened
	return &Opened{
		Name: m.Name, SHA256: joinedSum(op, parts), Weights: first.Weights, Net: first.Net, Model: m,
		Op: op, Parts: parts, warm: map[string]bool{},
	}
}

// joinedSum tells joined models apart, as the sum of a file does: it depends on the
// operation and on the files, their weights and their options in order.
func joinedSum(op string, parts []Part) string {
	h := sha256.New()
	fmt.Fprintln(h, op)
	for _, p := range parts {
		o := p.Opened
		fmt.Fprintf(h, "%s %q %q", o.SHA256, o.Weights, o.Net) // maps print in the order of their keys
		if op == opMix {
			fmt.Fprintf(h, " %q %q", p.As, p.Label)
		}
		fmt.Fprintln(h)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Assemble makes the model that a recipe is for of its parts, each of which open is
// asked for.
func (s *Studio) Assemble(ref CheckpointRef, open func(CheckpointRef) (*Opened, error)) (*Opened, error) {
	parts, all := make([]Part, len(ref.Parts)), make([]*Opened, len(ref.Parts))
	for k, p := range ref.Parts {
		o, err := open(p.CheckpointRef)
		if err != nil {
			return nil, fmt.Errorf("part %d of %q: %w", k+1, ref.Name, err)
		}
		parts[k], all[k] = Part{Opened: o, As: p.As, Label: p.Label}, o
	}
	if ref.Op == opMix {
		return s.Mix(parts)
	}
	return s.Join(ref.Op, all)
}
