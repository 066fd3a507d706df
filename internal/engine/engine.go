// Package engine opens the thing that computes: a compute.Backend by name. It
// is the only package that knows of XLA plugins. Engines, best first:
//
//	xla:cuda   XLA on an NVIDIA GPU
//	xla:cpu    XLA on the processor, from a pinned plugin (see Pin)
//	go         pure Go, always there; convolutions become matrix products
//
// Open takes the best engine that works, and says why better ones were passed
// over. An XLA plugin is foreign code: it is checked against its pinned SHA-256
// and tried in a child process first, so that a broken or hanging one never
// stops the program. For that, main (and TestMain) must call ProbeMain first.
package engine

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend"  // registers the pure-Go backend
	_ "github.com/gomlx/go-xla/compute/xla" // registers the XLA backend
)

// Names of the engines, as Options.Name, --engine and EnvName take them.
const (
	Auto    = "auto"
	XLACUDA = "xla:cuda"
	XLACPU  = "xla:cpu"
	Go      = "go"
)

// EnvName is the environment variable that chooses an engine where
// Options.Name does not.
const EnvName = "EBMSTUDIO_ENGINE"

// Names lists the engines, best first.
func Names() []string { return []string{XLACUDA, XLACPU, Go} }

// Options say which engine to open.
type Options struct {
	Name      string        // "" or "auto": the best that works; else one of Names
	Limit     time.Duration // a plugin's trial may take this long; 0: 30 s
	Precision string        // Float32, or BFloat16 for drafts; "": EnvPrecision, else Float32
	Devices   string        // how many share one batch of chains, "all"; "": EnvDevices, else all GPUs, one processor
	Untried   bool          // load a plugin without the trial in a child process: for test binaries
}

// auto says whether the choice is left to Open.
func (o Options) auto() bool { return o.Name == "" || o.Name == Auto }

func (o Options) limit() time.Duration {
	if o.Limit > 0 {
		return o.Limit
	}
	return probeLimit
}

// Passed is an engine that was not taken.
type Passed struct {
	Name string `json:"name"`
	Why  string `json:"why"`            // what was found
	Hint string `json:"hint,omitempty"` // what to type to get it
}

// Engine is an opened backend. Close it when nothing uses it any more.
type Engine struct {
	Name     string          // one of Names
	Device   string          // what computes: "Intel Xeon, 2 cores, AVX-512"
	Version  string          // of the plugin or the Go package
	Backend  compute.Backend // safe for concurrent use
	Passed   []Passed        // the better engines that were not taken
	Unpinned string          // the plugin's path where it is not the pinned one
}

// Open opens the engine asked for (options, else EnvName, else the best that
// works). An engine that was named and does not work is an error that says why
// and what to do; in automatic choice it is passed over. The pure-Go engine
// always works, so automatic choice fails only when ctx is done.
func Open(ctx context.Context, o Options) (*Engine, error) {
	from := ""
	if o.Name == "" {
		o.Name, from = os.Getenv(EnvName), EnvName+": "
	}
	if os.Getenv(envProbe) != "" {
		return nil, fmt.Errorf("open engine: this is a plugin's trial: main must call engine.ProbeMain first")
	}
	wanted := Names()
	if !o.auto() {
		if !slices.Contains(wanted, o.Name) {
			return nil, fmt.Errorf("%sunknown engine %q, want one of auto, %s", from, o.Name, strings.Join(wanted, ", "))
		}
		wanted = []string{o.Name}
	}
	registerGradients()
	var passed []Passed
	for _, n := range wanted {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("open engine: %w", err)
		}
		e, p := openNamed(ctx, n, o)
		if p == nil {
			e.Passed = passed
			if err := e.vary(o); err != nil {
				e.Close()
				return nil, fmt.Errorf("open engine %q: %w", n, err)
			}
			return e, nil
		}
		passed = append(passed, *p)
	}
	last := passed[len(passed)-1]
	err := fmt.Errorf("open engine %q: %s", last.Name, last.Why)
	if last.Hint != "" {
		err = fmt.Errorf("%w\nhint: %s", err, last.Hint)
	}
	return nil, err
}

// Note says in a sentence why better engines were passed over and that a plugin
// is not the pinned one; it is empty where there is nothing to say.
func (e *Engine) Note() string {
	var parts []string
	if e.Unpinned != "" {
		parts = append(parts, "unpinned plugin "+e.Unpinned)
	}
	for _, p := range e.Passed {
		parts = append(parts, p.Name+" was passed over ("+p.Why+")")
	}
	if len(parts) == 0 {
		return ""
	}
	return "engine " + e.Name + ": " + strings.Join(parts, "; ")
}

// Close releases the backend. Nothing made with it may be used afterwards.
func (e *Engine) Close() {
	if e != nil && e.Backend != nil && !e.Backend.IsFinalized() {
		e.Backend.Finalize()
		returnFreedMemory()
	}
}

// openNamed opens one engine, or says why it cannot.
func openNamed(ctx context.Context, name string, o Options) (*Engine, *Passed) {
	switch name {
	case Go:
		return openGo()
	default:
		return openXLA(ctx, name, o)
	}
}

// newBackend is compute.NewWithConfig, whose panics (unknown names, a backend
// that fails in C++) become errors.
func newBackend(config string) (b compute.Backend, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("open backend %q: %v", config, r)
		}
	}()
	return compute.NewWithConfig(config)
}
