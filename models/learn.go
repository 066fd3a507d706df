package models

import (
	"context"

	"ebmstudio/checkpoint"
	"ebmstudio/sampling"
)

// Data is what a model learns from: where batches come from is the caller's
// business. All functions depend on their arguments alone, so that a resumed
// training sees what an uninterrupted one would have seen. Pictures are in 0..1;
// points of the plane (C = 2, H = W = 1) have their own coordinates and no View.
type Data struct {
	Name      string // "fashion-mnist"
	C, H, W   int
	Count     int       // of pictures
	Mean, Std []float32 // of each channel
	Labels    []string  // names of the classes; empty where there are none
	// Attributes are the pairs of classes that a picture has one of each of: its
	// attribute on, and off. Empty: a picture has one class.
	Attributes [][2]int
	// Batch returns n pictures of a step; which ones, and the noise of the given
	// standard deviation that is added to them, depend on (key, step) alone. With flip
	// half of them are mirrored.
	Batch func(k sampling.Key, step, n int, noise float64, flip bool) (sampling.Images, error)
	// Labelled is Batch with the classes of every picture: one, or where the data has
	// attributes one of each pair, in the order of Attributes; nil where there are none.
	Labelled func(k sampling.Key, step, n int, noise float64, flip bool) (sampling.Images, [][]int, error)
	// View returns randomly changed copies of x: picture i of a step always gets
	// the same change under a key. strength is "strong" (for the encoder: crops,
	// brightness, contrast, colour), "weak" (small crops) or "flip".
	View func(k sampling.Key, strength string, step int, x sampling.Images) (sampling.Images, error)
	// Sum is a fingerprint of all of it, so that a resumed training can tell other data;
	// nil: of what the first batch of key 0 holds.
	Sum func() string
	// OfLabel returns up to n pictures of a class; nil where there are none.
	OfLabel func(label, n int) (sampling.Images, error)
	// Test returns up to n pictures that no batch ever holds, and their classes as
	// Labelled does: what a trained model is measured on. The same n gives the same
	// pictures. nil where nothing was held back.
	Test func(n int) (sampling.Images, [][]int, error)
}

// Learner is a training under way, as functions over its state. They are called
// from one goroutine.
type Learner struct {
	// Config lists every setting by name, defaults included: what a resumed
	// training must be started with.
	Config map[string]string
	// Iterations is the length of the schedules.
	Iterations int
	// Step does iteration number i, counted from 0, and returns its measurements.
	Step func(ctx context.Context, i int) (map[string]float64, error)
	// State returns all that later iterations depend on besides the configuration;
	// Restore puts it back.
	State   func() ([]checkpoint.Named, error)
	Restore func(*checkpoint.File) error
	// Model returns the checkpoint for use after so many iterations.
	Model func(iterations int) ([]checkpoint.Named, map[string]string, error)
	// Sheets draws pictures of the state by name; it changes nothing.
	Sheets func(ctx context.Context, iterations int) ([]Sheet, error)
	// Cosines returns, by the name of a direction that the network gives a picture,
	// the cosines between those of different pictures (CLEL, Figure 6); it changes
	// nothing. nil: the family has no directions.
	Cosines func() (map[string][]float32, error)
	// Samples and Data name the two measurements whose difference tells a
	// divergence: the mean energies of samples and of data. "": there are none.
	Samples, Data string
	// Schedule names the settings that a resumed run may change, because the state does
	// not depend on them: its length, rates, averages.
	Schedule []string
	// Gap is the largest difference of the two that is not far apart; 0: the loop's own.
	Gap float64
	// Advice is what may help a training that diverged, in a few words; "": the loop's
	// own.
	Advice string
}

// Sheet is a batch of pictures in 0..1 to be looked at together.
type Sheet struct {
	Name     string // "noise", "buffer": part of a file name
	Pictures sampling.Images
	Columns  int
}
