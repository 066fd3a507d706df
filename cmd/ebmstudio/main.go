// Command ebmstudio opens the studio's window.
//
//	ebmstudio [--engine auto|xla:cuda|xla:cpu|go] [checkpoint, folder or project]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"ebmstudio/internal/engine"
	"ebmstudio/models/zoo"
	"ebmstudio/resources"
	"ebmstudio/studio"
	"ebmstudio/ui"
)

// version is set by the linker.
var version = "dev"

var started = time.Now()

// The exit codes.
const (
	exitFailed    = 1
	exitNoDisplay = 2 // and wrong usage
)

func main() {
	engine.ProbeMain()
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// arguments are the command line.
type arguments struct {
	engine, smoke, path string
	drops               string
	memory              int
	full, version       bool
}

func parse(args []string, out io.Writer) (arguments, error) {
	var a arguments
	set := flag.NewFlagSet("ebmstudio", flag.ContinueOnError)
	set.SetOutput(out)
	set.StringVar(&a.engine, "engine", "", "what computes: auto, "+strings.Join(engine.Names(), ", ")+" (default: the best that works)")
	set.IntVar(&a.memory, "memory", 512, "MiB of recorded chains kept in memory; those of earlier runs go to the disk above it")
	set.BoolVar(&a.version, "version", false, "print the version and end")
	set.StringVar(&a.smoke, "smoke", "", "")
	set.StringVar(&a.drops, "drops", "", "")
	set.BoolVar(&a.full, "full", false, "") // of --smoke
	set.Usage = func() {
		fmt.Fprint(out, `Usage: ebmstudio [--engine NAME] [--memory MIB] [checkpoint, folder or project]

Opens the window of EBM Studio, on the checkpoint or project if one is given, else on the
model that comes with the program. The same without a window: ebm --help

  --engine NAME   `+set.Lookup("engine").Usage+`
  --memory MIB    `+set.Lookup("memory").Usage+` (default: `+set.Lookup("memory").DefValue+`)
  --version       print the version and end
`)
	}
	if err := set.Parse(args); err != nil {
		return a, err
	}
	if set.NArg() > 1 {
		set.Usage()
		return a, fmt.Errorf("found %d checkpoints, want at most one", set.NArg())
	}
	if a.memory < 1 {
		return a, fmt.Errorf("--memory: found %d, want at least 1 MiB", a.memory)
	}
	a.path = set.Arg(0)
	return a, nil
}

func run(args []string, out, errs io.Writer) int {
	a, err := parse(args, errs)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(errs, err)
		return exitNoDisplay
	case a.version:
		fmt.Fprintln(out, "ebmstudio", version)
		return 0
	}
	if err := displayError(os.Getenv); err != nil {
		fmt.Fprintln(errs, "ebmstudio:", err)
		fmt.Fprintln(errs, "hint: without a window, type:", equivalent(a))
		return exitNoDisplay
	}
	state := studio.StateFolder()
	crashed, forget := keepCrashes(state)
	defer forget()
	var preferred atomic.Value // of string; the window reads its preferences before it opens the engine
	preferred.Store("")
	var threads atomic.Int64
	all := runtime.GOMAXPROCS(0)
	s := studio.New(studio.Config{Families: zoo.Families(), Engine: func(ctx context.Context) (e studio.Engine, err error) {
		n := int(threads.Load())
		if runtime.GOMAXPROCS(all); n > 0 { // the preferences may ask for more than the last time
			runtime.GOMAXPROCS(min(n, all))
		}
		within(n, func() { e, err = openEngine(ctx, a.engine, preferred.Load().(string)) })
		return e, err
	}})
	defer s.Close()
	o := ui.Options{
		Studio: s, Version: version, Path: a.path, Bundled: resources.Models(), Started: started,
		Engines: engine.Names(), State: state, Cache: studio.CacheFolder(), Crash: crashed, Drops: a.drops, Memory: int64(a.memory) << 20,
		Prefer: func(name string, n int) { preferred.Store(name); threads.Store(int64(n)) },
	}
	if a.smoke != "" {
		err = ui.Smoke(o, a.smoke, a.full, out)
	} else {
		err = ui.Run(o)
	}
	switch {
	case errors.Is(err, ui.ErrNoWindow):
		fmt.Fprintln(errs, "ebmstudio:", err)
		fmt.Fprintln(errs, "hint: without a window, type:", equivalent(a))
		return exitNoDisplay
	case err != nil:
		fmt.Fprintln(errs, "ebmstudio:", err)
		return exitFailed
	}
	return 0
}

// openEngine opens the engine asked for by flag or environment, else the preferred
// one. A preferred engine that no longer works is passed over like any other.
func openEngine(ctx context.Context, asked, preferred string) (studio.Engine, error) {
	var passed []engine.Passed
	if asked == "" && os.Getenv(engine.EnvName) == "" && preferred != "" {
		e, err := engine.Open(ctx, engine.Options{Name: preferred})
		if err == nil {
			return described(e, nil), nil
		}
		passed = append(passed, engine.Passed{Name: preferred + " (preferred)", Why: err.Error()})
	}
	e, err := engine.Open(ctx, engine.Options{Name: asked})
	if err != nil {
		return studio.Engine{}, err
	}
	return described(e, passed), nil
}

// described is an engine as the studio shows it, with those passed over before it.
func described(e *engine.Engine, passed []engine.Passed) studio.Engine {
	return studio.Engine{Name: e.Name, Device: e.Device, Version: e.Version, Note: note(append(passed, e.Passed...)), Backend: e.Backend}
}

// note says why better engines were passed over.
func note(passed []engine.Passed) string {
	parts := make([]string, len(passed))
	for i, p := range passed {
		parts[i] = fmt.Sprintf("not %s: %s", p.Name, p.Why)
	}
	return strings.Join(parts, "; ")
}

// equivalent is the command that does without a window what was asked for.
func equivalent(a arguments) string {
	command := "ebm demo --out out"
	if filepath.Ext(a.path) == studio.ProjectExtension {
		return fmt.Sprintf("ebm project run %q --out out", a.path)
	}
	if a.path != "" {
		command = fmt.Sprintf("ebm sample %q --out out", a.path)
	}
	if a.engine != "" {
		command += " --engine " + a.engine
	}
	return command
}
