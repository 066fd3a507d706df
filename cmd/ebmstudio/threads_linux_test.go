package main

import (
	"math/bits"
	"syscall"
	"testing"
)

// TestThreadsKeepToTheirCores reads, inside and afterwards, which cores the thread may use.
func TestThreadsKeepToTheirCores(t *testing.T) {
	count := func() (n int) {
		var c cores
		if !c.call(syscall.SYS_SCHED_GETAFFINITY) {
			t.Fatal("the kernel does not say which cores there are")
		}
		for _, word := range c {
			n += bits.OnesCount64(word)
		}
		return n
	}
	all := count()
	within(1, func() {
		if n := count(); n != 1 {
			t.Errorf("found %d cores, want 1", n)
		}
	})
	within(0, func() {
		if n := count(); n != all {
			t.Errorf("found %d cores, want all %d", n, all)
		}
	})
	within(all+5, func() {
		if n := count(); n != all {
			t.Errorf("asked for more than there are: found %d cores, want %d", n, all)
		}
	})
	if n := count(); n != all {
		t.Errorf("afterwards: found %d cores, want %d", n, all)
	}
}
