package engine

import (
	"encoding/json"
	"os"
	"time"

	"github.com/adrg/xdg"
	"github.com/google/renameio/v2"
)

// memory is what earlier starts found out about plugin files, so that a normal
// start neither hashes 200 MB nor waits for a child process. It lives in the
// user's cache folder; losing it costs a second.
type memory struct {
	path  string
	Files map[string]seenFile `json:"files"` // by absolute path
}

// seenFile is one plugin file. Its hash holds while size and time do; Trial
// holds while the hash and the circumstances (By) do.
type seenFile struct {
	Size  int64  `json:"size"`
	Time  int64  `json:"time"`
	Hash  string `json:"sha256"`
	Trial *trial `json:"trial,omitempty"` // the last one
	When  int64  `json:"when,omitempty"`  // it was, Unix seconds
	By    string `json:"by,omitempty"`    // library, driver and processor it was with
}

// failureHolds is how long a failed trial is believed: a plugin that hangs must
// not cost its time limit at every start, one that was repaired must come back.
const failureHolds = time.Hour

// recall reads the memory. A missing or unreadable file is an empty one.
func recall() *memory {
	m := &memory{}
	path, err := xdg.CacheFile("ebmstudio/engines.json")
	if err == nil {
		m.path = path
		if data, err := os.ReadFile(path); err == nil {
			_ = json.Unmarshal(data, m)
		}
	}
	if m.Files == nil {
		m.Files = map[string]seenFile{}
	}
	return m
}

// known returns what was found out about a file that has not changed since, or
// nothing.
func (m *memory) known(p plugin) seenFile {
	if s := m.Files[p.Path]; s.Size == p.Size && s.Time == p.Time {
		return s
	}
	return seenFile{}
}

func (m *memory) keepHash(p plugin) {
	m.Files[p.Path] = seenFile{Size: p.Size, Time: p.Time, Hash: p.Hash}
	m.write()
}

// tried returns the trial that this very plugin had under the same
// circumstances, or nil where it has to be tried (again).
func (m *memory) tried(p plugin) *trial {
	s := m.known(p)
	if s.Hash != p.Hash || s.By != circumstances() || s.Trial == nil {
		return nil
	}
	if s.Trial.Error != "" && time.Since(time.Unix(s.When, 0)) > failureHolds {
		return nil
	}
	return s.Trial
}

func (m *memory) keepTrial(p plugin, t trial) {
	m.Files[p.Path] = seenFile{Size: p.Size, Time: p.Time, Hash: p.Hash, Trial: &t, When: time.Now().Unix(), By: circumstances()}
	m.write()
}

// write is best effort: without it the next start only takes longer.
func (m *memory) write() {
	if m.path == "" {
		return
	}
	if data, err := json.MarshalIndent(m, "", " "); err == nil {
		_ = renameio.WriteFile(m.path, append(data, '\n'), 0o644)
	}
}

// circumstances names what a trial's outcome depends on beside the plugin.
func circumstances() string {
	driver, _ := os.ReadFile("/proc/driver/nvidia/version")
	return moduleVersion(moduleXLA) + " on " + cpuModel() + " " + string(driver)
}
