package studio

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// ofGrey writes pictures of one grey each, and returns their paths.
func ofGrey(t *testing.T, side int, levels ...uint8) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	for i, level := range levels {
		m := image.NewGray(image.Rect(0, 0, side, side))
		for k := range m.Pix {
			m.Pix[k] = level
		}
		paths = append(paths, filepath.Join(dir, fmt.Sprintf("%d.png", i)))
		f, err := os.Create(paths[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(png.Encode(f, m), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

// Pictures of one grey lie on a line: where they lie on it, and how much of the variance it
// holds, is known.
func TestCloudOfPixels(t *testing.T) {
	s, _ := (&fake{c: 1, h: 2, w: 2}).open(t, 0)
	paths := ofGrey(t, 8, 0, 10, 255, 255)
	told := 0
	c, err := s.Cloud(t.Context(), CloudRequest{Paths: []string{filepath.Dir(paths[0])}, Notify: func(done, total int) {
		if told++; done != told || total != 4 {
			t.Errorf("told %d of %d", done, total)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if c.By != "pixels (8x8)" || math.Abs(c.Share[0]-1) > 1e-9 || len(c.Pictures) != 4 || told != 4 {
		t.Errorf("by %q, share %v, %d pictures, told %d times", c.By, c.Share, len(c.Pictures), told)
	}
	if want := "first principal component of pixels (8x8), 100 % of the variance"; c.Title(CloudFirst) != want {
		t.Errorf("the axis is %q, want %q", c.Title(CloudFirst), want)
	}
	at, from, to := c.Places(CloudFirst, CloudSecond)
	if d := math.Abs(at[0][0] - at[1][0]); math.Abs(d-10.0/255) > 1e-6 || at[2] != at[3] {
		t.Errorf("they lie at %v", at)
	}
	if length := to[0] - from[0]; math.Abs(length-8) > 1e-5 { // 1 in each of 64 pixels
		t.Errorf("the axis is %g long, want 8", length)
	}
	if last := c.Axes(); strings.Join(last, " ") != "first second date" {
		t.Errorf("the axes are %v", last)
	}
}

// Of pictures of other sizes, the size that most have is compared; what is no picture is
// left out and named.
func TestCloudOfMixedPictures(t *testing.T) {
	s, _ := (&fake{c: 1, h: 2, w: 2}).open(t, 0)
	paths := append(ofGrey(t, 100, 20), ofGrey(t, 12, 90, 200)...)
	broken := filepath.Join(t.TempDir(), "broken.png")
	if err := os.WriteFile(broken, []byte("no picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := s.Cloud(t.Context(), CloudRequest{Paths: append(paths, broken, filepath.Join(t.TempDir(), "absent.png"))})
	if err != nil {
		t.Fatal(err)
	}
	if c.By != "pixels (12x12)" || len(c.Pictures) != 3 || c.Pictures[0].Image.Rect != image.Rect(0, 0, 64, 64) {
		t.Errorf("by %q, %d pictures", c.By, len(c.Pictures))
	}
	if len(c.Faults) != 2 || !strings.Contains(FaultList(c.Faults), "broken.png") || !strings.Contains(FaultList(c.Faults), "absent.png") {
		t.Errorf("the faults are %s", FaultList(c.Faults))
	}
	if _, err := s.Cloud(t.Context(), CloudRequest{Paths: []string{broken}}); err == nil || !strings.Contains(err.Error(), "broken.png") {
		t.Errorf("of nothing but a broken picture: %v", err)
	}
	if _, err := s.Cloud(t.Context(), CloudRequest{}); err == nil {
		t.Error("of nothing: no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Cloud(ctx, CloudRequest{Paths: paths}); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

// A judge is given pictures in 0..1, an encoder in the range of its model; features that are
// not finite name the picture.
func TestCloudOfFeatures(t *testing.T) {
	s, _ := (&fake{c: 1, h: 2, w: 2}).open(t, 0)
	paths := ofGrey(t, 6, 0, 51, 102)
	mean := func(x sampling.Images) (rows [][]float32) {
		for i := range x.N {
			rows = append(rows, []float32{7, x.Image(i)[0]})
		}
		return rows
	}
	model := &models.Model{C: 1, H: 4, W: 4, Lo: -1, Hi: 1}
	model.Encode = func(x sampling.Images) ([][]float32, error) { return mean(x), nil }
	o := &Opened{Name: "of greys", Model: model}
	for _, c := range []struct {
		by     string
		length float64
		judge  bool
	}{{"latents of of greys", 0.8, false}, {"features of of greys", 0.4, true}} {
		if c.judge {
			model.Classify = func(x sampling.Images) (_, features [][]float32, _ error) { return nil, mean(x), nil }
		}
		cloud, err := s.Cloud(t.Context(), CloudRequest{Paths: paths, By: o})
		if err != nil {
			t.Fatal(err)
		}
		_, from, to := cloud.Places(CloudFirst, CloudSecond)
		if cloud.By != c.by || math.Abs(to[0]-from[0]-c.length) > 1e-5 {
			t.Errorf("by %q from %g to %g, want by %q over %g", cloud.By, from[0], to[0], c.by, c.length)
		}
	}
	model.Classify = func(x sampling.Images) (_, features [][]float32, _ error) {
		rows := mean(x)
		rows[1][0] = float32(math.NaN())
		return nil, rows, nil
	}
	if _, err := s.Cloud(t.Context(), CloudRequest{Paths: paths, By: o}); err == nil || !strings.Contains(err.Error(), paths[1]) {
		t.Errorf("a feature that is not finite: %v, want %s named", err, paths[1])
	}
	if _, err := s.Cloud(t.Context(), CloudRequest{Paths: paths, By: &Opened{Name: "plain", Model: &models.Model{C: 1}}}); err == nil {
		t.Error("a model without features is taken")
	}
}

// Numbers of the recipes are axes; pictures without one have no place along it.
func TestCloudAlongNumbers(t *testing.T) {
	c := Cloud{By: "pixels (1x1)"}
	for i := range 3 {
		p := CloudPicture{Path: fmt.Sprint(i), At: [2]float64{float64(i), 5}, Numbers: map[string]float64{"date": 1e9}, Image: image.NewRGBA(image.Rect(0, 0, 3, 2))}
		p.Image.Set(1, 1, color.White)
		if i > 0 {
			p.Numbers["guidance"] = float64(2 * i)
		}
		c.Pictures = append(c.Pictures, p)
	}
	if axes := strings.Join(c.Axes(), " "); axes != "first second date guidance" {
		t.Errorf("the axes are %s", axes)
	}
	at, from, to := c.Places("guidance", CloudSecond)
	if !math.IsNaN(at[0][0]) || at[1] != [2]float64{0, 0.5} || at[2] != [2]float64{1, 0.5} || from[0] != 2 || to[0] != 4 {
		t.Errorf("they lie at %v, from %v to %v", at, from, to)
	}
	dir := t.TempDir()
	for _, ext := range CloudFiles() {
		if err := c.Save(filepath.Join(dir, "cloud"+ext), "guidance", "date"); err != nil {
			t.Error(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "cloud.csv"))
	if want := "picture,first,second,date,guidance\n0,0,5,1e+09,\n1,1,5,1e+09,2\n2,2,5,1e+09,4\n"; err != nil || string(text) != want {
		t.Errorf("the table is %q, want %q", text, want)
	}
	if err := c.Save(filepath.Join(dir, "cloud.png"), "energy", CloudFirst); err == nil || !strings.Contains(err.Error(), "guidance") {
		t.Errorf("an axis that nothing has: %v", err)
	}
	if err := c.Save(filepath.Join(dir, "cloud.gif"), CloudFirst, CloudSecond); err == nil {
		t.Error("a GIF is written")
	}
	for v, want := range map[float64]string{63731.2: "63731", -0.123456: "-0.1235", 2e9: "2e+09"} {
		if text := CloudNumber("energy", v); text != want {
			t.Errorf("%g is written %q, want %q", v, text, want)
		}
	}
	if text := CloudNumber("date", 1e9); text != "2001-09-09" && text != "2001-09-08" {
		t.Errorf("the date is %q", text)
	}
}
