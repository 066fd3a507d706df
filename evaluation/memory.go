package evaluation

import (
	"fmt"
	"math"
	"slices"
)

// Memory says whether samples are copies of training pictures: it compares how near
// they come to them with how near held-out pictures of the same kind do.
type Memory struct {
	Samples int `json:"samples"`
	HeldOut int `json:"held_out"`
	Train   int `json:"train"` // pictures that are searched
	// Medians of the root mean square difference, in 0..1, from the nearest of them.
	SampleDistance  float64 `json:"sample_distance"`
	HeldOutDistance float64 `json:"held_out_distance"`
	// Nearer is the chance that a sample lies nearer to the training pictures than a
	// held-out picture does, ties counting half: 0.5 for pictures of the same kind, near 1
	// where pictures are copied, low where samples are unlike all of them.
	Nearer Area `json:"nearer"`
	// Copies are the samples nearer than all but 1 % of the held-out pictures: about 1 %
	// by chance alone.
	Copies Rate `json:"copies"`
}

// copyShare of the held-out pictures lie nearer to the training pictures than what is
// called a copy.
const copyShare = 0.01

// MemoryOf compares distances from the nearest training picture, of samples and of
// held-out pictures; see [Nearest]. Train is the number of pictures that were searched.
func MemoryOf(samples, heldOut []float64, train int) (Memory, error) {
	if len(samples) == 0 || len(heldOut) == 0 {
		return Memory{}, fmt.Errorf("memory check: found %d samples and %d held-out pictures, want at least one each", len(samples), len(heldOut))
	}
	m := Memory{Samples: len(samples), HeldOut: len(heldOut), Train: train, SampleDistance: median(samples), HeldOutDistance: median(heldOut)}
	limit := quantileOf(slices.Sorted(slices.Values(heldOut)), copyShare)
	for _, d := range samples {
		m.Copies.Add(d < limit)
	}
	m.Nearer = AreaOf(narrowed(samples), narrowed(heldOut))
	return m, nil
}

// Nearest are the distances of pictures from the nearest of a set, as root mean square
// differences of their values, and which one that is. It looks at every one.
func Nearest(pictures, set [][]float32) (distances []float64, at []int, err error) {
	if err := vectors("nearest neighbours", pictures, set, 1); err != nil {
		return nil, nil, err
	}
	distances, at = make([]float64, len(pictures)), make([]int, len(pictures))
	for i, x := range pictures {
		best := math.Inf(1)
		for j, y := range set {
			if d := squaredDistance(x, y, best); d < best {
				best, at[i] = d, j
			}
		}
		distances[i] = math.Sqrt(best / float64(len(x)))
	}
	return distances, at, nil
}

func narrowed(v []float64) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x)
	}
	return out
}
