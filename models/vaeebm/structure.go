package vaeebm

import (
	"fmt"
	"strconv"
	"strings"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
)

// layout is how a kind of file names and orders what it holds.
type layout struct {
	ebm, generator, encoder string // prefixes
	paddle                  bool   // linear weights are [in, out]; batch norm has "_mean", "_variance"
}

// averagedPrefix begins the averaged weights of our own files.
const averagedPrefix = "ema_"

var (
	averagedLayout = layout{ebm: averagedPrefix + torchLayout.ebm, generator: averagedPrefix + torchLayout.generator, encoder: averagedPrefix + torchLayout.encoder}

	torchLayout  = layout{ebm: "ebm.", generator: "generator.", encoder: "encoder."}
	paddleLayout = layout{ebm: "netEBM.", generator: "netG.", encoder: "netE.", paddle: true}
)

// holds reports whether a file has tensors with this prefix.
func holds(f *checkpoint.File, prefix string) bool {
	for _, name := range f.Names {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// read loads a network's arrays in PyTorch's layout, strictly.
func (l layout) read(loading *nn.Loading, prefix string, n network) nn.Params {
	want := specsOf(n)
	stored := make([]nn.Spec, len(want))
	for i, s := range want {
		stored[i] = l.stored(s)
	}
	// PyTorch counts batches only for a momentum that is not used here.
	p := loading.Part(prefix, stored, func(name string) bool { return strings.HasSuffix(name, ".num_batches_tracked") })
	if len(p) != len(want) {
		return nil // the loading knows why
	}
	for i, s := range want {
		p[i].Name = s.Name
		if l.flips(s) {
			p[i].Array = flipped(p[i].Array)
		}
	}
	return p
}

// stored is a spec as the file has it.
func (l layout) stored(s nn.Spec) nn.Spec {
	if !l.paddle {
		return s
	}
	if l.flips(s) {
		s.Shape = []int{s.Shape[1], s.Shape[0]}
	}
	if name, ok := strings.CutSuffix(s.Name, meanName); ok {
		s.Name = name + "._mean"
	}
	if name, ok := strings.CutSuffix(s.Name, varianceName); ok {
		s.Name = name + "._variance"
	}
	return s
}

// flips reports whether the file has a linear weight the other way round.
func (l layout) flips(s nn.Spec) bool { return l.paddle && len(s.Shape) == 2 }

func flipped(a nn.Array) nn.Array {
	rows, columns := a.Shape[0], a.Shape[1]
	if len(a.Data) != rows*columns {
		return a // the loading knows why
	}
	t := nn.NewArray(columns, rows)
	for i, v := range a.Data {
		t.Data[i%columns*rows+i/columns] = v
	}
	return t
}

// parts are the networks that a file's tensors describe.
type parts struct {
	channels, height, width, latent int
	energy                          EnergyNet
	generator                       Generator
	encoder                         Encoder // nil where the file has none
}

func (p *parts) completes() bool { _, ok := p.generator.(UNet); return ok }

// shapes looks sizes up in a file under a prefix and notes what is absent.
type shapes struct {
	file   *checkpoint.File
	prefix string
	paddle bool
	absent []string
}

// dim is an axis of a tensor that every network of its kind has.
func (s *shapes) dim(name string, axis int) int {
	t, ok := s.file.Tensors[s.prefix+name]
	if ok && axis < len(t.Shape) && t.Shape[axis] > 0 && t.Shape[axis] <= maxWidth {
		return t.Shape[axis]
	}
	s.absent = append(s.absent, s.prefix+name)
	return 1
}

// outputs is the number of outputs of a linear layer.
func (s *shapes) outputs(name string) int {
	if s.paddle {
		return s.dim(name, 1)
	}
	return s.dim(name, 0)
}

// count is one more than the largest number that follows start in the names.
func (s *shapes) count(start string) (int, error) {
	n := 0
	for _, name := range s.file.Names {
		rest, ok := strings.CutPrefix(name, s.prefix+start)
		if !ok {
			continue
		}
		text, _, _ := strings.Cut(rest, ".")
		i, err := strconv.Atoi(text)
		if err != nil || i < 0 || i >= maxLayers {
			return 0, fmt.Errorf("tensor %q: want at most %d layers", name, maxLayers)
		}
		n = max(n, i+1)
	}
	if n == 0 {
		s.absent = append(s.absent, s.prefix+start+"0"+weightName)
	}
	return n, nil
}

// widths are the first axes of the weights start+0, start+step, ...
func (s *shapes) widths(start string, step int, suffix string) ([]int, error) {
	n, err := s.count(start)
	if err != nil {
		return nil, err
	}
	var list []int
	for i := 0; i < max(n, 1); i += step {
		list = append(list, s.dim(start+strconv.Itoa(i)+suffix, 0))
	}
	return list, nil
}

// readParts finds the networks' sizes; strides, paddings and the pictures' size come
// from g. The names in absent are essential tensors that the file lacks.
func readParts(f *checkpoint.File, l layout, g geometry) (p *parts, absent []string, err error) {
	s := &shapes{file: f, prefix: l.generator, paddle: l.paddle}
	p = &parts{height: g.height, width: g.width}
	if holds(f, l.generator+"down.") || holds(f, l.generator+"up.") {
		err = p.readUNet(s)
	} else {
		err = p.readDecoder(s, g)
	}
	if err != nil {
		return nil, nil, err
	}
	s.prefix = l.ebm
	p.energy = EnergyNet{Channels: p.channels, Height: p.height, Width: p.width}
	if p.completes() {
		p.energy.Channels *= 2
	}
	if p.energy.Widths, err = s.widths("conv.", 2, weightName); err != nil {
		return nil, nil, err
	}
	if s.prefix = l.encoder; holds(f, l.encoder) {
		err = p.readEncoder(s)
	}
	return p, s.absent, err
}

func (p *parts) readUNet(s *shapes) error {
	widths, err := s.widths("down.", 1, weightName)
	if err != nil {
		return err
	}
	p.channels = s.dim("down.0"+weightName, 1)
	p.latent = s.dim("up.0"+weightName, 0) - widths[len(widths)-1]
	if len(s.absent) == 0 && p.latent < 1 {
		return fmt.Errorf("tensor %q: found %d inputs, want more than the %d of the bottleneck: the latent is beside it",
			s.prefix+"up.0"+weightName, p.latent+widths[len(widths)-1], widths[len(widths)-1])
	}
	p.generator = UNet{Channels: p.channels, Widths: widths, Latent: max(p.latent, 1)}
	return nil
}

func (p *parts) readDecoder(s *shapes, g geometry) error {
	n, err := s.count("model.")
	if err != nil {
		return err
	}
	var d Decoder
	for i := 0; i < max(n, 1); i += 2 {
		name := "model." + strconv.Itoa(i) + weightName
		t := Transposed{In: s.dim(name, 0), Out: s.dim(name, 1), Size: min(s.dim(name, 2), maxPixels), Stride: 1}
		if j := i / 2; j < len(g.strides) && j < len(g.paddings) {
			t.Stride, t.Padding = g.strides[j], g.paddings[j]
		}
		d.Layers = append(d.Layers, t)
	}
	if len(s.absent) > 0 {
		p.generator = d
		return nil
	}
	if len(g.strides) != 0 && len(g.strides) != len(d.Layers) || len(g.paddings) != 0 && len(g.paddings) != len(d.Layers) {
		return fmt.Errorf("strides and paddings: found %d and %d, want one for each of the generator's %d layers", len(g.strides), len(g.paddings), len(d.Layers))
	}
	if len(g.strides) == 0 || len(g.paddings) == 0 {
		return absentConfig(s.file, "the strides and paddings of the generator's transposed convolutions",
			"--net strides=1,1,2,2 and --net paddings=0,0,1,1, one for each of its "+strconv.Itoa(len(d.Layers))+" layers")
	}
	p.channels, p.latent = d.Layers[len(d.Layers)-1].Out, d.Layers[0].In
	side := d.pixels()
	if side == 0 || p.height != 0 && (p.height != side || p.width != side) {
		return fmt.Errorf("strides %v and paddings %v make pictures of %d pixels, want %dx%d", g.strides, g.paddings, side, p.height, p.width)
	}
	p.height, p.width = side, side
	p.generator = d
	return nil
}

func (p *parts) readEncoder(s *shapes) error {
	if !p.completes() {
		widths, err := s.widths("conv.", 2, weightName)
		p.encoder = ConvEncoder{Channels: p.channels, Widths: widths, Height: p.height, Width: p.width, Latent: p.latent}
		return err
	}
	widths, err := s.widths("blocks.", 1, ".conv2"+weightName)
	p.encoder = ResidualEncoder{
		Channels: 2 * p.channels, Stem: s.dim("stem"+weightName, 0), Widths: widths,
		Hidden: s.outputs("mu.0" + weightName), Latent: p.latent,
	}
	return err
}

// fits tells what no single tensor can: that pictures pass through every network.
func (p *parts) fits() error {
	smallest := 1 << len(p.energy.Widths)
	switch e := p.encoder.(type) {
	case ConvEncoder:
		smallest = max(smallest, 1<<len(e.Widths))
	case ResidualEncoder:
		smallest = max(smallest, 1<<len(e.Widths))
	}
	if min(p.height, p.width) < smallest {
		return fmt.Errorf("pictures of %dx%d pixels are too small: the networks halve them to nothing, want at least %d", p.height, p.width, smallest)
	}
	return nil
}
