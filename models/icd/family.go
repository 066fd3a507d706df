package icd

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
)

// Name is the family's name.
const Name = "icd"

// Metadata keys of our own files, which are safetensors with the authors' tensor
// names and their FLAGS as metadata.
const (
	keyFamily     = "family" // "icd"
	keyName       = "name"
	keyLabels     = "labels" // JSON list of names
	keyIterations = "iterations"
)

// Family is the entry of this family in the list of models/zoo.
func Family() models.Family {
	return models.Family{
		Name:    Name,
		Title:   "ICD: improved contrastive divergence",
		Knows:   Knows,
		Open:    Open,
		Compose: Compose,
		Learn:   Learn, Settings: settings,
	}
}

// stateDict matches the prefix of a model's tensors: averaged or not, and its number.
var stateDict = regexp.MustCompile(`^(ema_)?model_state_dict_([0-9]+)\.`)

// Knows reports whether a file looks like an ICD checkpoint: ours by its metadata,
// the authors' by their numbered models.
func Knows(f *checkpoint.File) bool {
	if family, ours := f.Metadata[keyFamily]; ours {
		return family == Name
	}
	return slices.ContainsFunc(f.Names, stateDict.MatchString)
}

// Open builds one model of an ICD checkpoint. Options.Net may say which ("model",
// counted from 0), the size of the pictures ("size"), and replace any of the FLAGS
// that describe the network. Everything missing, unused, misshapen or not finite is
// named in one error.
func Open(b compute.Backend, f *checkpoint.File, o models.Options) (*models.Model, error) {
	c, err := read(f, o)
	if err == nil {
		var n *network
		if n, err = c.place(b); err == nil {
			return n.model(), nil
		}
	}
	if strings.HasPrefix(err.Error(), "load ") {
		return nil, err
	}
	return nil, fmt.Errorf("load %q as %s: %w", f.Path, Name, err)
}

// source is where a model's tensors are in a file.
type source struct {
	prefix  string
	weights string // "ema" or "raw"
	model   int    // its number
	models  []int  // the numbers of all
}

// locate chooses a model of the file, and averaged or raw weights; the default is
// averaged where the file has them.
func locate(f *checkpoint.File, o models.Options) (source, error) {
	if o.Weights != "" && o.Weights != "ema" && o.Weights != "raw" {
		return source{}, fmt.Errorf("weights: found %q, want ema or raw", o.Weights)
	}
	kinds := map[int]map[string]bool{} // by model
	for _, name := range f.Names {
		if m := stateDict.FindStringSubmatch(name); m != nil {
			number, err := strconv.Atoi(m[2])
			if err != nil {
				return source{}, fmt.Errorf("tensor %q: %w", name, err)
			}
			if kinds[number] == nil {
				kinds[number] = map[string]bool{}
			}
			kinds[number][map[string]string{"ema_": "ema", "": "raw"}[m[1]]] = true
		}
	}
	s := source{models: slices.Sorted(maps.Keys(kinds))}
	if len(s.models) == 0 {
		return source{}, errors.New(`found no tensors "model_state_dict_0..." or "ema_model_state_dict_0...", want the energy network`)
	}
	s.model = s.models[0]
	if text, ok := o.Net[keyModel]; ok {
		number, err := strconv.Atoi(text)
		if err != nil || kinds[number] == nil {
			return source{}, fmt.Errorf("network option %q: found %q, want one of the file's models: %s", keyModel, text, numbers(s.models))
		}
		s.model = number
	}
	has := kinds[s.model]
	switch {
	case o.Weights != "raw" && has["ema"]:
		s.prefix, s.weights = "ema_model_state_dict_", "ema"
	case o.Weights != "ema" && has["raw"]:
		s.prefix, s.weights = "model_state_dict_", "raw"
	case o.Weights == "ema":
		return source{}, fmt.Errorf("model %d: the file holds no averaged (ema) weights, only raw ones\nhint: open it with --weights raw", s.model)
	default:
		return source{}, fmt.Errorf("model %d: the file holds no raw weights, only averaged (ema) ones\nhint: open it with --weights ema", s.model)
	}
	s.prefix += strconv.Itoa(s.model) + "."
	return s, nil
}

func numbers(list []int) string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(list)), ", "), "[]")
}

// contents is what a checkpoint holds, on the host.
type contents struct {
	path          string
	name          string
	source        source
	flags         Flags
	height, width int
	labels        []string
	iterations    int
	net           Net
	params        nn.Params
	bestScore     string
}

// read takes a file apart and checks it; nothing is placed on a device yet.
func read(f *checkpoint.File, o models.Options) (*contents, error) {
	flags, err := readFlags(f, o)
	if err != nil {
		return nil, err
	}
	c := &contents{path: f.Path, flags: flags}
	if c.source, err = locate(f, o); err != nil {
		return nil, err
	}
	if c.net, err = NewNet(flags); err != nil {
		return nil, err
	}
	loading := nn.Load(f)
	c.params = loading.Part(c.source.prefix, c.net.Specs(), func(string) bool { return false })
	if err := loading.Err(Name); err != nil {
		return nil, fmt.Errorf("%w\nhint: the FLAGS say %s; if the file is of another version of the authors' program, say what it is with --net", err, flags.describe())
	}
	if err := c.net.checkFilters(c.params); err != nil {
		return nil, err
	}
	if c.height, c.width, err = size(f, flags, o); err != nil {
		return nil, err
	}
	if err := c.net.CheckSize(c.height, c.width); err != nil {
		return nil, err
	}
	if _, err := parseJump(flags.Jump, flags.JumpSize); err != nil {
		return nil, fmt.Errorf("FLAGS: jump: %w", err)
	}
	return c, c.readHeader(f)
}

// readHeader reads what a file says for people.
func (c *contents) readHeader(f *checkpoint.File) error {
	c.labels = labelNames[c.flags.Dataset]
	if !c.net.Conditional {
		c.labels = nil
	}
	if text, ok := f.Metadata[keyLabels]; ok {
		if err := json.Unmarshal([]byte(text), &c.labels); err != nil {
			return fmt.Errorf("metadata %q: want a JSON list of names: %w", keyLabels, err)
		}
	}
	if len(c.labels) > 0 && len(c.labels) != c.net.Classes {
		return fmt.Errorf("metadata %q: found %d names, the network takes %d classes", keyLabels, len(c.labels), c.net.Classes)
	}
	c.iterations, _ = strconv.Atoi(f.Metadata[keyIterations])
	c.name = first(f.Metadata[keyName], c.flags.Exp, c.flags.Dataset)
	if tree, ok := f.Tree.(map[string]any); ok {
		if v, ok := tree["best_inception"].(float64); ok && v != 0 {
			c.bestScore = fmt.Sprint(v)
		}
	}
	return nil
}

// labelNames are the classes of the data sets; CelebA's networks are told whether
// one attribute is there.
var labelNames = map[string][]string{
	"cifar10": {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"},
	"celeba":  {"without", "with"},
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
