package clel

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
)

// Name is the family's name.
const Name = "clel"

// Family is the entry of this family in the list of models/zoo.
func Family() models.Family {
	return models.Family{
		Name:  Name,
		Title: "CLEL: contrastive latent-guided energy learning",
		Knows: Knows,
		Open:  Open,
		Learn: Learn, Settings: settings,
	}
}

// Knows reports whether a file looks like a CLEL checkpoint: ours by its metadata,
// the authors' by the energy network's stem.
func Knows(f *checkpoint.File) bool {
	if family, ours := f.Metadata[keyFamily]; ours {
		return family == Name
	}
	return slices.ContainsFunc(f.Names, func(name string) bool {
		name = strings.TrimPrefix(strings.TrimPrefix(name, "model."), "ema_")
		return strings.HasPrefix(name, "ebm.stem") || strings.HasPrefix(name, "ebm.stages")
	})
}

// source is where a model's tensors are in a file.
type source struct {
	net, encoder string // prefixes
	weights      string // "ema" or "raw"
}

// locate chooses between averaged and raw weights; the default is averaged where
// the file has them.
func locate(f *checkpoint.File, weights string) (source, error) {
	holds := func(prefix string) bool {
		return slices.ContainsFunc(f.Names, func(name string) bool { return strings.HasPrefix(name, prefix) })
	}
	model := ""
	if holds("model."+PrefixNet) || holds("model."+PrefixNetEMA) {
		model = "model."
	}
	ema := source{model + PrefixNetEMA, model + PrefixEncoderEMA, "ema"}
	raw := source{model + PrefixNet, model + PrefixEncoder, "raw"}
	switch {
	case weights != "" && weights != "ema" && weights != "raw":
		return source{}, fmt.Errorf("weights: found %q, want ema or raw", weights)
	case weights != "raw" && holds(ema.net):
		return ema, nil
	case weights != "ema" && holds(raw.net):
		return raw, nil
	case weights == "ema" && holds(raw.net):
		return source{}, errors.New("the file holds no averaged (ema) weights, only raw ones\nhint: open it with --weights raw")
	case weights == "raw" && holds(ema.net):
		return source{}, errors.New("the file holds no raw weights, only averaged (ema) ones\nhint: open it with --weights ema")
	}
	return source{}, fmt.Errorf("found no tensors %q or %q, want the energy network", PrefixNet+"...", PrefixNetEMA+"...")
}

// Open builds the model of a CLEL checkpoint. Options.Net may give "size" (pixels,
// "28" or "height,width") where the file does not tell. Everything missing, unused,
// misshapen or not finite is named in one error.
func Open(b compute.Backend, f *checkpoint.File, o models.Options) (*models.Model, error) {
	m, err := read(f, o)
	if err != nil {
		if strings.HasPrefix(err.Error(), "load ") {
			return nil, err
		}
		return nil, fmt.Errorf("load %q as %s: %w", f.Path, Name, err)
	}
	n, err := m.place(b)
	if err != nil {
		return nil, fmt.Errorf("load %q as %s: %w", f.Path, Name, err)
	}
	return n.model(), nil
}

// contents is what a checkpoint holds, on the host.
type contents struct {
	header        Header
	weights       string
	height, width int
	net           Net
	netParams     nn.Params
	encoder       *Encoder // nil where the file has none
	encoderParams nn.Params
	classLatents  [][]float32 // unit rows, one a label; nil where the file has none
	config        map[string]any
}

// read takes a file apart and checks it; nothing is placed on a device yet.
func read(f *checkpoint.File, o models.Options) (*contents, error) {
	for key := range o.Net {
		if key != keySize {
			return nil, fmt.Errorf("network option %q: want %s", key, keySize)
		}
	}
	from, err := locate(f, o.Weights)
	if err != nil {
		return nil, err
	}
	c := &contents{weights: from.weights, config: f.Config}
	if c.header, err = ParseHeader(f.Metadata); err != nil {
		return nil, err
	}
	loading := nn.Load(f)
	if err := c.readNets(f, from, loading); err != nil {
		return nil, err
	}
	if err := loading.Err(Name); err != nil {
		return nil, err
	}
	if c.height, c.width, err = c.size(f, o); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	c.classLatents, err = readClassLatents(f, c.net.LatentSize(), len(c.header.Labels))
	return c, err
}

func (c *contents) readNets(f *checkpoint.File, from source, loading *nn.Loading) error {
	net, absent, err := readNet(f, from.net)
	if err != nil {
		return err
	}
	if len(absent) > 0 {
		loading.Missing(absent...)
		return loading.Err(Name)
	}
	c.net = net
	c.netParams = loading.Part(from.net, net.Specs(), func(string) bool { return false })
	encoder, ok, absent, err := readEncoder(f, from.encoder)
	switch {
	case err != nil:
		return err
	case len(absent) > 0:
		loading.Missing(absent...)
	case ok:
		c.encoder = &encoder
		// PyTorch counts batches only for a momentum that is not used here.
		counter := func(name string) bool { return strings.HasSuffix(name, ".num_batches_tracked") }
		c.encoderParams = loading.Part(from.encoder, encoder.Specs(), counter)
	}
	return nil
}

// size finds the pictures' height and width: said by the person, by our metadata,
// by the replay memory, by the encoder's stem (the authors use 3x3 for 32x32
// pictures only), or by the data set named in the config.
func (c *contents) size(f *checkpoint.File, o models.Options) (h, w int, err error) {
	if text, ok := o.Net[keySize]; ok {
		return parseSize(text)
	}
	if c.header.Height != 0 {
		return c.header.Height, c.header.Width, nil
	}
	for _, name := range []string{"model.sampler.memory", "sampler.memory"} {
		if t, ok := f.Tensors[name]; ok && len(t.Shape) == 4 {
			return parseSize(fmt.Sprintf("%d,%d", t.Shape[2], t.Shape[3]))
		}
	}
	if data, ok := f.Config["data"].(map[string]any); ok {
		switch data["name"] {
		case "cifar10", "cifar100", "svhn", "imagenet32":
			return 32, 32, nil
		case "fashion", "mnist", "fashion_mnist":
			return 28, 28, nil
		case "celeba64":
			return 64, 64, nil
		}
	}
	if c.encoder != nil && c.encoder.Stem == 3 {
		return 32, 32, nil
	}
	return 0, 0, errors.New("the file does not tell the size of its pictures: no metadata, no replay memory, no config.yaml beside it\nhint: give it with --net size=28")
}

// check tells what no single tensor can: that the parts fit together.
func (c *contents) check() error {
	patch := max(c.net.Scales[0].Patch, 1)
	smallest := 1 << (len(c.net.Scales[0].Blocks) - 1) * c.net.Scales[len(c.net.Scales)-1].Pool * patch
	if c.height%patch != 0 || c.width%patch != 0 {
		return fmt.Errorf("pictures of %dx%d pixels do not divide into the stem's squares of %d", c.height, c.width, patch)
	}
	if min(c.height, c.width) < smallest {
		return fmt.Errorf("pictures of %dx%d pixels are too small: the network halves them to nothing, want at least %d", c.height, c.width, smallest)
	}
	if c.header.Channels != 0 && c.header.Channels != c.net.Channels {
		return fmt.Errorf("metadata %q says %d, the stem takes %d", keyChannels, c.header.Channels, c.net.Channels)
	}
	if c.encoder == nil {
		return nil
	}
	if c.encoder.Out != c.net.LatentSize() {
		return fmt.Errorf("the encoder's latents have %d numbers, the projector's %d", c.encoder.Out, c.net.LatentSize())
	}
	if c.encoder.Channels != c.net.Channels {
		return fmt.Errorf("the encoder takes %d channels, the energy network %d", c.encoder.Channels, c.net.Channels)
	}
	return nil
}

func readClassLatents(f *checkpoint.File, size, labels int) ([][]float32, error) {
	t, ok := f.Tensors[ClassLatents]
	if !ok {
		return nil, nil
	}
	if len(t.Shape) != 2 || t.Shape[1] != size || labels != t.Shape[0] {
		return nil, fmt.Errorf("tensor %q: found shape %v, want [%d %d] (labels, latent size)", ClassLatents, t.Shape, labels, size)
	}
	v, err := t.Float32s()
	if err != nil {
		return nil, fmt.Errorf("tensor %q: %w", ClassLatents, err)
	}
	rows := make([][]float32, labels)
	for i := range rows {
		rows[i] = v[i*size : (i+1)*size]
		if rows[i], err = models.Aggregate(rows[i : i+1]); err != nil {
			return nil, fmt.Errorf("tensor %q, row %d: %w", ClassLatents, i, err)
		}
	}
	return rows, nil
}

// facts are what a person may want to read about the model.
func (c *contents) facts() []models.Fact {
	var widths, blocks []string
	for _, stage := range c.net.Scales[0].Blocks {
		widths = append(widths, strconv.Itoa(stage[len(stage)-1].Out))
		blocks = append(blocks, strconv.Itoa(len(stage)))
	}
	facts := []models.Fact{
		{Name: "weights", Value: c.weights},
		{Name: "widths", Value: strings.Join(widths, " ")},
		{Name: "blocks", Value: strings.Join(blocks, " ")},
		{Name: "scales", Value: strconv.Itoa(len(c.net.Scales))},
		{Name: "feature f", Value: fmt.Sprintf("%d numbers, head of %d", c.net.Features, c.net.Hidden)},
		{Name: "projector g", Value: projectorFact(c.net)},
		{Name: "encoder h", Value: encoderFact(c.encoder)},
		{Name: "parameters", Value: strconv.Itoa(nn.Trainable(c.net.Specs()))},
	}
	if c.classLatents != nil {
		facts = append(facts, models.Fact{Name: "class latents", Value: strings.Join(c.header.Labels, ", ")})
	}
	if c.header.Iterations > 0 {
		facts = append(facts, models.Fact{Name: "training iterations", Value: strconv.Itoa(c.header.Iterations)})
	}
	return facts
}

func projectorFact(n Net) string {
	if len(n.Projection) == 0 {
		return "none"
	}
	sizes := []string{strconv.Itoa(n.Features)}
	for _, s := range n.Projection {
		sizes = append(sizes, strconv.Itoa(s))
	}
	return strings.Join(sizes, " ")
}

func encoderFact(e *Encoder) string {
	if e == nil {
		return "none"
	}
	return fmt.Sprintf("residual, planes %s, blocks %s, %dx%d stem, head of %d, %d parameters",
		strings.Trim(fmt.Sprint(e.Planes), "[]"), strings.Trim(fmt.Sprint(e.Blocks), "[]"), e.Stem, e.Stem, e.Hidden, nn.Trainable(e.Specs()))
}
