package engine

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

//go:embed install-plugin.sh
var installScript string

// Install puts the pinned plugin of xla:cpu into InstallDir: it downloads the
// wheel from PyPI with pip, checks wheel and plugin against their SHA-256 and
// moves the plugin into place in one step. Where the right plugin is there
// already it does nothing. Each line of progress is passed to progress, which
// may be nil. The error is the script's own sentence.
func Install(ctx context.Context, progress func(string)) error {
	return install(ctx, progress, "cpu")
}

func install(ctx context.Context, progress func(string), args ...string) error {
	bash, err := exec.LookPath("bash")
	if err != nil {
		return fmt.Errorf("install plugin: %w", err)
	}
	cmd := exec.CommandContext(ctx, bash, append([]string{"-c", installScript, "install-plugin.sh"}, args...)...)
	inOwnGroup(cmd)
	cmd.WaitDelay = 2 * time.Second
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	last := make(chan string)
	go func() {
		var line string
		for s := bufio.NewScanner(r); s.Scan(); {
			line = strings.TrimPrefix(s.Text(), "ebm studio: ")
			if progress != nil {
				progress(line)
			}
		}
		_, _ = io.Copy(io.Discard, r) // a line too long for the scanner must not block the script
		last <- line
	}()
	err = cmd.Run()
	_ = w.Close()
	said := <-last
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("install plugin: %w", ctx.Err())
	case said != "":
		return errors.New(said)
	default:
		return fmt.Errorf("install plugin: %w", err)
	}
}
