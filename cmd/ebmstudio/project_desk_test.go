package main

import (
	"encoding/json"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"ebmstudio/studio"
)

const faces = "../../resources/models/cdrl-faces-16.safetensors"

// The theme's colours for what the tests of projects look at.
var (
	success  = color.RGBA{0x43, 0xc5, 0x9e, 255}
	overlay  = color.RGBA{0x20, 0x25, 0x2d, 255}
	contrast = color.RGBA{0xff, 0xd4, 0x00, 255} // primary of the theme of high contrast
	question = image.Rect(400, 340, 920, 520)    // where a small dialog stands
	whole    = image.Rect(0, 0, 1320, 860)
	queueBox = image.Rect(706, 50, 1010, 820)
)

// stateFolder is where the program keeps its recovery file.
func (d *desk) stateFolder() string { return filepath.Join(d.dir, "ebmstudio") }

// recovery is the newest recovery file, nil where there is none that can be read.
func (d *desk) recovery() *studio.Project {
	paths, _ := filepath.Glob(filepath.Join(d.stateFolder(), "recovery-*"+studio.ProjectExtension))
	var newest *studio.Project
	for _, path := range paths {
		if p, _, err := studio.ReadProject(path); err == nil && (newest == nil || p.Saved.After(newest.Saved)) {
			newest = p
		}
	}
	return newest
}

// recovers waits until the recovery file holds something and says how long that took.
func (d *desk) recovers(what string, holds func(p *studio.Project) bool) time.Duration {
	d.Helper()
	began := time.Now()
	d.until("the recovery file holds "+what, func(*image.RGBA) bool { p := d.recovery(); return p != nil && holds(p) })
	return time.Since(began)
}

// task is the name of the task that a project's window shows, "" where that is not known.
func task(p *studio.Project) string {
	var w struct{ Task string }
	if json.Unmarshal(p.Window, &w) != nil {
		return ""
	}
	return w.Task
}

// TestAKilledWindowIsRecovered changes things in the real window, kills it without
// warning, and takes the offer of the next start. What is lost is less than 5 s of work.
func TestAKilledWindowIsRecovered(t *testing.T) {
	d := newDesk(t)
	kill := d.start(faces)
	d.until("the model is open", d.canStart)
	sample := litTask(d.screen())
	composing := func(m *image.RGBA) bool { return litTask(m) > sample }
	d.recovers("the model", func(p *studio.Project) bool { return len(p.Sessions) == 1 })
	longest := time.Duration(0)
	for i := range 4 { // there and back: each is a change of its own
		want := []string{"compose", "sample"}[i%2]
		d.do("key", []string{"ctrl+2", "ctrl+1"}[i%2])
		longest = max(longest, d.recovers("the task", func(p *studio.Project) bool { return task(p) == want }))
		time.Sleep(time.Duration(700*i) * time.Millisecond) // at another moment of the period
	}
	d.do("key", "ctrl+2")
	longest = max(longest, d.recovers("the last change", func(p *studio.Project) bool { return task(p) == "compose" }))
	t.Logf("from a change to the recovery file at most %s", longest.Round(time.Millisecond))
	if longest > 5*time.Second {
		t.Errorf("a killed program loses %s of work, want less than 5 s", longest)
	}
	kill()

	d.start(faces)
	d.until("recovery is offered", func(m *image.RGBA) bool { return count(m, question, overlay) > 20_000 })
	d.keep("recover")
	d.do("key", "space") // the button that recovers has the focus
	d.until("it is as it was: composing", func(m *image.RGBA) bool {
		return count(m, question, overlay) < 5_000 && composing(m)
	})
	d.until("the old recovery file is taken over", func(*image.RGBA) bool {
		left, _ := filepath.Glob(filepath.Join(d.stateFolder(), "recovery-*"+studio.ProjectExtension))
		return len(left) == 1
	})
}

// TestAProjectIsSavedByKeys opens a project by name, changes it, saves it, and finds the
// change in the file and what was there before in its backup.
func TestAProjectIsSavedByKeys(t *testing.T) {
	d := newDesk(t)
	kill := d.start(faces)
	d.until("the model is open", d.canStart)
	d.recovers("the model", func(p *studio.Project) bool { return len(p.Sessions) == 1 })
	path := filepath.Join(d.dir, "faces.ebmproj")
	if _, err := studio.SaveProject(path, *d.recovery(), "", false); err != nil {
		t.Fatal(err)
	}
	kill()
	if err := os.RemoveAll(d.stateFolder()); err != nil {
		t.Fatal(err)
	}
	d.start(path)
	d.until("the project is open", d.canStart)
	d.recovers("the project's name", func(p *studio.Project) bool { return p.Recovers == path })
	d.goTo(keyCompose)
	d.do("key", "ctrl+alt+s")
	d.until("it is saved", func(*image.RGBA) bool {
		p, _, err := studio.ReadProject(path)
		return err == nil && task(p) == "compose"
	})
	before, _, err := studio.ReadProject(path + "~1")
	if err != nil || task(before) != "sample" {
		t.Errorf("the backup is not what was there before: %v", err)
	}
}

// TestTheQueueByMouseAndKeys adds runs, drags the last one to the front, kills the window,
// and lets the queue of the recovered one run to its end.
func TestTheQueueByMouseAndKeys(t *testing.T) {
	d := newDesk(t)
	kill := d.start(faces)
	d.until("the model is open", d.canStart)
	d.do("key", "j")
	d.until("the queue is shown", func(m *image.RGBA) bool { return count(m, queueBox, color.RGBA{0x1c, 0x20, 0x27, 255}) > 100_000 })
	d.move(906, 71) // hold the queue
	d.do("click", "1")
	for range 3 {
		d.do("key", "ctrl+j")
	}
	titles := func(p *studio.Project) (all []string) {
		for _, q := range p.Queue {
			all = append(all, q.Title)
		}
		return all
	}
	d.recovers("three jobs", func(p *studio.Project) bool { return len(p.Queue) == 3 })
	d.keep("queue")
	before := titles(d.recovery())
	want := []string{before[2], before[0], before[1]}
	grip := queueBox.Min.X + 24
	d.move(grip, 260) // of the third
	d.do("mousedown", "1")
	for y := 255; y >= 100; y -= 10 {
		d.move(grip, y)
		time.Sleep(15 * time.Millisecond)
	}
	d.do("mouseup", "1")
	d.recovers("the third job in front", func(p *studio.Project) bool { return slices.Equal(titles(p), want) })
	kill()

	d.start(faces)
	d.until("recovery is offered", func(m *image.RGBA) bool { return count(m, question, overlay) > 20_000 })
	d.do("key", "space")
	d.until("the jobs are done", func(m *image.RGBA) bool {
		pictures, _ := filepath.Glob(filepath.Join(d.dir, "ebmstudio", "library", "*", "*", "*.png"))
		flat, _ := filepath.Glob(filepath.Join(d.dir, "ebmstudio", "library", "*.png"))
		return len(pictures)+len(flat) >= 48 && count(m, queueBox, success) > 5
	})
	d.keep("queue-done")
}

// TestPreferencesByMouseAndKeys chooses the theme of high contrast, which applies at once
// and is there at the next start.
func TestPreferencesByMouseAndKeys(t *testing.T) {
	d := newDesk(t)
	kill := d.start(faces)
	d.until("the model is open", d.canStart)
	d.do("key", "ctrl+comma")
	d.until("the dialog is shown", func(m *image.RGBA) bool { return count(m, question, overlay) > 20_000 })
	general := d.screen()
	d.move(427, 195) // Look
	d.do("click", "1")
	d.until("its second page is shown", func(m *image.RGBA) bool { return changed(general, m, image.Rect(330, 220, 990, 480), 0.02) })
	d.keep("preferences")
	d.move(560, 328) // high contrast
	d.do("click", "1")
	yellow := func(m *image.RGBA) bool { return count(m, startArea, contrast) > 1500 }
	d.until("the theme has changed behind the dialog", func(m *image.RGBA) bool { return count(m, image.Rect(495, 315, 520, 350), contrast) > 20 })
	d.do("key", "Escape")
	d.until("the dialog is closed", yellow)
	d.do("key", "ctrl+q")
	select {
	case err := <-d.ended:
		if d.ended <- err; err != nil {
			t.Fatalf("the window ended with %v\n%s", err, d.said)
		}
	case <-time.After(deskPatience):
		t.Fatal("Ctrl+Q does not end the program")
	}
	if left, _ := filepath.Glob(filepath.Join(d.stateFolder(), "recovery-*")); len(left) > 0 {
		t.Errorf("after a clean end %q are left", left)
	}
	kill()
	d.start(faces)
	d.until("the theme is there again", yellow)
}
