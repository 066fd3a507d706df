package clel

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Our own CLEL checkpoints are safetensors with the authors' tensor names,
// "ebm.", "ema_ebm.", "encoder." and "ema_encoder." before the names of Net.Specs
// and Encoder.Specs (a file for sampling alone may leave out the raw or the
// averaged half), optionally [ClassLatents], and a [Header] as metadata. Tensors
// of other prefixes belong to the trainer and are not looked at here.

// Prefixes of the tensors in a file; PyTorch checkpoints have "model." before them.
const (
	PrefixNet        = "ebm."
	PrefixNetEMA     = "ema_ebm."
	PrefixEncoder    = "encoder."
	PrefixEncoderEMA = "ema_encoder."
)

// ClassLatents is the name of a tensor [labels, latent size]: for every label the
// normalised sum of the latents of its pictures (section 4.3 of the paper), so that
// class-conditional sampling needs no data.
const ClassLatents = "class_latents"

// Metadata keys of our own checkpoints.
const (
	keyFamily       = "family" // "clel"
	keyName         = "name"
	keySize         = "size"     // pixels, square, or "height,width"
	keyChannels     = "channels" // 1 or 3
	keyLabels       = "labels"   // JSON list of names
	keyTrainedSteps = "trained_steps"
	keyIterations   = "iterations"
	keyStepSize     = "step_size"
	keyStepNoise    = "step_noise"
	keyStepClip     = "step_clip"
	keySteps        = "steps"
	keyBeta         = "beta"
)

// Header is what a checkpoint of ours says besides its tensors. A zero number
// means "not said" and is not written.
type Header struct {
	Name         string
	Height       int
	Width        int
	Channels     int
	Labels       []string
	TrainedSteps int     // Langevin steps that a chain of training had walked since its start, on average
	Iterations   int     // updates of the weights
	StepSize     float64 // of the sampler it was trained with; the knobs' defaults
	StepNoise    float64
	StepClip     float64
	Steps        int
	Beta         float64 // weight of the similarity in training
}

// Metadata writes the header as a safetensors file's metadata.
func (h Header) Metadata() map[string]string {
	m := map[string]string{keyFamily: Name}
	text := func(key, v string) {
		if v != "" {
			m[key] = v
		}
	}
	number := func(key string, v float64) {
		if v != 0 {
			m[key] = strconv.FormatFloat(v, 'g', -1, 64)
		}
	}
	text(keyName, h.Name)
	if h.Height != 0 {
		text(keySize, fmt.Sprintf("%d,%d", h.Height, h.Width))
	}
	if len(h.Labels) > 0 {
		labels, _ := json.Marshal(h.Labels) // a list of strings always encodes
		text(keyLabels, string(labels))
	}
	number(keyChannels, float64(h.Channels))
	number(keyTrainedSteps, float64(h.TrainedSteps))
	number(keyIterations, float64(h.Iterations))
	number(keyStepSize, h.StepSize)
	number(keyStepNoise, h.StepNoise)
	number(keyStepClip, h.StepClip)
	number(keySteps, float64(h.Steps))
	number(keyBeta, h.Beta)
	return m
}

// ParseHeader reads the header from a file's metadata; files of others have none
// and give the zero Header. Unknown keys belong to the trainer.
func ParseHeader(m map[string]string) (Header, error) {
	h := Header{Name: m[keyName]}
	var err error
	number := func(key string) float64 {
		text, ok := m[key]
		if !ok || err != nil {
			return 0
		}
		v, parseErr := strconv.ParseFloat(text, 64)
		if parseErr != nil || !(v >= 0 && v < 1e9) {
			err = fmt.Errorf("metadata %q: found %q, want a number from 0", key, text)
		}
		return v
	}
	h.Channels = int(number(keyChannels))
	h.TrainedSteps, h.Iterations = int(number(keyTrainedSteps)), int(number(keyIterations))
	h.StepSize, h.StepNoise, h.StepClip = number(keyStepSize), number(keyStepNoise), number(keyStepClip)
	h.Steps, h.Beta = int(number(keySteps)), number(keyBeta)
	if err != nil {
		return Header{}, err
	}
	if text, ok := m[keySize]; ok {
		if h.Height, h.Width, err = parseSize(text); err != nil {
			return Header{}, fmt.Errorf("metadata %q: %w", keySize, err)
		}
	}
	if text, ok := m[keyLabels]; ok {
		if err := json.Unmarshal([]byte(text), &h.Labels); err != nil {
			return Header{}, fmt.Errorf("metadata %q: want a JSON list of names: %w", keyLabels, err)
		}
	}
	return h, nil
}

// maxPixels bounds the side of a picture: beyond it a typing error or a hostile
// file is likelier than a network.
const maxPixels = 1024

// parseSize reads "28" or "28,32" (height, width).
func parseSize(text string) (height, width int, err error) {
	if n, _ := fmt.Sscanf(text, "%d,%d", &height, &width); n == 1 {
		width = height
	}
	if height < 1 || width < 1 || height > maxPixels || width > maxPixels {
		return 0, 0, fmt.Errorf("found size %q, want pixels such as 28, or height,width, each 1 to %d", text, maxPixels)
	}
	return height, width, nil
}
