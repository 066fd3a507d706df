package judge

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"ebmstudio/models"
)

// A judge's checkpoint is a safetensors file of the averaged weights, "judge." before
// the names of Net.Specs, with a [Header] as metadata. What else a training state
// holds has other prefixes.

// Prefix is that of the tensors in a file.
const Prefix = "judge."

// Metadata keys.
const (
	keyFamily     = "family" // "judge"
	keyName       = "name"
	keySize       = "size"       // "height,width"
	keyLabels     = "labels"     // JSON list of names
	keyAttributes = "attributes" // JSON list of pairs of labels; absent: classes
	keyIterations = "iterations"
	keyAccuracy   = "accuracy" // JSON of Accuracy
)

// Header is what a checkpoint says besides its tensors.
type Header struct {
	Name          string // that of the features too: "fashion-mnist-cnn"
	Height, Width int
	Labels        []string
	Attributes    [][2]int
	Iterations    int
	Accuracy      *Accuracy // nil: never measured
}

// Accuracy is how often a judge is right on pictures that it has not learned from.
type Accuracy struct {
	Tested int     `json:"tested"` // pictures
	Right  float64 `json:"right"`  // part of them with the right class, or with every attribute right
	// Labels holds, by label, the part of the pictures of that class, or of that state of
	// an attribute, that are named so.
	Labels []float64 `json:"labels"`
	// LearntFrom training pictures, part of which Learnt are right: what Right is below it
	// was learnt by heart. 0: not measured, in files of earlier versions.
	LearntFrom int     `json:"learnt_from,omitempty"`
	Learnt     float64 `json:"learnt,omitempty"`
}

// Metadata writes the header.
func (h Header) Metadata() map[string]string {
	text := func(v any) string {
		b, _ := json.Marshal(v) // finite numbers and strings always encode
		return string(b)
	}
	m := map[string]string{
		keyFamily: Name, keyName: h.Name, keySize: fmt.Sprintf("%d,%d", h.Height, h.Width),
		keyLabels: text(h.Labels), keyIterations: strconv.Itoa(h.Iterations),
	}
	if len(h.Attributes) > 0 {
		m[keyAttributes] = text(h.Attributes)
	}
	if h.Accuracy != nil {
		m[keyAccuracy] = text(h.Accuracy)
	}
	return m
}

// maxPixels bounds the side of a picture.
const maxPixels = 1024

// ParseHeader reads the header and checks what it says of itself.
func ParseHeader(m map[string]string) (Header, error) {
	h := Header{Name: m[keyName]}
	if n, _ := fmt.Sscanf(m[keySize], "%d,%d", &h.Height, &h.Width); n != 2 || h.Height < 1 || h.Width < 1 || h.Height > maxPixels || h.Width > maxPixels {
		return h, fmt.Errorf("metadata %q: found %q, want height,width, each 1 to %d", keySize, m[keySize], maxPixels)
	}
	read := func(key string, into any) error {
		if m[key] == "" {
			return nil
		}
		if err := json.Unmarshal([]byte(m[key]), into); err != nil {
			return fmt.Errorf("metadata %q: %w", key, err)
		}
		return nil
	}
	for key, into := range map[string]any{keyLabels: &h.Labels, keyAttributes: &h.Attributes, keyIterations: &h.Iterations, keyAccuracy: &h.Accuracy} {
		if err := read(key, into); err != nil {
			return h, err
		}
	}
	return h, checkAttributes(h.Labels, h.Attributes)
}

// checkAttributes reports pairs that are no partition of the labels.
func checkAttributes(labels []string, pairs [][2]int) error {
	if len(labels) < 2 {
		return fmt.Errorf("found %d labels, want at least 2", len(labels))
	}
	if len(pairs) == 0 {
		return nil
	}
	var all []int
	for _, p := range pairs {
		all = append(all, p[0], p[1])
	}
	slices.Sort(all)
	if len(all) != len(labels) || len(slices.Compact(all)) != len(labels) || all[0] != 0 || all[len(all)-1] != len(labels)-1 {
		return fmt.Errorf("attributes %v: want pairs that hold each of the %d labels once", pairs, len(labels))
	}
	return nil
}

// outputs is the number of the network's outputs.
func outputs(labels []string, pairs [][2]int) int {
	if len(pairs) > 0 {
		return len(pairs)
	}
	return len(labels)
}

// measure compares probabilities of pictures, a row of one a label, with their
// classes: one a picture, or one of each attribute.
func measure(probabilities [][]float32, classes [][]int, pairs [][2]int) Accuracy {
	a := Accuracy{Tested: len(classes)}
	if len(classes) == 0 {
		return a
	}
	labels := len(probabilities[0])
	of, right := make([]int, labels), make([]int, labels)
	whole := 0
	for i, asked := range classes {
		good := true
		for _, label := range asked {
			of[label]++
			if models.Judged(probabilities[i], label, pairs) {
				right[label]++
			} else {
				good = false
			}
		}
		if good {
			whole++
		}
	}
	a.Right = float64(whole) / float64(len(classes))
	for label := range labels {
		a.Labels = append(a.Labels, float64(right[label])/float64(max(of[label], 1)))
	}
	return a
}
