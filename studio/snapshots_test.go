package studio

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSnapshotsOfAProject(t *testing.T) {
	p, when := someProject(t), time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	first, err := p.TakeSnapshot(" a cat ", when)
	if err != nil {
		t.Fatal(err)
	}
	p.Snapshots, _ = KeepSnapshot(p.Snapshots, first)
	p.Sessions[0].PictureName = "dog.png"
	p.Queue = nil
	data, err := p.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseProject(data)
	if err != nil {
		t.Fatal(err)
	}
	back, err := again.GoBack("a cat", when.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if back.Sessions[0].PictureName != "cat.png" || len(back.Queue) != 0 || len(back.Snapshots) != 2 || !back.Snapshots[0].Made.Equal(when) {
		t.Errorf("found %q, %d jobs, %d snapshots", back.Sessions[0].PictureName, len(back.Queue), len(back.Snapshots))
	}
	forth, err := back.GoBack("before going back to a cat", when.Add(2*time.Hour))
	if err != nil || forth.Sessions[0].PictureName != "dog.png" || len(forth.Snapshots) != 3 {
		t.Errorf("going back cannot be undone: %v", err)
	}
	if _, err := forth.GoBack("a dog", when); err == nil || !strings.Contains(err.Error(), `snapshot "a dog": found "a cat", "before`) {
		t.Errorf("an unknown name: found %v", err)
	}
	if _, err := p.TakeSnapshot("  ", when); err == nil {
		t.Error("a snapshot has no name")
	}
	damaged := Snapshot{Name: "half", File: ProjectFile{Data: first.File.Data[:50]}}
	if _, err := damaged.Project(); err == nil || !strings.Contains(err.Error(), `snapshot "half": half-written`) {
		t.Errorf("a damaged one: found %v", err)
	}
}

func TestSnapshotsAreBounded(t *testing.T) {
	var all []Snapshot
	var gone []string
	for i := range MaxSnapshots + 2 {
		all, gone = KeepSnapshot(all, Snapshot{Name: fmt.Sprint(i), File: ProjectFile{Data: make([]byte, 100)}})
	}
	if len(all) != MaxSnapshots || all[0].Name != "2" || !slices.Equal(gone, []string{"1"}) {
		t.Errorf("found %d from %q, gone %v", len(all), all[0].Name, gone)
	}
	all, gone = KeepSnapshot(all, Snapshot{Name: "7", File: ProjectFile{Data: make([]byte, 100)}})
	if len(all) != MaxSnapshots || len(gone) != 0 || all[len(all)-1].Name != "7" {
		t.Error("one of the same name does not take its place")
	}
	all, gone = KeepSnapshot(all, Snapshot{Name: "large", File: ProjectFile{Data: make([]byte, maxSnapshotBytes)}})
	if len(all) != 1 || all[0].Name != "large" || len(gone) != MaxSnapshots {
		t.Errorf("found %d snapshots, %d gone, want the large one alone", len(all), len(gone))
	}
}
