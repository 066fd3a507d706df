package ui

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"ebmstudio/studio/studiotest"
)

// TestThemeChangesKeepNoFonts: without forgetFonts a change keeps 3.2 MiB for good, with it
// 0.3: the rows of lists, which the toolkit drops after a minute where there is a display.
func TestThemeChangesKeepNoFonts(t *testing.T) {
	const changes, most = 12, 1.0 // MiB a change
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	live := func() float64 {
		runtime.GC()
		runtime.GC() // the second one empties the pools
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / (1 << 20)
	}
	r.toggleTheme() // what is made once
	r.toggleTheme()
	before := live()
	for range changes {
		r.toggleTheme()
	}
	if kept := (live() - before) / changes; kept > most {
		t.Errorf("a change of the theme keeps %.1f MiB, want at most %g", kept, most)
	}
}

// TestToolkitShaper reads in the toolkit's source whether the variable that forgetFonts
// writes to is still there, and of that type: the compiler cannot tell.
func TestToolkitShaper(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "fyne.io/fyne/v2").Output()
	if err != nil {
		t.Fatalf("go list -m fyne.io/fyne/v2: %v", err)
	}
	path := filepath.Join(strings.TrimSpace(string(out)), "internal", "painter", "font.go")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const want = "\nvar shaper = &shaping.HarfbuzzShaper{}\n"
	if !strings.Contains(string(text), want) {
		t.Errorf("%s: found no line %q; look at what the toolkit's shaper is now, and whether forgetFonts is still needed", path, strings.TrimSpace(want))
	}
}
