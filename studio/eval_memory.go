package studio

import (
	"context"
	"math"
	"time"

	"ebmstudio/evaluation"
	"ebmstudio/sampling"
)

const (
	// evalMemoryMost samples, and as many held-out pictures, are searched for among the
	// training pictures.
	evalMemoryMost = 256
	// evalTrainMost training pictures are searched; of data without end so many are drawn.
	evalTrainMost  = 60_000
	evalTrainDrawn = 20_000
	searchedAtOnce = 8
)

// pool keeps the first samples, as they were saved, for the memory check.
func (e *evalRun) pool(saved sampling.Images) {
	for i := range saved.N {
		if len(e.pooled) < evalMemoryMost {
			e.pooled = append(e.pooled, saved.Image(i))
		}
	}
}

// memory compares how near samples and held-out pictures come to training pictures.
func (e *evalRun) memory(ctx context.Context, k *real) error {
	if len(e.pooled) == 0 {
		e.leave(partMemory, "there are no samples of the column %s", columnBoth)
		return nil
	}
	if k.told {
		e.leave(partMemory, "no pictures of %s are known to be none of the model's, want folders train and test", e.report.Data)
		return nil
	}
	heldOut := min(k.pictures.N, evalMemoryMost)
	e.begin("training pictures searched", "pictures", len(e.pooled)+heldOut)
	n := min(k.data.Count, evalTrainMost)
	if k.data.Count == math.MaxInt32 {
		n = evalTrainDrawn
	}
	train, err := k.data.Batch(sampling.NewKey(0), 0, n, 0, false)
	if err != nil {
		return err
	}
	var set, others [][]float32
	for i := range train.N {
		set = append(set, train.Image(i))
	}
	for i := range heldOut {
		others = append(others, k.pictures.Image(i))
	}
	ofSamples, err := e.searched(ctx, e.pooled, set)
	if err != nil {
		return err
	}
	ofOthers, err := e.searched(ctx, others, set)
	if err != nil {
		return err
	}
	m, err := evaluation.MemoryOf(ofSamples, ofOthers, len(set))
	if err != nil {
		return err
	}
	e.report.Memory = &m
	return nil
}

// searched are distances from the nearest of a set, until ctx ends.
func (e *evalRun) searched(ctx context.Context, pictures, set [][]float32) (all []float64, err error) {
	for from := 0; from < len(pictures); from += searchedAtOnce {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		began, some := time.Now(), pictures[from:min(from+searchedAtOnce, len(pictures))]
		d, _, err := evaluation.Nearest(some, set)
		if err != nil {
			return nil, err
		}
		all = append(all, d...)
		e.count(len(some), time.Since(began), false)
	}
	return all, nil
}
