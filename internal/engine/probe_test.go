package engine_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adrg/xdg"

	"ebmstudio/internal/engine"
)

// brokenPlugins are C sources of plugins that misbehave.
var brokenPlugins = map[string]string{
	"hangs":            `#include <unistd.h>` + "\n" + `void *GetPjrtApi(void) { for (;;) pause(); }`,
	"hangs on loading": `#include <unistd.h>` + "\n" + `__attribute__((constructor)) static void load(void) { for (;;) pause(); }`,
	"crashes":          `void *GetPjrtApi(void) { *(volatile int *)0 = 1; return 0; }`,
	"aborts":           `#include <stdlib.h>` + "\n" + `__attribute__((constructor)) static void load(void) { abort(); }`,
	"exits quietly":    `#include <stdlib.h>` + "\n" + `void *GetPjrtApi(void) { _Exit(0); }`,
	"is no plugin":     `int nothing;`,
	"is no library":    "",
}

// apart gives a test its own cache folder and plugin folder.
func apart(t *testing.T) (plugins string) {
	t.Helper()
	plugins = t.TempDir()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv(engine.EnvPluginPath, plugins)
	t.Setenv(engine.EnvName, "")
	xdg.Reload()
	t.Cleanup(xdg.Reload)
	return plugins
}

func writeBroken(t *testing.T, dir, source string) {
	t.Helper()
	lib := filepath.Join(dir, "pjrt_c_api_cpu_plugin.so")
	if source == "" {
		if err := os.WriteFile(lib, []byte("not a library"), 0o755); err != nil {
			t.Fatal(err)
		}
		return
	}
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("NOT TESTED: no C compiler to make a broken plugin with")
	}
	c := filepath.Join(dir, "broken.c")
	if err := os.WriteFile(c, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(cc, "-shared", "-fPIC", "-o", lib, c).CombinedOutput(); err != nil {
		t.Fatalf("compile a broken plugin: %v\n%s", err, out)
	}
}

func TestABrokenPluginNeverStopsTheProgram(t *testing.T) {
	for name, source := range brokenPlugins {
		t.Run(name, func(t *testing.T) {
			writeBroken(t, apart(t), source)
			t.Setenv(engine.EnvAllowUnpinned, "1")
			start := time.Now()
			e, err := engine.Open(t.Context(), engine.Options{Limit: 2 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("falling back took %v", took)
			}
			if e.Name != engine.Go {
				t.Fatalf("opened %q, want the pure-Go engine", e.Name)
			}
			if note := e.Note(); !strings.Contains(note, "xla:cpu was passed over (plugin ") {
				t.Errorf("note %q does not say what happened to xla:cpu", note)
			}
			t.Log(e.Note())
			start = time.Now() // the next start knows, and pays no limit
			again, err := engine.Open(t.Context(), engine.Options{})
			if err != nil {
				t.Fatal(err)
			}
			again.Close()
			if took := time.Since(start); took > time.Second {
				t.Errorf("the start after took %v", took)
			}
		})
	}
}

func TestAnUnpinnedPluginIsNotLoaded(t *testing.T) {
	writeBroken(t, apart(t), "")
	_, err := engine.Open(t.Context(), engine.Options{Name: engine.XLACPU})
	if err == nil || !strings.Contains(err.Error(), "SHA-256") || !strings.Contains(err.Error(), "\nhint: ") ||
		!strings.Contains(err.Error(), engine.EnvAllowUnpinned) {
		t.Fatalf("error %v, want the hashes and a hint", err)
	}
}

func TestAnAbsentPluginSaysWhatToType(t *testing.T) {
	apart(t)
	e, err := engine.Open(t.Context(), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	last := e.Passed[len(e.Passed)-1]
	if e.Name != engine.Go || last.Name != engine.XLACPU || !strings.Contains(last.Hint, "make setup") {
		t.Fatalf("opened %q having passed %+v", e.Name, e.Passed)
	}
}

func TestTheSecondStartTriesNothing(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv(engine.EnvPluginPath, "")
	xdg.Reload()
	t.Cleanup(xdg.Reload)
	first, err := engine.Open(t.Context(), engine.Options{Name: engine.XLACPU})
	if err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	defer first.Close()
	// A limit no trial can meet: only a start without one succeeds.
	second, err := engine.Open(t.Context(), engine.Options{Name: engine.XLACPU, Limit: 1})
	if err != nil {
		t.Fatalf("second start: %v", err)
	}
	second.Close()
	if err := os.WriteFile(filepath.Join(xdg.CacheHome, "ebmstudio", "engines.json"), []byte("{bro"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Open(t.Context(), engine.Options{Name: engine.XLACPU, Limit: 1}); err == nil || !strings.Contains(err.Error(), "hung") {
		t.Fatalf("with an unreadable memory: %v, want a new trial (which cannot meet its limit)", err)
	}
}

func TestNames(t *testing.T) {
	t.Setenv(engine.EnvName, "tpu")
	if _, err := engine.Open(t.Context(), engine.Options{}); err == nil || !strings.Contains(err.Error(), `EBMSTUDIO_ENGINE: unknown engine "tpu", want one of`) {
		t.Errorf("unknown name in the environment: %v", err)
	}
	e, err := engine.Open(t.Context(), engine.Options{Name: engine.Go}) // the option wins
	if err != nil {
		t.Fatal(err)
	}
	e.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := engine.Open(ctx, engine.Options{Name: engine.Go}); err == nil {
		t.Error("a cancelled open opened")
	}
}

func TestDoctor(t *testing.T) {
	apart(t)
	r := engine.Doctor(t.Context())
	if len(r.Engines) != 3 || r.Chosen != engine.Go || r.Engines[1].Plugin.State != "absent" || len(r.Advice) == 0 {
		t.Errorf("report without plugins: %+v", r)
	}
	t.Log("\n" + r.String())
	t.Setenv(engine.EnvPluginPath, "")
	if r = engine.Doctor(t.Context()); r.Engines[1].Plugin.State == "pinned" && !r.Engines[1].Works {
		t.Errorf("the pinned plugin is there and does not work: %+v", r.Engines[1])
	}
	t.Log("\n" + r.String())
}
