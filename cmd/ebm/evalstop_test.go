package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ebmstudio/checkpoint"
)

// TestStopOfEval ends an evaluation in its middle, as Ctrl-C does, until one has been
// stopped with samples made and more to make; the same again makes only those that lack
// and reports what an evaluation that was never stopped does.
func TestStopOfEval(t *testing.T) {
	dir := t.TempDir()
	model := filepath.Join(dir, "tiny.safetensors")
	meta := map[string]string{"family": "clel", "size": "8,8", "channels": "1", "step_size": "1", "step_noise": "0.01"}
	if err := checkpoint.Write(model, tinyTensors(), meta); err != nil {
		t.Fatal(err)
	}
	pictures := filepath.Join(dir, "digits")
	if err := digits(pictures); err != nil {
		t.Fatal(err)
	}
	judge := filepath.Join(dir, "judge")
	call := func(ctx context.Context, args ...string) (int, string) {
		var out, errs bytes.Buffer
		code := run(ctx, append(args, "--engine", "go"), &out, &errs)
		return code, out.String() + errs.String()
	}
	if code, said := call(context.Background(), "train", "judge", "--out", judge, "--data", pictures, "--iterations", "2", "--batch", "4", "--width", "4", "--hidden", "5", "--sheets-every", "0"); code != 0 {
		t.Fatal(said)
	}
	eval := func(ctx context.Context, folder string) (int, string) {
		return call(ctx, "eval", model, "--judge", filepath.Join(judge, "model.safetensors"), "--data", pictures,
			"--count", "48", "--batch", "4", "--set", "steps=400", "--parts", "samples", "--report", folder)
	}
	stopped := filepath.Join(dir, "stopped")
	kept := func() (files map[string]time.Time) {
		files = map[string]time.Time{}
		entries, _ := os.ReadDir(filepath.Join(stopped, "kept"))
		for _, e := range entries {
			if info, err := e.Info(); err == nil {
				files[e.Name()] = info.ModTime()
			}
		}
		return files
	}
	var made map[string]time.Time
	for delay := 300 * time.Millisecond; ; delay += delay / 2 {
		ctx, cancel := context.WithTimeout(context.Background(), delay)
		code, said := eval(ctx, stopped)
		cancel()
		if code == 0 {
			t.Fatalf("48 samples were made within %v, or before it; the test needs a longer run\n%s", delay, said)
		}
		if code != exitInterrupted {
			t.Fatalf("exit code %d, want %d\n%s", code, exitInterrupted, said)
		}
		if made = kept(); len(made) > 4 {
			break
		}
	}
	if code, said := eval(context.Background(), stopped); code != 0 {
		t.Fatalf("exit code %d when going on\n%s", code, said)
	}
	after := kept()
	for name, at := range made {
		if !after[name].Equal(at) {
			t.Errorf("%s was made again", name)
		}
	}
	if len(after) <= len(made) {
		t.Errorf("found %d files before and %d after, want more to be made", len(made), len(after))
	}
	whole := filepath.Join(dir, "whole")
	if code, said := eval(context.Background(), whole); code != 0 {
		t.Fatal(said)
	}
	if a, b := timeless(t, stopped), timeless(t, whole); a != b {
		t.Errorf("a stopped evaluation that went on says\n%s\nand one that was not\n%s", a, b)
	}
}

// timeless is a report without the seconds that it took.
func timeless(t *testing.T, folder string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var kept [][]byte
	for line := range bytes.Lines(text) {
		if !bytes.Contains(line, []byte("seconds_sampled")) {
			kept = append(kept, line)
		}
	}
	return string(bytes.Join(kept, nil))
}
