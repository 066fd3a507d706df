package judge

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Name is the family's name.
const Name = "judge"

// Family is the entry of this family in the list of models/zoo.
func Family() models.Family {
	return models.Family{Name: Name, Title: "judge: a classifier that samples are judged by", Knows: Knows, Open: Open, Learn: Learn, Settings: settings}
}

// Knows reports whether a file's metadata says that it is a judge.
func Knows(f *checkpoint.File) bool { return f.Metadata[keyFamily] == Name }

// Open builds the model of a judge's checkpoint.
func Open(b compute.Backend, f *checkpoint.File, o models.Options) (*models.Model, error) {
	m, err := open(b, f, o)
	if err != nil && !strings.HasPrefix(err.Error(), "load ") {
		err = fmt.Errorf("load %q as %s: %w", f.Path, Name, err)
	}
	return m, err
}

func open(b compute.Backend, f *checkpoint.File, o models.Options) (*models.Model, error) {
	if len(o.Net) > 0 {
		return nil, fmt.Errorf("found network options, want none: the file tells everything")
	}
	if o.Weights == "raw" {
		return nil, fmt.Errorf("the file holds no raw weights, only averaged (ema) ones\nhint: open it with --weights ema")
	}
	h, err := ParseHeader(f.Metadata)
	if err != nil {
		return nil, err
	}
	net, absent, err := readNet(f, h.Height, h.Width)
	loading := nn.Load(f)
	loading.Missing(absent...)
	if err == nil {
		err = loading.Err(Name)
	}
	if err != nil {
		return nil, err
	}
	if want := outputs(h.Labels, h.Attributes); net.Outputs != want {
		return nil, fmt.Errorf("tensor %q: found %d outputs, want %d by the labels", Prefix+outWeight, net.Outputs, want)
	}
	p := loading.Part(Prefix, net.Specs(), func(string) bool { return false })
	if err := loading.Err(Name); err != nil {
		return nil, err
	}
	device, err := nn.Place(b, p)
	if err != nil {
		return nil, err
	}
	exec := nn.NewExec("judge", device, func(w nn.Weights, in []*graph.Node) []*graph.Node {
		logits, features := net.Forward(w, in[0])
		return []*graph.Node{logits, features}
	})
	return &models.Model{
		Family: Name, Name: h.Name,
		C: net.Channels, H: net.Height, W: net.Width, Lo: 0, Hi: 1,
		Labels: h.Labels, Attributes: h.Attributes,
		Parameters: nn.Trainable(net.Specs()),
		Facts:      h.facts(net),
		Classify: func(x sampling.Images) (probabilities, features [][]float32, err error) {
			if err := x.Check(net.Channels, net.Height, net.Width); err != nil {
				return nil, nil, err
			}
			out, err := exec.Call(nn.Array{Shape: []int{x.N, x.C, x.H, x.W}, Data: x.Data})
			if err != nil {
				return nil, nil, err
			}
			for i := range x.N {
				probabilities = append(probabilities, probability(row(out[0], i), h.Labels, h.Attributes))
				features = append(features, slices.Clone(row(out[1], i)))
			}
			return probabilities, features, nil
		},
		Compiled: func() (int, time.Duration) { return exec.Compilations() },
	}, nil
}

// row is row i of an array [rows, n].
func row(a nn.Array, i int) []float32 {
	n := a.Shape[1]
	return a.Data[i*n : (i+1)*n]
}

// probability turns logits into a probability for every label: a softmax over
// classes, or a sigmoid for each attribute, the two labels of which share 1.
func probability(logits []float32, labels []string, pairs [][2]int) []float32 {
	p := make([]float32, len(labels))
	if len(pairs) > 0 {
		for a, pair := range pairs {
			v := 1 / (1 + math.Exp(-float64(logits[a])))
			p[pair[0]], p[pair[1]] = float32(v), float32(1-v)
		}
		return p
	}
	top := float64(slices.Max(logits))
	var sum float64
	for _, v := range logits {
		sum += math.Exp(float64(v) - top)
	}
	for i, v := range logits {
		p[i] = float32(math.Exp(float64(v)-top) / sum)
	}
	return p
}

// facts are what a person may want to read about a judge.
func (h Header) facts(n Net) []models.Fact {
	facts := []models.Fact{
		{Name: "weights", Value: "ema"},
		{Name: "widths", Value: strings.Trim(fmt.Sprint(n.Widths), "[]")},
		{Name: "features", Value: fmt.Sprintf("%s, %d numbers", h.Name, n.Hidden)},
		{Name: "accuracy", Value: h.Accuracy.text(h.Labels)},
		{Name: "parameters", Value: strconv.Itoa(nn.Trainable(n.Specs()))},
	}
	if h.Iterations > 0 {
		facts = append(facts, models.Fact{Name: "training iterations", Value: strconv.Itoa(h.Iterations)})
	}
	return facts
}

// text is the accuracy in a line.
func (a *Accuracy) text(labels []string) string {
	if a == nil {
		return "not measured: the data held no pictures back"
	}
	text := fmt.Sprintf("%.4f of %d test pictures", a.Right, a.Tested)
	for i, v := range a.Labels {
		if i < len(labels) {
			text += fmt.Sprintf(", %s %.3f", labels[i], v)
		}
	}
	if a.LearntFrom > 0 {
		text += fmt.Sprintf("; %.4f of %d training pictures", a.Learnt, a.LearntFrom)
	}
	return text
}
