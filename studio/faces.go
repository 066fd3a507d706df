package studio

import (
	"math"

	"ebmstudio/internal/dataset"
	"ebmstudio/internal/dataset/faces"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// The names of the pixel faces as data: without the combinations of attributes that
// are held out, and all of them.
const (
	facesData    = "faces"
	allFacesData = "faces-all"
)

// openFaces opens the pixel faces of a name.
func openFaces(name string) (models.Data, error) {
	set, err := faces.Open()
	if err != nil {
		return models.Data{}, err
	}
	if name == facesData {
		set = set.Training()
	}
	return faceData(name, set)
}

// faceData serves faces to a learner; there is no end of them.
func faceData(name string, set *faces.Set) (models.Data, error) {
	// Any faces tell the mean and the deviation; and which are shown of a class is the
	// same at all times.
	some := sampling.NewKey(0)
	x, _, err := set.At(some, 0, 4096)
	if err != nil {
		return models.Data{}, err
	}
	mean, std := meanStd(x)
	labelled := func(k sampling.Key, step, n int, noise float64, flip bool) (sampling.Images, [][]int, error) {
		x, classes, err := set.At(k, step, n)
		if err == nil && flip {
			err = dataset.FlipSome(k, step, 0.5, x)
		}
		if err == nil && noise > 0 {
			err = dataset.AddNoise(k, step, noise, x)
		}
		return x, classes, err
	}
	return models.Data{
		Name: name, C: 3, H: faces.Size, W: faces.Size, Count: math.MaxInt32, Mean: mean, Std: std,
		Labels: faces.Names(), Attributes: faces.Pairs(),
		Batch: func(k sampling.Key, step, n int, noise float64, flip bool) (sampling.Images, error) {
			x, _, err := labelled(k, step, n, noise, flip)
			return x, err
		},
		Labelled: labelled,
		View:     augmented,
		OfLabel: func(label, n int) (sampling.Images, error) {
			x, _, err := set.Only(func(a faces.Attributes) bool { return a.Has(label) }).At(some, 0, n)
			return x, err
		},
		Test: func(n int) (sampling.Images, [][]int, error) { return set.Test().At(some, 0, n) },
	}, nil
}

// meanStd returns the mean and the standard deviation of each channel.
func meanStd(x sampling.Images) (mean, std []float32) {
	plane := x.H * x.W
	for c := range x.C {
		var sum, square float64
		for i := range x.N {
			for _, v := range x.Image(i)[c*plane : (c+1)*plane] {
				sum, square = sum+float64(v), square+float64(v)*float64(v)
			}
		}
		n := float64(x.N * plane)
		m := sum / n
		mean, std = append(mean, float32(m)), append(std, float32(math.Sqrt(max(square/n-m*m, 1e-12))))
	}
	return mean, std
}
