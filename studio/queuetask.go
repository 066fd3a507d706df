package studio

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"ebmstudio/training"
)

// Task is what a job of the queue does: a [SampleTask], [GridTask], [TrainTask] or
// [ExportTask].
type Task interface {
	// begin makes the job of the lane, which is not in it yet, and what keeps its results
	// once it has ended.
	begin(ctx context.Context, q *Queue, w Work) (j *Job, keep keepFunc, err error)
	// pace is under what the time of a step is remembered.
	pace(device string) paceKey
	// item is the task in a project.
	item(p *Project) QueueItem
}

// keepFunc keeps what a job has made; note is what a person should know though it did.
type keepFunc func(context.Context) (note string, err error)

// SampleTask runs a recipe and keeps its pictures.
type SampleTask struct {
	Model  ProjectModel
	Recipe Recipe
	Into   string // a folder for the pictures; "": the library
}

func (t SampleTask) begin(ctx context.Context, q *Queue, w Work) (*Job, keepFunc, error) {
	o, err := q.config.Open(ctx, t.Model)
	if err != nil {
		return nil, nil, err
	}
	if err := o.Check(t.Recipe); err != nil {
		return nil, nil, err
	}
	j := q.studio.sampling(o, t.Recipe, start{limit: allSteps}, q.config.Notify)
	return j, func(ctx context.Context) (string, error) {
		if p := j.Progress(); p.Step == 0 && p.Phase == Stopped {
			return "", nil
		}
		res, err := j.Result()
		if err != nil {
			return "", err
		}
		if t.Into == "" {
			return "", q.config.Keep(ctx, w, res)
		}
		_, err = SaveGallery(t.Into, res)
		return "", err
	}, nil
}

func (t SampleTask) pace(device string) paceKey {
	return paceKey{t.Model.Ref.SHA256, t.Recipe.Chains, device}
}

// GridTask makes a table of pictures and keeps those of every cell as it is complete.
type GridTask struct {
	Model ProjectModel
	Grid  GridFile
	Into  string // a folder for cells, sheet and grid.json; "": the cells' pictures go into the library
}

func (t GridTask) begin(ctx context.Context, q *Queue, w Work) (*Job, keepFunc, error) {
	o, err := q.config.Open(ctx, t.Model)
	if err != nil {
		return nil, nil, err
	}
	g, err := t.Grid.Grid(o)
	if err != nil {
		return nil, nil, err
	}
	g.Save = func(cell GridCell) error {
		if t.Into != "" {
			_, err := g.SaveCell(t.Into, cell)
			return err
		}
		return q.config.Keep(ctx, w, cell.Result)
	}
	job, err := q.studio.gridJob(o, g, q.config.Notify)
	if err != nil {
		return nil, nil, err
	}
	return job.Job, func(context.Context) (string, error) {
		if t.Into == "" || len(job.Cells()) == 0 {
			return "", nil
		}
		return "", errors.Join(job.SaveSheet(filepath.Join(t.Into, "grid.png")), job.Grid.SaveFile(filepath.Join(t.Into, "grid.json")))
	}, nil
}

func (t GridTask) pace(device string) paceKey {
	return paceKey{t.Model.Ref.SHA256, t.Grid.Recipe.Chains, device}
}

// TrainTask trains a model. A folder that holds a run is gone on with, so a job that was
// interrupted begins where it was saved last.
type TrainTask struct {
	Request TrainRequest
}

func (t TrainTask) begin(_ context.Context, q *Queue, _ Work) (*Job, keepFunc, error) {
	r := t.Request
	if r.Options.Dir == "" {
		return nil, nil, errors.New("train: found no folder, want one for the run")
	}
	_, err := os.Stat(filepath.Join(r.Options.Dir, training.StateFile))
	r.Options.Resume = err == nil
	j := q.studio.training(r, q.config.Notify)
	key := t.pace(q.studio.device())
	j.keepPace(q.studio.pace(key.model, key.chains, key.device), func(took time.Duration) { q.studio.measured(key, took) })
	return j, func(context.Context) (string, error) { return "", nil }, nil // it saves by itself
}

func (t TrainTask) pace(device string) paceKey {
	r := t.Request
	var b strings.Builder
	fmt.Fprintf(&b, "train %s %q %d %d", r.Family, r.Data, r.Channels, r.Size)
	for _, name := range slices.Sorted(maps.Keys(r.Settings)) {
		if name != "iterations" { // how many there are does not change how long one takes
			fmt.Fprintf(&b, " %s=%q", name, r.Settings[name])
		}
	}
	return paceKey{sumOf([]byte(b.String())), 0, device}
}

// Iterations is how many the training is told to do, 0 where its family decides.
func (t TrainTask) Iterations() int {
	n, _ := strconv.Atoi(t.Request.Settings["iterations"]) // what is no number is refused when it begins
	return cmp.Or(t.Request.Options.Iterations, n)
}

// ExportTask writes pictures of files in a form, see [ExportSelection].
type ExportTask struct {
	Paths []string        `json:"paths"`
	To    string          `json:"to"`
	As    SelectionFormat `json:"as"`
	Title string          `json:"title,omitempty"` // of a page
}

func (t ExportTask) begin(_ context.Context, q *Queue, _ Work) (*Job, keepFunc, error) {
	var skipped []Fault
	j := q.studio.newJob("export "+filepath.Base(t.To), urgencyQueue, q.config.Notify, func(j *Job, yield func() bool) (err error) {
		j.enter(Running)
		began, going := time.Now(), true
		progress := func(done, all int) {
			j.plan(all + 1) // writing them is a step too
			j.count(done, time.Since(began), false)
			j.notify()
			if going = going && yield(); !going {
				j.cancel()
			}
			began = time.Now()
		}
		_, skipped, err = ExportSelection(j.ctx, t.Paths, t.To, t.As, SelectionOptions{Title: t.Title, Progress: progress})
		switch {
		case !going:
			return nil // stopped: nothing is written
		case err == nil:
			j.count(len(t.Paths)+1, time.Since(began), false)
		}
		return err
	})
	j.steps = len(t.Paths) + 1
	return j, func(context.Context) (string, error) { return told(skipped), nil }, nil
}

func (t ExportTask) pace(device string) paceKey { return paceKey{"export " + string(t.As), 0, device} }

// told names the pictures that were left out, "" where there are none.
func told(skipped []Fault) string {
	if len(skipped) == 0 {
		return ""
	}
	return fmt.Sprintf("%d pictures were left out, the first is %v", len(skipped), skipped[0])
}
