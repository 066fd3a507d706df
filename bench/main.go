// Command bench measures what EBM Studio promises about speed, as ratios within
// one run, and prints a Markdown table that names the machine. "make bench" runs
// it; it is not shipped. It fails where our network and its PyTorch twin disagree
// about an energy, since then the times mean nothing; a figure that is missed is
// printed as such and is no failure.
//
//	go run ./bench            all figures: the authors' networks alone take minutes
//	go run ./bench -quick     narrow networks, one repetition: that the bench itself runs
//	go run ./bench -only 1,4  some of the figures
//	go run ./bench -join A B  two runs, saved as files, beside each other
//
// A newly trained CDRL model is measured as the bundled ones are with -also FILE.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"ebmstudio/internal/engine"
	"ebmstudio/models/clel"
	"ebmstudio/resources"
)

func main() {
	engine.ProbeMain()
	quick := flag.Bool("quick", false, "narrow networks, few chains, one repetition")
	only := flag.String("only", "", "figures to measure, by number, such as 1,4 (default: all)")
	path := flag.String("open", "", "open this checkpoint and print how long it took (used by figure 4)")
	rounds := flag.Int("rounds", 9, "turns of each side")
	also := flag.String("also", "", "a CDRL checkpoint of ours that is measured as the bundled ones are")
	jax := flag.String("jax", "", "a Python that has JAX (figure 16)")
	torchEBM := flag.String("torchebm", "", "a Python that has TorchEBM and PyTorch (figure 16)")
	joined := flag.Bool("join", false, "measure nothing: print the lines of two runs, saved as the files named, beside each other")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := func() error {
		if *path != "" {
			return measureOpening(*path, os.Stdout)
		}
		if *joined {
			if flag.NArg() != 2 {
				return fmt.Errorf("-join: found %d files, want two", flag.NArg())
			}
			return join(flag.Arg(0), flag.Arg(1), os.Stdout)
		}
		return run(ctx, bench{out: os.Stdout, quick: *quick, also: *also, rounds: max(*rounds, 1), jax: *jax, torchEBM: *torchEBM}, *only)
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is what the figures share.
type bench struct {
	out        io.Writer
	dir        string // for files, deleted afterwards
	quick      bool
	also       string         // another CDRL model to measure, empty: none
	xla, plain *engine.Engine // xla nil: it does not work here
	noXLA      string         // why
	nets       []net
	twin       *twin // nil: PyTorch is absent
	noTwin     string
	rounds     int

	jax, torchEBM string // Pythons that have them, empty: none
}

// run measures the figures chosen, or all, with what was asked.
func run(ctx context.Context, asked bench, only string) error {
	figures := []func(*bench, context.Context) error{
		(*bench).clelAgainstTwin, (*bench).outsideNet, (*bench).goEngine, (*bench).opening, (*bench).window,
		(*bench).cdrlAgainstTwin, (*bench).guidance, (*bench).otherFamilies, (*bench).mixture, (*bench).samplingTimes,
		(*bench).training, (*bench).slider, (*bench).landscape, (*bench).bundledOnBoth,
		(*bench).againstTwin, (*bench).otherPeers, (*bench).peak, (*bench).growth, (*bench).across, (*bench).draft, (*bench).fused, (*bench).profile, (*bench).devices,
	}
	chosen, err := choose(only, len(figures))
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "ebmstudio-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &asked
	if b.dir = dir; b.quick {
		b.rounds = 1
	}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	defer b.close()
	b.head()
	for i, figure := range figures {
		if !slices.Contains(chosen, i+1) {
			continue
		}
		if err := figure(b, ctx); err != nil {
			return fmt.Errorf("figure %d: %w", i+1, err)
		}
	}
	return nil
}

// choose reads the list of figures to measure, from 1 to last; empty: all.
func choose(only string, last int) ([]int, error) {
	var chosen []int
	if only == "" {
		for i := range last {
			chosen = append(chosen, i+1)
		}
		return chosen, nil
	}
	for word := range strings.SplitSeq(only, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 || n > last {
			return nil, fmt.Errorf("-only: found %q, want numbers from 1 to %d such as 1,4", only, last)
		}
		chosen = append(chosen, n)
	}
	return chosen, nil
}

// prepare opens engines, makes the networks and starts the twin.
func (b *bench) prepare(ctx context.Context) (err error) {
	if b.plain, err = engine.Open(ctx, engine.Options{Name: engine.Go}); err != nil {
		return err
	}
	if b.xla, err = engine.Open(ctx, engine.Options{Name: engine.XLACPU}); err != nil {
		b.noXLA, _, _ = strings.Cut(err.Error(), "\n")
	}
	for _, s := range published(b.quick) {
		n, err := s.make(b.dir)
		if err != nil {
			return err
		}
		b.nets = append(b.nets, n)
	}
	b.twin, b.noTwin, err = startTwin(ctx, b.dir, b.quick)
	return err
}

func (b *bench) close() {
	if b.twin != nil {
		b.twin.close()
	}
	b.xla.Close()
	b.plain.Close()
}

func (b *bench) head() {
	fmt.Fprintf(b.out, "%s.\n", machine(b.plain))
	if b.xla != nil {
		fmt.Fprintf(b.out, "xla:cpu: %s. ", b.xla.Version)
	}
	fmt.Fprintf(b.out, "go: %s. ", b.plain.Version)
	if b.twin != nil {
		fmt.Fprintf(b.out, "PyTorch %s.", b.twin.version)
	}
	fmt.Fprintln(b.out)
	if b.quick {
		fmt.Fprintln(b.out, "\nA quick run of narrow networks: these figures say nothing about speed.")
	}
	fmt.Fprintln(b.out)
	writeHead(b.out)
}

// bundled is the bundled model that the program opens first, as a network in a file;
// ok is false where there is none.
func (b *bench) bundled() (n net, ok bool, err error) {
	all := resources.Models()
	if len(all) == 0 {
		return net{}, false, nil
	}
	n = net{family: clel.Family(), name: all[0].Name, checkpoint: b.dir + "/bundled.safetensors"}
	return n, true, os.WriteFile(n.checkpoint, all[0].Data, 0o600)
}
