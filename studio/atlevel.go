package studio

import (
	"fmt"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// AtLevel is the model with the energy of another of its noise levels (CDRL), counted from
// 1, the cleanest, wherever an energy is asked outside a sampler: for maps, cuts, barriers,
// forces and ledgers. Pictures are taken as they are, without the noise that the sampler's
// chains carry there. Level 0 is the cleanest.
func (o *Opened) AtLevel(level int) (*Opened, error) {
	switch n := len(o.Model.Levels); {
	case level == 0 || level == 1 && n > 0:
		return o, nil
	case n == 0:
		return nil, fmt.Errorf("noise level: found %d, but %s has no noise levels", level, o.Name)
	case level < 0 || level > n:
		return nil, fmt.Errorf("noise level: found %d, want 1 (the cleanest) to %d", level, n)
	}
	m := *o.Model
	m.At = func(g models.Given) (sampling.Energy, error) {
		if g.Level == 0 {
			g.Level = level
		}
		return o.Model.At(g)
	}
	return &Opened{
		ID: fmt.Sprintf("%s level %d", o.ID, level), Path: o.Path, Name: o.Name, SHA256: o.SHA256, Weights: o.Weights, Net: o.Net,
		File: o.File, Model: &m, Op: o.Op, Parts: o.Parts, warm: map[string]bool{},
	}, nil
}

// LevelName says which noise level an energy is of, with its log-SNR: "noise level 3 of 6
// (log-SNR 2.1)"; empty for models without levels. Level 0 is the cleanest.
func (o *Opened) LevelName(level int) string {
	n := len(o.Model.Levels)
	level = max(level, 1)
	if level > n {
		return ""
	}
	return fmt.Sprintf("noise level %d of %d (log-SNR %.1f)", level, n, o.Model.Levels[level-1])
}
