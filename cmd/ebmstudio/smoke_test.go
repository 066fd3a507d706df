package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"ebmstudio/internal/fixtures"
	"ebmstudio/resources"
)

// screenshots is where the smoke test leaves its picture.
const screenshots = "../../out"

// TestSmoke runs the real program with the real driver on a display of its own:
// it opens a model, runs 20 steps and leaves a picture of the screen.
func TestSmoke(t *testing.T) {
	needXvfb(t)
	model := ""
	if len(resources.Models()) == 0 {
		model = filepath.Join(fixtures.Dir(t), "clel", "resnet_28", "last.ckpt")
	}
	dir := t.TempDir()
	binary := program(t, "ebmstudio")
	display := startXvfb(t, dir)

	args := []string{"--smoke", dir}
	if model != "" {
		args = append(args, model)
	}
	program := exec.Command(binary, args...)
	program.Env = append(os.Environ(), "DISPLAY="+display, "WAYLAND_DISPLAY=", "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir, "XDG_RUNTIME_DIR="+dir)
	var said strings.Builder
	program.Stdout, program.Stderr = &said, &said
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- program.Wait() }()
	shot := waitForPicture(t, filepath.Join(dir, "Xvfb_screen0"), filepath.Join(dir, "studio.png"), ended)
	if err := <-ended; err != nil {
		t.Fatalf("the window failed: %v\n%s", err, said.String())
	}
	for _, want := range []string{"first moving frame after", "longest wait for the UI goroutine"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("the program did not say %q:\n%s", want, said.String())
		}
	}
	t.Log("\n" + said.String())
	if n := colours(shot); n < 200 {
		t.Errorf("the screen shows %d colours: that is no window with pictures", n)
	}
	if err := os.MkdirAll(screenshots, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(screenshots, "studio.png")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, shot), f.Close()); err != nil {
		t.Fatal(err)
	}
	t.Logf("the screen is in %s", path)
}

// TestADisplayWithoutOpenGL: the window cannot be made, and the program says so
// and what to type instead.
func TestADisplayWithoutOpenGL(t *testing.T) {
	needXvfb(t)
	dir := t.TempDir()
	program := exec.CommandContext(t.Context(), program(t, "ebmstudio"))
	program.Env = append(os.Environ(), "DISPLAY="+startXvfb(t, dir, "-extension", "GLX"), "WAYLAND_DISPLAY=", "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir)
	out, err := program.CombinedOutput()
	if program.ProcessState.ExitCode() != exitNoDisplay || !strings.Contains(string(out), "OpenGL") || !strings.Contains(string(out), "ebm demo") {
		t.Errorf("found %v and %q, want exit code %d, the reason and the command to type", err, out, exitNoDisplay)
	}
}

func needXvfb(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: -short leaves out the window with the real driver")
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("skipped: this system has no Xvfb; the smoke run needs a display without a screen")
	}
	if _, err := exec.LookPath("Xvfb"); err != nil {
		t.Skip("SKIPPED: Xvfb is not installed, so the window was NOT tested with the real driver. Install it: apt-get install xvfb (make setup does)")
	}
}

// startXvfb starts a display whose screen is a file in dir, and ends it with the
// test.
func startXvfb(t *testing.T, dir string, more ...string) (display string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	x := exec.Command("Xvfb", append([]string{"-displayfd", "3", "-screen", "0", "1320x860x24", "-fbdir", dir, "-nolisten", "tcp"}, more...)...)
	x.ExtraFiles = []*os.File{w}
	if err := x.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = x.Process.Kill() // it may have ended by itself
		_ = x.Wait()
	})
	w.Close()
	if err := r.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var number int
	if _, err := fmt.Fscan(r, &number); err != nil {
		t.Fatalf("Xvfb did not tell its display: %v", err)
	}
	return fmt.Sprintf(":%d", number)
}

// waitForPicture waits until the program has written its own picture, which it
// does while the window is up, and reads the screen then.
func waitForPicture(t *testing.T, screen, picture string, ended chan error) image.Image {
	t.Helper()
	for limit := time.Now().Add(5 * time.Minute); time.Now().Before(limit); time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-ended:
			ended <- err
			return image.NewRGBA(image.Rect(0, 0, 1, 1))
		default:
		}
		if _, err := os.Stat(picture); err != nil {
			continue
		}
		data, err := os.ReadFile(screen)
		if err != nil {
			t.Fatal(err)
		}
		m, err := readXWD(data)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	t.Fatal("the window wrote no picture within 5 minutes")
	return nil
}

// readXWD reads an X window dump of 32 bits a pixel, which is what Xvfb keeps its
// screen in: a header of big-endian words (size, version, format, depth, width,
// height, ..., order of bytes, ..., bits a pixel, bytes a line, ..., colours),
// colour entries of 12 bytes, lines.
func readXWD(data []byte) (image.Image, error) {
	if len(data) < 100 {
		return nil, fmt.Errorf("screen: found %d bytes, want a header of 100", len(data))
	}
	word := func(i int) int { return int(binary.BigEndian.Uint32(data[4*i:])) }
	header, width, height, littleEndian, bits, line, colors := word(0), word(4), word(5), word(7) == 0, word(11), word(12), word(19)
	start := header + 12*colors
	if bits != 32 || len(data) < start+line*height {
		return nil, fmt.Errorf("screen: found %d bits a pixel and %d bytes, want 32 and %d", bits, len(data), start+line*height)
	}
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			p := data[start+y*line+4*x:]
			c := color.RGBA{p[1], p[2], p[3], 255}
			if littleEndian {
				c = color.RGBA{p[2], p[1], p[0], 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m, nil
}

func colours(m image.Image) int {
	seen := map[color.Color]bool{}
	b := m.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			seen[m.At(x, y)] = true
		}
	}
	return len(seen)
}
