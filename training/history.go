package training

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2"
)

// Entry is a line of the history.
type Entry struct {
	Iteration int                `json:"iteration"`
	Seconds   float64            `json:"seconds"` // since the run, or its resumption, began
	Metrics   map[string]float64 `json:"metrics"`
	Resident  int64              `json:"resident,omitempty"` // bytes of memory, the most until then; 0: not known here
	// Diverged says why the run was ended after this iteration; empty: it was not. Such a
	// line has no metrics: those that are not finite cannot be written.
	Diverged string `json:"diverged,omitempty"`
}

// history is the file of measurements, in memory too for the curves.
type history struct {
	file    *os.File
	entries []Entry
}

// openHistory takes up a history; entries after the iteration that is resumed from
// are dropped, since they will come again.
func openHistory(path string, iteration int) (*history, error) {
	h := &history{}
	if err := h.read(path, iteration); err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	var kept []byte
	for _, e := range h.entries {
		line, err := json.Marshal(e)
		if err != nil {
			return nil, fmt.Errorf("rewrite the history: %w", err)
		}
		kept = append(append(kept, line...), '\n')
	}
	if err := renameio.WriteFile(path, kept, 0o644); err != nil {
		return nil, fmt.Errorf("rewrite the history: %w", err)
	}
	var err error
	if h.file, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o644); err != nil {
		return nil, fmt.Errorf("open the history: %w", err)
	}
	return h, nil
}

func (h *history) read(path string, iteration int) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) || iteration == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var e Entry
		// A line that was cut short by a crash is as good as absent.
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Iteration <= iteration {
			h.entries = append(h.entries, e)
		}
	}
	return lines.Err()
}

func (h *history) add(iteration int, since time.Duration, m map[string]float64) error {
	return h.write(Entry{Iteration: iteration, Seconds: since.Seconds(), Metrics: m, Resident: resident()})
}

// diverged notes why a run was ended; the curves do not show it.
func (h *history) diverged(iteration int, since time.Duration, why error) error {
	shown := h.entries
	err := h.write(Entry{Iteration: iteration, Seconds: since.Seconds(), Diverged: why.Error()})
	h.entries = shown
	return err
}

func (h *history) write(e Entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	h.entries = append(h.entries, e)
	if _, err := h.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

func (h *history) close() { _ = h.file.Close() }

// ReadHistory reads the measurements of the run in a folder; none where it has none yet.
func ReadHistory(dir string) ([]Entry, error) {
	var h history
	if err := h.read(filepath.Join(dir, HistoryFile), math.MaxInt); err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	return h.entries, nil
}
