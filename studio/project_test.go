package studio

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// someProject is one with something of everything.
func someProject(t testing.TB) Project {
	t.Helper()
	_, o := (&fake{}).open(t, 0)
	r := recipe(o, 3, map[string]float64{"steps": 7})
	picture := ProjectFile{Data: []byte("\x89PNG not really")}
	p := Project{
		Program: "test 1", Saved: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), Stars: Stars{Favourites: []string{"a.png"}},
		Models: []ProjectModel{{o.Ref(), o.Path}},
		Sessions: []ProjectSession{{
			Recipe: RecipeFile(r), Locked: true, Picture: picture, Mask: picture, PictureName: "cat.png",
			Walk:  &ProjectWalk{Recipe: RecipeFile(r), Path: PathLinear, Frames: 5, Anchors: []ProjectAnchor{{Name: "seed 1", Seed: 1, Latent: []float32{1, 2}}, {Name: "cat", Latent: []float32{3, 4}, Picture: picture}}},
			Forks: []ProjectFork{{ID: 1, Recipe: RecipeFile(r)}, {ID: 2, Parent: 1, Step: 4, Name: "another seed", Recipe: RecipeFile(r), Picture: picture}},
		}},
		Concepts: []Concept{{Name: "striped", SHA256: "b0b1", Latent: []float32{0, 1}}},
		Paces:    []Pace{{"b0b1", 3, "none 0", time.Millisecond}},
		Window:   []byte(`{"task":"compose"}`),
		Attached: map[string][]byte{"run.bin": {1, 2, 3}},
	}
	p.PutQueue([]Work{
		{Title: "bowl", Task: SampleTask{Model: p.Models[0], Recipe: r}, Steps: 7, State: QueueWaiting},
		{Title: "grid", Task: GridTask{Model: p.Models[0], Grid: GridFile{Version: GridFileVersion, X: "seed=1..4", Recipe: r}, Into: "/grids/1"}, State: QueuePaused},
		{Title: "moons", Task: TrainTask{Request: someTraining()}, Steps: 50, State: QueueStopped},
		{Title: "page", Task: ExportTask{Paths: []string{"/a.png", "/b.png"}, To: "/page.html", As: AsHTML, Title: "Gallery"}, State: QueueDone, Why: "1 left out"},
	})
	return p
}

func TestAProjectIsReadAsItWasWritten(t *testing.T) {
	p := someProject(t)
	data, err := p.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if p.Sessions[0].Recipe.Name != "" {
		t.Error("writing has changed the project")
	}
	again, err := ParseProject(data)
	if err != nil {
		t.Fatal(err)
	}
	second, err := again.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, second) {
		t.Error("written, read and written again it is another file")
	}
	s, want := again.Sessions[0], p.Sessions[0]
	r, err := s.Recipe.Recipe()
	wanted, _ := want.Recipe.Recipe()
	if err != nil || !reflect.DeepEqual(r, wanted) {
		t.Errorf("found the recipe %+v (%v), want %+v", r, err, wanted)
	}
	if string(s.Mask.Data) != string(want.Mask.Data) || s.Walk.Anchors[1].Latent[1] != 4 || len(s.Walk.Anchors[1].Picture.Data) == 0 || s.Forks[1].Parent != 1 || again.Attached["run.bin"][2] != 3 {
		t.Errorf("found %+v", s)
	}
	works, err := again.Works()
	if err != nil || len(works) != 4 || works[0].Steps != 7 || works[0].Task.(SampleTask).Model.Path != p.Models[0].Path {
		t.Fatalf("found the queue %+v, %v", works, err)
	}
	if g := works[1].Task.(GridTask); g.Grid.X != "seed=1..4" || g.Grid.Recipe.Chains != 3 || g.Into != "/grids/1" {
		t.Errorf("found the grid %+v", g)
	}
	if r := works[2].Task.(TrainTask).Request; !reflect.DeepEqual(r, someTraining()) {
		t.Errorf("found the training %+v, want %+v", r, someTraining())
	}
	if e := works[3].Task.(ExportTask); e.As != AsHTML || len(e.Paths) != 2 || works[3].Why != "1 left out" || works[3].State != QueueDone {
		t.Errorf("found the export %+v", works[3])
	}
}

func someTraining() TrainRequest {
	return TrainRequest{
		Family: "bowl", Settings: map[string]string{"rate": "0.5"}, Data: "moons", Only: "low", Channels: 1, Size: 8,
		Options: TrainOptions{Dir: "/runs/1", For: time.Hour, SaveEvery: time.Minute, Keep: 2, SheetsEvery: 200},
	}
}

// TestAQueueOfTheFirstVersion: jobs without a kind are runs of recipes.
func TestAQueueOfTheFirstVersion(t *testing.T) {
	_, o := (&fake{}).open(t, 0)
	r := recipe(o, 3, nil)
	head := `{"format":"ebm-project","version":1,"files":1,"models":[{"checkpoint":{"name":"bowl","sha256":"b0b1"}}],"sessions":[],
		"queue":[{"title":"old","model":0,"recipe":"r.json","steps":9,"into":"out","state":"waiting"}]}`
	p, err := ParseProject(zipOf(t, map[string]string{projectManifest: head, "r.json": string(r.JSON())}))
	if err != nil {
		t.Fatal(err)
	}
	works, err := p.Works()
	if err != nil || len(works) != 1 || works[0].Title != "old" || works[0].Steps != 9 {
		t.Fatalf("found %+v, %v", works, err)
	}
	if s := works[0].Task.(SampleTask); s.Recipe.Chains != 3 || s.Into != "out" || s.Model.Ref.SHA256 != "b0b1" {
		t.Errorf("found %+v", s)
	}
}

// TestAProjectThatIsCutOff is one that a full disk or a dead machine has left.
func TestAProjectThatIsCutOff(t *testing.T) {
	data, err := someProject(t).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 4, 100, len(data) / 2, len(data) - 1} {
		_, err := ParseProject(data[:n])
		if err == nil {
			t.Fatalf("the first %d of %d bytes are a project", n, len(data))
		}
		if n >= 4 && !strings.Contains(err.Error(), "half-written or cut off") || n == 0 && !strings.Contains(err.Error(), "empty") {
			t.Errorf("%d bytes: found %q", n, err)
		}
	}
	// One byte that the disk has lost, anywhere: an error, or the very project.
	for i := 0; i < len(data); i += 7 {
		hurt := bytes.Clone(data)
		hurt[i] ^= 0x55
		p, err := ParseProject(hurt)
		if err != nil {
			continue
		}
		if _, err := p.Bytes(); err != nil {
			t.Errorf("byte %d: read, but cannot be written: %v", i, err)
		}
	}
}

func TestAProjectThatCannotBeUsed(t *testing.T) {
	cases := map[string]struct {
		files map[string]string
		want  string
	}{
		"text":     {nil, "begins with"},
		"zip":      {map[string]string{"a.txt": "a"}, "without a manifest.json"},
		"format":   {map[string]string{projectManifest: `{"format":"krita","version":1}`}, `the format "krita"`},
		"newer":    {map[string]string{projectManifest: `{"format":"ebm-project","version":9,"program":"EBM Studio 9"}`}, "a newer program (EBM Studio 9): found version 9 of project files, this program reads up to 2"},
		"version":  {map[string]string{projectManifest: `{"format":"ebm-project"}`}, "found version 0"},
		"json":     {map[string]string{projectManifest: `{"format":`}, "damaged: manifest.json"},
		"lost":     {map[string]string{projectManifest: `{"format":"ebm-project","version":1,"files":2}`}, "found 0 files beside"},
		"model":    {map[string]string{projectManifest: `{"format":"ebm-project","version":1,"sessions":[{"model":3,"recipe":"r.json"}],"files":1}`, "r.json": "{}"}, "found model 3"},
		"recipe":   {map[string]string{projectManifest: `{"format":"ebm-project","version":1,"models":[{}],"sessions":[{"recipe":"r.json"}],"files":1}`, "r.json": "{}"}, "found no version"},
		"missing":  {map[string]string{projectManifest: `{"format":"ebm-project","version":1,"models":[{}],"sessions":[{"recipe":"r.json"}]}`}, `found no file "r.json"`},
		"kind":     {map[string]string{projectManifest: `{"format":"ebm-project","version":2,"queue":[{"kind":"dance","state":"waiting"}]}`}, `job 1: found the kind "dance"`},
		"no run":   {map[string]string{projectManifest: `{"format":"ebm-project","version":2,"queue":[{"kind":"train","state":"waiting"}]}`}, "a training without a family or a folder"},
		"export":   {map[string]string{projectManifest: `{"format":"ebm-project","version":2,"queue":[{"kind":"export","export":{"paths":["a.png"],"to":"b","as":"pdf"},"state":"waiting"}]}`}, "an export without pictures"},
		"no model": {map[string]string{projectManifest: `{"format":"ebm-project","version":2,"queue":[{"kind":"grid","grid":"g.json","state":"waiting"}],"files":1}`, "g.json": "{}"}, "found model 0, want 0 to -1"},
		"unknown":  {map[string]string{projectManifest: `{"format":"ebm-project","version":1,"colour":1}`}, "colour"},
		"itself":   {map[string]string{projectManifest: `{"format":"ebm-project","version":1,"models":[{}],"sessions":[{"recipe":"manifest.json"}]}`}, "manifest.json"},
		"ancestry": {map[string]string{projectManifest: `{"format":"ebm-project","version":1,"models":[{}],"sessions":[{"recipe":"r.json","forks":[{"id":1,"parent":2,"recipe":"r.json"}]}],"files":1}`, "r.json": "{}"}, "fork 1 of 2"},
	}
	for name, c := range cases {
		data := []byte("<html>")
		if c.files != nil {
			data = zipOf(t, c.files)
		}
		_, err := ParseProject(data)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: found %v, want %q", name, err, c.want)
		}
		var newer *ProjectVersionError
		if errors.As(err, &newer) != (name == "newer") {
			t.Errorf("%s: found a %T", name, err)
		}
	}
}

func zipOf(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSavingNeverOverwritesUnasked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faces.ebmproj")
	p := someProject(t)
	sum, err := SaveProject(path, p, "", false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := SaveProject(path, Project{Program: "another"}, "", false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a new project over an old one: found %v", err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := SaveProject(path, p, sum, false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(backupOf(path, 1)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a project of which nothing has changed was written again")
	}
	if err := os.WriteFile(path, append(bytes.Clone(before), 0), 0o644); err != nil {
		t.Fatal(err)
	}
	p.Program = "later"
	if _, err := SaveProject(path, p, sum, false); !errors.Is(err, ErrProjectChanged) {
		t.Errorf("somebody else has changed the file: found %v", err)
	}
	if _, err := SaveProject(path, p, sum, true); err != nil {
		t.Errorf("forced: %v", err)
	}
	if kept, err := os.ReadFile(backupOf(path, 1)); err != nil || len(kept) != len(before)+1 {
		t.Errorf("what was overwritten is not the newest backup: %v", err)
	}
}

// TestTwoWhoSaveAProject lets many add to one project at once, each from what it read: what
// one has saved no other takes away unknowingly.
func TestTwoWhoSaveAProject(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.ebmproj")
	var saved atomic.Int32
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for {
				p, sum, err := ReadProject(path)
				if errors.Is(err, fs.ErrNotExist) {
					p, err = &Project{}, nil
				}
				if err != nil {
					t.Error(err)
					return
				}
				p.Favourites = append(p.Favourites, fmt.Sprint(i))
				switch _, err := SaveProject(path, *p, sum, false); {
				case err == nil:
					saved.Add(1)
					return
				case !errors.Is(err, ErrProjectChanged) && !errors.Is(err, fs.ErrExist):
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if p, _, err := ReadProject(path); err != nil || len(p.Favourites) != 8 || saved.Load() != 8 {
		t.Errorf("found %v after %d saves, %v; want what all 8 have added", p.Favourites, saved.Load(), err)
	}
}

func TestFiveBackups(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.ebmproj")
	sum := ""
	for i := range 9 {
		var err error
		if sum, err = SaveProject(path, Project{Program: fmt.Sprint(i)}, sum, false); err != nil {
			t.Fatal(err)
		}
	}
	for i := 0; i <= Backups; i++ {
		name := path
		if i > 0 {
			name = backupOf(path, i)
		}
		p, _, err := ReadProject(name)
		if err != nil || p.Program != fmt.Sprint(8-i) {
			t.Errorf("backup %d: found %+v, %v; want that of save %d", i, p, err, 8-i)
		}
	}
	if _, err := os.Stat(backupOf(path, Backups+1)); err == nil {
		t.Error("there are more backups than five")
	}
	if err := os.WriteFile(path, []byte("PK\x03\x04 half"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ReadProject(path); err == nil || !strings.Contains(err.Error(), "half-written") || !strings.Contains(err.Error(), "hint: an earlier version of it is in "+backupOf(path, 1)) {
		t.Errorf("found %v, want the backup named", err)
	}
}

func TestAProjectAsFiles(t *testing.T) {
	p, dir := someProject(t), t.TempDir()
	paths, err := p.Export(dir)
	if err != nil || len(paths) != 10 {
		t.Fatalf("found %q, %v; want 10 files", paths, err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "recipes", "0.json"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseRecipe(text); err != nil {
		t.Error(err)
	}
}

// FuzzParseProject: what is read can be written and read again, and nothing panics.
func FuzzParseProject(f *testing.F) {
	data, err := someProject(f).Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Add(zipOf(f, map[string]string{projectManifest: `{"format":"ebm-project","version":1}`}))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParseProject(data)
		if err != nil {
			return
		}
		again, err := p.Bytes()
		if err != nil {
			t.Fatalf("read, but cannot be written: %v", err)
		}
		if _, err := ParseProject(again); err != nil {
			t.Fatalf("written, but cannot be read: %v", err)
		}
	})
}

// heavyProject is of about 100 MB: 2,000 forks with pictures of 40 kB each, a thousand
// recipes' masks, and a recording of 20 MB.
func heavyProject(t testing.TB) Project {
	p := someProject(t)
	noise := rand.NewChaCha8([32]byte{1})
	bytesOf := func(n int) ProjectFile {
		data := make([]byte, n)
		_, _ = noise.Read(data) // never fails
		return ProjectFile{Data: data}
	}
	s := &p.Sessions[0]
	for i := range 2000 {
		s.Forks = append(s.Forks, ProjectFork{ID: i + 3, Parent: i + 2, Step: i, Recipe: s.Recipe, Picture: bytesOf(40_000)})
	}
	p.Attached["recording.bin"] = bytesOf(20_000_000).Data
	return p
}

// BenchmarkOpenProject opens a project of 100 MB from the disk; it is to take under 2 s.
func BenchmarkOpenProject(b *testing.B) {
	path := filepath.Join(b.TempDir(), "heavy.ebmproj")
	if _, err := SaveProject(path, heavyProject(b), "", false); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	for b.Loop() {
		if _, _, err := ReadProject(path); err != nil {
			b.Fatal(err)
		}
	}
	if each := b.Elapsed() / time.Duration(b.N); each > 2*time.Second {
		b.Errorf("a project of %d MB opens in %s, want under 2 s", info.Size()>>20, each)
	}
}

// TestAProjectOfTheVersionBefore: what this program reads of files that lack what is new.
func TestAProjectOfTheVersionBefore(t *testing.T) {
	_, o := (&fake{}).open(t, 0)
	manifest := `{"format":"ebm-project","version":1,"files":1,"program":"EBM Studio 0","models":[{"checkpoint":{"name":"bowl"}}],"sessions":[{"model":0,"recipe":"r.json","picture":"","mask":"","heat":""}]}`
	p, err := ParseProject(zipOf(t, map[string]string{projectManifest: manifest, "r.json": string(recipe(o, 3, nil).JSON())}))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := p.Sessions[0].Recipe.Recipe(); err != nil || r.Chains != 3 || p.Sessions[0].Landscape != nil || p.Snapshots != nil {
		t.Errorf("found %+v, %v", p, err)
	}
}
