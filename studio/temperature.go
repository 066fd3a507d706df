package studio

import (
	"fmt"
	"image"
	"math"
	"path/filepath"

	"ebmstudio/internal/dataset"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Temperature is a recipe's map of local temperatures (sampling.Temperature), as a grey
// PNG file of the model's size: black is 0 (pure descent), 128 is 1 (as the plan says),
// white is MaxTemperature. It multiplies the variance of the noise of Langevin steps and,
// on a ladder of noise levels, of the initializer's proposals; what a chain begins with
// stays. Make one with NewTemperature or ReadTemperature; nothing in it changes afterwards.
type Temperature struct {
	Name string `json:"name,omitempty"` // for people
	Map  []byte `json:"map"`
}

// MaxTemperature is the temperature of a white pixel of a map, and PlainLevel the level
// (0 to 255) of one that changes nothing.
const (
	MaxTemperature       = 2
	PlainLevel     uint8 = 128
)

// TemperatureOf is the temperature that a level of a map stands for: level/128 up to 1,
// and from there in equal steps to MaxTemperature.
func TemperatureOf(level uint8) float64 {
	if level <= PlainLevel {
		return float64(level) / float64(PlainLevel)
	}
	return 1 + (MaxTemperature-1)*float64(level-PlainLevel)/float64(255-PlainLevel)
}

// TemperatureLevel is the level of a map that is nearest to a temperature.
func TemperatureLevel(t float64) uint8 {
	if t <= 1 {
		return uint8(math.Round(max(t, 0) * float64(PlainLevel)))
	}
	return PlainLevel + uint8(math.Round((min(t, MaxTemperature)-1)/(MaxTemperature-1)*float64(255-PlainLevel)))
}

// NewTemperature is the map of a picture's brightness; transparent is black. One of
// another size than the model's is a *SizeError unless scale is set.
func NewTemperature(m *models.Model, name string, picture image.Image, scale bool) (*Temperature, error) {
	levels, err := greyLevels(m, "temperature map", name, picture, scale)
	if err != nil {
		return nil, err
	}
	data, err := quickPNG(native(levels, 1, m.H, m.W))
	return &Temperature{Name: name, Map: data}, err
}

// ReadTemperature is NewTemperature of a file.
func ReadTemperature(m *models.Model, path string, scale bool) (*Temperature, error) {
	p, err := dataset.OpenPicture(path)
	if err != nil {
		return nil, plainly(path, err)
	}
	return NewTemperature(m, filepath.Base(path), p, scale)
}

// pixels are the temperatures as the sampler's map.
func (t *Temperature) pixels(m *models.Model) (*sampling.Temperature, error) {
	levels, err := embedded("temperature map", t.Map, 1, m.H, m.W)
	if err != nil {
		return nil, err
	}
	heat := sampling.NewTemperature(m.H, m.W)
	for i, v := range levels {
		heat.T[i] = float32(TemperatureOf(v))
	}
	return heat, nil
}

func (t *Temperature) check(m *models.Model, sampler string) error {
	switch {
	case t == nil:
		return nil
	case m.C != 1 && m.C != 3:
		return fmt.Errorf("recipe: temperature map: found one for a model of %d channels, want a model of grey or coloured pictures", m.C)
	case adjusted(sampler):
		return fmt.Errorf("recipe: temperature map: found one, but the sampler %s accepts and refuses so that the density is exp(-E), which has one temperature, want the sampler %s", sampler, SamplerFamily)
	case sampler == SamplerDescent:
		return fmt.Errorf("recipe: temperature map: found one, but the sampler %s adds no noise that it could multiply, want the sampler %s", sampler, SamplerFamily)
	}
	_, err := t.pixels(m)
	return err
}

func (t *Temperature) clone() *Temperature {
	if t == nil {
		return nil
	}
	return &Temperature{t.Name, append([]byte(nil), t.Map...)}
}

// key is the recipe's randomness: of its seed, tempered where it has a map.
func (r Recipe) key(m *models.Model) (sampling.Key, error) {
	key := r.noise()
	if r.Temperature == nil {
		return key, nil
	}
	heat, err := r.Temperature.pixels(m)
	if err != nil {
		return key, err
	}
	return key.Tempered(heat)
}
