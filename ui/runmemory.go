package ui

import (
	"errors"
	"sync"

	"fyne.io/fyne/v2"

	"ebmstudio/studio"
)

// runMemory keeps the recordings of runs that can be gone back to within a budget: frames
// of those that are not looked at go to the disk, and where that fails they are thinned.
type runMemory struct {
	w      *Window
	budget int64 // bytes in memory, of all sessions together
	busy   latest
	told   string // what was said of the disk, so that it is said once

	lock   sync.Mutex    // guards the fields below
	disk   *studio.Spill // nil before the first need
	closed bool          // or the folder could not be made: no frames go to the disk any more
}

// maxRunBytes is the budget where none is asked for.
const maxRunBytes = 512 << 20

// begin removes what a killed window has left on the disk.
func (m *runMemory) begin() {
	cache := m.w.options.Cache
	if cache == "" {
		return
	}
	m.w.background(func() func() {
		studio.TidySpill(cache)
		return nil
	})
}

// keep puts the budget right, in the background.
func (m *runMemory) keep() {
	m.busy.do(func() {
		shown, others := m.recordings()
		m.w.background(func() func() {
			gone, back := m.settle(shown, others)
			return func() {
				m.tell(tr("Frames of earlier runs could not go to the disk"), gone, tr("Every second frame of the largest of those runs was left out instead. The run looked at has all of its own, and nothing that you have saved was touched."))
				m.tell(tr("Frames of this run could not be read back from the disk"), back, tr("They are shown empty. Its recipe makes the run again: press Start with the seed kept."))
				m.busy.done()
			}
		})
	})
}

// recordings are that of the run looked at, nil where there is none, and all others.
func (m *runMemory) recordings() (shown *studio.Recording, others []*studio.Recording) {
	for _, h := range m.w.sessions {
		for _, r := range h.runs {
			if m.w.now != nil && r.job == m.w.now.job {
				shown = r.job.Recording()
			} else {
				others = append(others, r.job.Recording())
			}
		}
	}
	return shown, others
}

// settle moves the largest of the others to the disk until all together keep to the
// budget, and brings back what is looked at. It runs in the background, one at a time.
func (m *runMemory) settle(shown *studio.Recording, others []*studio.Recording) (gone, back error) {
	room := m.budget
	if shown != nil {
		room -= shown.Bytes() + shown.OnDisk()
	}
	for range len(others) * 40 { // thinning halves
		total, largest := int64(0), (*studio.Recording)(nil)
		for _, r := range others {
			if total += r.Bytes(); largest == nil || r.Bytes() > largest.Bytes() {
				largest = r
			}
		}
		if total <= room || largest == nil {
			break
		}
		err := m.move(largest)
		if err == nil {
			continue
		}
		if !errors.Is(err, errNoDisk) {
			gone = err
		}
		largest.Thin(largest.Bytes() / 2)
	}
	if shown != nil && shown.OnDisk() > 0 {
		back = shown.Recall()
	}
	return gone, back
}

// errNoDisk says that frames have no place on the disk, which was told or is so by choice.
var errNoDisk = errors.New("no folder for frames")

// move puts a recording on the disk, whose folder is made on first need.
func (m *runMemory) move(r *studio.Recording) error {
	disk, err := m.folder()
	if err != nil {
		return err
	}
	return r.Spill(disk)
}

func (m *runMemory) folder() (*studio.Spill, error) {
	m.lock.Lock()
	defer m.lock.Unlock()
	if m.disk != nil {
		return m.disk, nil
	}
	if m.closed || m.w.options.Cache == "" {
		return nil, errNoDisk
	}
	disk, err := studio.OpenSpill(m.w.options.Cache, studio.SpillLimit)
	m.disk, m.closed = disk, err != nil
	return disk, err
}

// tell says once what went wrong with the disk.
func (m *runMemory) tell(title string, err error, then string) {
	if err == nil || err.Error() == m.told || m.w.ctx.Err() != nil {
		return
	}
	m.told = err.Error()
	m.w.showError(title, errors.New(err.Error()+"\n"+then))
}

// close removes what is on the disk.
func (m *runMemory) close() {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.closed = true
	if m.disk == nil {
		return
	}
	if err := m.disk.Close(); err != nil {
		fyne.LogError("the frames on the disk could not be removed", err)
	}
	m.disk = nil
}
