package studio

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"ebmstudio/checkpoint"
)

// PointFiles are the extensions of the files that SavePoints writes.
func PointFiles() []string { return []string{".csv", ".npy", ".npz", ".safetensors"} }

// SavePoints writes the points of a run on a model of the plane, in the form that the
// extension says:
//
//	.csv                 a line a chain: chain, counted from 1, x, y, energy (empty where unknown)
//	.npy                 float32 [N,2]
//	.npz, .safetensors   x, float32 [N,2]; energy, float32 [N], where it is known
//
// The file appears whole or not at all.
func SavePoints(path string, r Result) error {
	x := r.Pictures
	if !isPlane(x.C, x.H, x.W) {
		return fmt.Errorf("save %q: found pictures of %dx%dx%d (channels, height, width), want points of the plane, 2x1x1", path, x.C, x.H, x.W)
	}
	points := []checkpoint.Named{{Name: "x", Tensor: checkpoint.Float32Tensor([]int{x.N, 2}, x.Data)}}
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".csv":
		return writeFiles(outFile{path, pointLines(r)})
	case ".npy":
		return checkpoint.Write(path, points, nil)
	case ".npz", ".safetensors":
		if len(r.Energies) == x.N {
			points = append(points, checkpoint.Named{Name: "energy", Tensor: checkpoint.Float32Tensor([]int{x.N}, r.Energies)})
		}
		return checkpoint.Write(path, points, nil)
	default:
		return fmt.Errorf("save %q: found extension %q, want one of %s", path, ext, strings.Join(PointFiles(), ", "))
	}
}

func pointLines(r Result) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	text := func(v float32) string { return strconv.FormatFloat(float64(v), 'g', -1, 32) }
	_ = w.Write([]string{"chain", "x", "y", "energy"}) // a buffer does not fail
	for i := range r.Pictures.N {
		at, energy := r.Pictures.Image(i), ""
		if i < len(r.Energies) {
			energy = text(r.Energies[i])
		}
		_ = w.Write([]string{strconv.Itoa(i + 1), text(at[0]), text(at[1]), energy})
	}
	w.Flush()
	return b.Bytes()
}
