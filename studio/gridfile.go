package studio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// GridFileVersion is the version of the grid files that this program writes.
const GridFileVersion = 1

// GridFile is a grid as a job file: the recipe that its cells have in common and its
// edges in the words of ReadAxis. It is saved beside the sheet and makes it again.
type GridFile struct {
	Version int    `json:"version"`
	X       string `json:"x,omitempty"`
	Y       string `json:"y,omitempty"`
	Recipe  Recipe `json:"recipe"`
}

// File is the grid as a job file.
func (g Grid) File() GridFile {
	return GridFile{Version: GridFileVersion, X: g.X.Text, Y: g.Y.Text, Recipe: g.Base.Clone()}
}

// JSON writes the job file.
func (f GridFile) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(f, "", "  ")
	return append(b, '\n'), err
}

// ParseGridFile reads a job file; unknown fields and newer versions are errors.
func ParseGridFile(data []byte) (GridFile, error) {
	var raw struct {
		Version int             `json:"version"`
		X       string          `json:"x"`
		Y       string          `json:"y"`
		Recipe  json.RawMessage `json:"recipe"`
	}
	if len(data) > maxRecipeBytes {
		return GridFile{}, fmt.Errorf("grid file: found %d bytes, want at most %d", len(data), maxRecipeBytes)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&raw); err != nil {
		return GridFile{}, fmt.Errorf("grid file: %w", err)
	}
	switch {
	case raw.Version != GridFileVersion:
		return GridFile{}, fmt.Errorf("grid file: found version %d, want %d", raw.Version, GridFileVersion)
	case raw.Recipe == nil:
		return GridFile{}, errors.New("grid file: found no recipe, want what the cells have in common")
	case raw.X == "" && raw.Y == "":
		return GridFile{}, errors.New("grid file: found no x and no y, want one or both, such as seed=1..4")
	}
	r, err := ParseRecipe(raw.Recipe)
	return GridFile{Version: raw.Version, X: raw.X, Y: raw.Y, Recipe: r}, err
}

// Grid reads the edges for a model.
func (f GridFile) Grid(o *Opened) (g Grid, err error) {
	g.Base = f.Recipe.Clone()
	for _, edge := range []struct {
		text string
		axis *Axis
	}{{f.X, &g.X}, {f.Y, &g.Y}} {
		if edge.text == "" {
			continue
		}
		if *edge.axis, err = ReadAxis(o.Model, g.Base, edge.text); err != nil {
			return g, err
		}
	}
	return g, nil
}

// SaveFile writes the grid as a job file, whole or not at all.
func (g Grid) SaveFile(path string) error {
	data, err := g.File().JSON()
	if err != nil {
		return fmt.Errorf("save %q: %w", path, err)
	}
	return writeFiles(outFile{path, data})
}
