package widgets

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

func someJobs() []Job {
	return []Job{
		{ID: 1, Title: "coat AND NOT bag · fashion-28", Text: "step 31 of 120 · 4.2 s", Done: 0.26, Turn: theme.MediaPauseIcon()},
		{ID: 2, Title: "faces-16 · seed 8 · 64 chains", Text: "begins in 4.2 s · 1 min 12 s", Importance: widget.LowImportance, Done: -1, Turn: theme.MediaPauseIcon()},
		{ID: 3, Title: "faces-16 · seed 9 · 64 chains", Text: "paused", Importance: widget.LowImportance, Done: 0.5, Turn: theme.MediaPlayIcon()},
		{ID: 4, Title: "gone.ckpt", Text: `open "gone.ckpt": no such file`, Importance: widget.DangerImportance, Done: -1, Turn: theme.ViewRefreshIcon()},
	}
}

func TestJobListGolden(t *testing.T) {
	build := func() *JobList {
		l := NewJobList(JobListTexts{})
		l.SetJobs(someJobs())
		return l
	}
	golden(t, "joblist", fyne.NewSize(330, 300), func() fyne.CanvasObject { return container.NewVBox(build()) })
	golden(t, "joblist-dragged", fyne.NewSize(330, 300), func() fyne.CanvasObject {
		l := build()
		l.FocusGained()
		l.pull(l.rows[0], 1.4*l.height())
		return container.NewVBox(l)
	})
}

func TestKeyCatcherGolden(t *testing.T) {
	golden(t, "keycatcher", fyne.NewSize(200, 100), func() fyne.CanvasObject {
		waits := NewKeyCatcher("S", "Press a key…")
		waits.ask()
		return container.NewVBox(NewKeyCatcher("Ctrl+Shift+S", "Press a key…"), waits)
	})
}

// TestJobsAreDragged drags grips and reads where the jobs go.
func TestJobsAreDragged(t *testing.T) {
	test.NewTempApp(t)
	l := NewJobList(JobListTexts{})
	l.SetJobs(someJobs())
	w := test.NewTempWindow(t, l)
	w.Resize(fyne.NewSize(330, 300))
	moved, to := 0, 0
	l.OnMove = func(id, place int) { moved, to = id, place }
	drag := func(row int, rows float32) {
		moved = 0
		g := l.rows[row].grip
		for range 10 {
			g.Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(0, rows*l.height()/10)})
		}
		l.SetJobs(someJobs()) // news of the queue come while it is in the hand
		g.DragEnd()
	}
	for _, c := range []struct {
		row  int
		rows float32
		to   int
	}{{0, 1.6, 2}, {0, 0.4, -1}, {3, -2, 1}, {1, 9, 3}, {2, -9, 0}} {
		drag(c.row, c.rows)
		switch {
		case c.to < 0 && moved != 0:
			t.Errorf("job %d by %g rows: moved to %d, want it to stay", c.row+1, c.rows, to)
		case c.to >= 0 && (moved != c.row+1 || to != c.to):
			t.Errorf("job %d by %g rows: job %d moved to %d, want %d", c.row+1, c.rows, moved, to, c.to)
		}
	}
}

func TestJobsByKeyboard(t *testing.T) {
	test.NewTempApp(t)
	l := NewJobList(JobListTexts{})
	l.SetJobs(someJobs())
	w := test.NewTempWindow(t, l)
	w.Canvas().Focus(l)
	var did []string
	l.OnTurn = func(int) { did = append(did, "turn") }
	l.OnRemove = func(int) { did = append(did, "remove") }
	l.OnKey = func(e *fyne.KeyEvent) { did = append(did, string(e.Name)) }
	key := func(name fyne.KeyName) { l.TypedKey(&fyne.KeyEvent{Name: name}) }
	key(fyne.KeyDown)
	key(fyne.KeyDown)
	if l.Selected() != 3 {
		t.Errorf("two steps down select job %d, want 3", l.Selected())
	}
	key(fyne.KeySpace)
	key(fyne.KeyDelete)
	key(fyne.KeyJ)
	if len(did) != 3 || did[0] != "turn" || did[1] != "remove" || did[2] != "J" {
		t.Errorf("found %q", did)
	}
	l.SetJobs(someJobs()[:2])
	if l.Selected() != 0 {
		t.Errorf("a job that is gone is still selected: %d", l.Selected())
	}
}

func TestAKeyIsCaught(t *testing.T) {
	test.NewTempApp(t)
	k := NewKeyCatcher("S", "…")
	test.NewTempWindow(t, k)
	var name string
	var shortcut *desktop.CustomShortcut
	k.OnKey = func(n string, s *desktop.CustomShortcut) { name, shortcut = n, s }
	k.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyA})
	if shortcut != nil {
		t.Error("it catches before it was asked to")
	}
	test.Tap(k)
	k.TypedKey(&fyne.KeyEvent{Name: fyne.KeyW})
	if name != "W" || shortcut != nil || k.waits {
		t.Errorf("found %q, %v", name, shortcut)
	}
	test.Tap(k)
	k.TypedShortcut(&fyne.ShortcutCopy{})
	if shortcut == nil || shortcut.KeyName != fyne.KeyC {
		t.Errorf("Ctrl+C: found %v", shortcut)
	}
	name = ""
	test.Tap(k)
	k.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if name != "" || k.Text != "S" {
		t.Errorf("Escape: found %q, it shows %q", name, k.Text)
	}
}
