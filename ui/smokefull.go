package ui

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"time"

	"ebmstudio/sampling"
)

// What a full smoke run does with the program: every bundled model is open, and one of
// them has recorded so many steps of so many chains.
const (
	fullSteps  = 1000
	fullChains = 16
)

// fill opens all bundled models, runs the first for a long time, prints what memory the
// program has then, and ends the smoke run.
func (m *smoke) fill() {
	w := m.w
	m.await(func() bool { return w.now != nil && w.now.progress.Phase.Final() })
	for i, b := range w.options.Bundled {
		if i > 0 {
			w.do(func() { w.openBundled(b.Name, false) })
		}
		m.await(func() bool { return len(w.sessions) == i+1 })
	}
	w.do(func() {
		h := w.sessions[0]
		w.switchTo(h)
		h.recipe.Chains, h.recipe.Settings = fullChains, sampling.Settings{"steps": fullSteps}
		w.runNow(h)
	})
	m.await(func() bool { return w.now.progress.Step == fullSteps && w.now.progress.Phase.Final() })
	w.do(func() {
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		fmt.Fprintf(m.out, "memory with %d models and %d steps of %d chains %d MB, of which ours %d MB\n",
			len(w.sessions), fullSteps, fullChains, resident()>>20, (s.HeapInuse+s.StackInuse)>>20)
		m.end(nil)
	})
}

// await returns once something is so on the UI goroutine, or the smoke run is over.
func (m *smoke) await(so func() bool) {
	for m.w.ctx.Err() == nil {
		answer := make(chan bool, 1)
		m.w.do(func() { answer <- m.ended || so() })
		if <-answer {
			return
		}
		time.Sleep(stallProbe)
	}
}

// resident is this process's memory in bytes, 0 where the system does not tell.
func resident() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	found := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		return 0
	}
	kb, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		return 0
	}
	return kb << 10
}
