package icd

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
)

// Flags are the options that the authors' training script stores beside the weights
// ("FLAGS"), as far as they say what the network is and how it was sampled from.
type Flags struct {
	Dataset      string // tells the class of the network
	FilterDim    int
	Multiscale   bool // three branches
	SelfAttn     bool // self-attention
	Cond         bool // conditional
	SpecNorm     bool // spectral norm, otherwise standardised weights
	Norm         bool // instance and group norms
	Alias        bool // blurs instead of average pools
	SquareEnergy bool
	Sigmoid      bool

	// Of [Small] networks alone.
	Channels int
	Classes  int   // length of a condition
	Widths   []int // of the blocks of the full-size branch
	Patches  []int // sides of the squares that become channels, one a column

	Exp        string  // name of the run
	Ensembles  int     // models in the file
	StepLR     float64 // of the sampler; 0 where the file does not say
	StepNoise  float64 // the same; our own files
	Steps      int     // default length of a chain; our own files
	Jump       string  // changes that chains were trained with, see [Jump]; our own files
	JumpSize   float64
	NumSteps   int // Langevin steps of a training iteration; 0 where the file does not say
	Anneal     bool
	Iterations int // our own files
	Labels     []string

	all map[string]any // everything that was said, for people to read
}

// classes tells the network from the data set, as the authors' training script does.
var classes = map[string]string{
	"cifar10": ResNet, "stl": ResNet,
	"celeba": CelebA, "object": CelebA, "lsun": CelebA,
	"mnist": MNIST,
	"small": Small,
}

func datasetNames() string {
	names := slices.Sorted(maps.Keys(classes))
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// Network options besides the FLAGS of the same names.
const (
	keyModel = "model" // which model of the file
	keySize  = "size"  // pixels: the networks take any, so that files do not tell
)

// architecture lists the options that every file must tell.
var architecture = []string{"dataset", "filter_dim", "multiscale", "self_attn", "cond", "spec_norm", "norm", "alias", "square_energy", "sigmoid"}

// ofSmall lists those of [Small] networks besides.
var ofSmall = []string{"channels", "classes", "widths", "patches"}

// readFlags reads the options: those that a person gives first, then the file's.
func readFlags(f *checkpoint.File, o models.Options) (Flags, error) {
	said, err := storedFlags(f)
	if err != nil {
		return Flags{}, err
	}
	r := flagReader{said: said, given: o.Net}
	for key := range o.Net {
		if key != keyModel && key != keySize && !slices.Contains(architecture, key) && !slices.Contains(ofSmall, key) {
			return Flags{}, fmt.Errorf("network option %q: want %s, %s or %s", key, keyModel, keySize, strings.Join(architecture, ", "))
		}
	}
	flags := Flags{
		Dataset: r.text("dataset"), FilterDim: r.whole("filter_dim"),
		Multiscale: r.yes("multiscale"), SelfAttn: r.yes("self_attn"), Cond: r.yes("cond"), SpecNorm: r.yes("spec_norm"),
		Norm: r.yes("norm"), Alias: r.yes("alias"), SquareEnergy: r.yes("square_energy"), Sigmoid: r.yes("sigmoid"),
		all: r.said,
	}
	if flags.Dataset == "small" {
		flags.Channels, flags.Classes = r.whole("channels"), r.whole("classes")
		flags.Widths, flags.Patches = r.wholes("widths"), r.wholes("patches")
	}
	r.optional = true
	flags.StepNoise, flags.Steps = r.number("step_noise"), r.whole("steps")
	flags.Jump, flags.JumpSize = r.text("jump"), r.number("jump_size")
	flags.Exp, flags.Ensembles = r.text("exp"), r.whole("ensembles")
	flags.StepLR, flags.NumSteps, flags.Anneal = r.number("step_lr"), r.whole("num_steps"), r.yes("anneal")
	return flags, r.err
}

// storedFlags finds the options in a file.
func storedFlags(f *checkpoint.File) (map[string]any, error) {
	if _, ours := f.Metadata[keyFamily]; ours {
		said := map[string]any{}
		for key, text := range f.Metadata {
			said[key] = text
		}
		return said, nil
	}
	tree, _ := f.Tree.(map[string]any)
	switch said := tree["FLAGS"].(type) {
	case map[string]any:
		return said, nil
	case nil:
		return nil, nil // --net may tell everything
	case checkpoint.Opaque:
		return nil, fmt.Errorf("FLAGS: found %s, want an EasyDict or a dict of options", said.Class)
	default:
		return nil, fmt.Errorf("FLAGS: found %T, want an EasyDict or a dict of options", said)
	}
}

// flagReader reads options and keeps the first error.
type flagReader struct {
	said     map[string]any
	given    map[string]string
	optional bool
	err      error
}

// value returns an option as said, nil where it is absent and need not be there.
func (r *flagReader) value(key, want string) any {
	if text, ok := r.given[key]; ok {
		return text
	}
	v, ok := r.said[key]
	if !ok && !r.optional && r.err == nil {
		r.err = fmt.Errorf("FLAGS: no %q among %d options, want %s: the file is of another version of the authors' program\nhint: give it with --net %s=VALUE", key, len(r.said), want, key)
	}
	return v
}

func (r *flagReader) refuse(key string, v any, want string) {
	if r.err == nil {
		r.err = fmt.Errorf("FLAGS: %s: found %v, want %s\nhint: give it with --net %s=VALUE", key, v, want, key)
	}
}

func (r *flagReader) text(key string) string {
	v := r.value(key, "a name")
	text, ok := v.(string)
	if v != nil && !ok {
		r.refuse(key, v, "a name")
	}
	return text
}

func (r *flagReader) yes(key string) bool {
	const want = "true or false"
	switch v := r.value(key, want).(type) {
	case nil:
	case bool:
		return v
	case string:
		yes, err := strconv.ParseBool(v)
		if err != nil {
			r.refuse(key, v, want)
		}
		return yes
	default:
		r.refuse(key, v, want)
	}
	return false
}

func (r *flagReader) number(key string) float64 {
	const want = "a number from 0"
	var x float64
	switch v := r.value(key, want).(type) {
	case nil:
		return 0
	case int64:
		x = float64(v)
	case float64:
		x = v
	case string:
		var err error
		if x, err = strconv.ParseFloat(v, 64); err != nil {
			r.refuse(key, v, want)
		}
	default:
		r.refuse(key, v, want)
	}
	if !(x >= 0 && x < 1e9) {
		r.refuse(key, x, want)
		return 0
	}
	return x
}

func (r *flagReader) whole(key string) int {
	x := r.number(key)
	if x != float64(int(x)) {
		r.refuse(key, x, "a whole number")
	}
	return int(x)
}

// wholes reads whole numbers with commas between.
func (r *flagReader) wholes(key string) []int {
	const want = "whole numbers with commas between"
	text, ok := r.value(key, want).(string)
	if !ok {
		return nil
	}
	var list []int
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 || n > maxFilters {
			r.refuse(key, text, want)
			return nil
		}
		list = append(list, n)
	}
	return list
}

// sizes are the pictures that the data sets were scaled to.
var sizes = map[string]int{"cifar10": 32, "mnist": 28, "stl": 48, "celeba": 128, "lsun": 128, "object": 128}

// size is the height and width that chains start with: a person's, the file's, or
// the data set's. The networks themselves take others too.
func size(f *checkpoint.File, flags Flags, o models.Options) (height, width int, err error) {
	text, ok := o.Net[keySize]
	if !ok {
		text, ok = f.Metadata[keySize]
	}
	if !ok {
		return sizes[flags.Dataset], sizes[flags.Dataset], nil
	}
	const most = 1024
	if n, _ := fmt.Sscanf(text, "%d,%d", &height, &width); n == 1 {
		width = height
	}
	if height < 1 || width < 1 || height > most || width > most {
		return 0, 0, fmt.Errorf("found size %q, want pixels such as 32, or height,width, each 1 to %d", text, most)
	}
	return height, width, nil
}
