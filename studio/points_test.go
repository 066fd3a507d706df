package studio

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ebmstudio/checkpoint"
	"ebmstudio/sampling"
)

// TestSavePoints in every form; what is read back is what was there.
func TestSavePoints(t *testing.T) {
	x := sampling.Images{N: 3, C: 2, H: 1, W: 1, Data: []float32{1, 2, -0.5, 4, 0, 1e-7}}
	res, dir := Result{Pictures: x, Energies: []float32{3, -1, 0.25}}, t.TempDir()
	for _, ext := range PointFiles() {
		path := filepath.Join(dir, "points"+ext)
		if err := SavePoints(path, res); err != nil {
			t.Fatal(err)
		}
		if ext == ".csv" {
			text, err := os.ReadFile(path)
			if want := "chain,x,y,energy\n1,1,2,3\n2,-0.5,4,-1\n3,0,1e-07,0.25\n"; err != nil || string(text) != want {
				t.Errorf("found %q, want %q (%v)", text, want, err)
			}
			continue
		}
		f, err := checkpoint.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		name := "x"
		if ext == ".npy" {
			name = f.Names[0] // its file's
		}
		points, err := f.Tensors[name].Float32s()
		if err != nil || !slices.Equal(points, x.Data) {
			t.Errorf("%s: found %v of %v, want %v (%v)", ext, points, f.Names, x.Data, err)
		}
		if e, ok := f.Tensors["energy"]; ok != (ext != ".npy") || ok && e.Shape[0] != 3 {
			t.Errorf("%s: energies are there: %v", ext, ok)
		}
	}
	for want, path := range map[string]string{`found extension ".txt", want one of .csv`: "points.txt"} {
		if err := SavePoints(filepath.Join(dir, path), res); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("found error %v, want %q", err, want)
		}
	}
	res.Pictures = sampling.NewImages(1, 1, 4, 4)
	if err := SavePoints(filepath.Join(dir, "p.csv"), res); err == nil || !strings.Contains(err.Error(), "found pictures of 1x4x4") {
		t.Errorf("pictures saved as points: error %v", err)
	}
}
