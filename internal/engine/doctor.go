package engine

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// Report is what Doctor found: "ebm doctor" prints it, --json encodes it.
type Report struct {
	Engines  []EngineReport    `json:"engines"` // best first
	Chosen   string            `json:"chosen"`  // the engine that Open takes here
	Go       string            `json:"go"`
	Platform string            `json:"platform"` // "linux/amd64"
	CPU      string            `json:"cpu"`
	Cores    int               `json:"cores"`
	SIMD     []string          `json:"simd"`      // the processor's vector instructions
	BuiltFor bool              `json:"simd_used"` // the pure-Go engine was built to use them
	Modules  map[string]string `json:"modules"`
	Settings map[string]string `json:"settings"` // environment variables that change the choice
	Advice   []string          `json:"advice,omitempty"`
}

// EngineReport is one engine: whether it works, and why not.
type EngineReport struct {
	Name    string        `json:"name"`
	Works   bool          `json:"works"`
	Device  string        `json:"device,omitempty"`
	Version string        `json:"version,omitempty"`
	Why     string        `json:"why,omitempty"`
	Hint    string        `json:"hint,omitempty"`
	Plugin  *PluginReport `json:"plugin,omitempty"`
}

// PluginReport is the state of an XLA plugin's file.
type PluginReport struct {
	Path   string `json:"path,omitempty"` // empty: no file
	SHA256 string `json:"sha256,omitempty"`
	State  string `json:"state"` // "pinned", "unpinned" or "absent"
	Pin    Pin    `json:"pin"`
}

// Doctor looks at every engine afresh (each plugin is tried in a child process,
// whatever earlier starts found) and at what else decides the speed.
func Doctor(ctx context.Context) Report {
	r := Report{
		Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		CPU: cpuModel(), Cores: runtime.NumCPU(), SIMD: simdFlags(), BuiltFor: builtWithSIMD,
		Modules: map[string]string{}, Settings: map[string]string{},
	}
	for _, m := range modules() {
		r.Modules[m] = moduleVersion(m)
	}
	for _, name := range settings() {
		if v := os.Getenv(name); v != "" {
			r.Settings[name] = v
		}
	}
	for _, name := range Names() {
		e := examine(ctx, name)
		r.Engines = append(r.Engines, e)
		if e.Works && r.Chosen == "" {
			r.Chosen = name
		}
		if !e.Works && e.Hint != "" {
			r.Advice = append(r.Advice, fmt.Sprintf("to get %s: %s", name, e.Hint))
		}
	}
	if asked := os.Getenv(EnvName); asked != "" && asked != Auto {
		r.Chosen = asked
	}
	if !builtWithSIMD && runtime.GOARCH == "amd64" {
		r.Advice = append(r.Advice, "to make the pure-Go engine several times faster: build with GOEXPERIMENT=simd (make does)")
	}
	return r
}

// settings lists the environment variables that change the choice or the speed.
func settings() []string {
	return []string{EnvName, EnvPluginPath, EnvAllowUnpinned, "XLA_FLAGS", "GOMAXPROCS", "GOMLX_SIMD_AVX512", "GOMLX_SIMD_AVX2"}
}

// examine reports on one engine without loading a plugin into this process.
func examine(ctx context.Context, name string) EngineReport {
	if name == Go {
		return EngineReport{Name: Go, Works: true, Device: cpuName(), Version: goVersion()}
	}
	e := EngineReport{Name: name, Plugin: &PluginReport{State: "absent", Pin: pins()[name]}}
	seen := recall()
	p, passed := findPlugin(ctx, name, seen)
	if p.Path != "" {
		e.Plugin.Path, e.Plugin.SHA256, e.Plugin.State = p.Path, p.Hash, "unpinned"
		if p.Pinned {
			e.Plugin.State = "pinned"
		}
	}
	if passed != nil {
		e.Why, e.Hint = passed.Why, passed.Hint
		return e
	}
	t, err := probe(ctx, p.Path, probeLimit)
	if ctx.Err() == nil {
		seen.keepTrial(p, t)
	}
	if err != nil {
		e.Why, e.Hint = fmt.Sprintf("plugin %s %v", p.Path, err), installHint(name)
		return e
	}
	e.Works, e.Device, e.Version = true, deviceName(name, t.Device), p.label()+", "+t.API
	return e
}

// String is the report for a terminal.
func (r Report) String() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	for _, e := range r.Engines {
		switch {
		case e.Works && e.Name == r.Chosen:
			line("%-9s works, and is the one used: %s (%s)", e.Name, e.Device, e.Version)
		case e.Works:
			line("%-9s works: %s (%s)", e.Name, e.Device, e.Version)
		default:
			line("%-9s passed over: %s", e.Name, e.Why)
		}
		if p := e.Plugin; p != nil && p.Path != "" {
			line("%-9s plugin %s: %s, SHA-256 %s", "", p.State, p.Path, p.SHA256)
		}
	}
	line("machine   %s, %d cores, %s, vector instructions: %s", r.CPU, r.Cores, r.Platform, orNone(r.SIMD))
	line("program   %s, vector instructions in the pure-Go engine: %s", r.Go, yesNo(r.BuiltFor))
	for _, m := range modules() {
		line("          %s %s", m, r.Modules[m])
	}
	for _, name := range settings() {
		if v, set := r.Settings[name]; set {
			line("setting   %s=%s", name, v)
		}
	}
	for _, a := range r.Advice {
		line("hint      %s", a)
	}
	return b.String()
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func orNone(words []string) string {
	if len(words) == 0 {
		return "none known"
	}
	return strings.Join(words, " ")
}
