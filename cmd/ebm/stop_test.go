package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ebmstudio/checkpoint"
	"ebmstudio/resources"
)

// TestStopKeepsWhatExists ends a long run in its middle, as Ctrl-C does.
func TestStopKeepsWhatExists(t *testing.T) {
	dir := t.TempDir()
	model := filepath.Join(dir, "tiny.safetensors")
	meta := map[string]string{"family": "clel", "size": "8,8", "channels": "1", "step_size": "1", "step_noise": "0.01"}
	if err := checkpoint.Write(model, tinyTensors(), meta); err != nil {
		t.Fatal(err)
	}
	// How long the engine takes to open depends on the machine: a run that was
	// stopped before its first step is tried again with more time.
	for delay := 500 * time.Millisecond; delay < time.Minute; delay *= 2 {
		ctx, cancel := context.WithCancel(context.Background())
		timer := time.AfterFunc(delay, cancel)
		var out, errs bytes.Buffer
		folder := filepath.Join(dir, delay.String())
		code := run(ctx, []string{"sample", model, "--engine", "go", "--chains", "256", "--set", "steps=5000", "--out", folder, "--json"}, &out, &errs)
		timer.Stop()
		cancel()
		if code == 0 {
			t.Fatalf("256 chains walked 5000 steps within %v; the test needs a longer run", delay)
		}
		if code != exitInterrupted {
			t.Fatalf("exit code %d, want %d\n%s", code, exitInterrupted, errs.String())
		}
		var m struct {
			Pictures []string `json:"pictures"`
			Steps    int      `json:"steps"`
			Complete bool     `json:"complete"`
		}
		if out.Len() == 0 {
			continue
		}
		if err := json.Unmarshal(out.Bytes(), &m); err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
		if m.Steps == 0 {
			continue
		}
		if m.Complete || len(m.Pictures) != 257 {
			t.Errorf("found complete %v and %d pictures, want an incomplete run and 256 with their sheet", m.Complete, len(m.Pictures))
		}
		out.Reset()
		if code := run(context.Background(), []string{"sample", model, "--engine", "go", "--from", m.Pictures[17]}, &out, &errs); code != 0 {
			t.Errorf("a picture of a stopped run made again: exit code %d\n%s%s", code, out.String(), errs.String())
		}
		return
	}
	t.Fatal("no run had begun within a minute")
}

// TestDemo runs what "make demo" runs.
func TestDemo(t *testing.T) {
	if len(resources.Models()) == 0 {
		t.Skip("SKIPPED, NOT PASSED: this build carries no model (resources/models holds none)")
	}
	if testing.Short() {
		t.Skip("SKIPPED, NOT PASSED: -short, and the bundled model's whole run takes a while")
	}
	dir := t.TempDir()
	var m made
	if err := json.Unmarshal([]byte(ebm(t, "demo", "--out", dir, "--json")), &struct {
		*made
		Energies []float32 `json:"energies"`
	}{made: &m}); err != nil {
		t.Fatal(err)
	}
	if !m.Complete || len(m.Diverged) > 0 {
		t.Errorf("found complete %v, diverged %v, want a whole run of sound chains", m.Complete, m.Diverged)
	}
	for _, path := range append(m.Pictures, m.GIF) {
		if st, err := os.Stat(path); err != nil || st.Size() == 0 {
			t.Errorf("%s: %v, want a file", path, err)
		}
	}
}
