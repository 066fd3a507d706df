package studio

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ebmstudio/internal/dataset/faces"
	"ebmstudio/internal/dataset/mnist"
	"ebmstudio/models"
	"ebmstudio/training"
)

// TrainingForm lists what a family's training can be told, with the defaults for the data
// that is asked for, which need not be there. The error is what the training would say of
// the settings asked.
func TrainingForm(families []models.Family, r TrainRequest) ([]models.SettingField, error) {
	for _, f := range families {
		if f.Name == r.Family && f.Settings != nil {
			return f.Settings(likeData(r), r.Settings)
		}
	}
	return nil, fmt.Errorf("train %q: no such family, or one that cannot be trained here", r.Family)
}

// TrainingForm is the function of that name for the families that the studio knows.
func (s *Studio) TrainingForm(r TrainRequest) ([]models.SettingField, error) {
	return TrainingForm(s.config.Families, r)
}

// likeData is data of the kind that is asked for, without any pictures.
func likeData(r TrainRequest) models.Data {
	switch {
	case slices.Contains(PointData(), r.Data):
		return models.Data{C: 2, H: 1, W: 1}
	case r.Data == digitsData:
		return models.Data{C: 1, H: mnist.Side, W: mnist.Side}
	case slices.Contains(NamedData(), r.Data):
		return models.Data{C: 3, H: faces.Size, W: faces.Size, Labels: faces.Names(), Attributes: faces.Pairs()}
	case r.Data == "" || r.Channels == 0:
		return models.Data{C: 1, H: 28, W: 28}
	}
	return models.Data{C: r.Channels, H: r.Size, W: r.Size}
}

// Trainable is a family that can be trained.
type Trainable struct{ Name, Title string }

// Trainable lists the families that can be trained.
func (s *Studio) Trainable() (all []Trainable) {
	for _, f := range s.config.Families {
		if f.Learn != nil && f.Settings != nil {
			all = append(all, Trainable{f.Name, f.Title})
		}
	}
	return all
}

// Resumable is a run in a folder that can go on.
type Resumable struct {
	Family     string // by its settings; "": none that is known
	Settings   map[string]string
	Iterations int // done
}

// Resumable reads what a training in a folder can go on from; false where there is none.
func (s *Studio) Resumable(dir string) (r Resumable, ok bool, err error) {
	if _, err := os.Stat(filepath.Join(dir, training.StateFile)); err != nil {
		return r, false, nil
	}
	if r.Settings, err = training.Settings(dir); err != nil {
		return r, false, err
	}
	if r.Iterations, err = training.Iterations(dir); err != nil {
		return r, false, err
	}
	fewest := 0
	for _, f := range s.Trainable() {
		form, _ := s.TrainingForm(TrainRequest{Family: f.Name}) // defaults are no error
		names := map[string]bool{}
		for _, field := range form {
			names[field.Name] = true
		}
		all := true
		for name := range r.Settings {
			all = all && names[name]
		}
		if all && (r.Family == "" || len(form) < fewest) {
			r.Family, fewest = f.Name, len(form)
		}
	}
	return r, true, nil
}

// Slower are settings with every rate halved: what a training that diverges is gone on
// with from where it was good. Only rates that are settings of the schedule are touched.
func Slower(settings map[string]string) map[string]string {
	slower := map[string]string{}
	for name, text := range settings {
		v, err := strconv.ParseFloat(text, 64)
		if err == nil && (name == "lr" || strings.HasSuffix(name, "-lr")) {
			slower[name] = strconv.FormatFloat(v/2, 'g', -1, 64)
		}
	}
	return slower
}
