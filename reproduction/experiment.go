// Package reproduction makes the papers' tables again, as far as they fit a computer
// without a large graphics card: it holds them as data beside what is trained, sampled
// and measured here for each of their rows, runs that with several seeds, and says by
// computation whether the order of the rows is the paper's. Figures of a paper and of
// ours have other data, networks and features, so their order alone is compared.
package reproduction

import (
	"fmt"
	"slices"
	"strings"
)

// Experiment is a table or a figure of a paper and what is done to make it again.
type Experiment struct {
	ID       string // "E1"
	Title    string
	Source   string // paper and table
	Does     string // what is done here
	Paper    Paper
	Measures []Measure // in the order of the table's columns
	Claims   []Claim
	// Remarks say why an order may differ, or what else has to be known. They hold no
	// figures: those are measured.
	Remarks     string
	Small, Full Preset
}

// Paper is what the paper prints.
type Paper struct {
	Columns []string
	Rows    []PaperRow
}

// PaperRow is a row of it. Row is the one of ours that it belongs to, empty where ours
// has none.
type PaperRow struct {
	Name, Row string
	Cells     []string
}

// Measure is something that is measured of every row.
type Measure struct {
	Name   string
	Means  string // its definition
	Places int    // decimals in the table
}

// Preset is how much is done.
type Preset struct {
	Cost      string // time on two processor cores
	Seeds     int    // 1, 2, ... of samples and of trainings
	Count     int    // samples, pictures or points of a measurement
	Trainings []Training
	Rows      []Row
}

// Training is a model that has to be trained, as ebm train does, once for every seed.
type Training struct {
	Name     string
	Family   string
	Data     string // by the names of studio.TrainRequest
	Only     string
	Settings map[string]string
	// Shared trains with seed 1 alone: the seeds of the rows then differ in samples.
	Shared bool
}

// Row is a row of the table: a model, and what is measured of it.
type Row struct {
	Name   string
	Model  string // a training's name, or that of a bundled model
	Probes []Probe
}

// Presets of an experiment.
const (
	Small = "small" // minutes
	Full  = "full"
)

// Preset is the one of a name; an error lists them.
func (e Experiment) Preset(name string) (Preset, error) {
	switch name {
	case Small:
		return e.Small, nil
	case Full:
		return e.Full, nil
	}
	return Preset{}, fmt.Errorf("preset %q: want %s or %s", name, Small, Full)
}

// training is the preset's training of a name; false where the name is a bundled model's.
func (p Preset) training(name string) (Training, bool) {
	i := slices.IndexFunc(p.Trainings, func(t Training) bool { return t.Name == name })
	if i < 0 {
		return Training{}, false
	}
	return p.Trainings[i], true
}

// All lists the experiments, E1 to E15.
func All() []Experiment {
	return []Experiment{
		checkerboard(), fewerSteps(), cooperation(), levelsAndSteps(), guidance(), outliers(), latents(), composition(),
		divergence(), backpropagation(), transitions(), stepsAndSizes(), teaching(), inpainting(), instances(),
	}
}

// Find is the experiment of an ID; case does not matter.
func Find(id string) (Experiment, error) {
	var ids []string
	for _, e := range All() {
		if strings.EqualFold(e.ID, id) {
			return e, nil
		}
		ids = append(ids, e.ID)
	}
	return Experiment{}, fmt.Errorf("reproduce %q: no such experiment, want one of %s", id, strings.Join(ids, ", "))
}

// Runs is how many trainings the preset makes, of all seeds.
func (p Preset) Runs() (n int) {
	for _, t := range p.Trainings {
		if t.Shared {
			n++
		} else {
			n += p.Seeds
		}
	}
	return n
}
