package inception

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// uniform numbers in [0, 1): SplitMix64 counted from the FNV-1a hash of a name, as in
// testdata/make.py.
func uniform(name string, count int, as func(u float64) float64) []float32 {
	h := fnv.New64a()
	h.Write([]byte(name))
	state, out := h.Sum64(), make([]float32, count)
	for i := range out {
		state += 0x9E3779B97F4A7C15
		z := state
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		z ^= z >> 31
		out[i] = float32(as(float64(z>>40) / (1 << 24)))
	}
	return out
}

// told is a file of weights by that formula.
var told = sync.OnceValue(func() *checkpoint.File {
	f := &checkpoint.File{Path: "told.pth", Tensors: map[string]checkpoint.Tensor{}}
	for _, s := range specs() {
		as := func(u float64) float64 { return 0.2*u - 0.1 }
		switch {
		case strings.HasSuffix(s.Name, convWeight):
			bound := math.Sqrt(6 / float64(nn.Size(s.Shape[1:])))
			as = func(u float64) float64 { return (2*u - 1) * bound }
		case strings.HasSuffix(s.Name, normGain):
			as = func(u float64) float64 { return 0.8 + 0.4*u }
		case strings.HasSuffix(s.Name, normVar):
			as = func(u float64) float64 { return 0.5 + u }
		}
		put(f, s.Name, s.Shape, uniform(s.Name, nn.Size(s.Shape), as))
	}
	return f
})

func put(f *checkpoint.File, name string, shape []int, data []float32) {
	f.Names, f.Tensors[name] = append(f.Names, name), checkpoint.Float32Tensor(shape, data)
}

// pictures are the two of the fixture.
func pictures() sampling.Images {
	x := sampling.NewImages(2, 3, 20, 28)
	for i, name := range []string{"first", "second"} {
		copy(x.Image(i), uniform(name, len(x.Image(i)), func(u float64) float64 { return u }))
	}
	return x
}

// fixture is testdata/want.json, made by PyTorch.
type fixture struct {
	Stages []struct {
		Shape        []int
		Mean, Square float64
		Values       []float64
	}
	Features [][]float64
	Resized  []struct {
		Height, Width int
		Values        []float64
	}
}

func wanted(t *testing.T) (want fixture) {
	t.Helper()
	text, err := os.ReadFile("testdata/want.json")
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	return want
}

// spread picks count values at equal distances, channels before rows.
func spread(row []float32, count int) []float64 {
	out := make([]float64, count)
	for i := range out {
		out[i] = float64(row[i*len(row)/count])
	}
	return out
}

// away is the largest difference, of numbers about as large as size.
func away(t *testing.T, what string, got, want []float64, size float64) float64 {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Fatalf("%s: found %d numbers, want %d", what, len(got), len(want))
	}
	var most float64
	for i, v := range got {
		if d := math.Abs(v-want[i]) / size; !(d <= most) { // NaN, too
			most = d
		}
	}
	return most
}

// TestAgainstPyTorch compares every block and the features with pytorch-fid's network of
// the same weights, in units of the block's root mean square. Float32 sums of up to 18432
// products, through 20 layers, in another order: found were 2.7e-6 (XLA) and 1.7e-6 (Go).
func TestAgainstPyTorch(t *testing.T) {
	const tolerance = 1e-5
	want := wanted(t)
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		m, err := Open(b, told(), models.Options{})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := m.Features(pictures())
		if err != nil {
			t.Fatal(err)
		}
		size := math.Sqrt(want.Stages[len(want.Stages)-1].Square)
		good := true
		for i, row := range rows {
			d := away(t, "features", spread(row, len(want.Features[i])), want.Features[i], size)
			t.Logf("picture %d: features differ by at most %.2g of their root mean square", i, d)
			good = good && d <= tolerance
		}
		if len(rows[0]) != features || !good {
			t.Errorf("found %d features that are not PyTorch's, want %d within %g", len(rows[0]), features, tolerance)
			stagesAgainst(t, b, want, tolerance)
		}
	})
}

// stagesAgainst names the first block that deviates.
func stagesAgainst(t *testing.T, b compute.Backend, want fixture, tolerance float64) {
	t.Helper()
	var read nn.Params
	for _, s := range specs() {
		data, err := told().Tensors[s.Name].Float32s()
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, nn.Param{Name: s.Name, Array: nn.Array{Shape: s.Shape, Data: data}})
	}
	device, err := nn.Place(b, fold(read))
	if err != nil {
		t.Fatal(err)
	}
	exec := nn.NewExec("stages", device, func(w nn.Weights, in []*graph.Node) []*graph.Node {
		outputs, _ := forward(w, in[0])
		for i, y := range outputs {
			outputs[i] = nn.ChannelsFirst(y)
		}
		return outputs
	})
	x := pictures()
	outputs, err := exec.Call(nn.Array{Shape: []int{x.N, x.C, x.H, x.W}, Data: x.Data})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range stages() {
		w, y := want.Stages[i], outputs[i]
		second := y.Data[len(y.Data)/2:]
		var mean, square float64
		for _, v := range second {
			mean += float64(v) / float64(len(second))
			square += float64(v) * float64(v) / float64(len(second))
		}
		d := away(t, s.name, append(spread(second, len(w.Values)), mean), append(w.Values, w.Mean), math.Sqrt(w.Square))
		if fmt.Sprint(y.Shape[1:]) != fmt.Sprint(w.Shape) || d > tolerance || math.Abs(square/w.Square-1) > tolerance {
			t.Fatalf("stage %d %s: found %v, mean %g and mean square %g, off by %g; want %v, %g and %g",
				i, s.name, y.Shape[1:], mean, square, d, w.Shape, w.Mean, w.Square)
		}
	}
}

// TestStagesAgainstPyTorch compares the outputs of every stage on the engine that takes
// no time to compile.
func TestStagesAgainstPyTorch(t *testing.T) {
	stagesAgainst(t, enginetest.Open(t, "go"), wanted(t), 1e-5)
}

// TestResize compares with PyTorch's interpolate, to fewer pixels and to more.
func TestResize(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		for _, want := range wanted(t).Resized {
			device, err := nn.Place(b, nil)
			if err != nil {
				t.Fatal(err)
			}
			exec := nn.NewExec("resize", device, func(_ nn.Weights, in []*graph.Node) []*graph.Node {
				return []*graph.Node{nn.ChannelsFirst(resize(nn.ChannelsLast(in[0]), want.Height, want.Width))}
			})
			x := uniform("resize", 2*5*7, func(u float64) float64 { return u })
			out, err := exec.Call(nn.Array{Shape: []int{1, 2, 5, 7}, Data: x})
			if err != nil {
				t.Fatal(err)
			}
			if d := away(t, "resized", spread(out[0].Data, len(want.Values)), want.Values, 1); d > 1e-6 {
				t.Errorf("5x7 to %dx%d: off by %g, want at most 1e-6", want.Height, want.Width, d)
			}
		}
	})
}

// TestGrey: a grey picture has the features of the same with three equal channels.
func TestGrey(t *testing.T) {
	m, err := Open(enginetest.Open(t, "go"), told(), models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	grey, three := sampling.NewImages(1, 1, 8, 8), sampling.NewImages(1, 3, 8, 8)
	copy(grey.Data, uniform("grey", 64, func(u float64) float64 { return u }))
	for c := range 3 {
		copy(three.Data[64*c:], grey.Data)
	}
	one, err := m.Features(grey)
	if err != nil {
		t.Fatal(err)
	}
	other, err := m.Features(three)
	if err != nil {
		t.Fatal(err)
	}
	if d := away(t, "grey", spread(one[0], features), spread(other[0], features), 1); d > 1e-5 {
		t.Errorf("features differ by %g, want at most 1e-5", d)
	}
	if _, err := m.Features(sampling.NewImages(1, 2, 8, 8)); err == nil || !strings.Contains(err.Error(), "want at least one, of 1 or 3 channels") {
		t.Errorf("two channels: found %v", err)
	}
}

// TestOpenSays holds the errors of files that are almost right.
func TestOpenSays(t *testing.T) {
	b := enginetest.Open(t, "go")
	for want, edit := range map[string]func(f *checkpoint.File){
		"1 tensor missing (Mixed_6c.branch7x7_2.conv.weight)": func(f *checkpoint.File) { delete(f.Tensors, "Mixed_6c.branch7x7_2.conv.weight") },
		"fc.weight: found [1000 2048], want [1008 2048]":      func(f *checkpoint.File) { put(f, "fc.weight", []int{1000, 2048}, make([]float32, 1000*2048)) },
		"unused (AuxLogits.conv0.conv.weight)":                func(f *checkpoint.File) { put(f, "AuxLogits.conv0.conv.weight", []int{1}, []float32{1}) },
		"Conv2d_1a_3x3.bn.bias: found [3], want [32]":         func(f *checkpoint.File) { put(f, "Conv2d_1a_3x3.bn.bias", []int{3}, make([]float32, 3)) },
		"no AuxLogits: pt_inception-2015-12-05-6726825d.pth":  func(f *checkpoint.File) { delete(f.Tensors, "fc.bias") },
	} {
		f := &checkpoint.File{Path: "almost.pth", Names: append([]string(nil), told().Names...), Tensors: map[string]checkpoint.Tensor{}}
		for name, tensor := range told().Tensors {
			f.Tensors[name] = tensor
		}
		put(f, "Mixed_5b.branch1x1.bn.num_batches_tracked", []int{1}, []float32{0}) // newer versions write it
		edit(f)
		if !Knows(f) {
			t.Errorf("%s: not known as %s", want, Name)
		}
		if _, err := Open(b, f, models.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("found %v, want an error with %q", err, want)
		}
	}
	if _, err := Open(b, told(), models.Options{Weights: "raw"}); err == nil {
		t.Error("options: found no error")
	}
}

// BenchmarkFeatures is of 16 pictures of 32x32.
func BenchmarkFeatures(b *testing.B) {
	for _, name := range []string{"xla:cpu", "go"} {
		b.Run(name, func(b *testing.B) {
			m, err := Open(enginetest.Open(b, name), told(), models.Options{})
			if err != nil {
				b.Fatal(err)
			}
			x := sampling.NewImages(16, 3, 32, 32)
			for b.Loop() {
				if _, err := m.Features(x); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N*x.N), "s/picture")
		})
	}
}
