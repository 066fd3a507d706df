package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"ebmstudio/internal/engine"
)

// row is a line of the table: a figure, what was measured, what is wanted.
type row struct{ figure, here, peer, ratio, wanted, verdict string }

// write prints the row; the first one prints the table's head before.
func (r row) write(out io.Writer) {
	fmt.Fprintf(out, "| %s | %s | %s | %s | %s | %s |\n", r.figure, r.here, r.peer, r.ratio, r.wanted, r.verdict)
}

func writeHead(out io.Writer) {
	row{"figure", "here", "peer", "ratio", "wanted", ""}.write(out)
	row{"---", "---:", "---:", "---:", "---:", "---"}.write(out)
}

// skipped is a row that could not be measured.
func skipped(figure, wanted, why string) row {
	return row{figure: figure, wanted: wanted, verdict: "skipped: " + why}
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "**missed**"
}

// speed is how many times as fast as the twin is asked for, and what is aimed at; zero:
// nothing is.
type speed struct{ least, aim float64 }

var (
	wantedOfCLEL = speed{1.2, 1.2}
	wantedOfRest = speed{1, 1.2}
)

func (s speed) String() string {
	if s == (speed{}) {
		return ""
	}
	if s.aim > s.least {
		return fmt.Sprintf("≥ %vx, aim %vx", s.least, s.aim)
	}
	return fmt.Sprintf("≥ %vx", s.least)
}

func (s speed) verdict(ratio float64) string {
	if s == (speed{}) {
		return ""
	}
	if ratio >= s.least && ratio < s.aim {
		return "met, below the aim"
	}
	return verdict(ratio >= s.least)
}

// ms writes a time as milliseconds with three digits.
func ms(d time.Duration) string { return fmt.Sprintf("%.3g ms", float64(d)/float64(time.Millisecond)) }

func times(x float64) string { return fmt.Sprintf("%.2fx", x) }

// machine names where the figures are from, and how busy it was: ratios of one run
// bear some load, times do not.
func machine(goEngine *engine.Engine) string {
	system := runtime.GOOS
	if data, err := os.ReadFile("/etc/os-release"); err == nil {
		for line := range strings.Lines(string(data)) {
			if name, ok := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); ok {
				system = strings.Trim(name, `"`)
			}
		}
	}
	parts := []string{goEngine.Device}
	if data, err := os.ReadFile("/proc/meminfo"); err == nil {
		parts = append(parts, fmt.Sprintf("%d GiB", (kibibytes(string(data), "MemTotal")+1<<29)>>30))
	}
	parts = append(parts, system, runtime.GOOS+"/"+runtime.GOARCH, runtime.Version())
	if data, err := os.ReadFile("/proc/loadavg"); err == nil {
		load, _, _ := strings.Cut(string(data), " ")
		parts = append(parts, "load average at the start "+load)
	}
	return strings.Join(parts, ", ")
}
