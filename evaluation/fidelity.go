package evaluation

import (
	"fmt"
	"math"
)

// PSNR is the peak signal-to-noise ratio in decibels between two pictures of values in
// 0..1, over the pixels where hole is above 0; hole has one value a pixel, the pictures
// one a channel and pixel. Equal pictures have an infinite one.
func PSNR(a, b, hole []float32) (float64, error) {
	if err := alike(a, b, hole); err != nil {
		return 0, fmt.Errorf("psnr: %w", err)
	}
	var square float64
	count := 0
	for j := range a {
		if hole[j%len(hole)] > 0 {
			d := float64(a[j]) - float64(b[j])
			square += d * d
			count++
		}
	}
	if count == 0 {
		return 0, fmt.Errorf("psnr: found no pixel to compare")
	}
	return -10 * math.Log10(square/float64(count)), nil
}

// Constants of SSIM: the window's deviation and radius in pixels, and what keeps the
// divisions defined, for values in 0..1.
const (
	ssimDeviation = 1.5
	ssimRadius    = 5
	ssimMean      = 0.01 * 0.01
	ssimVariance  = 0.03 * 0.03
)

// SSIM is the mean structural similarity (Wang et al., 2004) of two pictures of values
// in 0..1 and rows of width pixels, over the pixels where hole is above 0: Gaussian
// windows of 11x11 pixels, cut off at the border, which see beyond the hole too. Equal
// pictures have 1.
func SSIM(a, b, hole []float32, width int) (float64, error) {
	if err := alike(a, b, hole); err != nil {
		return 0, fmt.Errorf("ssim: %w", err)
	}
	if width < 1 || len(hole)%width != 0 {
		return 0, fmt.Errorf("ssim: found %d pixels in rows of %d, want whole rows", len(hole), width)
	}
	var sum float64
	count := 0
	for channel := range len(a) / len(hole) {
		x, y := a[channel*len(hole):], b[channel*len(hole):]
		for at, v := range hole {
			if v > 0 {
				sum += similarity(x[:len(hole)], y[:len(hole)], at, width)
				count++
			}
		}
	}
	if count == 0 {
		return 0, fmt.Errorf("ssim: found no pixel to compare")
	}
	return sum / float64(count), nil
}

// similarity is SSIM's value at one pixel of a channel.
func similarity(a, b []float32, at, width int) float64 {
	height := len(a) / width
	row, column := at/width, at%width
	var weights, meanA, meanB, squareA, squareB, product float64
	for r := max(row-ssimRadius, 0); r <= min(row+ssimRadius, height-1); r++ {
		for c := max(column-ssimRadius, 0); c <= min(column+ssimRadius, width-1); c++ {
			w := math.Exp(-float64((r-row)*(r-row)+(c-column)*(c-column)) / (2 * ssimDeviation * ssimDeviation))
			x, y := float64(a[r*width+c]), float64(b[r*width+c])
			weights += w
			meanA, meanB = meanA+w*x, meanB+w*y
			squareA, squareB, product = squareA+w*x*x, squareB+w*y*y, product+w*x*y
		}
	}
	meanA, meanB = meanA/weights, meanB/weights
	varianceA, varianceB := squareA/weights-meanA*meanA, squareB/weights-meanB*meanB
	covariance := product/weights - meanA*meanB
	return (2*meanA*meanB + ssimMean) * (2*covariance + ssimVariance) /
		((meanA*meanA + meanB*meanB + ssimMean) * (varianceA + varianceB + ssimVariance))
}

func alike(a, b, hole []float32) error {
	if len(a) != len(b) || len(hole) == 0 || len(a)%len(hole) != 0 {
		return fmt.Errorf("found pictures of %d and %d values and a hole of %d pixels, want alike ones", len(a), len(b), len(hole))
	}
	return nil
}
