package sampling

import (
	"fmt"
	"math"
)

// Temperature is a map of local temperatures: T of every pixel, shared by all channels
// and images, 0 or more. A tempered key (see Key.Tempered) multiplies the noise of a
// pixel by sqrt(T), so that the Langevin step becomes
//
//	x <- x - s dE/dx + sigma diag(sqrt(T)) N(0,1)
//
// 1 is the plan's own noise, 0 none at all: pure descent; 2 doubles the noise's variance.
// The step size stays: a step multiplied by T beside a noise multiplied by sqrt(T) would
// be another pace towards the same density (a preconditioner), no temperature.
//
// In the limit of small steps the chain is the diffusion dx = -dE/dx dt + sqrt(2T) dW
// (times the plan's own temperature, where that is not 1). Where T is the same for all
// pixels its stationary density is exp(-E/T); where the energy is a sum over pixels, each
// pixel has its own exp(-E_j/T_j), so that of a Gaussian energy the variance is T times as
// large. Otherwise hot pixels heat the cold ones that they are tied to, and the stationary
// density is neither exp(-E) nor another formula of E and T: it is what this chain,
// tempered pixel by pixel, makes.
type Temperature struct {
	H, W int
	T    []float32 // H*W
}

// NewTemperature returns the map of h rows of w pixels that changes nothing: 1 everywhere.
func NewTemperature(h, w int) *Temperature {
	t := &Temperature{H: h, W: w, T: make([]float32, h*w)}
	for j := range t.T {
		t.T[j] = 1
	}
	return t
}

// Check reports the first way in which the map contradicts itself.
func (t *Temperature) Check() error {
	if t.H < 1 || t.W < 1 || len(t.T) != t.H*t.W {
		return fmt.Errorf("temperature: found %d values, want %d (%d rows of %d)", len(t.T), t.H*t.W, t.H, t.W)
	}
	for j, v := range t.T {
		if !(v >= 0) || !finite(v) {
			return fmt.Errorf("temperature: found %v at row %d, column %d, want a finite number from 0", v, j/t.W, j%t.W)
		}
	}
	return nil
}

// Tempered returns the key whose noise is that of k times sqrt(T), pixel by pixel: the
// normals of Langevin steps (StreamStep) and of proposals between stages (StreamPropose).
// What chains begin with, uniform numbers, and noise on known pixels are those of k. Its
// normals are for pictures of the map's size, in any number of channels; for others they
// are an error.
func (k Key) Tempered(t *Temperature) (Key, error) {
	if err := t.Check(); err != nil {
		return k, err
	}
	k.heat = make([]float32, len(t.T))
	for j, v := range t.T {
		k.heat[j] = float32(math.Sqrt(float64(v)))
	}
	return k, nil
}

// temper multiplies normals by the roots of the temperatures.
func (k Key) temper(stream Stream, dst []float32) error {
	if k.heat == nil || stream != StreamStep && stream != StreamPropose {
		return nil
	}
	if len(dst)%len(k.heat) != 0 {
		return fmt.Errorf("temperature: found pictures of %d values, want channels of %d", len(dst), len(k.heat))
	}
	for len(dst) > 0 {
		for j, root := range k.heat {
			dst[j] *= root
		}
		dst = dst[len(k.heat):]
	}
	return nil
}
