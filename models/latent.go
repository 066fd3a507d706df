package models

import (
	"fmt"
	"math"
)

// Aggregate returns the direction that latents share, their normalised sum
// (CLEL, section 4.3): the latent of a class from those of its pictures.
func Aggregate(latents [][]float32) ([]float32, error) {
	if len(latents) == 0 {
		return nil, fmt.Errorf("aggregate latents: found none, want at least one")
	}
	sum := make([]float64, len(latents[0]))
	for i, z := range latents {
		if len(z) != len(sum) {
			return nil, fmt.Errorf("aggregate latents: latent %d has %d numbers, want %d", i, len(z), len(sum))
		}
		for j, v := range z {
			sum[j] += float64(v)
		}
	}
	var square float64
	for _, v := range sum {
		square += v * v
	}
	norm := math.Sqrt(square)
	if !(norm > 0) || math.IsInf(norm, 0) {
		return nil, fmt.Errorf("aggregate latents: their sum has length %v, which is no direction", norm)
	}
	unit := make([]float32, len(sum))
	for j, v := range sum {
		unit[j] = float32(v / norm)
	}
	return unit, nil
}
