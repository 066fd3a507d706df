package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"
)

const (
	crashName = "crash-" // of the log of a program that runs, with its number
	toldName  = "told-"  // of a log that was shown to a person
	toldKept  = 5
)

// keepCrashes lets the Go runtime write what it says at a crash into a file of the state
// folder, too. It returns the log of an earlier crash that nobody has been told of, where
// there is one, and a function for the clean end. A folder that cannot be written means no
// log, and no other harm.
func keepCrashes(state string) (earlier string, forget func()) {
	forget = func() {}
	if err := os.MkdirAll(state, 0o755); err != nil {
		return "", forget
	}
	earlier = earlierCrash(state)
	path := filepath.Join(state, fmt.Sprintf("%s%d.log", crashName, os.Getpid()))
	f, err := os.Create(path)
	if err != nil {
		return earlier, forget
	}
	err = debug.SetCrashOutput(f, debug.CrashOptions{})
	if closed := f.Close(); err != nil || closed != nil { // the runtime has a descriptor of its own
		_ = os.Remove(path)
		return earlier, forget
	}
	return earlier, func() { _ = os.Remove(path) } // it is empty: a crash does not come here
}

// earlierCrash finds the newest log that holds something and renames it, so that it is
// offered once. Empty logs of programs that were killed go after a day.
func earlierCrash(state string) (found string) {
	logs, _ := filepath.Glob(filepath.Join(state, crashName+"*.log")) // the pattern is sound
	var newest time.Time
	for _, path := range logs {
		info, err := os.Stat(path)
		switch {
		case err != nil:
		case info.Size() == 0 && time.Since(info.ModTime()) > 24*time.Hour:
			_ = os.Remove(path) // nobody needs it
		case info.Size() > 0:
			told := filepath.Join(state, toldName+info.ModTime().Format("2006-01-02-150405")+".log")
			if os.Rename(path, told) == nil && info.ModTime().After(newest) {
				newest, found = info.ModTime(), told
			}
		}
	}
	old, _ := filepath.Glob(filepath.Join(state, toldName+"*.log")) // the pattern is sound
	slices.Sort(old)
	for _, path := range old[:max(0, len(old)-toldKept)] {
		_ = os.Remove(path) // there are newer ones
	}
	return found
}
