package studio

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Snapshot is a project as it stood, under a name, kept inside a later state of it.
type Snapshot struct {
	Name string      `json:"name"`
	Made time.Time   `json:"made"`
	File ProjectFile `json:"file"` // the project, without snapshots, queue and frames
}

// A project keeps so many snapshots, of so many bytes together; above that the oldest are
// left out.
const (
	MaxSnapshots     = 32
	maxSnapshotBytes = 32 << 20
)

// TakeSnapshot is the project as it stands, under a name.
func (p Project) TakeSnapshot(name string, when time.Time) (Snapshot, error) {
	s := Snapshot{Name: strings.TrimSpace(name), Made: when}
	if s.Name == "" || len(s.Name) > 200 {
		return s, fmt.Errorf("snapshot: found a name of %d characters, want 1 to 200", len(s.Name))
	}
	p = p.WithoutFrames()
	p.Snapshots, p.Queue, p.Recovers, p.Saved = nil, nil, "", when
	data, err := p.Bytes()
	if err != nil {
		return s, fmt.Errorf("snapshot: %w", err)
	}
	if len(data) > maxSnapshotBytes {
		return s, fmt.Errorf("snapshot: found %d MB, want at most %d MB: a project is saved under another name instead", len(data)>>20, maxSnapshotBytes>>20)
	}
	s.File.Data = data
	return s, nil
}

// KeepSnapshot adds a snapshot, in the place of one of the same name, and says which of the
// oldest had to go for it.
func KeepSnapshot(all []Snapshot, s Snapshot) (kept []Snapshot, gone []string) {
	kept = append(slices.DeleteFunc(slices.Clone(all), func(old Snapshot) bool { return old.Name == s.Name }), s)
	bytes := 0
	for _, k := range kept {
		bytes += len(k.File.Data)
	}
	for len(kept) > MaxSnapshots || bytes > maxSnapshotBytes && len(kept) > 1 {
		bytes -= len(kept[0].File.Data)
		gone, kept = append(gone, kept[0].Name), kept[1:]
	}
	return kept, gone
}

// Snapshot is the snapshot of a name.
func (p *Project) Snapshot(name string) (Snapshot, error) {
	var names []string
	for _, s := range p.Snapshots {
		if s.Name == name {
			return s, nil
		}
		names = append(names, fmt.Sprintf("%q", s.Name))
	}
	if len(names) == 0 {
		return Snapshot{}, fmt.Errorf("snapshot %q: the project has none", name)
	}
	return Snapshot{}, fmt.Errorf("snapshot %q: found %s", name, strings.Join(names, ", "))
}

// Project reads what the snapshot holds.
func (s Snapshot) Project() (*Project, error) {
	p, err := ParseProject(s.File.Data)
	if err != nil {
		return nil, fmt.Errorf("snapshot %q: %w", s.Name, err)
	}
	return p, nil
}

// GoBack is the project as a snapshot has it, with the snapshots and the queue of now. What
// is there now becomes a snapshot too, so that going back can be undone.
func (p *Project) GoBack(name string, when time.Time) (*Project, error) {
	s, err := p.Snapshot(name)
	if err != nil {
		return nil, err
	}
	now, err := p.TakeSnapshot(fmt.Sprintf("before going back to %s", s.Name), when)
	if err != nil {
		return nil, err
	}
	back, err := s.Project()
	if err != nil {
		return nil, err
	}
	works, err := p.Works()
	if err != nil {
		return nil, err
	}
	back.PutQueue(works)
	back.Snapshots, _ = KeepSnapshot(p.Snapshots, now)
	return back, nil
}
