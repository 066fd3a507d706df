package main

import (
	"bytes"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"ebmstudio/internal/engine"
)

func TestMain(m *testing.M) {
	engine.ProbeMain()
	m.Run()
	removePrograms()
}

func TestWithoutADisplay(t *testing.T) {
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	cases := []struct {
		args []string
		want string
	}{
		{nil, "ebm demo --out out"},
		{[]string{"--engine", "go"}, "ebm demo --out out --engine go"},
		{[]string{"faces.ebmproj"}, `ebm project run "faces.ebmproj" --out out`},
		{[]string{"my model.ckpt"}, `ebm sample "my model.ckpt" --out out`},
	}
	for _, c := range cases {
		var out, errs bytes.Buffer
		if code := run(c.args, &out, &errs); code != exitNoDisplay {
			t.Errorf("%q: exit code %d, want %d", c.args, code, exitNoDisplay)
		}
		if !strings.Contains(errs.String(), "no display") || !strings.Contains(errs.String(), c.want) {
			t.Errorf("%q says %q, want the reason and %q", c.args, errs.String(), c.want)
		}
	}
}

func TestArguments(t *testing.T) {
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	cases := []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--version"}, 0, "ebmstudio " + version},
		{[]string{"--help"}, 0, "Usage: ebmstudio"},
		{[]string{"--no-such"}, exitNoDisplay, "no-such"},
		{[]string{"a", "b"}, exitNoDisplay, "want at most one"},
	}
	for _, c := range cases {
		var out bytes.Buffer
		if code := run(c.args, &out, &out); code != c.code || !strings.Contains(out.String(), c.want) {
			t.Errorf("%q: exit code %d and %q, want %d and %q", c.args, code, out.String(), c.code, c.want)
		}
	}
}

func TestDisplays(t *testing.T) {
	dir := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(dir, "wayland-7"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cases := []struct {
		name string
		env  map[string]string
		want string // in the error, empty for none
	}{
		{"none", nil, "neither DISPLAY"},
		{"dead", map[string]string{"DISPLAY": ":4711"}, `":4711"`},
		{"nonsense", map[string]string{"DISPLAY": "screen"}, "[host]:number"},
		{"forwarded", map[string]string{"DISPLAY": "localhost:10.0"}, ""},
		{"wayland", map[string]string{"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": dir}, ""},
		{"dead wayland", map[string]string{"WAYLAND_DISPLAY": "wayland-8", "XDG_RUNTIME_DIR": dir}, "neither DISPLAY"},
	}
	for _, c := range cases {
		err := displayError(func(name string) string { return c.env[name] })
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: found %v, want %q", c.name, err, c.want)
		}
	}
}

func TestAPreferredEngineThatFailsIsPassedOver(t *testing.T) {
	t.Setenv(engine.EnvName, "")
	e, err := openEngine(t.Context(), "", "tpu")
	if err != nil || e.Name == "" || !strings.Contains(e.Note, "tpu (preferred)") {
		t.Errorf("found %q (%q), %v; want another engine and a word about tpu", e.Name, e.Note, err)
	}
	if e, err := openEngine(t.Context(), engine.Go, "tpu"); err != nil || e.Name != engine.Go {
		t.Errorf("asked for %s: found %q, %v", engine.Go, e.Name, err)
	}
}
