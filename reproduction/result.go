package reproduction

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/renameio/v2"
)

// Result is what was measured of an experiment, so far.
type Result struct {
	ID         string `json:"id"`
	Preset     string `json:"preset"`
	Seeds      int    `json:"seeds"`
	Count      int    `json:"count"`                // samples of a measurement
	Iterations int    `json:"iterations,omitempty"` // of each training, where they were told; 0: as the preset says
	Engine     string `json:"engine"`
	Units      []Unit `json:"units"`
}

// Unit is a row measured with one seed.
type Unit struct {
	Row     string             `json:"row"`
	Seed    uint64             `json:"seed"`
	Values  map[string]float64 `json:"values"` // by measure
	Seconds float64            `json:"seconds"`
	Note    string             `json:"note,omitempty"` // such as why a training ended
	// Key stands for all that the values depend on: another one is measured anew.
	Key string `json:"key"`
}

// ResultFile is the name of a result's file in its folder.
const ResultFile = "result.json"

// ReadResult reads a result's file.
func ReadResult(path string) (Result, error) {
	var r Result
	text, err := os.ReadFile(path)
	if err != nil {
		return r, fmt.Errorf("read a result: %w", err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("read the result %q: not one of ebm reproduce: %w", path, err)
	}
	return r, nil
}

// earlier is the result in a folder, an empty one where there is none yet.
func earlier(path string) (Result, error) {
	r, err := ReadResult(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Result{}, nil
	}
	return r, err
}

// save writes the result as a whole.
func (r Result) save(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		err = renameio.WriteFile(path, append(text, '\n'), 0o644)
	}
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// Results are those in the folders of a work folder, in the order of the experiments,
// the full ones after the small ones.
func Results(dir string) ([]Result, error) {
	var all []Result
	for _, e := range All() {
		for _, preset := range []string{Small, Full} {
			r, err := ReadResult(filepath.Join(dir, folder(e.ID, preset), ResultFile))
			switch {
			case errors.Is(err, fs.ErrNotExist):
				continue
			case err != nil:
				return nil, err
			}
			all = append(all, r)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("results in %q: found none\nhint: ebm reproduce E1 --out %s makes one", dir, dir)
	}
	return all, nil
}

// folder is where the result of an experiment is kept.
func folder(id, preset string) string { return id + "-" + preset }

// unit is the one of a row and seed, where the result has it.
func (r Result) unit(row string, seed uint64) (Unit, bool) {
	i := slices.IndexFunc(r.Units, func(u Unit) bool { return u.Row == row && u.Seed == seed })
	if i < 0 {
		return Unit{}, false
	}
	return r.Units[i], true
}

// values are those of a row's measure by seed.
func (r Result) values(row, measure string) map[uint64]float64 {
	out := map[uint64]float64{}
	for _, u := range r.Units {
		if v, ok := u.Values[measure]; ok && u.Row == row {
			out[u.Seed] = v
		}
	}
	return out
}

// seconds is how long all of it took.
func (r Result) seconds() (sum float64) {
	for _, u := range r.Units {
		sum += u.Seconds
	}
	return sum
}
