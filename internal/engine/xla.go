package engine

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

// xlaConfig names a plugin by its absolute path: go-xla then neither searches
// nor downloads by itself. On a GPU products are made in full float32, so that a
// picture's energy is the same number on every engine.
func xlaConfig(path string) string {
	if filepath.Base(path) == pins()[XLACUDA].File {
		return "xla:" + path + ",tf32=false"
	}
	return "xla:" + path
}

// openXLA finds the plugin, checks its hash, tries it in a child process unless
// it passed before, and only then loads it.
func openXLA(ctx context.Context, name string, o Options) (*Engine, *Passed) {
	seen := recall()
	p, passed := findPlugin(ctx, name, seen)
	if passed != nil {
		return nil, passed
	}
	pass := func(format string, args ...any) (*Engine, *Passed) {
		return nil, &Passed{Name: name, Why: fmt.Sprintf(format, args...), Hint: installHint(name)}
	}
	if strings.Contains(p.Path, ",") {
		return pass("plugin %q: a comma in its path, which go-xla takes for options", p.Path)
	}
	t := seen.tried(p)
	if t != nil && t.Error != "" {
		if o.auto() {
			return pass("plugin %s %s (tried within the hour; \"ebm doctor\" tries again)", p.Path, t.Error)
		}
		t = nil // asked for by name: try again
	}
	if t == nil && !o.Untried {
		tried, err := probe(ctx, p.Path, o.limit())
		if err != nil && ctx.Err() != nil {
			return pass("plugin %s: %v", p.Path, ctx.Err())
		}
		seen.keepTrial(p, tried)
		if err != nil {
			return pass("plugin %s %v", p.Path, err)
		}
		t = &tried
	}
	if name == XLACPU {
		keepFreedMemory()
	}
	b, err := newBackend(xlaConfig(p.Path))
	if err != nil {
		seen.keepTrial(p, trial{Error: err.Error()})
		return pass("load plugin %s: %v", p.Path, err)
	}
	if t == nil {
		t = &trial{Device: b.DeviceDescription(0), API: pluginAPI(b.Description())}
	}
	e := &Engine{Name: name, Device: deviceName(name, t.Device), Version: p.label() + ", " + t.API, Backend: b}
	if !p.Pinned {
		e.Unpinned = p.Path
	}
	return e, nil
}

// deviceName prefers our words for the processor: XLA calls every one of them
// "TFRT_CPU_0".
func deviceName(engine, plugins string) string {
	if engine == XLACPU {
		return cpuName()
	}
	return plugins
}
