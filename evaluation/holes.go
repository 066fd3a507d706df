package evaluation

import (
	"fmt"
	"math"
)

// Holes is the evaluation of a model that fills holes of pictures.
type Holes struct {
	Pictures int       `json:"pictures"` // each completed by as many chains
	Chains   int       `json:"chains"`
	Rows     []HoleRow `json:"rows"`
	Spread   float64   `json:"spread"` // standard deviation of a hole's pixel over the chains, in 0..1
	// Unchanged are the given pixels that the answers have to the bit; of 0 for models that
	// put them back themselves.
	Unchanged Rate    `json:"known_unchanged"`
	Seconds   float64 `json:"seconds_sampled"`
}

// HoleRow is how near one way of filling comes to the originals within the hole.
type HoleRow struct {
	Name  string `json:"name"`
	PSNR  Mean   `json:"psnr"`  // decibels, of values in 0..1
	SSIM  Mean   `json:"ssim"`  //
	Above Mean   `json:"above"` // the PSNR above that of the first row, picture by picture
}

// Mean is an average over pictures and half its 95 % interval.
type Mean struct {
	Value float64 `json:"mean"`
	Half  float64 `json:"half_interval"`
}

// MeanOf averages values; the interval is the normal one, 1.96 standard errors, which
// needs some dozens of values. No values average to 0.
func MeanOf(values []float64) Mean {
	var m Mean
	n := float64(len(values))
	for _, v := range values {
		m.Value += v / n
	}
	var square float64
	for _, v := range values {
		square += (v - m.Value) * (v - m.Value)
	}
	if len(values) > 1 {
		m.Half = 1.959963984540054 * math.Sqrt(square/(n-1)/n)
	}
	return m
}

func (m Mean) String() string { return fmt.Sprintf("%.2f +- %.2f", m.Value, m.Half) }

func (h Holes) markdown(line func(string, ...any)) {
	line("")
	line("%d test pictures, their centres filled %d times each.", h.Pictures, h.Chains)
	line("")
	line("| filled by | PSNR within the hole, dB | above the first row | SSIM |")
	line("|---|---|---|---|")
	for _, r := range h.Rows {
		line("| %s | %s | %s | %.3f |", r.Name, r.PSNR, r.Above, r.SSIM.Value)
	}
	line("")
	if h.Unchanged.Of > 0 {
		line("Of the given values %d of %d are unchanged to the bit.", h.Unchanged.Right, h.Unchanged.Of)
	}
	line("Averages over pictures with their 95 %% intervals. A hole's pixel differs by %.3f (of 1) between the chains of one picture; %.0f s.", h.Spread, h.Seconds)
}
