package engine

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"golang.org/x/sys/cpu"
)

// Modules whose versions matter to what is computed.
const (
	moduleGoMLX   = "github.com/gomlx/gomlx"
	moduleXLA     = "github.com/gomlx/go-xla"
	moduleCompute = "github.com/gomlx/compute"
)

func modules() []string { return []string{moduleGoMLX, moduleXLA, moduleCompute} }

// moduleVersion is the version of a module in this program, as the Go linker
// recorded it, or "unknown" (test binaries of other packages have none).
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

// cpuModel is the processor's name where the system tells, else its architecture.
func cpuModel() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(data)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				return strings.TrimSpace(value)
			}
		}
	}
	return runtime.GOARCH
}

// cpuName is the processor with what decides its speed.
func cpuName() string {
	name := fmt.Sprintf("%s, %d cores", cpuModel(), runtime.NumCPU())
	if flags := simdFlags(); len(flags) > 0 {
		name += ", " + flags[len(flags)-1]
	}
	return name
}

// simdFlags lists the processor's vector instructions that the engines use,
// narrowest first.
func simdFlags() []string {
	var flags []string
	for _, f := range []struct {
		has  bool
		name string
	}{
		{cpu.X86.HasAVX, "AVX"},
		{cpu.X86.HasFMA, "FMA"},
		{cpu.X86.HasAVX2, "AVX2"},
		{cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL, "AVX-512"},
		{cpu.ARM64.HasASIMD, "NEON"},
	} {
		if f.has {
			flags = append(flags, f.name)
		}
	}
	return flags
}
