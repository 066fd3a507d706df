// Command bench measures what EBM Studio promises about speed, as ratios within
// one run, and prints a Markdown table that names the machine. "make bench" runs
// it; it is not shipped. It fails where our network and its PyTorch twin disagree
// about an energy, since then the times mean nothing; a figure that is missed is
// printed as such and is no failure.
//
//	go run ./bench            all figures, some minutes on an idle machine
//	go run ./bench -quick     narrow networks, one repetition: that the bench itself runs
//	go run ./bench -only 1,4  some of the figures
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
	"ebmstudio/resources"
)

func main() {
	engine.ProbeMain()
	quick := flag.Bool("quick", false, "narrow networks, few chains, one repetition")
	only := flag.String("only", "", "figures to measure, by number, such as 1,4 (default: all)")
	path := flag.String("open", "", "open this checkpoint and print how long it took (used by figure 4)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := func() error {
		if *path != "" {
			return measureOpening(*path, os.Stdout)
		}
		return run(ctx, os.Stdout, *quick, *only)
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
	xla, plain *engine.Engine // xla nil: it does not work here
	noXLA      string         // why
	nets       []net
	twin       *twin // nil: PyTorch is absent
	noTwin     string
	rounds     int
}

func run(ctx context.Context, out io.Writer, quick bool, only string) error {
	chosen, err := choose(only)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "ebmstudio-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{out: out, dir: dir, quick: quick, rounds: 9}
	if quick {
		b.rounds = 1
	}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	defer b.close()
	b.head()
	figures := []func(context.Context) error{b.againstTwin, b.outsideNet, b.goEngine, b.opening, b.window}
	for i, figure := range figures {
		if !slices.Contains(chosen, i+1) {
			continue
		}
		if err := figure(ctx); err != nil {
			return fmt.Errorf("figure %d: %w", i+1, err)
		}
	}
	return nil
}

// choose reads the list of figures to measure, 1 to 5.
func choose(only string) ([]int, error) {
	if only == "" {
		return []int{1, 2, 3, 4, 5}, nil
	}
	var chosen []int
	for word := range strings.SplitSeq(only, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 || n > 5 {
			return nil, fmt.Errorf("-only: found %q, want numbers from 1 to 5 such as 1,4", only)
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
		fmt.Fprintf(b.out, "PyTorch %s.", b.twin.torch)
	}
	fmt.Fprintln(b.out)
	if b.quick {
		fmt.Fprintln(b.out, "\nA quick run of narrow networks: these figures say nothing about speed.")
	}
	fmt.Fprintln(b.out)
	writeHead(b.out)
}

// bundled is the bundled model as a network in a file, ok false where there is none.
func (b *bench) bundled() (n net, ok bool, err error) {
	all := resources.Models()
	if len(all) == 0 {
		return net{}, false, nil
	}
	n = net{name: all[0].Name, checkpoint: b.dir + "/bundled.safetensors"}
	return n, true, os.WriteFile(n.checkpoint, all[0].Data, 0o600)
}
