package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

var movingFrame = regexp.MustCompile(`first moving frame after (\S+), of which the engine compiled (\S+)`)

// firstFrame opens the window of a built bin/ebmstudio and returns the line it
// prints and the time without compiling. why says that it was not run.
func firstFrame(ctx context.Context, dir string) (line string, without time.Duration, why string, err error) {
	program, err := filepath.Abs(filepath.Join("bin", "ebmstudio"))
	if err != nil {
		return "", 0, "", err
	}
	if _, err := os.Stat(program); err != nil {
		return "", 0, "bin/ebmstudio is not built (make build)", nil
	}
	args := []string{program, "--smoke", dir}
	if xvfb, err := exec.LookPath("xvfb-run"); err == nil {
		args = append([]string{xvfb, "-a"}, args...)
	} else if os.Getenv("DISPLAY") == "" {
		return "", 0, "there is no display and no xvfb-run", nil
	}
	out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput()
	if err != nil {
		return "", 0, "", fmt.Errorf("open the window: %w: %s", err, strings.TrimSpace(string(out)))
	}
	line, without, err = parseFirstFrame(string(out))
	return line, without, "", err
}

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
