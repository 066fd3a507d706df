package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestACrashIsKept lets a program like this one crash, and looks at what the next start
// finds.
func TestACrashIsKept(t *testing.T) {
	if state := os.Getenv("EBMSTUDIO_TEST_CRASH"); state != "" {
		keepCrashes(state)
		done := make(chan bool)
		go func() { panic("the pen is broken") }()
		<-done
	}
	state := t.TempDir()
	if earlier, forget := keepCrashes(state); earlier != "" {
		t.Fatalf("found %q before any crash", earlier)
	} else {
		forget()
	}
	if left, _ := filepath.Glob(filepath.Join(state, "*")); len(left) > 0 {
		t.Fatalf("after a clean end %q are left", left)
	}
	c := exec.Command(os.Args[0], "-test.run", "^TestACrashIsKept$")
	c.Env = append(os.Environ(), "EBMSTUDIO_TEST_CRASH="+state)
	if err := c.Run(); err == nil {
		t.Fatal("it did not crash")
	}
	earlier, forget := keepCrashes(state)
	defer forget()
	text, err := os.ReadFile(earlier)
	if err != nil || !strings.Contains(string(text), "the pen is broken") || !strings.Contains(string(text), "goroutine") {
		t.Errorf("found %q, %v", text, err)
	}
	if again := earlierCrash(state); again != "" {
		t.Errorf("it is offered twice: %q", again)
	}
}
