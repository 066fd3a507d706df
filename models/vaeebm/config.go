package vaeebm

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ebmstudio/checkpoint"
)

// Config is config.json, which lies beside a checkpoint: what its state dict does
// not tell, and the sizes once more. Our own checkpoints hold it as the metadata
// "config". Zero means "not said".
type Config struct {
	Kind      string `json:"kind,omitempty"`  // "unconditional" or "conditional" (completion)
	Image     []int  `json:"image,omitempty"` // channels, height, width
	LatentDim int    `json:"latent_dim,omitempty"`
	EBM       struct {
		Width int `json:"width,omitempty"` // of the first convolution
	} `json:"ebm"`
	Generator struct {
		// Layers are the transposed convolutions of an unconditional generator: in, out,
		// size of the kernel, stride, padding.
		Layers [][]int `json:"layers,omitempty"`
		Width  int     `json:"width,omitempty"`  // of the U-Net's first convolution
		Levels int     `json:"levels,omitempty"` // convolutions on its way down
	} `json:"generator"`
	Encoder struct {
		Channels []int `json:"channels,omitempty"` // unconditional: of its convolutions
		Width    int   `json:"width,omitempty"`    // conditional: after its first convolution
		Hidden   int   `json:"hidden,omitempty"`   // conditional: of its last layers
	} `json:"encoder"`
	LangevinSteps int     `json:"langevin_steps,omitempty"`
	Delta         float64 `json:"delta,omitempty"`
	// Noise is the share of Eq. 6's noise in the chains of training; nil: all of it.
	Noise *float64 `json:"noise,omitempty"`
}

// The kinds of models.
const (
	unconditional = "unconditional"
	conditional   = "conditional"
)

// Metadata keys of our own checkpoints.
const (
	keyFamily = "family" // "vaeebm"
	keyName   = "name"
	keyConfig = "config" // config.json

	keyIterations = "iterations" // of the training
)

// Metadata is what a safetensors checkpoint of ours says besides its tensors, after
// so many iterations of training.
func (c Config) Metadata(name string, iterations int) map[string]string {
	text, _ := json.Marshal(c) // numbers and texts always encode
	return map[string]string{keyFamily: Name, keyName: name, keyConfig: string(text), keyIterations: strconv.Itoa(iterations)}
}

// readConfig reads the metadata or the config.json beside a file; the zero Config
// where there is neither.
func readConfig(f *checkpoint.File) (c Config, err error) {
	text, ours := f.Metadata[keyConfig]
	what := fmt.Sprintf("metadata %q", keyConfig)
	if !ours {
		if f.Config == nil {
			return Config{}, f.ConfigError
		}
		// The tree came from JSON or YAML: it has only what JSON can say.
		whole, err := json.Marshal(f.Config)
		if err != nil {
			return Config{}, fmt.Errorf("config.json beside it: %w", err)
		}
		text, what = string(whole), "config.json beside it"
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return Config{}, fmt.Errorf("%s: %w", what, err)
	}
	if c.Kind != "" && c.Kind != unconditional && c.Kind != conditional {
		return Config{}, fmt.Errorf("%s: kind: found %q, want %s or %s", what, c.Kind, unconditional, conditional)
	}
	if len(c.Image) != 0 && len(c.Image) != 3 {
		return Config{}, fmt.Errorf("%s: image: found %d numbers, want channels, height and width", what, len(c.Image))
	}
	for i, l := range c.Generator.Layers {
		if len(l) != 5 {
			return Config{}, fmt.Errorf("%s: generator layer %d: found %d numbers, want in, out, size, stride and padding", what, i, len(l))
		}
	}
	return c, nil
}

// Network options that replace config.json: keys of models.Options.Net.
const (
	optionSize     = "size"     // pixels, "32" or "height,width"
	optionStrides  = "strides"  // of the generator's transposed convolutions: "1,1,2,2"
	optionPaddings = "paddings" // "0,0,1,1"
	optionSteps    = "langevin_steps"
	optionDelta    = "delta"
)

var optionNames = []string{optionSize, optionStrides, optionPaddings, optionSteps, optionDelta}

// geometry is what no tensor tells.
type geometry struct {
	height, width     int   // 0: not said
	strides, paddings []int // of an unconditional generator; nil: not said
	steps             int   // 0: not said
	delta             float64
	noise             float64 // 1: all of it
}

// readGeometry takes what the configuration says, then what a person says.
func readGeometry(c Config, said map[string]string) (geometry, error) {
	g := geometry{steps: c.LangevinSteps, delta: c.Delta, noise: 1}
	if c.Noise != nil {
		g.noise = *c.Noise
	}
	if len(c.Image) == 3 {
		g.height, g.width = c.Image[1], c.Image[2]
	}
	for _, l := range c.Generator.Layers {
		g.strides, g.paddings = append(g.strides, l[3]), append(g.paddings, l[4])
	}
	for name, text := range said {
		var err error
		switch name {
		case optionSize:
			var sides []int
			sides, err = numbers(text)
			if err == nil && (len(sides) == 0 || len(sides) > 2) {
				err = errors.New("want one number, or height and width")
			}
			if err == nil {
				g.height, g.width = sides[0], sides[len(sides)-1]
			}
		case optionStrides:
			g.strides, err = numbers(text)
		case optionPaddings:
			g.paddings, err = numbers(text)
		case optionSteps:
			g.steps, err = strconv.Atoi(text)
		case optionDelta:
			g.delta, err = strconv.ParseFloat(text, 64)
		default:
			return g, fmt.Errorf("network option %q: want one of %s", name, strings.Join(optionNames, ", "))
		}
		if err != nil {
			return g, fmt.Errorf("network option %q: found %q: %w", name, text, err)
		}
	}
	return g, g.check()
}

// Bounds of what a file may ask for: far above every published network.
const (
	maxPixels = 1024
	maxWidth  = 1 << 16
	maxLayers = 32
	maxStride = 16
)

func (g geometry) check() error {
	for _, side := range []int{g.height, g.width} {
		if side < 0 || side > maxPixels {
			return fmt.Errorf("size of the pictures: found %d, want 1 to %d", side, maxPixels)
		}
	}
	for _, s := range g.strides {
		if s < 1 || s > maxStride {
			return fmt.Errorf("strides: found %d, want 1 to %d", s, maxStride)
		}
	}
	for _, p := range g.paddings {
		if p < 0 || p > maxStride {
			return fmt.Errorf("paddings: found %d, want 0 to %d", p, maxStride)
		}
	}
	if g.steps < 0 || g.steps > mostSteps {
		return fmt.Errorf("langevin_steps: found %d, want 0 to %d", g.steps, mostSteps)
	}
	if !(g.delta >= 0 && g.delta <= mostDelta) {
		return fmt.Errorf("delta: found %v, want 0 to %v", g.delta, mostDelta)
	}
	if !(g.noise >= 0 && g.noise <= 1) {
		return fmt.Errorf("noise: found %v, want 0 to 1", g.noise)
	}
	return nil
}

// numbers reads "1,1,2,2".
func numbers(text string) ([]int, error) {
	var list []int
	for field := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil {
			return nil, errors.New("want whole numbers with commas between them")
		}
		list = append(list, n)
	}
	return list, nil
}

// absentConfig says what a file without config.json lacks, and what replaces it.
func absentConfig(f *checkpoint.File, missing, hint string) error {
	path := filepath.Join(filepath.Dir(f.Path), "config.json")
	return fmt.Errorf("the tensors do not tell %s, and there is no %q\nhint: put config.json beside the file, or give %s", missing, path, hint)
}

// contradicts compares what the configuration says with the sizes of the tensors.
func (c Config) contradicts(p *parts) error {
	kind := unconditional
	if p.completes() {
		kind = conditional
	}
	if c.Kind != "" && c.Kind != kind {
		return fmt.Errorf("the configuration says kind %q, the tensors are those of a %s model", c.Kind, kind)
	}
	type pair struct {
		what        string
		said, found int
	}
	pairs := []pair{{"latent_dim", c.LatentDim, p.latent}, {"ebm.width", c.EBM.Width, p.energy.Widths[0]}}
	if len(c.Image) == 3 {
		pairs = append(pairs, pair{"image channels", c.Image[0], p.channels})
	}
	if u, ok := p.generator.(UNet); ok {
		pairs = append(pairs, pair{"generator.width", c.Generator.Width, u.Widths[0]}, pair{"generator.levels", c.Generator.Levels, len(u.Widths)})
	}
	if d, ok := p.generator.(Decoder); ok {
		for i, l := range c.Generator.Layers {
			if i >= len(d.Layers) || len(c.Generator.Layers) != len(d.Layers) {
				return fmt.Errorf("the configuration says %d generator layers, the tensors %d", len(c.Generator.Layers), len(d.Layers))
			}
			if t := d.Layers[i]; !slices.Equal(l[:3], []int{t.In, t.Out, t.Size}) {
				return fmt.Errorf("the configuration says generator layer %d is %v (in, out, size), the tensors %v", i, l[:3], []int{t.In, t.Out, t.Size})
			}
		}
	}
	switch e := p.encoder.(type) {
	case ConvEncoder:
		if len(c.Encoder.Channels) > 0 && !slices.Equal(c.Encoder.Channels, e.Widths) {
			return fmt.Errorf("the configuration says encoder.channels %v, the tensors %v", c.Encoder.Channels, e.Widths)
		}
	case ResidualEncoder:
		pairs = append(pairs, pair{"encoder.width", c.Encoder.Width, e.Stem}, pair{"encoder.hidden", c.Encoder.Hidden, e.Hidden})
	}
	for _, q := range pairs {
		if q.said != 0 && q.said != q.found {
			return fmt.Errorf("the configuration says %s %d, the tensors %d", q.what, q.said, q.found)
		}
	}
	return nil
}
