package studio

import (
	"fmt"
	"slices"

	"ebmstudio/models"
)

// Join makes one model of several open ones by an operation: "and" (all of them),
// "not" (all but the last, which is pushed away) or "or" (any of them). They must be
// of one family that can do this, and look at pictures of one size. The result
// computes and replays arrays; it is not on the list of open models.
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
	return &Opened{Name: m.Name, Weights: parts[0].Weights, Model: m, warm: map[string]bool{}}, nil
}
