package studio

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// QueueItem is a job of the queue in a project.
type QueueItem struct {
	Title  string      `json:"title"`
	Kind   QueueKind   `json:"kind,omitempty"` // "" in files of version 1: KindSample
	Model  int         `json:"model"`          // of the project's Models, for samples and grids
	Recipe ProjectFile `json:"recipe"`         // of samples
	Grid   ProjectFile `json:"grid"`           // a job file of a grid
	Train  *QueueTrain `json:"train,omitempty"`
	Export *ExportTask `json:"export,omitempty"`
	Steps  int         `json:"steps,omitempty"`
	Into   string      `json:"into,omitempty"`
	State  QueueState  `json:"state"`
	Why    string      `json:"why,omitempty"`
}

// QueueKind says what a job of a project's queue does.
type QueueKind string

// The kinds of jobs.
const (
	KindSample QueueKind = "sample"
	KindGrid   QueueKind = "grid"
	KindTrain  QueueKind = "train"
	KindExport QueueKind = "export"
)

// QueueTrain is a training in a project. Folders are absolute.
type QueueTrain struct {
	Family      string            `json:"family"`
	Settings    map[string]string `json:"settings,omitempty"`
	Data        string            `json:"data,omitempty"` // see TrainRequest
	Only        string            `json:"only,omitempty"`
	Channels    int               `json:"channels,omitempty"`
	Size        int               `json:"size,omitempty"`
	Folder      string            `json:"folder"`
	For         time.Duration     `json:"for,omitempty"`
	SaveEvery   time.Duration     `json:"save_every,omitempty"`
	Keep        int               `json:"keep,omitempty"` // saves
	SheetsEvery int               `json:"sheets_every,omitempty"`
}

func (t SampleTask) item(p *Project) QueueItem {
	return QueueItem{Kind: KindSample, Model: p.ModelIndex(t.Model), Recipe: RecipeFile(t.Recipe), Into: t.Into}
}

func (t GridTask) item(p *Project) QueueItem {
	data, err := t.Grid.JSON()
	if err != nil {
		data = nil // reading it back says that there is none
	}
	return QueueItem{Kind: KindGrid, Model: p.ModelIndex(t.Model), Grid: ProjectFile{Data: data}, Into: t.Into}
}

func (t TrainTask) item(*Project) QueueItem {
	r := t.Request
	data := r.Data
	if data != "" && !slices.Contains(NamedData(), data) {
		data = absolute(data)
	}
	return QueueItem{Kind: KindTrain, Train: &QueueTrain{
		Family: r.Family, Settings: r.Settings, Data: data, Only: r.Only, Channels: r.Channels, Size: r.Size, Folder: absolute(r.Options.Dir),
		For: r.Options.For, SaveEvery: r.Options.SaveEvery, Keep: r.Options.Keep, SheetsEvery: r.Options.SheetsEvery,
	}}
}

func (t ExportTask) item(*Project) QueueItem { return QueueItem{Kind: KindExport, Export: &t} }

// absolute is a path that means the same from every folder.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil && path != "" {
		return abs
	}
	return path
}

// PutQueue puts work into a project, in place of what was there.
func (p *Project) PutQueue(all []Work) {
	p.Queue = nil
	for _, w := range all {
		item := w.Task.item(p)
		item.Title, item.Steps, item.State, item.Why = w.Title, w.Steps, w.State, w.Why
		p.Queue = append(p.Queue, item)
	}
}

// Works are the project's jobs for a queue.
func (p *Project) Works() (all []Work, err error) {
	for i, item := range p.Queue {
		task, err := item.task(p)
		if err == nil && !item.State.known() {
			err = errors.New("found the state " + string(item.State))
		}
		if err != nil {
			return nil, fmt.Errorf("queue, job %d: %w", i+1, err)
		}
		all = append(all, Work{Title: item.Title, Task: task, Steps: item.Steps, State: item.State, Why: item.Why})
	}
	return all, nil
}

// task is what the item says is to be done.
func (i QueueItem) task(p *Project) (Task, error) {
	if i.usesModel() && (i.Model < 0 || i.Model >= len(p.Models)) {
		return nil, fmt.Errorf("found model %d, want 0 to %d", i.Model, len(p.Models)-1)
	}
	switch i.Kind {
	case "", KindSample:
		r, err := i.Recipe.Recipe()
		return SampleTask{p.Models[i.Model], r, i.Into}, err
	case KindGrid:
		f, err := ParseGridFile(i.Grid.Data)
		return GridTask{p.Models[i.Model], f, i.Into}, err
	case KindTrain:
		t := i.Train
		if t == nil || t.Family == "" || t.Folder == "" {
			return nil, errors.New("found a training without a family or a folder")
		}
		r := TrainRequest{Family: t.Family, Settings: t.Settings, Data: t.Data, Only: t.Only, Channels: t.Channels, Size: t.Size}
		r.Options = TrainOptions{Dir: t.Folder, For: t.For, SaveEvery: t.SaveEvery, Keep: t.Keep, SheetsEvery: t.SheetsEvery}
		return TrainTask{r}, nil
	case KindExport:
		if i.Export == nil || i.Export.To == "" || len(i.Export.Paths) == 0 || !slices.Contains(SelectionFormats(), i.Export.As) {
			return nil, errors.New("found an export without pictures, a target or a known form")
		}
		return *i.Export, nil
	}
	return nil, fmt.Errorf("found the kind %q, want %s, %s, %s or %s", i.Kind, KindSample, KindGrid, KindTrain, KindExport)
}

// usesModel reports whether the job is one of a model of the project.
func (i QueueItem) usesModel() bool {
	return i.Kind == "" || i.Kind == KindSample || i.Kind == KindGrid
}

// ModelIndex is the place of a model in the project, which it gets where it has none.
func (p *Project) ModelIndex(m ProjectModel) int {
	i := slices.IndexFunc(p.Models, func(have ProjectModel) bool { return have.Path == m.Path && have.Ref.same(m.Ref) })
	if i < 0 {
		i, p.Models = len(p.Models), append(p.Models, m)
	}
	return i
}
