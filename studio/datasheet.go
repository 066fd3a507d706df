package studio

import (
	"bytes"
	"fmt"
	"image/png"
	"path/filepath"
	"slices"
	"strings"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// DataRequest says which pictures of data to look at. Data, Channels and Size are
// those of [TrainRequest].
type DataRequest struct {
	Data           string
	Channels, Size int
	Label          string // only pictures of this class; "": of all
	Count          int    // of pictures, from 1 to [MaxChains]
	Seed           uint64 // which ones; a class always shows the same
}

// SaveDataSheet writes a contact sheet of what would be trained on as a PNG and
// returns the names of the classes of every picture, nil where the data has none.
func SaveDataSheet(path string, r DataRequest) ([][]string, error) {
	if r.Count < 1 || r.Count > MaxChains {
		return nil, fmt.Errorf("pictures of %q: found %d, want 1 to %d", r.Data, r.Count, MaxChains)
	}
	data, err := openLearningData(r.Data, r.Channels, r.Size)
	if err != nil {
		return nil, err
	}
	if data.H == 1 && data.W == 1 {
		return nil, fmt.Errorf("pictures of %q: found points of the plane, want pictures", r.Data)
	}
	x, classes, err := drawData(data, r)
	if err != nil {
		return nil, err
	}
	sheet := Result{Pictures: x, Lo: 0, Hi: 1}.Sheet(layoutFor(x.N, x.W))
	var file bytes.Buffer
	if err := png.Encode(&file, sheet); err != nil {
		return nil, err
	}
	if err := makeDir(filepath.Dir(path)); err != nil {
		return nil, err
	}
	return classes, writeFiles(outFile{path, file.Bytes()})
}

// drawData draws the pictures as the first batch of a training would.
func drawData(data models.Data, r DataRequest) (x sampling.Images, classes [][]string, err error) {
	if r.Label != "" {
		label := slices.Index(data.Labels, r.Label)
		if label < 0 || data.OfLabel == nil {
			return x, nil, fmt.Errorf("pictures of %q: found no class %q, want one of: %s", data.Name, r.Label, strings.Join(data.Labels, ", "))
		}
		x, err = data.OfLabel(label, r.Count)
		return x, nil, err
	}
	k := sampling.NewKey(r.Seed)
	if data.Labelled == nil {
		x, err = data.Batch(k, 0, r.Count, 0, false)
		return x, nil, err
	}
	x, of, err := data.Labelled(k, 0, r.Count, 0, false)
	for _, each := range of {
		var names []string
		for _, class := range each {
			names = append(names, data.Labels[class])
		}
		classes = append(classes, names)
	}
	return x, classes, err
}
