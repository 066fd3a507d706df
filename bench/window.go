package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// What a smoke run of the window prints.
var (
	movingFrame = regexp.MustCompile(`first moving frame after (\S+), of which the engine compiled (\S+)`)
	onScreen    = regexp.MustCompile(`window on the screen after (\S+)`)
	longestWork = regexp.MustCompile(`longest work of ours on it (\S+)`)
	fullMemory  = regexp.MustCompile(`memory with .*? (\d+) MB, of which ours \d+ MB`)
)

// smoke opens the window of a built bin/ebmstudio, with all bundled models and a long run
// where full is set, and returns what it prints. why says that it was not run.
func smoke(ctx context.Context, dir string, full bool) (out, why string, err error) {
	program, err := filepath.Abs(filepath.Join("bin", "ebmstudio"))
	if err != nil {
		return "", "", err
	}
	if _, err := os.Stat(program); err != nil {
		return "", "bin/ebmstudio is not built (make build)", nil
	}
	args := []string{program, "--smoke", dir}
	if full {
		args = append(args, "--full")
	}
	if xvfb, err := exec.LookPath("xvfb-run"); err == nil {
		args = append([]string{xvfb, "-a"}, args...)
	} else if os.Getenv("DISPLAY") == "" {
		return "", "there is no display and no xvfb-run", nil
	}
	said, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput()
	if err != nil {
		return "", "", fmt.Errorf("open the window: %w: %s", err, strings.TrimSpace(string(said)))
	}
	return string(said), "", nil
}

// parseFirstFrame finds the line about the first moving frame, and its time without
// compiling.
func parseFirstFrame(out string) (line string, without time.Duration, err error) {
	m := movingFrame.FindStringSubmatch(out)
	if m == nil {
		return "", 0, fmt.Errorf("open the window: found no line about the first moving frame in %q", out)
	}
	total, err := time.ParseDuration(m[1])
	if err != nil {
		return "", 0, err
	}
	compile, err := time.ParseDuration(m[2])
	return m[0], total - compile, err
}

// said is what a pattern's group finds in the output, and the whole of what it matches.
func said(out string, pattern *regexp.Regexp) (value, line string, err error) {
	m := pattern.FindStringSubmatch(out)
	if m == nil {
		return "", "", fmt.Errorf("open the window: found nothing like %q in %q", pattern, out)
	}
	return m[1], m[0], nil
}

// window is figure 5: from the program's start to its window and to the first moving
// frame; what the window's thread is kept busy with; its memory with everything open.
func (b *bench) window(ctx context.Context) error {
	figure := "window of the bundled model, without compiling"
	if _, ok, err := b.bundled(); err != nil || !ok {
		skipped(figure, fmt.Sprintf("< %v", wantedFrame), "no model is bundled").write(b.out)
		return err
	}
	out, why, err := smoke(ctx, b.dir, false)
	if err != nil {
		return err
	}
	if why != "" {
		skipped(figure, fmt.Sprintf("< %v", wantedFrame), why).write(b.out)
		return nil
	}
	line, without, err := parseFirstFrame(out)
	if err != nil {
		return err
	}
	row{figure, without.String(), "", line, fmt.Sprintf("< %v", wantedFrame), verdict(without < wantedFrame)}.write(b.out)
	if err := b.windowTime(out, "window on the screen", onScreen, wantedWindow); err != nil {
		return err
	}
	if out, _, err = smoke(ctx, b.dir, true); err != nil {
		return err
	}
	if err := b.windowTime(out, "longest work of ours on the window's thread, all bundled models opened", longestWork, wantedWork); err != nil {
		return err
	}
	memory, line, err := said(out, fullMemory)
	if err != nil {
		return err
	}
	megabytes, err := strconv.Atoi(memory)
	if err != nil {
		return err
	}
	row{"memory of the window", memory + " MB", "", line, fmt.Sprintf("< %d MB", wantedMegabytes), verdict(megabytes < wantedMegabytes)}.write(b.out)
	return nil
}

// windowTime writes the row of a time that a smoke run has printed.
func (b *bench) windowTime(out, figure string, pattern *regexp.Regexp, wanted time.Duration) error {
	value, line, err := said(out, pattern)
	if err != nil {
		return err
	}
	took, err := time.ParseDuration(value)
	if err != nil {
		return err
	}
	row{figure, value, "", line, fmt.Sprintf("< %v", wanted), verdict(took < wanted)}.write(b.out)
	return nil
}
