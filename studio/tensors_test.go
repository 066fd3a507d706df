package studio

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"ebmstudio/checkpoint"
)

// fileOf is an opened file of float32 tensors, in the order given.
func fileOf(name string, tensors ...checkpoint.Named) *Opened {
	f := &checkpoint.File{Path: name, Tensors: map[string]checkpoint.Tensor{}}
	for _, t := range tensors {
		f.Names, f.Tensors[t.Name] = append(f.Names, t.Name), t.Tensor
	}
	return &Opened{Name: name, File: f}
}

func floats(name string, values ...float32) checkpoint.Named {
	return checkpoint.Named{Name: name, Tensor: checkpoint.Float32Tensor([]int{len(values)}, values)}
}

func TestHistogram(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		name      string
		values    []float32
		counts    []int
		low, high float64
		mean, std float64
		zeros     int
		notFinite int
	}{
		{"spread", []float32{-1, -1, 0, 1, 3}, []int{2, 1, 1, 1}, -1, 3, 0.4, math.Sqrt(12.0/5 - 0.16), 1, 0},
		{"one value", []float32{2, 2}, []int{0, 0, 2, 0}, 1, 3, 2, 0, 0, 0},
		{"zeros", []float32{0, 0, 0}, []int{0, 0, 3, 0}, -1, 1, 0, 0, 3, 0},
		{"damaged", []float32{nan, 0, inf, 4}, []int{1, 0, 0, 1}, 0, 4, 2, 2, 1, 2},
		{"nothing finite", []float32{nan, inf}, nil, 0, 0, 0, 0, 0, 2},
		{"empty", nil, nil, 0, 0, 0, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, err := fileOf("a.npz", floats("w", c.values...)).Histogram(t.Context(), "w", 4)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(h.Counts, c.counts) || h.Low != c.low || h.High != c.high || h.Zeros != c.zeros || h.NotFinite != c.notFinite || h.Values != len(c.values) {
				t.Errorf("found %+v, want counts %v from %v to %v, %d zeros, %d not finite", h, c.counts, c.low, c.high, c.zeros, c.notFinite)
			}
			if math.Abs(h.Mean-c.mean) > 1e-12 || math.Abs(h.Std-c.std) > 1e-7 {
				t.Errorf("found mean %v and deviation %v, want %v and %v", h.Mean, h.Std, c.mean, c.std)
			}
		})
	}
}

func TestHistogramErrors(t *testing.T) {
	short := checkpoint.Named{Name: "short", Tensor: checkpoint.Tensor{DType: "float32", Shape: []int{3}, Data: make([]byte, 4)}}
	o := fileOf("a.npz", floats("net.head.weight", 1, 2), short)
	for name, want := range map[string]string{
		"HEAD":  "hint: did you mean net.head.weight?",
		"other": "found none of this name among 2 tensors\nhint: ebm inspect FILE --tensors",
		"short": "has 4 bytes, want 12",
	} {
		if _, err := o.Histogram(t.Context(), name, 4); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: found the error %v, want one with %q", name, err, want)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := o.Histogram(ended, "net.head.weight", 4); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: found %v", err)
	}
}
