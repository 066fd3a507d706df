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

// twin is our PyTorch version of the network, running as a process of its own.
type twin struct {
	torch string // PyTorch's version
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
}

// startTwin starts the twin with the first Python that has PyTorch. why says that
// none has; it is no error.
//
// On a busy machine PyTorch's threads, which spin at every barrier, take a hundred
// times as long; a quick run, which measures nothing, lets them sleep instead.
func startTwin(ctx context.Context, dir string, quick bool) (t *twin, why string, err error) {
	python := ""
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.CommandContext(ctx, name, "-c", "import torch, numpy").Run() == nil {
			python = name
			break
		}
	}
	if python == "" {
		return nil, "PyTorch is not installed", ctx.Err()
	}
	if err := os.CopyFS(dir, twinSource); err != nil {
		return nil, "", err
	}
	t = &twin{cmd: exec.CommandContext(ctx, python, filepath.Join(dir, "twin", "main.py"))}
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
		return nil, "", fmt.Errorf("start the twin: %w", err)
	}
	var hello struct{ Torch string }
	if err := t.ask(&hello, "hello %d", runtime.NumCPU()); err != nil {
		t.close()
		return nil, "", err
	}
	t.torch = hello.Torch
	return t, "", nil
}

// ask sends a command and decodes the answer.
func (t *twin) ask(answer any, format string, args ...any) error {
	command := fmt.Sprintf(format, args...)
	if _, err := fmt.Fprintln(t.in, command); err != nil {
		return fmt.Errorf("twin: %s: %w", command, err)
	}
	line, err := t.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("twin: %s: no answer: %w", command, err)
	}
	var failed struct{ Error string }
	if err := json.Unmarshal(line, &failed); err != nil {
		return fmt.Errorf("twin: %s: answer %q: %w", command, line, err)
	}
	if failed.Error != "" {
		return fmt.Errorf("twin: %s: %s", command, failed.Error)
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
