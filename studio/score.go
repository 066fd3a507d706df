package studio

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Scores say how far pictures are from what a model was trained on; higher is
// further out of distribution.
type Scores struct {
	Score []float32            // one a picture
	Terms map[string][]float32 // what the score is the sum of, by name
}

// Score scores pictures of the model's size and range (see ReadPictures) ahead
// of training and export, after rendering. Where the family defines no score it
// is the marginal energy.
func (s *Studio) Score(ctx context.Context, o *Opened, x sampling.Images, set sampling.Settings) (Scores, error) {
	return inLane(ctx, s, "score with "+o.Name, urgencyScore, func() (Scores, error) {
		m := o.Model
		if err := x.Check(m.C, m.H, m.W); err != nil {
			return Scores{}, err
		}
		scores, err := scoreOf(m, x, set)
		if err != nil {
			return Scores{}, err
		}
		if noneFinite(scores.Score) {
			return Scores{}, o.notFiniteError()
		}
		return scores, nil
	})
}

func scoreOf(m *models.Model, x sampling.Images, set sampling.Settings) (Scores, error) {
	if m.Score != nil {
		score, terms, err := m.Score(x, set)
		return Scores{Score: score, Terms: terms}, err
	}
	if err := chainable(m); err != nil {
		return Scores{}, err
	}
	e, err := m.At(models.Given{})
	if err != nil {
		return Scores{}, err
	}
	v, err := e.Value(x)
	if err != nil {
		return Scores{}, err
	}
	return Scores{Score: v, Terms: map[string][]float32{"energy": v}}, nil
}

// Encode turns pictures of the model's size and range into unit latents, one row
// a picture.
func (s *Studio) Encode(ctx context.Context, o *Opened, x sampling.Images) ([][]float32, error) {
	return inLane(ctx, s, "encode with "+o.Name, urgencyScore, func() ([][]float32, error) {
		m := o.Model
		if m.Encode == nil {
			return nil, refuse("%s has no encoder, want a model with latents of pictures (CLEL, VAE-EBM)", o.Name)
		}
		if err := x.Check(m.C, m.H, m.W); err != nil {
			return nil, err
		}
		rows, err := m.Encode(x)
		if err != nil {
			return nil, err
		}
		for i, row := range rows {
			if !allFinite(row) {
				return nil, fmt.Errorf("picture %d: its latent has numbers that are not finite", i+1)
			}
		}
		return rows, nil
	})
}

// Aggregate is the latent of a group: the normalised sum of unit latents.
func Aggregate(latents [][]float32) ([]float32, error) { return models.Aggregate(latents) }

// inLane runs one evaluation as a job of the lane and waits for it, or for ctx.
func inLane[T any](ctx context.Context, s *Studio, title string, u urgency, f func() (T, error)) (T, error) {
	var v T
	j := s.newJob(title, u, nil, func(j *Job, _ func() bool) error {
		j.enter(Running)
		got, err := f()
		if err != nil {
			return fmt.Errorf("%s: %w", title, err)
		}
		v = got
		return nil
	}).start()
	if err := j.Wait(ctx); err != nil {
		j.Stop()
		var none T
		return none, err
	}
	if j.Progress().Phase == Stopped { // the studio was closed
		return v, ErrClosed
	}
	return v, nil
}

// sortedNames is a map's keys in order, for output that does not change.
func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
