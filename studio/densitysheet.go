package studio

import (
	"bytes"
	"image/png"
	"math"
	"path/filepath"

	"ebmstudio/sampling"
)

// Overlap is the share of the true density that the model's covers, the sum of the
// smaller of both over all cells: 1 where they are the same. 0 where one is missing.
func (s StageDensity) Overlap() float64 {
	if s.Model == nil || s.Truth == nil {
		return 0
	}
	shared := 0.0
	for i, p := range s.Model {
		shared += math.Min(float64(p), float64(s.Truth[i]))
	}
	return shared
}

// SaveSheet writes the densities as one PNG, atomically: a column a stage in the order
// that chains walk them; the true ones, where they are known, above the model's.
// Brightness is the square root of the density, each stage by its own densest cells.
func (d Density) SaveSheet(path string) error {
	rows := [][]StageDensity{d.Stages}
	if len(d.Stages) > 0 && d.Stages[0].Truth != nil {
		rows = append(rows, d.Stages)
	}
	x := sampling.NewImages(len(rows)*len(d.Stages), 1, d.Size, d.Size)
	for row, stages := range rows {
		for i, s := range stages {
			p, densest := s.Model, s.Model
			if s.Truth != nil {
				densest = s.Truth
				if row == 0 {
					p = s.Truth
				}
			}
			shade(x.Image(row*len(stages)+i), p, densest)
		}
	}
	layout := Layout{Columns: max(len(d.Stages), 1), Scale: 1, Gap: 6}
	var file bytes.Buffer
	if err := png.Encode(&file, Result{Pictures: x, Lo: 0, Hi: 1}.Sheet(layout)); err != nil {
		return err
	}
	if err := makeDir(filepath.Dir(path)); err != nil {
		return err
	}
	return writeFiles(outFile{path, file.Bytes()})
}

// shade turns densities into brightness, 1 at the densest cell of another density.
func shade(into, p, densest []float32) {
	most := float32(0)
	for _, v := range densest {
		most = max(most, v)
	}
	for i, v := range p {
		into[i] = float32(math.Sqrt(float64(min(v/max(most, math.SmallestNonzeroFloat32), 1))))
	}
}
