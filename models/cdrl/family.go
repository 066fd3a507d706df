package cdrl

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
const Name = "cdrl"

// Family is the entry of this family in the list of models/zoo.
func Family() models.Family {
	return models.Family{
		Name:  Name,
		Title: "CDRL: cooperative diffusion recovery likelihood",
		Knows: Knows,
		Open:  Open,
		Learn: Learn, Settings: settings,
		Averages: averages,
	}
}

// The authors' files: pi is the energy, p the initializer.
const (
	stateNet         = "pi_state_dict."
	stateInitializer = "p_state_dict."
)

// Knows reports whether a file looks like a CDRL checkpoint: ours by its metadata,
// the authors' by either network's state dict.
func Knows(f *checkpoint.File) bool {
	if family, ours := f.Metadata[keyFamily]; ours {
		return family == Name
	}
	return holds(f, stateNet) || holds(f, stateInitializer)
}

func holds(f *checkpoint.File, prefix string) bool {
	return slices.ContainsFunc(f.Names, func(name string) bool { return strings.HasPrefix(name, prefix) })
}

// Open builds the model of a CDRL checkpoint. Options.Net gives what the file does
// not tell: activation (lrelu, swish), add_q, logsnr_min, logsnr_max, levels,
// init_heads, init_groups, size. Everything missing, unused, misshapen or not
// finite is named in one error.
func Open(b compute.Backend, f *checkpoint.File, o models.Options) (*models.Model, error) {
	c, err := read(f, o)
	if err != nil {
		if strings.HasPrefix(err.Error(), "load ") {
			return nil, err
		}
		return nil, fmt.Errorf("load %q as %s: %w", f.Path, Name, err)
	}
	n, err := c.place(b)
	if err != nil {
		return nil, fmt.Errorf("load %q as %s: %w", f.Path, Name, err)
	}
	return n.model(), nil
}

// contents is what a checkpoint holds, on the host.
type contents struct {
	header        Header
	options       options
	weights       string // "ema" or "raw"
	height, width int
	net           Net
	netParams     nn.Params
	init          Initializer
	initParams    nn.Params
	labels        []string
}

// read takes a file apart and checks it; nothing is placed on a device yet.
func read(f *checkpoint.File, o models.Options) (*contents, error) {
	from, err := locate(f, o.Weights)
	if err != nil {
		return nil, err
	}
	c := &contents{weights: from.weights}
	if c.header, err = ParseHeader(f.Metadata); err != nil {
		return nil, err
	}
	if _, ours := f.Metadata[keyFamily]; !ours {
		c.header.Steps = trainedSteps // as published; ours say it themselves or not at all
	}
	if c.options, err = readOptions(c.header.Options, o.Net); err != nil {
		return nil, err
	}
	if err := c.readNets(from); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	if err := c.readSize(); err != nil {
		return nil, err
	}
	c.labels, err = c.classNames()
	return c, err
}

func (c *contents) readNets(from source) error {
	loading := nn.Load(from.file)
	net, absent, err := readNet(from.file, from.net)
	if err != nil {
		return err
	}
	loading.Missing(absent...)
	init, absentInit, err := readInitializer(from.file, from.initializer)
	if err != nil {
		return err
	}
	loading.Missing(absentInit...)
	if len(absent)+len(absentInit) > 0 {
		return loading.Err(Name)
	}
	net.Swish, net.AddQ = c.options.swish, c.options.addQ
	init.Groups, init.Heads = c.options.groups, c.options.heads
	net.Patch, init.Patch = c.options.patch, c.options.initPatch
	if net.Channels%squares(net.Patch) != 0 || init.Channels%squares(init.Patch) != 0 {
		return fmt.Errorf("the first layers take %d and %d channels, which are no patches of %d and %d pixels a side", net.Channels, init.Channels, net.Patch, init.Patch)
	}
	net.Channels, init.Channels = net.Channels/squares(net.Patch), init.Channels/squares(init.Patch)
	none := func(string) bool { return false }
	c.net, c.init = net, init
	c.netParams = loading.Part(from.net, net.Specs(), none)
	c.initParams = loading.Part(from.initializer, init.Specs(), none)
	return loading.Err(Name)
}

// check tells what no single tensor can: that the parts fit together.
func (c *contents) check() error {
	switch {
	case c.net.Points != c.init.Points || c.net.Channels != c.init.Channels:
		return fmt.Errorf("the energy takes %s, the initializer %s", kind(c.net.Points, c.net.Channels), kind(c.init.Points, c.init.Channels))
	case c.net.Points && c.net.Channels != 2:
		return fmt.Errorf("points have %d coordinates, want 2", c.net.Channels)
	case c.net.Classes != c.init.Classes:
		return fmt.Errorf("the energy knows %d classes, the initializer %d", c.net.Classes, c.init.Classes)
	}
	for _, u := range c.init.units() {
		if u.Attention && u.Hidden%c.init.Heads != 0 {
			return fmt.Errorf("%s has %d channels, which do not divide into %d heads\nhint: say how many with --net %s", u.Name, u.Hidden, c.init.Heads, optionHeads)
		}
		widths := []int{u.In}
		if !u.Attention {
			widths = append(widths, u.Out)
		}
		for _, width := range widths {
			if width%c.init.Groups != 0 {
				return fmt.Errorf("%s has %d channels, which do not divide into %d groups\nhint: say how many with --net %s", u.Name, width, c.init.Groups, optionGroups)
			}
		}
	}
	return nil
}

func kind(points bool, channels int) string {
	if points {
		return fmt.Sprintf("points of %d coordinates", channels)
	}
	return fmt.Sprintf("pictures of %d channels", channels)
}

// readSize finds the side of the pictures: said, or told by the levels that attend.
func (c *contents) readSize() error {
	if c.net.Points {
		c.height, c.width = 1, 1
		return nil
	}
	side := c.options.size
	if side == 0 {
		side = c.init.side()
	}
	if side == 0 {
		return errors.New("the file does not tell the size of its pictures: no level of the initializer attends as the authors' do\nhint: give it with --net size=32")
	}
	halvings := max(len(c.init.Downs)-1, 0)
	pools := 0
	for _, b := range c.net.Blocks {
		if b.Pool {
			pools++
		}
	}
	if side%(c.init.Patch<<halvings) != 0 || side%c.net.Patch != 0 || side/c.net.Patch>>pools == 0 {
		return fmt.Errorf("pictures of %dx%d pixels: the initializer takes patches of %d and halves them %d times, the energy of %d and %d times",
			side, side, c.init.Patch, halvings, c.net.Patch, pools)
	}
	c.height, c.width = side, side
	return nil
}

// classNames are the header's labels, or "class 0", ... by the data set's numbers.
func (c *contents) classNames() ([]string, error) {
	if c.header.Labels != nil {
		for _, pair := range c.header.Attributes {
			if slices.Max(pair[:]) >= c.net.Classes || slices.Min(pair[:]) < 0 {
				return nil, fmt.Errorf("metadata %q: found classes %d and %d, want 0 to %d", keyAttributes, pair[0], pair[1], c.net.Classes-1)
			}
		}
		if len(c.header.Labels) != c.net.Classes {
			return nil, fmt.Errorf("metadata %q: found %d names, want one for each of %d classes", keyLabels, len(c.header.Labels), c.net.Classes)
		}
		return c.header.Labels, nil
	}
	var names []string
	for i := range c.net.Classes {
		names = append(names, "class "+strconv.Itoa(i))
	}
	return names, nil
}

// facts are what a person may want to read about the model.
func (c *contents) facts() []models.Fact {
	var widths, blocks []string
	count := 0
	for i, b := range c.net.Blocks {
		count++
		last := i == len(c.net.Blocks)-1
		if last || c.net.Blocks[i+1].Pool || c.net.Blocks[i+1].Out != b.Out {
			widths, blocks = append(widths, strconv.Itoa(b.Out)), append(blocks, strconv.Itoa(count))
			count = 0
		}
	}
	classes := "unconditional"
	if c.net.Classes > 0 {
		classes = strconv.Itoa(c.net.Classes) + " classes"
	}
	activation := "leaky rectifier 0.2"
	if c.net.Swish {
		activation = "swish"
	}
	facts := []models.Fact{
		{Name: "weights", Value: c.weights},
		{Name: "condition", Value: classes},
		{Name: "widths", Value: strings.Join(widths, " ")},
		{Name: "blocks", Value: strings.Join(blocks, " ")},
		{Name: "activation", Value: activation},
		{Name: "noise levels", Value: fmt.Sprintf("%d, log-SNR %g to %g", c.options.levels, c.options.max, c.options.min)},
		{Name: "initializer", Value: c.initializerFact()},
		{Name: "parameters", Value: strconv.Itoa(nn.Trainable(c.net.Specs()))},
	}
	if c.header.Iterations > 0 {
		facts = append(facts, models.Fact{Name: "training iterations", Value: strconv.Itoa(c.header.Iterations)})
	}
	return facts
}

func (c *contents) initializerFact() string {
	size := fmt.Sprintf("%d parameters", nn.Trainable(c.init.Specs()))
	if c.init.Points {
		return fmt.Sprintf("%d blocks of width %d, %s", len(c.init.Middle), c.init.Width, size)
	}
	var widths []string
	for _, level := range c.init.Downs {
		widths = append(widths, strconv.Itoa(level[len(level)-1].outWidth()))
	}
	return fmt.Sprintf("U-Net, widths %s, %s", strings.Join(widths, " "), size)
}

// outWidth is the number of channels that a unit makes.
func (u Unit) outWidth() int {
	if u.Attention {
		return u.In
	}
	return u.Out
}
