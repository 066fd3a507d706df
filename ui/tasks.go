package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"
)

// task is what the window is used for. A task switches the middle and the knobs;
// the models, the tool bar and the buttons that run chains stay where they are.
type task int

// The tasks, in the order of the bar.
const (
	taskSample task = iota
	taskCompose
	taskInpaint
	taskInterpolate
	taskLandscape
	taskScore
	taskTrain
	taskGallery
	taskTensors
	taskCount
)

// taskNames are the tasks in files: an order that changes moves none.
var taskNames = [taskCount]string{"sample", "compose", "inpaint", "interpolate", "landscape", "score", "train", "gallery", "tensors"}

// MarshalText is the task's name in files.
func (k task) MarshalText() ([]byte, error) { return []byte(taskNames[k]), nil }

// UnmarshalText finds a task by its name; one that is not known here is sampling.
func (k *task) UnmarshalText(name []byte) error {
	*k = task(max(slices.Index(taskNames[:], string(name)), 0))
	return nil
}

// place is what a task puts into the window, and what it hears of. All but title and
// tip may be left out.
type place struct {
	title, tip string
	middle     fyne.CanvasObject       // in place of pictures, scrubber and curves
	side       fyne.CanvasObject       // in place of the knobs of sampling
	idle       bool                    // no chains run here: the buttons that run them are hidden
	show       func()                  // the person has come here, or looks at another model
	key        func(fyne.KeyName) bool // takes a key that no widget has taken; false: it means nothing here
	rune       func(rune)              // takes a letter that no widget has taken
	drop       func(path string) bool  // takes a picture that was dropped; false: it is not for this task
	folder     func(path string) bool  // takes a folder that was dropped; false: it is a run to be opened
	needs      func(h *session) bool   // whether the task means something to a model; nil: always
}

// tasks are the bar that switches between them and the two places that they fill.
type tasks struct {
	w       *Window
	now     task
	places  [taskCount]place
	buttons [taskCount]*ttwidget.Button
	bar     *fyne.Container
	menu    *ttwidget.Button // in its place where the window is narrow
	middle  *fyne.Container  // one object a task's middle, one of them visible
	side    *fyne.Container
	column  fyne.CanvasObject // all of the right side: the knobs, and the buttons that run chains
}

// newTasks needs the stage, the controls and the tensors of the window.
func newTasks(w *Window, knobs fyne.CanvasObject) *tasks {
	t := &tasks{w: w, bar: container.NewHBox(), middle: container.NewStack(w.stage.box), side: container.NewStack(knobs)}
	inpaint, walk := w.stage.inpaint, w.stage.walk
	t.places = [taskCount]place{
		taskSample: {title: tr("Sample"), tip: tr("Draw pictures: chains walk downhill in energy from noise")},
		taskCompose: {
			title: tr("Compose"), tip: tr("Mix concepts with signed weights; the chains follow the sliders"), side: w.mixer.box, show: w.mixer.show,
		},
		taskInpaint: {
			title: tr("Inpaint"), tip: tr("Paint over a part of a picture to make it anew"),
			key: inpaint.key, rune: inpaint.rune, needs: func(h *session) bool { return h.paint != nil },
			drop: func(path string) bool { w.editFile(path); return true },
		},
		taskInterpolate: {
			title: tr("Interpolate"), tip: tr("Walk from latent to latent: the generator's pictures, and what the chains make of them"),
			key: walk.key, needs: func(h *session) bool { return h.walk != nil }, drop: w.controls.anchors.addFile,
		},
		taskLandscape: newLandscape(w),
		taskScore:     newScoring(w),
		taskTrain:     newTrainer(w),
		taskGallery:   newGallery(w),
		taskTensors:   w.inspector.place(),
	}
	for i := range t.places {
		p, k := &t.places[i], task(i)
		b := ttwidget.NewButton(p.title, func() { t.to(k) })
		b.SetToolTip(trf("%s (Ctrl+%d)", p.tip, i+1))
		t.buttons[i] = b
		t.bar.Add(b)
		for to, o := range map[*fyne.Container]fyne.CanvasObject{t.middle: p.middle, t.side: p.side} {
			if o != nil && !slices.Contains(to.Objects, o) {
				to.Add(o)
			}
		}
	}
	t.menu = ttwidget.NewButtonWithIcon("", theme.MenuDropDownIcon(), t.openMenu)
	t.menu.Importance, t.menu.IconPlacement = widget.HighImportance, widget.ButtonIconTrailingText
	t.menu.SetToolTip(tr("The tasks; a wider window shows all of them"))
	t.to(taskSample)
	return t
}

// openMenu offers the tasks below the button that stands for them.
func (t *tasks) openMenu() {
	items := make([]*fyne.MenuItem, taskCount)
	for i, b := range t.buttons {
		items[i] = fyne.NewMenuItem(trf("%s (Ctrl+%d)", t.places[i].title, i+1), b.OnTapped)
		items[i].Disabled, items[i].Checked = b.Disabled(), t.now == task(i)
	}
	at := t.w.app.Driver().AbsolutePositionForObject(t.menu).AddXY(0, t.menu.Size().Height)
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), t.w.win.Canvas(), at)
}

// to goes to a task. One that means nothing to the model looked at is not gone to.
func (t *tasks) to(k task) {
	if h := t.w.now; t.places[k].needs != nil && (h == nil || !t.places[k].needs(h)) {
		return
	}
	t.now = k
	t.show()
}

// show puts the task into the window, for the model that is looked at. A task that
// means nothing to it gives way to sampling.
func (t *tasks) show() {
	h := t.w.now
	for i, b := range t.buttons {
		needs := t.places[i].needs
		means := needs == nil || h != nil && needs(h)
		if !means && t.now == task(i) {
			t.now = taskSample
		}
		enable(b, means)
	}
	for i, b := range t.buttons {
		want := widget.LowImportance
		if t.now == task(i) {
			want = widget.HighImportance
		}
		if b.Importance != want {
			b.Importance = want
			b.Refresh()
		}
	}
	t.menu.SetText(t.places[t.now].title)
	if h != nil {
		before := h.run
		if h.turnTo(t.now); h.run != before {
			t.w.turned(h)
		}
		if !t.places[t.now].idle {
			t.w.controls.show(h)
		}
	}
	p := &t.places[t.now]
	reveal(t.middle, p.middle)
	reveal(t.side, p.side)
	if p.idle {
		t.w.transport.box.Hide()
	} else {
		t.w.transport.box.Show()
	}
	t.w.stage.setTask(t.now)
	if p.show != nil {
		p.show()
	}
	t.w.showRun()
	t.w.look()
}

// reveal shows one object of a stack, the first where it is nil. Refreshing draws all that
// is in the stack anew, so nothing is done where it is shown already.
func reveal(stack *fyne.Container, o fyne.CanvasObject) {
	if o == nil {
		o = stack.Objects[0]
	}
	if o.Visible() && !slices.ContainsFunc(stack.Objects, func(other fyne.CanvasObject) bool { return other != o && other.Visible() }) {
		return
	}
	for _, other := range stack.Objects {
		if other != o && other.Visible() {
			other.Hide()
		}
	}
	if !o.Visible() {
		o.Show()
	}
	stack.Refresh()
}

// place is that of the present task.
func (t *tasks) place() *place { return &t.places[t.now] }

// bindKeys makes Ctrl and a number go to a task.
func (t *tasks) bindKeys() {
	digits := []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5, fyne.Key6, fyne.Key7, fyne.Key8, fyne.Key9}
	for i := range t.places {
		t.w.win.Canvas().AddShortcut(&desktop.CustomShortcut{KeyName: digits[i], Modifier: fyne.KeyModifierShortcutDefault}, t.w.uncovered(func() { t.to(task(i)) }))
	}
}
