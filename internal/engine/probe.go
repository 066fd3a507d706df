package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// envProbe tells a child process to try the plugin of that path and to answer
// on standard output.
const envProbe = "EBMSTUDIO_PROBE"

// probeLimit is how long a plugin may take to load, compile and compute. It
// takes a third of a second; a cold disk and a busy machine are allowed for.
const probeLimit = 30 * time.Second

// trial is the child's answer, a line of JSON.
type trial struct {
	Device string `json:"device,omitempty"` // the plugin's own words
	API    string `json:"api,omitempty"`    // its version of PJRT
	Error  string `json:"error,omitempty"`
}

// ProbeMain must be called first in main and in TestMain of tests that open
// engines by engine.Open. In a normal start it returns at once; in a child
// process that Open started it tries one plugin, prints what came of it and
// ends the process.
func ProbeMain() {
	path := os.Getenv(envProbe)
	if path == "" {
		return
	}
	t := tryPlugin(path)
	answer, err := json.Marshal(t)
	if err != nil {
		answer = []byte(`{"error":"answer not encodable"}`)
	}
	fmt.Printf("\n%s\n", answer)
	if t.Error != "" {
		os.Exit(1)
	}
	os.Exit(0)
}

// tryPlugin loads a plugin into this process, compiles x·x and runs it.
func tryPlugin(path string) trial {
	b, err := newBackend(xlaConfig(path))
	if err != nil {
		return trial{Error: err.Error()}
	}
	x := tensors.FromValue([]float32{1, 2, 3})
	y, err := graph.CallOnce(b, func(x *graph.Node) *graph.Node { return graph.ReduceAllSum(graph.Square(x)) }, x)
	if err != nil {
		return trial{Error: fmt.Sprintf("compile and run x·x: %v", err)}
	}
	if got, ok := y.Value().(float32); !ok || got != 14 {
		return trial{Error: fmt.Sprintf("x·x of 1, 2, 3 is %v, want 14", y.Value())}
	}
	return trial{Device: b.DeviceDescription(0), API: pluginAPI(b.Description())}
}

// pluginAPI takes "v0.98" out of go-xla's description of a plugin.
func pluginAPI(description string) string {
	for _, word := range strings.Fields(description) {
		if len(word) > 1 && word[0] == 'v' && word[1] >= '0' && word[1] <= '9' {
			return "PJRT " + word
		}
	}
	return ""
}

// probe tries a plugin in a child process within the limit. The error says
// whether it hung, crashed or refused; the trial carries it too.
func probe(ctx context.Context, path string, limit time.Duration) (trial, error) {
	t, err := probeChild(ctx, path, limit)
	if err != nil {
		t.Error = shorten(err.Error(), 240)
		return t, errors.New(t.Error)
	}
	return t, nil
}

func probeChild(ctx context.Context, path string, limit time.Duration) (trial, error) {
	self, err := os.Executable()
	if err != nil {
		return trial{}, fmt.Errorf("cannot be tried: find the program's own file: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var out, complaints bytes.Buffer
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), envProbe+"="+path)
	cmd.Stdout, cmd.Stderr = &out, &complaints
	inOwnGroup(cmd)
	cmd.WaitDelay = time.Second // then it is killed, and a grandchild holding the pipes does not hold us
	err = cmd.Run()
	t, answered := lastAnswer(out.Bytes())
	switch {
	case answered && t.Error != "":
		return t, fmt.Errorf("refused: %s", t.Error)
	case answered && err == nil:
		return t, nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return trial{}, fmt.Errorf("hung: no answer within %v", limit)
	case ctx.Err() != nil:
		return trial{}, ctx.Err()
	case err != nil:
		return trial{}, fmt.Errorf("crashed (%w): %s", err, shorten(complaints.String(), 120))
	default:
		return trial{}, errors.New("ended its trial without an answer")
	}
}

// lastAnswer finds the answer among what a plugin may itself have printed.
func lastAnswer(out []byte) (t trial, ok bool) {
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	last := lines[len(lines)-1]
	return t, bytes.HasPrefix(last, []byte("{")) && json.Unmarshal(last, &t) == nil
}

// shorten keeps the first line of a message, at most n bytes of it.
func shorten(s string, n int) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "") + "..."
	}
	return s
}
