package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// built are the programs as "make build" makes them, each built when it is first asked for
// and once for all tests of this process: linking one takes seconds.
var built = map[string]func() (string, error){"ebm": building("ebm"), "ebmstudio": building("ebmstudio")}

// programFolder is where they are.
var programFolder = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "ebmstudio-programs-*") })

func building(name string) func() (string, error) {
	return sync.OnceValues(func() (string, error) {
		dir, err := programFolder()
		if err != nil {
			return "", err
		}
		version, err := exec.Command("../../scripts/version.sh").Output()
		if err != nil {
			return "", fmt.Errorf("the version: %w", err)
		}
		binary := filepath.Join(dir, name)
		flags := "-s -w -X main.version=" + strings.TrimSpace(string(version))
		if out, err := exec.Command("go", "build", "-tags", "migrated_fynedo", "-ldflags", flags, "-o", binary, "../"+name).CombinedOutput(); err != nil {
			return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
		return binary, nil
	})
}

// program is the path of a program.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := built[name]()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// removePrograms ends what program began.
func removePrograms() {
	if dir, err := programFolder(); err == nil {
		_ = os.RemoveAll(dir) // a folder of its own among the temporary ones
	}
}
