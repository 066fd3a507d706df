package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ebmstudio/models"
	"ebmstudio/models/cdrl"
	"ebmstudio/models/judge"
	"ebmstudio/resources"
	"ebmstudio/sampling"
	"ebmstudio/studio"
)

// stepsALevel are the paper's: the trained number and its faster samplings.
var stepsALevel = []int{15, 8, 5, 3}

// samplingTimes is figure 10, a table of its own: the bundled models with fewer steps
// a level, time and quality beside each other.
func (b *bench) samplingTimes(ctx context.Context) error {
	nets, err := b.cdrlNets()
	if err != nil {
		return err
	}
	if b.xla == nil {
		skipped("CDRL with fewer steps a level", "", b.noXLA).write(b.out)
		return nil
	}
	fmt.Fprintf(b.out, "\nCDRL, whole chains of a class on %s.\n\n", b.xla.Device)
	row{"model", "steps a level", "time", "of 15 steps'", "as asked, by the judge", "KID"}.write(b.out)
	row{"---", "---:", "---:", "---:", "---:", "---:"}.write(b.out)
	for _, n := range nets {
		if n.name == cdrlAuthors {
			continue
		}
		if err := b.samplingTimesOf(ctx, n); err != nil {
			return fmt.Errorf("%s: %w", n.name, err)
		}
	}
	return nil
}

func (b *bench) samplingTimesOf(ctx context.Context, n cdrlNet) error {
	m, err := n.open(b.xla.Backend)
	if err != nil {
		return err
	}
	batch := b.batches()[1]
	var turns []turn
	for _, steps := range stepsALevel {
		t, err := wholeChains(ctx, m, sampling.Settings{"steps": float64(steps)}, batch)
		if err != nil {
			return err
		}
		turns = append(turns, t)
	}
	took, err := rotate(min(b.rounds, 3), turns...)
	if err != nil {
		return err
	}
	for i, steps := range stepsALevel {
		right, kid := "", ""
		if n.bundled {
			right, kid = b.quality(ctx, n, steps)
		}
		row{
			fmt.Sprintf("%s, %d chains", n.name, batch), fmt.Sprint(steps), fmt.Sprintf("%.3g s", took[i].Seconds()),
			fmt.Sprintf("%.2f", float64(took[i])/float64(took[0])), right, kid,
		}.write(b.out)
	}
	return nil
}

// wholeChains walks a plan from noise to pictures, of the first class where there are
// classes.
func wholeChains(ctx context.Context, m *models.Model, s sampling.Settings, batch int) (turn, error) {
	var terms []sampling.Term
	if len(m.Labels) > 0 {
		class, err := m.At(models.Given{Label: []int{0}})
		if err != nil {
			return nil, err
		}
		terms = []sampling.Term{{Weight: 1, Energy: class}}
	}
	plan, err := m.Plan(terms, s)
	if err != nil {
		return nil, err
	}
	if _, err := models.Warm(plan, batch); err != nil {
		return nil, err
	}
	key := sampling.NewKey(1)
	return func() (time.Duration, error) {
		began := time.Now()
		for _, err := range sampling.Run(ctx, key, m.Start(key, batch), plan) {
			if err != nil {
				return 0, err
			}
		}
		return time.Since(began), nil
	}, nil
}

// quality is what "ebm eval" says of samples with so many steps a level: how many are
// what was asked, single classes or attributes, beside real pictures, and their kernel
// distance beside that of real ones. What keeps it from being measured is said instead.
func (b *bench) quality(ctx context.Context, n cdrlNet, steps int) (right, kid string) {
	report, err := b.evaluate(ctx, n, steps)
	if err != nil || len(report.Cells) == 0 {
		why, _, _ := strings.Cut(fmt.Sprint(err), "\n")
		return "not measured: " + why, ""
	}
	cell := report.Cells[0]
	low, high := cell.Asked.Interval()
	right = fmt.Sprintf("%.1f %% (%.0f to %.0f), real ones %.1f %%", 100*cell.Asked.Value(), 100*low, 100*high, 100*cell.Real.Value())
	if cell.KID != nil {
		kid = fmt.Sprintf("%.3f", *cell.KID)
		if cell.RealKID != nil {
			kid += fmt.Sprintf(", real ones %.3f", *cell.RealKID)
		}
	}
	return right, kid
}

// samplesJudged is how many samples are judged for a row.
func (b *bench) samplesJudged() int {
	if b.quick {
		return 8
	}
	return 500
}

func (b *bench) evaluate(ctx context.Context, n cdrlNet, steps int) (report studio.EvalReport, err error) {
	s := studio.New(studio.Config{
		Families: []models.Family{cdrl.Family(), judge.Family()},
		Engine:   asStudio(b.xla),
	})
	defer s.Close()
	o, err := s.Open(ctx, n.checkpoint, studio.Options{})
	if err != nil {
		return report, err
	}
	data, ok := studio.DataOf(o.Model.Labels)
	if !ok {
		return report, errors.New("its classes are those of no known data")
	}
	rows := []string{"classes"}
	if len(o.Model.Attributes) > 0 {
		rows = []string{"singles"}
	}
	for _, j := range resources.Judges() {
		referee, err := s.OpenBytes(ctx, j.Name, j.Data, studio.Options{})
		if err != nil {
			return report, err
		}
		m, r := o.Model, referee.Model
		if m.C != r.C || m.H != r.H || m.W != r.W || !slices.Equal(m.Labels, r.Labels) {
			continue
		}
		return s.Evaluate(ctx, studio.EvalRequest{
			Model: o, Judge: referee, Data: data, Count: b.samplesJudged(), Seed: 1, Sampler: studio.SamplerFamily,
			Settings: sampling.Settings{"steps": float64(steps)}, Rows: rows, Columns: []string{"both"},
		})
	}
	return report, errors.New("no bundled judge fits")
}
