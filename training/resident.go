package training

import (
	"bufio"
	"bytes"
	"os"
	"strconv"
	"strings"
)

// resident is the most memory that the process has had resident, in bytes, as Linux
// tells it (VmHWM of proc(5)); 0 elsewhere.
func resident() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	return highest(status)
}

func highest(status []byte) int64 {
	lines := bufio.NewScanner(bytes.NewReader(status))
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			kilobytes, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 10, 64)
			if err == nil {
				return kilobytes << 10
			}
		}
	}
	return 0
}
