// Command ebm is EBM Studio without a window: it opens checkpoints of
// energy-based image models, runs their chains, scores and encodes pictures,
// trains, and exchanges arrays with numpy. Each verb has a file of its own.
//
// Exit codes: 0 done; 1 failed (the engine, the disk, the network of a model);
// 2 asked wrongly (unknown flag, a file that is not what the verb wants); 130
// stopped by Ctrl-C, with what was made until then kept.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"ebmstudio/internal/engine"
	"ebmstudio/models/zoo"
	"ebmstudio/studio"
)

// version is set by the Makefile from FyneApp.toml.
var version = "development"

// cli is the command line: global flags and the verbs.
type cli struct {
	Engine    string           `help:"What computes: auto, xla:cuda, xla:cpu or go." default:"auto" enum:"auto,xla:cuda,xla:cpu,go" env:"EBMSTUDIO_ENGINE"`
	Precision string           `help:"Factors of the network's products: float32, or bfloat16 for drafts (xla engines)." default:"float32" enum:"float32,bfloat16" env:"EBMSTUDIO_PRECISION"`
	Devices   string           `help:"How many of the engine's devices share one batch of chains: a number or all. By default all GPUs, one processor." env:"EBMSTUDIO_DEVICES" placeholder:"N|all"`
	Version   kong.VersionFlag `help:"Print the version and leave."`

	Doctor      doctorCmd      `cmd:"" help:"List the engines: what was found, what is used, how to get a better one."`
	Inspect     inspectCmd     `cmd:"" help:"Say what a checkpoint is: family, size, tensors."`
	Sample      sampleCmd      `cmd:"" help:"Run chains and save a gallery; or reproduce a saved picture; or replay recorded noise."`
	Compose     composeCmd     `cmd:"" help:"Join independent models with AND, OR, NOT and weights, and sample; what the energy is made of."`
	Grid        gridCmd        `cmd:"" help:"Make a table of pictures: a knob, the seed, the step or the class changes along each edge."`
	Fork        forkCmd        `cmd:"" help:"Go on from a step of a saved picture's run with another seed, mixture, mask or knob."`
	Inpaint     inpaintCmd     `cmd:"" help:"Fill a part of a picture in; the answers sorted by energy."`
	Interpolate interpolateCmd `cmd:"" help:"Walk from latent to latent, refined or not: strip, animation, energies."`
	Complete    completeCmd    `cmd:"" help:"Fill the masked centre of pictures several times over and compare with the originals."`
	Energy      energyCmd      `cmd:"" help:"Compute energies, gradients and all else a model defines, arrays in and arrays out."`
	Encode      encodeCmd      `cmd:"" help:"Turn pictures into latents."`
	Score       scoreCmd       `cmd:"" help:"Score how far out of distribution pictures are."`
	Eval        evalCmd        `cmd:"" help:"Measure samples: agreement with what was asked, distance from real pictures, likelihoods of points."`
	Reproduce   reproduceCmd   `cmd:"" help:"Make the papers' tables again: train, sample, measure, compare the order."`
	Samplers    samplersCmd    `cmd:"" help:"Compare samplers at equal gradient evaluations: total variation of points, pictures that are what was asked."`
	Density     densityCmd     `cmd:"" help:"Draw the density of a model of points of the plane on every noise level."`
	Landscape   landscapeCmd   `cmd:"" help:"Draw the energy on a plane through three pictures or of a chain: map, contours, cuts, paths."`
	Barrier     barrierCmd     `cmd:"" help:"Find how high the energy is between two pictures, on the straight way and on the lowest one."`
	Force       forceCmd       `cmd:"" help:"Show what the energy pulls at a picture, pixel by pixel, term by term."`
	Cloud       cloudCmd       `cmd:"" help:"Lay pictures out so that alike ones lie near each other: principal components of pixels, features or latents."`
	Train       trainCmd       `cmd:"" help:"Train a model; it can be stopped and resumed at any time."`
	Data        dataCmd        `cmd:"" help:"Look at what a training would see: a contact sheet and its classes."`
	Library     libraryCmd     `cmd:"" help:"Keep pictures with recipes: search, tags, stars, exports."`
	Project     projectCmd     `cmd:"" help:"Look into a project of the window, run what is in it, say it as command lines."`
	Export      exportCmd      `cmd:"" help:"Write a checkpoint or a saved picture in another form."`
	Demo        demoCmd        `cmd:"" help:"Run the bundled model: pictures, contact sheet and animation."`
}

func main() {
	engine.ProbeMain()
	os.Exit(run(untilStopped(), os.Args[1:], os.Stdout, os.Stderr))
}

// untilStopped is a context that ends with Ctrl-C, with a request to end, with the terminal
// (but under nohup), or when nobody reads any more what is written: then a verb saves what
// it has and leaves. A second Ctrl-C ends the program at once.
func untilStopped() context.Context {
	stops := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		stops = append(stops, syscall.SIGHUP)
	}
	ctx, restore := signal.NotifyContext(context.Background(), stops...)
	ctx, cancel := context.WithCancel(ctx)
	unread := make(chan os.Signal, 1)
	signal.Notify(unread, syscall.SIGPIPE) // for good: a line to nobody must not end the saving
	go func() {
		select {
		case <-unread:
		case <-ctx.Done():
		}
		cancel()
		restore()
	}()
	return ctx
}

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	out := &answer{Writer: stdout}
	term := &terminal{out: out, err: stderr}
	code := term.run(ctx, args)
	if err := out.lost(); err != nil && code == 0 {
		return term.fail(err)
	}
	return code
}

// run parses the command line and runs its verb.
func (term *terminal) run(ctx context.Context, args []string) int {
	args = arguments(args)
	var c cli
	c.Train.describe()
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("ebm"),
		kong.Description("Explore energy-based image models: open checkpoints, run their chains, score pictures.\n\n"+
			"Exit codes: 0 done, 1 failed, 2 asked wrongly (flags, files that are not what was wanted), 130 stopped with Ctrl-C (what was made is kept)."),
		kong.Vars{"version": "ebm " + version},
		kong.Writers(term.out, term.err),
		kong.Exit(func(code int) { exit = code; panic(leave{}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100, NoExpandSubcommands: true}),
	)
	if err != nil {
		return term.fail(err)
	}
	if len(args) == 0 { // a list of the verbs helps more than an error
		parser.Stdout = term.err
		_, _ = parse(parser, []string{"--help"})
		return exitBadInput
	}
	verb, err := parse(parser, args)
	if exit >= 0 { // --help, --version
		return exit
	}
	if err != nil {
		return term.fail(usage(err, args))
	}
	a := &app{ctx: ctx, terminal: term, engineName: c.Engine, precision: c.Precision, devices: c.Devices}
	defer a.close()
	if err := verb.Run(a); err != nil {
		return term.fail(err)
	}
	return 0
}

// leave unwinds kong after --help and --version.
type leave struct{}

func parse(parser *kong.Kong, args []string) (verb *kong.Context, err error) {
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(leave); !ok {
				panic(p)
			}
		}
	}()
	return parser.Parse(args)
}

// app is what every verb works with.
type app struct {
	*terminal
	ctx                context.Context // ends with Ctrl-C
	engineName         string
	precision, devices string // see engine.Options
	engine             *engine.Engine
	session            *studio.Studio
	recipe             []byte // that was read from standard input
}

// studio is the session of this run; the engine opens on first need.
func (a *app) studio() *studio.Studio {
	if a.session == nil {
		a.session = studio.New(studio.Config{Families: zoo.Families(), Engine: a.openEngine})
	}
	return a.session
}

func (a *app) openEngine(ctx context.Context) (studio.Engine, error) {
	e := a.engine
	if e == nil {
		var err error
		if e, err = engine.Open(ctx, engine.Options{Name: a.engineName, Precision: a.precision, Devices: a.devices}); err != nil {
			return studio.Engine{}, engineError{err}
		}
		a.engine = e
	}
	if note := e.Note(); note != "" && a.interactive() {
		a.note("%s", note)
	}
	return studio.Engine{Name: e.Name, Device: e.Device, Version: e.Version, Note: e.Note(), Backend: e.Backend}, nil
}

// engineError tells an engine that does not open from a file that does not.
type engineError struct{ error }

func (e engineError) Unwrap() error { return e.error }

// close ends the session before the engine it computes with.
func (a *app) close() {
	if a.session != nil {
		_ = a.session.Close()
	}
	a.engine.Close()
}
