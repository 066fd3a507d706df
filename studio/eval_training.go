package studio

import (
	"fmt"
	"path/filepath"

	"ebmstudio/evaluation"
	"ebmstudio/training"
)

// Names under which all families measure their energies.
const (
	measuredData    = "energy_data"
	measuredSamples = "energy_samples"
)

// training looks at the measurements of the runs that were named; nil for none.
func (e *evalRun) training() (*evaluation.Training, error) {
	var runs []evaluation.TrainingRun
	for _, dir := range e.request.Training {
		r, err := trainingRun(dir)
		if err != nil {
			return nil, EvalRefused{err}
		}
		runs = append(runs, r)
	}
	if len(runs) == 0 {
		return nil, nil
	}
	t, err := evaluation.TrainingOf(runs)
	if err != nil {
		return nil, EvalRefused{err}
	}
	return &t, nil
}

// trainingRun reads a run's history.
func trainingRun(dir string) (r evaluation.TrainingRun, err error) {
	entries, err := training.ReadHistory(dir)
	if err != nil {
		return r, fmt.Errorf("training %q: %w", dir, err)
	}
	r.Name = filepath.Base(dir)
	for _, entry := range entries {
		data, has := entry.Metrics[measuredData]
		if !has && entry.Diverged == "" {
			return r, fmt.Errorf("training %q: found no energies among its measurements, want the folder of a model's run", dir)
		}
		r.Memory, r.Diverged = max(r.Memory, entry.Resident), entry.Diverged
		if has {
			r.Measured = append(r.Measured, evaluation.Measured{Iteration: entry.Iteration, Seconds: entry.Seconds, Data: data, Samples: entry.Metrics[measuredSamples]})
		}
	}
	if len(r.Measured) == 0 {
		return r, fmt.Errorf("training %q: found no measurements, want the folder of a run (%s)", dir, training.HistoryFile)
	}
	return r, nil
}
