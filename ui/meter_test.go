package ui

import (
	"runtime"
	"slices"
	"testing"
	"time"
)

// meter measures how long pieces of work hold the UI goroutine: by the clock, and in
// processor time, which other programs on the machine do not stretch.
type meter struct{ clock, processor []time.Duration }

// of measures a piece of work.
func (m *meter) of(work func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	used, began := threadTime(), time.Now()
	work()
	m.clock, m.processor = append(m.clock, time.Since(began)), append(m.processor, threadTime()-used)
}

// report tells the longest piece and the one that 99 of 100 are shorter than, in
// milliseconds.
func (m *meter) report(b *testing.B) {
	for unit, all := range map[string][]time.Duration{"": m.clock, "cpu-": m.processor} {
		if len(all) > 0 {
			slices.Sort(all)
			b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-"+unit+"ms")
			b.ReportMetric(float64(all[len(all)-1].Microseconds())/1000, "worst-"+unit+"ms")
		}
	}
}
