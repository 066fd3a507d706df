package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"ebmstudio/studio"
)

// All talk to the person is in this file. The voice: lower case, no period, what
// was being done, what was found, what was wanted. A hint is a line of its own.
// Results go to stdout, everything else to stderr; bars only to a terminal.

const (
	exitFailed      = 1
	exitBadInput    = 2
	exitInterrupted = 130 // as a shell reports a program that Ctrl-C ended
)

// inputError marks what the person asked for as the fault, rather than the
// program, the disk or the engine.
type inputError struct{ error }

func (e inputError) Unwrap() error { return e.error }

// badInput marks err as one of the request: exit code 2.
func badInput(err error) error {
	if err == nil || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.EIO) {
		return err // nothing, or the disk's fault
	}
	return inputError{err}
}

// errInterrupted ends a verb that Ctrl-C stopped after it kept what it had.
var errInterrupted = errors.New("stopped; what was made until then is kept")

// empty is how a verb ends that has made nothing: there is nothing kept to speak of.
func empty(err error) error {
	if errors.Is(err, errInterrupted) {
		return context.Canceled
	}
	return err
}

// answer is standard output, and the first reason why a part of it was not written.
type answer struct {
	io.Writer
	err error
}

func (a *answer) Write(p []byte) (int, error) {
	n, err := a.Writer.Write(p)
	if a.err == nil {
		a.err = err
	}
	return n, err
}

// lost is the error of an answer that was not written whole, nil where it was, or where
// whoever read it has had enough (head).
func (a *answer) lost() error {
	if a.err == nil || errors.Is(a.err, syscall.EPIPE) {
		return nil
	}
	return fmt.Errorf("write the answer: %w", a.err)
}

type terminal struct{ out, err io.Writer }

// say prints a line of the result.
func (t *terminal) say(format string, args ...any) { fmt.Fprintf(t.out, format+"\n", args...) }

// note prints a line about the work, which is no part of the result.
func (t *terminal) note(format string, args ...any) {
	fmt.Fprintf(t.err, "ebm: "+format+"\n", args...)
}

// json prints the result for a script.
func (t *terminal) json(v any) error {
	e := json.NewEncoder(t.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// fail prints an error, its hints on lines of their own, and returns the exit code.
func (t *terminal) fail(err error) int {
	if errors.Is(err, context.Canceled) && !errors.Is(err, errInterrupted) {
		t.note("stopped")
		return exitInterrupted
	}
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimSpace(line)
		if line != "" {
			t.note("%s", line)
		}
	}
	_, input := errors.AsType[inputError](err)
	_, refused := errors.AsType[studio.Refused](err)
	switch {
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	case input || refused:
		return exitBadInput
	}
	return exitFailed
}

// cutHint parts an error from the hint in its last line.
func cutHint(err error) (message, hint string) {
	message, hint, _ = strings.Cut(err.Error(), "\nhint: ")
	return message, hint
}

// interactive reports whether stderr is a terminal that shows a bar.
func (t *terminal) interactive() bool {
	f, ok := t.err.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// follow shows a job's progress until it ends. Ctrl-C stops the job between two
// steps; what it made is kept and errInterrupted returned.
func (a *app) follow(job *studio.Job) error {
	b := a.newBar()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	interrupted := a.ctx.Done()
	for {
		select {
		case <-job.Done():
			b.clear()
			if err := job.Wait(context.Background()); err != nil {
				return err
			}
			if job.Progress().Phase == studio.Stopped {
				return errInterrupted
			}
			return nil
		case <-interrupted:
			interrupted = nil
			job.Stop()
			if a.interactive() {
				a.note("stopping after this step...")
			}
		case <-tick.C:
			b.show(job.Progress())
		}
	}
}

// bar draws progress on a terminal, and nothing elsewhere.
type bar struct {
	to    io.Writer // nil: nowhere
	drawn *progressbar.ProgressBar
}

func (t *terminal) newBar() *bar {
	if !t.interactive() {
		return &bar{}
	}
	return &bar{to: t.err}
}

// show draws a snapshot of a job.
func (b *bar) show(p studio.Progress) {
	if b.to == nil || p.Steps == 0 {
		return
	}
	if b.drawn == nil {
		b.drawn = progressbar.NewOptions(p.Steps,
			progressbar.OptionSetWriter(b.to), progressbar.OptionSetWidth(30), progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false), progressbar.OptionThrottle(50*time.Millisecond))
	}
	text := p.Title
	switch {
	case p.Phase == studio.Running && p.ETA > 0:
		text += fmt.Sprintf(", %s left", p.ETA.Round(time.Second))
	case p.Phase != studio.Running:
		text += ", " + string(p.Phase)
	}
	b.drawn.Describe(text)
	_ = b.drawn.Set(p.Step)
}

// clear removes the bar from the screen.
func (b *bar) clear() {
	if b.drawn != nil {
		_ = b.drawn.Clear()
	}
}

// number is a float32 that JSON writes as null where it is not finite.
type number float32

// MarshalJSON writes the shortest decimal that reads back the same.
func (n number) MarshalJSON() ([]byte, error) {
	if v := float64(n); math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(n), 'g', -1, 32), nil
}

// brief is a time in seconds with as many digits as tell something.
func brief(seconds float64) string {
	if seconds < 1 {
		return fmt.Sprintf("%.3g ms", 1000*seconds)
	}
	return fmt.Sprintf("%.1f s", seconds)
}

// numbers converts values for JSON.
func numbers(v []float32) []number {
	out := make([]number, len(v))
	for i := range v {
		out[i] = number(v[i])
	}
	return out
}
