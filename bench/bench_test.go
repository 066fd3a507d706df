package main

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ebmstudio/checkpoint"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		times []time.Duration
		want  time.Duration
	}{{[]time.Duration{9, 1, 5}, 5}, {[]time.Duration{8, 2, 4, 100}, 6}, {[]time.Duration{3}, 3}} {
		if got := median(c.times); got != c.want {
			t.Errorf("median of %v: found %v, want %v", c.times, got, c.want)
		}
	}
}

func TestInterleaveTakesTurns(t *testing.T) {
	order := ""
	one := func(name string, took time.Duration) turn {
		return func() (time.Duration, error) { order += name; return took, nil }
	}
	a, b, err := interleave(3, one("a", 1), one("b", 2))
	if order != "ababab" || a != 1 || b != 2 || err != nil {
		t.Errorf("found %s, %v, %v, %v", order, a, b, err)
	}
}

// Medians come back in the order of the turns, and an error ends the rounds.
func TestRotate(t *testing.T) {
	of := func(took time.Duration) turn { return func() (time.Duration, error) { return took, nil } }
	if medians, err := rotate(2, of(3), of(1), of(2)); !slices.Equal(medians, []time.Duration{3, 1, 2}) || err != nil {
		t.Errorf("found %v, %v", medians, err)
	}
	if _, err := rotate(2, of(3), func() (time.Duration, error) { return 0, errors.New("broken") }); err == nil {
		t.Error("a broken turn: found no error")
	}
}

func TestSpeedVerdict(t *testing.T) {
	s := speed{1, 1.2}
	for ratio, want := range map[float64]string{0.99: "**missed**", 1: "met, below the aim", 1.2: "met"} {
		if got := s.verdict(ratio); got != want {
			t.Errorf("%v times as fast: found %q, want %q", ratio, got, want)
		}
	}
}

// A layer that starts at 0 is moved, one that was drawn stays as it was.
func TestStir(t *testing.T) {
	zeros, drawn := make([]float32, 4), []float32{1, 2}
	r := rand.New(rand.NewPCG(1, 2))
	stir(zeros, r)
	stir(drawn, r)
	if slices.Contains(zeros, 0) || !slices.Equal(drawn, []float32{1, 2}) {
		t.Errorf("found %v and %v", zeros, drawn)
	}
}

func TestAgreeSeesDifferences(t *testing.T) {
	if d, err := agree("energies", []float32{1, 2}, []float32{1, 2.0001}, 1e-4); err != nil || d == 0 {
		t.Errorf("within the tolerance: found %v, %v", d, err)
	}
	nan := float32(0)
	nan /= nan
	for _, theirs := range [][]float32{{1, 2.001}, {1, nan}, {1}, nil} {
		if _, err := agree("energies", []float32{1, 2}, theirs, 1e-4); err == nil {
			t.Errorf("1 2 and %v: found no error", theirs)
		}
	}
}

// Steps of 10, of which 2 are outside the evaluation; the first step, which is
// slower, does not count.
func TestShareOfAStep(t *testing.T) {
	var log []evaluation
	at := time.Unix(0, 0)
	for i := range 5 {
		length := time.Duration(8)
		if i == 0 {
			length = 1000
		}
		log = append(log, evaluation{at, at.Add(length)})
		at = at.Add(length + 2)
	}
	if step, outside, err := share(log); step != 10 || outside != 2 || err != nil {
		t.Errorf("found %v, %v, %v, want 10ns, 2ns", step, outside, err)
	}
	if _, _, err := share(log[:2]); err == nil {
		t.Error("two evaluations: found no error")
	}
}

// The generated files are what they claim to be: our reader finds every tensor.
func TestGeneratedFilesOpen(t *testing.T) {
	for name, write := range map[string]func(string, int) error{"a.safetensors": writeSafeTensors, "a.pth": writeTorch} {
		path := filepath.Join(t.TempDir(), name)
		if err := write(path, 2); err != nil {
			t.Fatal(err)
		}
		f, err := checkpoint.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		last := f.Tensors["layer.1"]
		if len(f.Names) != 2 || last.DType != "float32" || len(last.Shape) != 2 || !bytes.Equal(last.Data, content(1)) {
			t.Errorf("%s: found %v, the last %s %v", name, f.Names, last.DType, last.Shape)
		}
	}
}

func TestFirstFrameLine(t *testing.T) {
	line, without, err := parseFirstFrame("x\nfirst moving frame after 4.5s, of which the engine compiled 2.25s\nwrote a.png\n")
	if err != nil || without != 2250*time.Millisecond || !strings.HasSuffix(line, "compiled 2.25s") {
		t.Errorf("found %q, %v, %v", line, without, err)
	}
	if _, _, err := parseFirstFrame("no model"); err == nil {
		t.Error("no such line: found no error")
	}
}

func TestKibibytes(t *testing.T) {
	if n := kibibytes("VmPeak:\t  9 kB\nVmHWM:\t    2 kB\n", "VmHWM"); n != 2048 {
		t.Errorf("found %d, want 2048", n)
	}
}

func TestChoose(t *testing.T) {
	if chosen, err := choose("1, 4", 5); err != nil || !slices.Equal(chosen, []int{1, 4}) {
		t.Errorf("found %v, %v", chosen, err)
	}
	for _, only := range []string{"6", "one", "1,,2"} {
		if _, err := choose(only, 5); err == nil {
			t.Errorf("-only %s: found no error", only)
		}
	}
}
