package ui

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// key is a line of the key sheet.
type key struct{ keys, does string }

// Keys with Ctrl that menus name too.
const (
	keySaveProject = "Ctrl+Alt+S"
	keyEnqueue     = "Ctrl+J"
	keyQueue       = "J"
	keyCommand     = "Ctrl+Shift+C"
	keyPreferences = "Ctrl+,"
)

// bindings are the keys that a person may choose anew, with what they do.
func bindings() []binding {
	return []binding{
		{everywhere, "Space", tr("start, pause, resume")},
		{everywhere, "S", tr("stop")},
		{everywhere, "Left", tr("one recorded step back; with Shift: select the chain before")},
		{everywhere, "Right", tr("one recorded step on; with Shift: select the chain behind")},
		{everywhere, "Home", tr("first step")},
		{everywhere, "End", tr("newest step")},
		{everywhere, "P", tr("play the recorded steps")},
		{everywhere, "Up", tr("select the chain above")},
		{everywhere, "Down", tr("select the chain below")},
		{everywhere, "F", tr("fork all chains at the step that is looked at; with Shift: the selected one")},
		{everywhere, "H", tr("freeze or thaw the selected chain")},
		{everywhere, "X", tr("kill the selected chain")},
		{everywhere, "N", tr("add noise to the selected chain")},
		{everywhere, "V", tr("the next sight: chains, forks, mixing, levels")},
		{everywhere, "G", tr("the next curve")},
		{everywhere, "E", tr("paint on the selected picture")},
		{everywhere, "K", tr("keep the selected picture in the gallery; with Shift: all")},
		{taskInpaint, "B", tr("inpaint: brush")},
		{taskInpaint, "E", tr("inpaint: eraser")},
		{taskInpaint, "X", tr("inpaint: the other of brush and eraser")},
		{taskInpaint, "R", tr("inpaint: rectangle")},
		{taskInpaint, "O", tr("inpaint: ellipse")},
		{taskInpaint, "L", tr("inpaint: lasso")},
		{taskInpaint, "G", tr("inpaint: bucket")},
		{taskInpaint, "I", tr("inpaint: invert the mask")},
		{taskInpaint, "Delete", tr("inpaint: clear the mask")},
		{taskInpaint, "[", tr("inpaint: a smaller brush")},
		{taskInpaint, "]", tr("inpaint: a larger brush")},
		{taskInpaint, "F", tr("inpaint: the whole picture")},
		{taskInpaint, "Z", tr("inpaint: pixel by pixel")},
		{taskInpaint, "H", tr("inpaint: mask or temperature")},
		{taskInpaint, "V", tr("inpaint: hide mask and temperature")},
		{taskInpaint, "Return", tr("inpaint: accept an answer")},
		{taskInpaint, "C", tr("inpaint: go on from an answer")},
		{taskInpaint, "D", tr("inpaint: discard an answer")},
		{taskInpaint, "N", tr("inpaint: the next answer")},
		{taskGallery, "A", tr("gallery: use all of a recipe")},
		{taskGallery, "R", tr("gallery: use a recipe but for its seed")},
		{taskGallery, "S", tr("gallery: use a recipe's seed")},
		{taskGallery, "F", tr("gallery: star")},
		{taskGallery, "D", tr("gallery: reject")},
		{taskGallery, "V", tr("gallery: verify")},
		{taskGallery, "C", tr("gallery: compare two")},
		{taskGallery, "X", tr("gallery: export")},
		{taskGallery, "L", tr("gallery: wall or cloud")},
		{taskGallery, "Return", tr("gallery: look at it large")},
		{taskGallery, "Delete", tr("gallery: remove")},
		{taskGallery, "/", tr("gallery: search")},
		{taskInterpolate, "L", tr("interpolate: play the frames")},
		{everywhere, "Ctrl+T", tr("a grid: the recipe with one thing changed along each edge")},
		{everywhere, "Ctrl+O", tr("open a checkpoint, a project or a saved picture")},
		{everywhere, "Ctrl+S", tr("save the selected picture")},
		{everywhere, "Ctrl+Shift+S", tr("save all pictures as a gallery")},
		{everywhere, "Ctrl+G", tr("save the run as an animation (GIF)")},
		{everywhere, keySaveProject, tr("save the project")},
		{everywhere, keyEnqueue, tr("add the run to the queue")},
		{everywhere, keyQueue, tr("the queue: show it, hide it")},
		{everywhere, keyCommand, tr("copy the run as a command line")},
		{everywhere, keyPreferences, tr("preferences")},
		{everywhere, "T", tr("light or dark")},
		{everywhere, "F1", tr("help: the guide, at the part about the present task")},
		{everywhere, "?", tr("help: this list")},
		{everywhere, "Ctrl+H", tr("say what the control with the focus does")},
		{everywhere, "Ctrl+Q", tr("quit")},
	}
}

// fixedKeys are those that stay as they are.
func fixedKeys() []key {
	return []key{
		{"1 … 9, 0", tr("inpaint: opacity 10 % … 100 %")},
		{tr("Alt, Shift+click"), tr("inpaint: paint and erase exchanged for a stroke, a straight line")},
		{"Ctrl+Z, Ctrl+Shift+Z", tr("undo, redo: what is painted, accepted, mixed")},
		{"Ctrl+A", tr("gallery: select all")},
		{"Ctrl+1 … " + strconv.Itoa(int(taskCount)), tr("go to a task: sample, inpaint, …")},
		{"Tab", tr("go to the next control")},
		{"Shift+Up, Shift+Down", tr("the queue: move the selected job")},
	}
}

// sheet lists all keys as they are now.
func (k *keymap) sheet() (all []key) {
	for _, b := range bindings() {
		all = append(all, key{k.of(b), b.does})
	}
	return append(all, fixedKeys()...)
}

func (w *Window) bindKeys() {
	c := w.win.Canvas()
	c.SetOnTypedKey(w.typedKey)
	c.SetOnTypedRune(w.typedRune)
	w.keys.do = map[string]func(){
		"Ctrl+O": w.openDialog, "Ctrl+S": w.savePicture, "Ctrl+Shift+S": w.saveGallery, "Ctrl+G": w.saveGIF, "Ctrl+T": w.showGrid,
		"Ctrl+H": w.explainFocus, "Ctrl+Q": w.quit, keySaveProject: w.saveProject, keyEnqueue: w.enqueue, keyCommand: w.copyCommand,
		keyPreferences: w.showPreferences,
	}
	w.keys.bind()
	w.tasks.bindKeys()
	c.AddShortcut(&fyne.ShortcutUndo{}, w.uncovered(w.undo))
	c.AddShortcut(&fyne.ShortcutRedo{}, w.uncovered(w.redo))
	redo := &desktop.CustomShortcut{KeyName: fyne.KeyZ, Modifier: fyne.KeyModifierShortcutDefault | fyne.KeyModifierShift}
	c.AddShortcut(redo, w.uncovered(w.redo))
}

// typedRune takes the letters that no widget has taken.
func (w *Window) typedRune(r rune) {
	if w.tour != nil || w.asking != nil {
		return
	}
	if w.help != nil {
		w.help.rune(r)
		return
	}
	own, ofTask := w.keys.meant(w.tasks.now, string(r))
	switch take := w.tasks.place().rune; {
	case own == "?":
		w.showKeys()
	case take != nil && ofTask:
		for _, sign := range own {
			take(sign)
		}
	}
}

// typedKey takes the keys that no widget has taken.
func (w *Window) typedKey(e *fyne.KeyEvent) {
	h := w.now
	switch { // what is in front
	case w.tour != nil:
		w.tour.key(e.Name)
		return
	case w.help != nil:
		w.help.key(e.Name)
		return
	case w.asking != nil:
		if w.asking.leave && e.Name == fyne.KeyEscape {
			w.asking.Hide()
		}
		return
	}
	own, ofTask := w.keys.meant(w.tasks.now, string(e.Name))
	name := fyne.KeyName(own)
	if take := w.tasks.place().key; take != nil && ofTask && take(name) {
		return
	}
	switch name {
	case keyQueue:
		w.toggleQueue()
	case fyne.KeyE:
		w.editSample()
	case fyne.KeyK:
		w.keep(w.gallery.shift())
	case fyne.KeySpace:
		w.toggleRun()
	case fyne.KeyS:
		w.stopRun()
	case fyne.KeyT:
		w.toggleTheme()
	case fyne.KeyF1:
		w.showGuide()
	case fyne.KeyEscape:
		w.hideBanner()
	}
	if h == nil {
		return
	}
	switch name {
	case fyne.KeyLeft, fyne.KeyRight:
		w.arrow(name == fyne.KeyRight)
	case fyne.KeyUp:
		w.selectChain(h.selected - w.stage.grid.Columns())
	case fyne.KeyDown:
		w.selectChain(h.selected + w.stage.grid.Columns())
	case fyne.KeyHome:
		w.seekFrame(0)
	case fyne.KeyEnd:
		w.followNewest()
	case fyne.KeyP:
		w.togglePlay()
	default:
		w.timeKey(name)
	}
}

// arrow scrubs; with shift it selects the chain beside.
func (w *Window) arrow(right bool) {
	by := -1
	if right {
		by = 1
	}
	if d, ok := w.app.Driver().(desktop.Driver); ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0 {
		w.selectChain(w.now.selected + by)
		return
	}
	w.seekFrame(w.now.frame + by)
}
