package inception

import (
	"fmt"
	"math"
	"runtime"
	"slices"
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
const Name = "inception"

// published is how the SHA-256 of pytorch-fid's file begins, which its name ends with.
const published = "6726825d"

// tile is how many pictures are evaluated at a time: 16, beyond which they take more
// memory and no less time each; on the pure-Go engine, whose convolutions take the more
// memory and time the more pictures there are, one a processor.
func tile(b compute.Backend) int {
	if b.String() == "go" {
		return runtime.GOMAXPROCS(0)
	}
	return 16
}

// classes are the outputs of the published network, which nothing here uses; by their
// number it is told from ImageNet's thousand.
const classes = 1008

// epsilon of the batch norms.
const epsilon = 0.001

// Names of a convolution's arrays: in the file, and folded.
const (
	convWeight = ".conv.weight"
	normGain   = ".bn.weight"
	normOffset = ".bn.bias"
	normMean   = ".bn.running_mean"
	normVar    = ".bn.running_var"
	kernelName = ".kernel"
	biasName   = ".bias"
)

// Family is the entry of this family in the list of models/zoo.
func Family() models.Family {
	return models.Family{Name: Name, Title: "inception: the InceptionV3 that FID is measured on", Knows: Knows, Open: Open}
}

// Knows reports whether a file holds tensors of an InceptionV3.
func Knows(f *checkpoint.File) bool {
	return slices.ContainsFunc(f.Names, func(name string) bool { return strings.HasPrefix(name, "Mixed_7c.") })
}

// Open builds the model of pytorch-fid's file, or of the same tensors in another.
func Open(b compute.Backend, f *checkpoint.File, o models.Options) (*models.Model, error) {
	if len(o.Net) > 0 || o.Weights != "" {
		return nil, fmt.Errorf("load %q as %s: found options, want none: there is one network of this kind", f.Path, Name)
	}
	specs := specs()
	loading := nn.Load(f)
	read := loading.Part("", specs, func(name string) bool { return strings.HasSuffix(name, ".num_batches_tracked") })
	if err := loading.Err(Name); err != nil {
		return nil, fmt.Errorf("%w\nhint: the network that FID is of has %d classes and no AuxLogits: pt_inception-2015-12-05-%s.pth of pytorch-fid, not an InceptionV3 of ImageNet", err, classes, published)
	}
	device, err := nn.Place(b, fold(read))
	if err != nil {
		return nil, err
	}
	exec := nn.NewExec(Name, device, func(w nn.Weights, in []*graph.Node) []*graph.Node {
		_, pool := forward(w, in[0])
		return []*graph.Node{pool}
	})
	return &models.Model{
		Family: Name, Name: "InceptionV3 pool3", C: 3, H: side, W: side, Lo: 0, Hi: 1,
		Parameters: nn.Trainable(specs),
		Facts:      facts(f),
		Features:   func(x sampling.Images) ([][]float32, error) { return evaluate(exec, tile(b), x) },
		Compiled:   func() (int, time.Duration) { return exec.Compilations() },
	}, nil
}

// facts are what a person may want to read about the network.
func facts(f *checkpoint.File) []models.Fact {
	source := "the file of pytorch-fid"
	if !strings.HasPrefix(f.SHA256, published) {
		source = "not the file of pytorch-fid, whose SHA-256 begins with " + published
	}
	return []models.Fact{
		{Name: "features", Value: fmt.Sprintf("last pool (pool3), %d numbers", features)},
		{Name: "pictures", Value: fmt.Sprintf("resized bilinearly to %dx%d, grey ones repeated to three channels", side, side)},
		{Name: "source", Value: source},
	}
}

// specs lists the tensors of the file.
func specs() []nn.Spec {
	var list []nn.Spec
	eachConv(func(name string, in int, l layer) {
		one := []int{l.out}
		list = append(list,
			nn.Spec{Name: name + convWeight, Shape: []int{l.out, in, l.height, l.width}, Role: nn.Weight},
			nn.Spec{Name: name + normGain, Shape: one, Role: nn.Gain}, nn.Spec{Name: name + normOffset, Shape: one, Role: nn.Bias},
			nn.Spec{Name: name + normMean, Shape: one, Role: nn.Mean}, nn.Spec{Name: name + normVar, Shape: one, Role: nn.Var})
	})
	return append(list,
		nn.Spec{Name: "fc.weight", Shape: []int{classes, features}, Role: nn.Weight},
		nn.Spec{Name: "fc.bias", Shape: []int{classes}, Role: nn.Bias})
}

// fold turns every convolution and its batch norm into one kernel [height, width, in,
// out] and one bias [out].
func fold(read nn.Params) nn.Params {
	arrays := make(map[string]nn.Array, len(read))
	for _, p := range read {
		arrays[p.Name] = p.Array
	}
	var folded nn.Params
	eachConv(func(name string, _ int, l layer) {
		weight, gain, offset := arrays[name+convWeight], arrays[name+normGain].Data, arrays[name+normOffset].Data
		mean, variance := arrays[name+normMean].Data, arrays[name+normVar].Data
		scaled := nn.Array{Shape: weight.Shape, Data: make([]float32, len(weight.Data))}
		bias := nn.NewArray(l.out)
		each := len(weight.Data) / l.out
		for o := range l.out {
			scale := float64(gain[o]) / math.Sqrt(float64(variance[o])+epsilon)
			bias.Data[o] = float32(float64(offset[o]) - float64(mean[o])*scale)
			for i := o * each; i < (o+1)*each; i++ {
				scaled.Data[i] = float32(float64(weight.Data[i]) * scale)
			}
		}
		folded = append(folded, nn.Param{Name: name + kernelName, Array: nn.HostKernel(scaled, 1)}, nn.Param{Name: name + biasName, Array: bias})
	})
	return folded
}

// evaluate gives the features of pictures in 0..1, of any size and of 1 or 3 channels, a
// row each, some at once.
func evaluate(exec *nn.Exec, atOnce int, x sampling.Images) (rows [][]float32, err error) {
	if x.C != 1 && x.C != 3 || x.N < 1 || x.H < 1 || x.W < 1 {
		return nil, fmt.Errorf("features of %s: found %d pictures of %dx%dx%d (channels, height, width), want at least one, of 1 or 3 channels", Name, x.N, x.C, x.H, x.W)
	}
	for from := 0; from < x.N; from += atOnce {
		part := x.Slice(from, min(from+atOnce, x.N))
		out, err := exec.Call(nn.Array{Shape: []int{part.N, part.C, part.H, part.W}, Data: part.Data})
		if err != nil {
			return nil, err
		}
		for i := range part.N {
			rows = append(rows, out[0].Data[i*features:(i+1)*features])
		}
	}
	return rows, nil
}
