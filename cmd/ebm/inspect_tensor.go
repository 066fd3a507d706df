package main

import (
	"fmt"
	"slices"
	"strings"

	"ebmstudio/studio"
)

// look reads a file, or a bundled model where there is no such file, without building
// what it is the model of.
func look(path string) (*studio.Opened, error) {
	b, ours, err := bundled(path)
	if err != nil {
		return nil, err
	}
	var o *studio.Opened
	if ours {
		o, err = studio.LookBytes(b.Name, b.Data)
	} else {
		o, err = studio.Look(path)
	}
	if err != nil {
		return nil, badInput(absent(path, err))
	}
	return o, nil
}

// histogramOut is a tensor's histogram for a script.
type histogramOut struct {
	tensor
	Values int     `json:"values"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Counts []int   `json:"counts"`
}

// maxBins is far more than a terminal or a plot has room for.
const maxBins = 4096

// histogram prints how the values of a tensor are spread.
func (c *inspectCmd) histogram(a *app) error {
	if c.Bins < 1 || c.Bins > maxBins {
		return badInput(fmt.Errorf("--bins: found %d, want 1 to %d", c.Bins, maxBins))
	}
	o, err := look(c.Checkpoint)
	if err != nil {
		return err
	}
	h, err := o.Histogram(a.ctx, c.Tensor, c.Bins)
	if err != nil {
		return badInput(err)
	}
	if c.JSON {
		return a.json(histogramOut{tensorOf(h.TensorInfo), h.Values, h.Low, h.High, h.Counts})
	}
	a.say("%s: %s %s, %d values", h.Name, h.DType, dims(h.Shape), h.Values)
	if h.NotFinite > 0 {
		a.say("%d are infinite or not numbers and count in nothing below", h.NotFinite)
	}
	if h.Counts == nil {
		a.say("no value is finite")
		return nil
	}
	a.say("min %.6g  max %.6g  mean %.6g  std %.6g  zeros %.3g %%", h.Min, h.Max, h.Mean, h.Std, 100*float64(h.Zeros)/float64(h.Values))
	most := slices.Max(h.Counts)
	for i, n := range h.Counts {
		low, high := h.Edges(i)
		a.say("%s", strings.TrimRight(fmt.Sprintf("%11.4g to %-11.4g %10d  %s", low, high, n, strings.Repeat("#", (n*barWidth+most-1)/most)), " "))
	}
	return nil
}

// barWidth is the longest bar of a histogram, in characters.
const barWidth = 40
