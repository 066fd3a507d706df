package studio

import (
	"bytes"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"time"
)

// Performance is how fast the studio works and what it takes, at a moment.
type Performance struct {
	// Job is the job that moved last, with its time a step; zero before the first one.
	Job     Progress
	Chains  int    // of that job; 0: it walks none
	Moves   bool   // it is under way, not paused
	Engine  Engine // zero before it is open
	Threads int    // that Go code runs on at once
	Memory  Memory
}

// StepsASecond is how many steps of the job fit into a second, 0 where none was measured.
func (p Performance) StepsASecond() float64 {
	if p.Job.PerStep <= 0 {
		return 0
	}
	return float64(time.Second) / float64(p.Job.PerStep)
}

// Memory is what the process takes, in bytes; 0: it is not known here.
type Memory struct {
	Ours     uint64 `json:"ours"`     // Go's part: pictures, recordings, the window
	Resident uint64 `json:"resident"` // all of it that is in memory, the engine's buffers and code included
}

// Performance reads what the studio measures of itself. It never waits for the lane or
// for an engine that is being opened.
func (s *Studio) Performance() Performance {
	p := Performance{Threads: runtime.GOMAXPROCS(0), Memory: MemoryNow()}
	if s.engineLock.TryLock() {
		if s.engine != nil {
			p.Engine = *s.engine
		}
		s.engineLock.Unlock()
	}
	p.Job, p.Chains = s.lane.performance()
	p.Moves = p.Job.Phase != "" && !p.Job.Phase.Final() && p.Job.Phase != Paused
	return p
}

// MemoryNow is what the process takes now. What is resident is read from /proc, which
// Linux has.
func MemoryNow() Memory {
	taken := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(taken)
	var m Memory
	if taken[0].Value.Kind() == metrics.KindUint64 && taken[1].Value.Kind() == metrics.KindUint64 {
		m.Ours = taken[0].Value.Uint64() - taken[1].Value.Uint64()
	}
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		m.Resident = residentOf(statm, uint64(os.Getpagesize()))
	}
	return m
}

// residentOf reads the second number of a statm file (proc_pid_statm(5)): resident pages.
func residentOf(statm []byte, page uint64) uint64 {
	fields := bytes.Fields(statm)
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseUint(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * page
}

// performance is the job that moved last: where it stands, or stood when it ended.
func (l *lane) performance() (p Progress, chains int) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.moved != nil {
		return l.moved.Progress(), l.moved.chains()
	}
	return l.last, l.lastChains
}

// chains is how many a sampling job walks, 0 for other jobs.
func (j *Job) chains() int {
	if j.recording == nil {
		return 0
	}
	return j.recording.Chains()
}
