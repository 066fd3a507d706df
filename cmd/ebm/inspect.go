package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"ebmstudio/studio"
)

type inspectCmd struct {
	Checkpoint string `arg:"" help:"The name of a bundled model, or a checkpoint file: .ckpt .pt .pth .pth.tar .pdparams .safetensors .npz."`
	Tensors    bool   `help:"List every tensor with its shape and statistics."`
	Tensor     string `help:"The histogram of one tensor's values, with its statistics." placeholder:"NAME"`
	Bins       int    `help:"Bins of that histogram." default:"24"`
	JSON       bool   `help:"Answer in JSON, tensors included."`
	layerFlags
	levelFlag
	compareFlags
	conditionFlags
	holeFlags
	modelFlags
}

func (inspectCmd) Help() string {
	return `Reads the file and, where a family knows it, builds the model. Nothing from the file is ever run.
A file of no family known here is listed all the same, and the exit code is 2.

Examples:
  ebm inspect last.ckpt
  ebm inspect last.ckpt --tensors --weights raw
  ebm inspect last.ckpt --tensor ema_ebm.head.2.weight
  ebm inspect fashion-28 --activations shirt.png
  ebm inspect fashion-28 --activations shirt.png --layer stages.1.1 --strongest --out maps.png
  ebm inspect last.ckpt --against best.ckpt
  ebm inspect last.ckpt --ema-against-raw
  ebm inspect last.ckpt --json | jq '.knobs[].name'`
}

// description is what inspect says about a checkpoint.
type description struct {
	Path       string    `json:"path"`
	Format     string    `json:"format"`
	Bytes      int64     `json:"bytes"`
	SHA256     string    `json:"sha256"`
	Family     string    `json:"family,omitempty"`
	Weights    string    `json:"weights,omitempty"`
	Picture    []int     `json:"picture,omitempty"` // channels, height, width
	Range      []float32 `json:"range,omitempty"`
	Parameters int       `json:"parameters,omitempty"`
	Latent     int       `json:"latent_size,omitempty"`
	Labels     []string  `json:"labels,omitempty"`
	Facts      []fact    `json:"facts,omitempty"`
	Knobs      []knob    `json:"knobs,omitempty"`
	Other      []string  `json:"other,omitempty"`   // what else the file holds, by name
	Classes    []string  `json:"classes,omitempty"` // that its pickle asks for and that are not known here; nothing of them is run
	Tensors    []tensor  `json:"tensors"`
	Error      string    `json:"error,omitempty"` // why it became no model
}

// fact is a line that the family adds.
type fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type knob struct {
	Name    string  `json:"name"`
	Help    string  `json:"help"`
	Min     float64 `json:"min"`
	Max     float64 `json:"max"`
	Default float64 `json:"default"`
}

type tensor struct {
	Name      string  `json:"name"`
	DType     string  `json:"dtype"`
	Shape     []int   `json:"shape"`
	Min       float64 `json:"min"`
	Max       float64 `json:"max"`
	Mean      float64 `json:"mean"`
	Std       float64 `json:"std"`
	Zeros     int     `json:"zeros"`
	NotFinite int     `json:"not_finite,omitempty"`
}

// tensorOf is a tensor for a script.
func tensorOf(t studio.TensorInfo) tensor {
	return tensor{t.Name, t.DType, t.Shape, t.Min, t.Max, t.Mean, t.Std, t.Zeros, t.NotFinite}
}

// Run describes the file, and the model it becomes, or a part of it.
func (c *inspectCmd) Run(a *app) error {
	switch {
	case c.Tensor != "":
		return c.histogram(a)
	case c.Activations != "":
		return c.layers(a)
	case c.Against != "" || c.EMAAgainstRaw:
		return c.compare(a)
	case c.Layer != "":
		return badInput(fmt.Errorf("--layer %q: of which picture?\nhint: --activations PICTURE", c.Layer))
	}
	o, openErr := a.open(c.Checkpoint, c.modelFlags)
	if openErr != nil {
		var err error
		if o, err = look(c.Checkpoint); err != nil {
			return err
		}
	}
	d := describe(o, c.Tensors || c.JSON)
	d.Path = c.Checkpoint
	if openErr != nil {
		d.Error, _ = cutHint(openErr)
	}
	if c.JSON {
		if err := a.json(d); err != nil {
			return err
		}
		return openErr
	}
	a.printDescription(d, len(o.File.Names))
	return openErr
}

func describe(o *studio.Opened, tensors bool) description {
	d := description{Format: o.File.Format, Bytes: o.File.Bytes, SHA256: o.SHA256, Tensors: []tensor{}}
	if tree, ok := o.File.Tree.(map[string]any); ok {
		for _, name := range slices.Sorted(maps.Keys(tree)) {
			if !slices.ContainsFunc(o.File.Names, func(t string) bool { return t == name || strings.HasPrefix(t, name+".") }) {
				d.Other = append(d.Other, name)
			}
		}
	}
	d.Classes = slices.Sorted(maps.Keys(classes(o.File.Tree, map[string]bool{})))
	if m := o.Model; m != nil {
		d.Family, d.Weights, d.Parameters, d.Latent, d.Labels = m.Family, o.Weights, m.Parameters, m.LatentSize, m.Labels
		d.Picture, d.Range = []int{m.C, m.H, m.W}, []float32{m.Lo, m.Hi}
		for _, f := range m.Facts {
			switch f.Name {
			case "weights":
				d.Weights = f.Value // the file may hold only one kind
			case "parameters":
			default:
				d.Facts = append(d.Facts, fact{f.Name, f.Value})
			}
		}
		for _, k := range m.Knobs {
			d.Knobs = append(d.Knobs, knob{k.Name, k.Help, k.Min, k.Max, k.Default})
		}
	}
	if tensors {
		for _, t := range o.Tensors() {
			d.Tensors = append(d.Tensors, tensorOf(t))
		}
	}
	return d
}

// classes collects the names of the classes that a file's pickle asks for and
// that the reader does not know.
func classes(v any, found map[string]bool) map[string]bool {
	switch v := v.(type) {
	case studio.Opaque:
		found[v.Class] = true
		classes(v.Args, found)
		classes(v.State, found)
		classes(v.Items, found)
	case map[string]any:
		for _, item := range v {
			classes(item, found)
		}
	case []any:
		for _, item := range v {
			classes(item, found)
		}
	}
	return found
}

func (a *app) printDescription(d description, count int) {
	a.say("%s: %s, %s", filepath.Base(d.Path), d.Format, size(d.Bytes))
	line := func(name, format string, args ...any) { a.say("%-11s %s", name, fmt.Sprintf(format, args...)) }
	line("sha256", "%s", d.SHA256)
	if d.Family != "" {
		line("family", "%s", d.Family)
		line("weights", "%s", d.Weights)
		line("pictures", "%dx%dx%d (channels, height, width), values %g to %g", d.Picture[0], d.Picture[1], d.Picture[2], d.Range[0], d.Range[1])
		line("parameters", "%d", d.Parameters)
	}
	if d.Latent > 0 {
		line("latents", "%d numbers", d.Latent)
	}
	if len(d.Labels) > 0 {
		line("labels", "%s", strings.Join(d.Labels, ", "))
	}
	for _, f := range d.Facts {
		line(f.Name, "%s", f.Value)
	}
	for _, k := range d.Knobs {
		line("knob", "%-12s %-8g %s (%g to %g)", k.Name, k.Default, k.Help, k.Min, k.Max)
	}
	if len(d.Other) > 0 {
		line("also holds", "%s", strings.Join(d.Other, ", "))
	}
	if len(d.Classes) > 0 {
		line("classes", "%s (named by the file, not run)", strings.Join(d.Classes, ", "))
	}
	line("tensors", "%d", count)
	for _, t := range d.Tensors {
		bad := ""
		if t.NotFinite > 0 {
			bad = fmt.Sprintf("  %d not finite", t.NotFinite)
		}
		a.say("  %-60s %-8s %-16s min %-11.4g max %-11.4g mean %-11.4g std %.4g%s", t.Name, t.DType, dims(t.Shape), t.Min, t.Max, t.Mean, t.Std, bad)
	}
}

// dims writes a shape: "[3 28 28]".
func dims(shape []int) string { return fmt.Sprint(shape) }

// size writes a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d bytes", n)
}
