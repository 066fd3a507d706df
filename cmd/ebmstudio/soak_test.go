package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ebmstudio/studio"
)

const (
	soakTime = time.Minute // make soak: ten
	stuck    = 30 * time.Second
	// soakMore is how many MiB of live heap may come with models and histories. Measured in
	// five minutes (2,800 actions, a change of the theme every 40): at most 164 MiB in the first
	// half, down to 107 in the last quarter. While the toolkit kept 4 MiB of fonts with every
	// change of the theme, the last quarter of ten minutes was over 100 MiB above the first half.
	soakMore = 48
	// soakRuns is the memory for recordings in MiB: by the usual 512 they alone would grow all
	// the time.
	soakRuns  = "32"
	soakCheck = 40 // actions between two looks at whether the window still answers
)

// TestSoak works the real window at random, from a printed seed: taps, drags, drops,
// keys, cancels. It must not panic, not grow, and not stop to answer. EBMSTUDIO_SOAK says
// how long, EBMSTUDIO_SOAK_SEED goes the same way again.
func TestSoak(t *testing.T) {
	length, seed := soakTime, uint64(time.Now().UnixNano())
	if text := os.Getenv("EBMSTUDIO_SOAK"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	if text := os.Getenv("EBMSTUDIO_SOAK_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("seed %d, for %s", seed, length)
	d := newDesk(t)
	pipe := filepath.Join(d.dir, "drops")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	d.env = []string{"GODEBUG=gctrace=1"}
	kill := d.start("--memory="+soakRuns, "--drops", pipe, faces)
	d.until("the model is open", d.canStart)
	s := &soak{desk: d, random: rand.New(rand.NewPCG(seed, 1)), pipe: pipe, files: soakFiles(t, d.dir)}
	for began := time.Now(); time.Since(began) < length; s.done++ {
		s.act()
		if s.done%soakCheck == soakCheck-1 {
			s.answers()
		}
	}
	s.answers()
	kill()
	s.heap()
	t.Logf("%d actions; the window answered within %s", s.done, s.slowest.Round(time.Millisecond))
	for _, word := range []string{"panic:", "fatal error:", "goroutine 1 ["} {
		if strings.Contains(d.said.String(), word) {
			t.Errorf("seed %d: the program says %q", seed, d.said.String())
		}
	}
	logs, _ := filepath.Glob(filepath.Join(d.stateFolder(), "crash-*.log"))
	for _, path := range logs {
		if text, err := os.ReadFile(path); err == nil && len(text) > 0 {
			t.Errorf("seed %d: it has crashed: %s", seed, text)
		}
	}
}

// soakFiles are what is dropped: models, a picture, and what is none of these.
func soakFiles(t *testing.T, dir string) []string {
	t.Helper()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var files []string
	for _, name := range []string{"moons.safetensors", "vaeebm-fashion-28.safetensors", "cdrl-faces-16.safetensors"} {
		path, err := filepath.Abs(filepath.Join("..", "..", "resources", "models", name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
	}
	icon, err := filepath.Abs(filepath.Join("..", "..", "resources", "icon.png"))
	if err != nil {
		t.Fatal(err)
	}
	project := filepath.Join(dir, "empty"+studio.ProjectExtension)
	if _, err := studio.SaveProject(project, studio.Project{Program: "soak"}, "", false); err != nil {
		t.Fatal(err)
	}
	return append(files, icon, project, write("half.pth", "PK\x03\x04 and no more"), write("notes.txt", "no model"), write("half.ebmproj", "PK"), filepath.Join(dir, "gone.ckpt"))
}

// soak is a window that is worked at random.
type soak struct {
	*desk
	random  *rand.Rand
	pipe    string
	files   []string
	done    int
	slowest time.Duration
}

// soakKeys are all but those that end the program.
var soakKeys = []string{
	"space", "space", "s", "Left", "Right", "Up", "Down", "Home", "End", "p", "e", "k", "t", "j", "f", "h", "x", "n", "v", "g", "b", "i", "Delete", "Return", "Tab", "Tab",
	"Escape", "Escape", "F1", "question", "ctrl+1", "ctrl+2", "ctrl+3", "ctrl+4", "ctrl+5", "ctrl+6", "ctrl+7", "ctrl+z", "ctrl+shift+z", "ctrl+j", "ctrl+comma",
	"ctrl+shift+c", "ctrl+a", "ctrl+t", "5", "bracketleft", "bracketright", "minus",
}

func (s *soak) place() (x, y int) { return 5 + s.random.IntN(1310), 5 + s.random.IntN(850) }

// act does one thing.
func (s *soak) act() {
	s.Helper()
	x, y := s.place()
	switch n := s.random.IntN(100); {
	case n < 35:
		s.move(x, y)
		s.do("click", "1")
	case n < 38:
		s.move(x, y)
		s.do("click", "3")
	case n < 42:
		s.move(x, y)
		s.do("click", strconv.Itoa(4+s.random.IntN(2))) // the wheel
	case n < 55:
		s.drag(x, y)
	case n < 90:
		s.do("key", soakKeys[s.random.IntN(len(soakKeys))])
	case n < 95: // a cancel
		s.do("key", "Escape", "Escape", "s")
	case n < 97:
		s.dropFile(s.files[s.random.IntN(len(s.files))])
	default:
		time.Sleep(time.Duration(s.random.IntN(400)) * time.Millisecond)
	}
}

func (s *soak) drag(x, y int) {
	s.Helper()
	s.move(x, y)
	s.do("mousedown", "1")
	for range 2 + s.random.IntN(8) {
		x, y = min(max(x+s.random.IntN(161)-80, 5), 1315), min(max(y+s.random.IntN(121)-60, 5), 855)
		s.move(x, y)
	}
	s.do("mouseup", "1")
}

func (s *soak) dropFile(path string) {
	s.Helper()
	f, err := os.OpenFile(s.pipe, os.O_RDWR, 0)
	if err != nil {
		s.Fatal(err)
	}
	defer f.Close()
	if _, err := fmt.Fprintln(f, path); err != nil {
		s.Fatal(err)
	}
}

// answers leaves what is in the way, presses a key that changes the theme, or a letter of
// a text that is being typed, and waits until the screen shows something of it: a frame
// that is stuck does not. The pointer, which the display draws by itself, stays.
func (s *soak) answers() {
	s.Helper()
	s.leaveChoosers()
	began := time.Now()
	s.move(640, 835)
	for before := s.screen(); time.Since(began) < stuck; {
		s.leaveChoosers()
		s.do("key", "Escape", "Escape", "Escape", "t")
		for look := time.Now(); time.Since(look) < stuck/6; time.Sleep(20 * time.Millisecond) {
			select {
			case err := <-s.ended:
				s.ended <- err
				s.Fatalf("the program ended after %d actions: %v\n%s", s.done, err, s.said)
			default:
			}
			if changed(before, s.screen(), whole, 20.0/(1320*860)) {
				s.slowest = max(s.slowest, time.Since(began))
				return
			}
		}
	}
	s.keep("stuck")
	s.Errorf("after %d actions the screen does not change within %s; it is in %s", s.done, stuck, screenshots)
}

// leaveChoosers leaves the desktop's file dialogs: windows of their own, which nobody gives
// the keys here, and behind which a text that is being typed is not seen.
func (s *soak) leaveChoosers() {
	s.Helper()
	for _, window := range s.windows("^(Open|Save) ") {
		c := exec.Command("xdotool", "windowfocus", window, "key", "Escape", "Escape", "Escape")
		c.Env = append(os.Environ(), "DISPLAY="+s.display)
		_ = c.Run() // it fails where the window has gone meanwhile
		time.Sleep(200 * time.Millisecond)
	}
}

var liveHeap = regexp.MustCompile(`(?m)^gc \d+ @.*?(\d+)->(\d+)->(\d+) MB`)

// heap reads the live heap after every collection and compares the end with the first half.
func (s *soak) heap() {
	s.Helper()
	var live []int
	for _, m := range liveHeap.FindAllStringSubmatch(s.said.String(), -1) {
		n, err := strconv.Atoi(m[3])
		if err != nil {
			s.Fatal(err)
		}
		live = append(live, n)
	}
	if len(live) < 8 {
		s.Fatalf("found %d collections, want at least 8 to tell whether the heap grows", len(live))
	}
	half, last := slices.Max(live[:len(live)/2]), slices.Min(live[len(live)*3/4:])
	s.Logf("live heap: at most %d MiB in the first half, at least %d in the last quarter, of %d collections", half, last, len(live))
	if last > half+soakMore {
		s.Errorf("the heap grows: from %d MiB in the first half to %d and more in the last quarter: %v", half, last, live)
	}
}
