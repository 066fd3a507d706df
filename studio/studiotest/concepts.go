package studiotest

import (
	"fmt"
	"math"
	"slices"

	"ebmstudio/models"
	"ebmstudio/sampling"
	"ebmstudio/studio"
)

// Concepts makes the patterns of an opened model its classes.
func Concepts(o *studio.Opened) {
	m, shapes := o.Model, patterns()
	m.Labels = []string{"ring", "cross", "shirt", "bars"}
	plain := m.At
	m.At = func(g models.Given) (sampling.Energy, error) {
		if len(g.Label) != 1 {
			return plain(g)
		}
		if g.Label[0] < 0 || g.Label[0] >= len(shapes) {
			return nil, fmt.Errorf("condition: found label %d, want 0 to %d", g.Label[0], len(shapes)-1)
		}
		return &nearest{patterns: shapes[g.Label[0] : g.Label[0]+1]}, nil
	}
}

// Guided gives an opened model guidance on three noise levels, which its sampler takes
// and leaves aside.
func Guided(o *studio.Opened) {
	m := o.Model
	m.Levels = []float64{9, 3, -3}
	m.Knobs = append(slices.Clone(m.Knobs), sampling.Knob{Name: "guidance", Title: "Guidance", Max: 10})
	for i := range m.Levels {
		m.Knobs = append(m.Knobs, sampling.Knob{Name: fmt.Sprintf("guidance_%d", i+1), Title: "Guidance on a level", Max: 2, Default: 1})
	}
}

// Levels gives an opened model three noise levels; the energy of level n is n times that of
// the cleanest.
func Levels(o *studio.Opened) {
	m := o.Model
	m.Levels = []float64{9, 3, -3}
	plain := m.At
	m.At = func(g models.Given) (sampling.Energy, error) {
		level := max(1, g.Level)
		g.Level = 0
		e, err := plain(g)
		return sampling.Sum{{Weight: float64(level), Energy: e}}, err
	}
}

// Generator gives an opened model latents of a number a pattern, a generator that
// mixes the patterns by them, paler than they are, and the encoder that goes back.
func Generator(o *studio.Opened) {
	m, shapes := o.Model, patterns()
	m.LatentSize = len(shapes)
	plain, plan := m.At, m.Plan
	m.Decode = func(latents [][]float32, _ models.Given) (sampling.Images, error) {
		x := sampling.NewImages(len(latents), m.C, m.H, m.W)
		for i, z := range latents {
			mixed(x.Image(i), z, shapes)
		}
		return x, nil
	}
	m.Encode = func(x sampling.Images) ([][]float32, error) {
		rows := make([][]float32, x.N)
		for i := range rows {
			rows[i] = make([]float32, len(shapes))
			for k, p := range shapes {
				rows[i][k] = float32(4 / (1 + squared(x.Image(i), p)))
			}
		}
		return rows, nil
	}
	m.Start = func(k sampling.Key, n int) sampling.Images {
		z := sampling.NewImages(n, len(shapes), 1, 1)
		if err := k.Normals(sampling.StreamStart, 0, z); err != nil {
			return sampling.Images{} // the studio refuses it by its shape
		}
		x := sampling.NewImages(n, m.C, m.H, m.W)
		for i := range n {
			mixed(x.Image(i), z.Image(i), shapes)
		}
		return x
	}
	m.At = func(g models.Given) (sampling.Energy, error) {
		e, err := plain(models.Given{Label: g.Label})
		return begun{e, g.Latent}, err
	}
	m.Plan = func(terms []sampling.Term, s sampling.Settings) (sampling.Plan, error) {
		p, err := plan(terms, s)
		if err != nil || len(terms) == 0 {
			return p, err
		}
		from, ok := terms[0].Energy.(begun)
		if !ok || len(from.latents) == 0 {
			return p, nil
		}
		start := func(sampling.Key, int, sampling.Images) (sampling.Images, error) {
			return m.Decode(from.latents, models.Given{})
		}
		return append(sampling.Plan{{Name: "generator", Energy: from, Start: start}}, p...), nil
	}
}

// begun is an energy whose chains begin with what latents generate.
type begun struct {
	sampling.Energy
	latents [][]float32
}

// mixed puts the patterns together, each as much as its latent is large.
func mixed(row, latent []float32, shapes [][]float32) {
	var total float64
	for _, v := range latent {
		total += math.Abs(float64(v))
	}
	for k, p := range shapes {
		share := math.Abs(float64(latent[k])) / math.Max(total, 1e-6)
		for i, v := range p {
			row[i] += float32(0.7*share) * v
		}
	}
}

// Latents gives an opened model latents of a number a pattern without a generator: the
// energy under one is that of the pattern of its largest number, and the encoder says
// how near a picture is to each pattern. The first two patterns are classes.
func Latents(o *studio.Opened) {
	m, shapes := o.Model, patterns()
	m.LatentSize, m.Labels = len(shapes), []string{"ring", "cross"}
	m.LabelLatents = [][]float32{{1, 0, 0, 0}, {0, 1, 0, 0}}
	plain := m.At
	m.At = func(g models.Given) (sampling.Energy, error) {
		rows := g.Latent
		for _, label := range g.Label {
			rows = append(rows, m.LabelLatents[label])
		}
		if len(rows) == 0 {
			return plain(g)
		}
		largest := 0
		for k, v := range rows[0] {
			if v > rows[0][largest] {
				largest = k
			}
		}
		return &nearest{patterns: shapes[largest : largest+1]}, nil
	}
	m.Encode = func(x sampling.Images) ([][]float32, error) {
		rows := make([][]float32, x.N)
		for i := range rows {
			near := make([]float32, len(shapes))
			for k, p := range shapes {
				near[k] = float32(1 / (1 + squared(x.Image(i), p)))
			}
			var err error
			if rows[i], err = models.Aggregate([][]float32{near}); err != nil {
				return nil, err
			}
		}
		return rows, nil
	}
}
