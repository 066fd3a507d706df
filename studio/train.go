package studio

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute"

	"ebmstudio/internal/dataset"
	"ebmstudio/models"
	"ebmstudio/sampling"
	"ebmstudio/training"
)

// What a training is told and tells, by the names that the studio's clients use;
// see package training.
type (
	TrainOptions  = training.Options
	TrainProgress = training.Progress
	TrainResult   = training.Result
	TrainEntry    = training.Entry
	TrainSave     = training.Save
	TrainDiverged = training.Divergence
	SettingField  = models.SettingField
)

// Why a training ended, and the files that it leaves.
const (
	TrainDone        = training.Done
	TrainStopped     = training.Stopped
	TrainOutTime     = training.OutTime
	TrainWritten     = training.Written
	TrainModelFile   = training.ModelFile
	TrainStateFile   = training.StateFile
	TrainHistoryFile = training.HistoryFile
)

// TrainKeep is how many saves a training keeps where nothing else is asked for.
const TrainKeep = training.DefaultKeep

// TrainSaves lists what the training in a folder can go on from, the newest first, with
// iterations and size.
func TrainSaves(dir string) ([]TrainSave, error) { return training.Saves(dir) }

// LockFolder takes a folder of work for this process; see [training.Lock].
func LockFolder(dir string) (release func(), err error) { return training.Lock(dir) }

// TrainRequest says what to train, on what, and how long.
type TrainRequest struct {
	Family   string            // "clel"
	Settings map[string]string // the family's settings by name; absent ones have their defaults
	Data     string            // a folder: MNIST's layout or pictures; "" is Debian's Fashion-MNIST; or one of NamedData
	Only     string            // the class or attribute whose pictures alone are learnt; "": all
	Channels int               // of a folder of pictures: 1 or 3
	Size     int               // pixels, of a folder of pictures; 0: as the data is
	Options  training.Options
}

// Train trains a model in the calling goroutine until it is done, the time is up
// or the context ends; what it leaves behind is described in package training.
// With Options.Resume or Options.Rewrite the settings are those that the run was started with, and
// settings given must agree, but for those of the schedule ([models.Learner]).
func (s *Studio) Train(ctx context.Context, r TrainRequest) (training.Result, error) {
	learn, data, err := s.prepare(&r)
	if err != nil {
		return training.Result{}, Refused{err}
	}
	engine, err := s.Engine(ctx)
	if err != nil {
		return training.Result{}, err
	}
	l, err := learn(engine.Backend, data, r.Settings)
	if err != nil {
		return training.Result{}, Refused{err}
	}
	if r.Options.Data, err = markOf(data); err != nil {
		return training.Result{}, err
	}
	r.Options.Concern = func() string { return dataGone(r.Data) }
	return training.Run(ctx, l, r.Options)
}

// markOf is what a run remembers of its data.
func markOf(d models.Data) (training.DataMark, error) {
	mark := training.DataMark{Name: d.Name, Count: d.Count}
	if d.Sum != nil {
		mark.Sum = d.Sum()
		return mark, nil
	}
	x, err := d.Batch(sampling.NewKey(0), 0, marked, 0, false)
	if err != nil {
		return mark, fmt.Errorf("look at the data: %w", err)
	}
	sum := sha256.New()
	if err := binary.Write(sum, binary.LittleEndian, x.Data); err != nil {
		return mark, fmt.Errorf("look at the data: %w", err)
	}
	mark.Sum = hex.EncodeToString(sum.Sum(nil))
	return mark, nil
}

// marked is how many pictures of data that is made here, without end, tell it apart.
const marked = 64

// dataGone says that a folder of data is not there any more, empty where it is. A
// training has read it whole and goes on.
func dataGone(data string) string {
	switch {
	case data == digitsData:
		data = DigitsFolder()
	case slices.Contains(NamedData(), data):
		return ""
	case data == "":
		data = dataset.FashionDir
	}
	if _, err := os.Stat(data); err != nil {
		return fmt.Sprintf("the data in %q is gone (%v); the training has it in memory and goes on, but cannot be resumed until it is back", data, plain(err))
	}
	return ""
}

// judgeFamily is the family whose models hold pictures back where the data do not.
const judgeFamily = "judge"

// learnFunc is [models.Family.Learn].
type learnFunc = func(compute.Backend, models.Data, map[string]string) (*models.Learner, error)

// prepare finds the family and the data, and completes the settings by those of
// the run that is taken up.
func (s *Studio) prepare(r *TrainRequest) (learn learnFunc, data models.Data, err error) {
	if learn, err = s.learner(r.Family); err != nil {
		return nil, data, err
	}
	if r.Options.Resume || r.Options.Rewrite {
		was, err := training.Settings(r.Options.Dir)
		if err != nil {
			return nil, data, err
		}
		form, formErr := s.TrainingForm(TrainRequest{Family: r.Family, Data: r.Data})
		for _, name := range slices.Sorted(maps.Keys(was)) {
			known := slices.ContainsFunc(form, func(f models.SettingField) bool { return f.Name == name })
			if formErr == nil && !known { // a family need not list its settings
				return nil, data, fmt.Errorf("resume %q: found the run of another family, whose setting %q %s does not have", r.Options.Dir, name, r.Family)
			}
		}
		maps.Copy(was, r.Settings)
		r.Settings = was
	}
	open := openLearningData
	if r.Family == judgeFamily {
		open = func(name string, channels, size int) (models.Data, error) {
			data, _, err := openJudgingData(name, channels, size)
			return data, err
		}
	}
	if data, err = open(r.Data, r.Channels, r.Size); err == nil && r.Only != "" {
		data, err = only(data, r.Only)
	}
	if gone := dataGone(r.Data); err != nil && gone != "" && r.Options.Resume {
		err = fmt.Errorf("%w\nhint: the run in %q is kept as it is; put the data back, or name where it is now", err, r.Options.Dir)
	}
	return learn, data, err
}

// PointData are the names of the distributions of points of the plane that can be
// trained on.
func PointData() []string { return dataset.PointNames() }

// NamedData are the names of all data but Fashion-MNIST that is no folder of a person's: points
// of the plane, pixel faces with attributes, with and without the held-out pairs, and the
// digits, once they are fetched.
func NamedData() []string { return append(PointData(), facesData, allFacesData, digitsData) }

// openLearningData opens what is trained on: points and faces by name, pictures by
// folder.
func openLearningData(name string, channels, size int) (models.Data, error) {
	if name == facesData || name == allFacesData {
		return openFaces(name)
	}
	if name == digitsData {
		return openDigits(channels, size)
	}
	if slices.Contains(dataset.PointNames(), name) {
		points, err := dataset.OpenPoints(name)
		return pointData(points), err
	}
	set, err := dataset.Open(name, channels, size)
	if err != nil {
		if near := DidYouMean(filepath.Base(name), append(NamedData(), "fashion")); near != "" && dataGone(name) != "" {
			err = fmt.Errorf("%w\nhint: %s", err, strings.TrimPrefix(near, ", "))
		}
		return models.Data{}, err
	}
	if err := set.Check(); err != nil {
		return models.Data{}, fmt.Errorf("data in %q: %w", name, err)
	}
	data := learningData(set)
	data.Test = testPart(name, set)
	return data, nil
}

// heldBackOf holds one of so many pictures back.
const heldBackOf = 10

// openJudgingData is openLearningData for those who need test pictures: of a folder that
// has none apart every tenth picture is held back, which told says. Judges do not learn
// from these; other models may have.
func openJudgingData(name string, channels, size int) (data models.Data, told bool, err error) {
	data, err = openLearningData(name, channels, size)
	if err != nil || data.Test != nil || slices.Contains(NamedData(), name) {
		return data, false, err
	}
	set, err := dataset.Open(name, channels, size)
	if err != nil || set.Len() < heldBackOf || set.Labels == nil && set.On == nil {
		return data, false, err
	}
	var learnt, held []int
	for i := range set.Len() {
		if i%heldBackOf == heldBackOf-1 {
			held = append(held, i)
		} else {
			learnt = append(learnt, i)
		}
	}
	test := set.Part(held)
	data = learningData(set.Part(learnt))
	data.Test = func(n int) (sampling.Images, [][]int, error) { return firstOf(test, n) }
	return data, true, nil
}

// firstOf are the first n pictures of a set, and their classes.
func firstOf(set *dataset.Set, n int) (sampling.Images, [][]int, error) {
	n = min(n, set.Len())
	index, classes := make([]int, n), make([][]int, n)
	for i := range n {
		index[i], classes[i] = i, set.Classes(i)
	}
	return set.At(index), classes, nil
}

// testPart serves the test part beside a set; nil where there is none that fits.
func testPart(name string, train *dataset.Set) func(int) (sampling.Images, [][]int, error) {
	test, ok := dataset.OpenTest(name, train.C, train.H)
	if !ok || test.C != train.C || test.H != train.H || test.W != train.W || test.Labels == nil && test.On == nil || !slices.Equal(test.LabelNames, train.LabelNames) {
		return nil
	}
	return func(n int) (sampling.Images, [][]int, error) { return firstOf(test, n) }
}

func (s *Studio) learner(family string) (learnFunc, error) {
	for _, f := range s.config.Families {
		if f.Name == family && f.Learn != nil {
			return f.Learn, nil
		}
	}
	return nil, fmt.Errorf("train %q: no such family, or one that cannot be trained here", family)
}

// learningData serves a set of pictures to a learner.
func learningData(set *dataset.Set) models.Data {
	mean, std := set.MeanStd()
	loader := &dataset.Loader{Set: set}
	data := models.Data{
		Name: set.Name, C: set.C, H: set.H, W: set.W, Count: set.Len(), Mean: mean, Std: std, Labels: set.LabelNames, Attributes: set.Pairs(),
		Batch: func(k sampling.Key, step, n int, noise float64, flip bool) (sampling.Images, error) {
			loader.Key, loader.Batch, loader.Noise, loader.Flip = k, n, noise, flip
			x, _, err := loader.At(step)
			return x, err
		},
		View: augmented,
		Sum: func() string {
			sum := sha256.New()
			fmt.Fprintln(sum, set.C, set.H, set.W)
			sum.Write(set.Levels) // a hash takes everything
			sum.Write(set.Labels)
			for _, on := range set.On {
				fmt.Fprintln(sum, on)
			}
			return hex.EncodeToString(sum.Sum(nil))
		},
	}
	if set.Labels != nil || set.On != nil {
		data.Labelled = func(k sampling.Key, step, n int, noise float64, flip bool) (sampling.Images, [][]int, error) {
			loader.Key, loader.Batch, loader.Noise, loader.Flip = k, n, noise, flip
			x, index, err := loader.At(step)
			classes := make([][]int, len(index))
			for i, picture := range index {
				classes[i] = set.Classes(picture)
			}
			return x, classes, err
		}
		data.OfLabel = func(label, n int) (sampling.Images, error) { return set.OfLabel(label, n), nil }
	}
	return data
}

// augmented is [models.Data.View] of pictures.
func augmented(k sampling.Key, strength string, step int, x sampling.Images) (sampling.Images, error) {
	a, err := dataset.Strength(strength)
	if err != nil {
		return x, err
	}
	return a.Apply(k, step, x)
}

// pointData serves points to a learner. There is no end of them, and no change that
// leaves their meaning.
func pointData(p dataset.Points) models.Data {
	return models.Data{
		Name: p.Name, C: 2, H: 1, W: 1, Count: math.MaxInt32,
		Batch: func(k sampling.Key, step, n int, _ float64, _ bool) (sampling.Images, error) {
			return p.At(k, step, n)
		},
	}
}
