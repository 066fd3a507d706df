package engine

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

func cpuName() string { return fmt.Sprintf("CPU, %d cores", runtime.NumCPU()) }

// moduleVersion is the version of a module in this program, as recorded by the
// Go linker, or "unknown".
func moduleVersion(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, m := range info.Deps {
		if m.Path == path {
			return m.Version
		}
	}
	return "unknown"
}
