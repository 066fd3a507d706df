package main

import (
	"bufio"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

//go:embed twin/*.py
var twinSource embed.FS

// twin is another program's version of the network, running as a process of its own.
type twin struct {
	label   string // "PyTorch"
	version string
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// startTwin starts the PyTorch twin with the first Python that has PyTorch. why says
// that none has; it is no error.
func startTwin(ctx context.Context, dir string, quick bool) (t *twin, why string, err error) {
	return startPeer(ctx, peer{"PyTorch", "main.py", "torch, numpy", []string{"python3", "/usr/bin/python3"}}, dir, quick)
}

// peer is a program that can be started: its script, what Python must be able to import
// for it, and the Pythons to try.
type peer struct {
	label, script, imports string
	pythons                []string
}

// startPeer starts a peer with the first Python that has its libraries. why says that
// none has; it is no error.
//
// On a busy machine PyTorch's threads, which spin at every barrier, take a hundred
// times as long; a quick run, which measures nothing, lets them sleep instead.
func startPeer(ctx context.Context, p peer, dir string, quick bool) (t *twin, why string, err error) {
	python := ""
	for _, name := range p.pythons {
		if name != "" && exec.CommandContext(ctx, name, "-c", "import "+p.imports).Run() == nil {
			python = name
			break
		}
	}
	if python == "" {
		return nil, p.label + " is not installed", ctx.Err()
	}
	if err := copyTwins(dir); err != nil {
		return nil, "", err
	}
	t = &twin{label: p.label, cmd: exec.CommandContext(ctx, python, filepath.Join(dir, "twin", p.script))}
	t.cmd.Stderr = os.Stderr
	if quick {
		t.cmd.Env = append(os.Environ(), "OMP_WAIT_POLICY=passive")
	}
	if t.in, err = t.cmd.StdinPipe(); err != nil {
		return nil, "", err
	}
	out, err := t.cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	t.out = bufio.NewReader(out)
	if err := t.cmd.Start(); err != nil {
		return nil, "", fmt.Errorf("start the peer %s: %w", p.label, err)
	}
	var hello struct{ Version string }
	if err := t.ask(&hello, "hello %d", runtime.NumCPU()); err != nil {
		t.close()
		return nil, "", err
	}
	t.version = hello.Version
	return t, "", nil
}

// copyTwins writes the peers' sources, once.
func copyTwins(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "twin")); err == nil {
		return nil
	}
	return os.CopyFS(dir, twinSource)
}

// ask sends a command and decodes the answer.
func (t *twin) ask(answer any, format string, args ...any) error {
	command := fmt.Sprintf(format, args...)
	if _, err := fmt.Fprintln(t.in, command); err != nil {
		return fmt.Errorf("%s: %s: %w", t.label, command, err)
	}
	line, err := t.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("%s: %s: no answer: %w", t.label, command, err)
	}
	var failed struct{ Error string }
	if err := json.Unmarshal(line, &failed); err != nil {
		return fmt.Errorf("%s: %s: answer %q: %w", t.label, command, line, err)
	}
	if failed.Error != "" {
		return fmt.Errorf("%s: %s: %s", t.label, command, failed.Error)
	}
	return json.Unmarshal(line, answer)
}

// time is the mean time of count actions ("step": a Langevin step) of that many
// chains, and the memory format that PyTorch liked best.
func (t *twin) time(action, net string, chains, count int) (time.Duration, string, error) {
	var answer struct {
		MS     float64
		Format string
	}
	err := t.ask(&answer, "time %s %s %d %d", action, net, chains, count)
	return time.Duration(answer.MS * float64(time.Millisecond)), answer.Format, err
}

// answers are what a twin makes of the pictures beside its weights: energies, norms
// of their gradients and of what a proposal adds.
type answers struct{ Energy, Gradient, Proposal []float32 }

// load gives a network's weights to the twin.
func (t *twin) load(n net) (a answers, err error) {
	err = t.ask(&a, "load %s %s %s", n.family.Name, n.name, n.twin)
	return a, err
}

// study gives the state of a training to the twin, which makes one iteration and
// answers with its measurements.
func (t *twin) study(n net) ([]float32, error) {
	var a struct{ Measures []float32 }
	err := t.ask(&a, "load %s-training %s %s", n.family.Name, n.name, n.twin)
	return a.Measures, err
}

func (t *twin) close() {
	_ = t.in.Close() // its loop over stdin ends
	_ = t.cmd.Wait()
}
