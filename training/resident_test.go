package training

import "testing"

// TestHighest reads a line of proc(5).
func TestHighest(t *testing.T) {
	if n := highest([]byte("Name:\tebm\nVmHWM:\t  2048 kB\nVmRSS:\t 1024 kB\n")); n != 2<<20 {
		t.Errorf("found %d bytes, want 2 MiB", n)
	}
	if n := highest([]byte("Name:\tebm\nVmHWM:\tmuch\n")); n != 0 {
		t.Errorf("found %d bytes where there is no number, want 0", n)
	}
}
