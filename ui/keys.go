package ui

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// key is a line of the key sheet.
type key struct{ keys, does string }

func keySheet() []key {
	return []key{
		{tr("Space"), tr("start, pause, resume")},
		{"S", tr("stop")},
		{tr("Left, Right"), tr("one recorded step back or on")},
		{"Home, End", tr("first step, newest step")},
		{"P", tr("play the recorded steps")},
		{tr("Up, Down"), tr("select the chain above or below")},
		{tr("Shift+Left, Right"), tr("select the chain beside")},
		{"F, " + tr("Shift+F"), tr("fork at the step that is looked at: all chains, the selected one")},
		{"H, X, N", tr("the selected chain: freeze or thaw, kill, add noise")},
		{"V, G", tr("the next sight (chains, forks, mixing, levels), the next curve")},
		{"E", tr("paint on the selected picture")},
		{"K, " + tr("Shift+K"), tr("keep the selected picture in the gallery, or all")},
		{"B, E, X", tr("inpaint: brush, eraser, the other of the two")},
		{"R, O, L, G", tr("inpaint: rectangle, ellipse, lasso, bucket")},
		{"I, " + tr("Delete"), tr("inpaint: invert, clear the mask")},
		{"[ ], F, Z", tr("inpaint: brush size, whole picture, pixel by pixel")},
		{"H, V, 1 … 9, 0", tr("inpaint: mask or temperature, hide both, opacity 10 % … 100 %")},
		{tr("Alt, Shift+click"), tr("inpaint: paint and erase exchanged for a stroke, a straight line")},
		{"Ctrl+Z, Ctrl+Shift+Z", tr("undo, redo: what is painted, accepted, mixed")},
		{tr("Enter") + ", C, D, N", tr("inpaint: accept an answer, go on from it, discard, next")},
		{"A, R, S", tr("gallery: use a recipe: all, all but the seed, the seed")},
		{"F, V, C, X", tr("gallery: star, verify, compare two, export")},
		{tr("Enter") + ", " + tr("Delete") + ", Ctrl+A, /", tr("gallery: look at it large, remove, select all, search")},
		{"Ctrl+1 … " + strconv.Itoa(int(taskCount)), tr("go to a task: sample, inpaint, …")},
		{tr("Up, Down") + ", L", tr("interpolate: the frame before or after, play the frames")},
		{"Ctrl+T", tr("a grid: the recipe with one thing changed along each edge")},
		{"Ctrl+O", tr("open a checkpoint")},
		{"Ctrl+S", tr("save the selected picture")},
		{"Ctrl+Shift+S", tr("save all pictures as a gallery")},
		{"Ctrl+G", tr("save the run as an animation (GIF)")},
		{"T", tr("light or dark")},
		{"F1", tr("help: the guide, at the part about the present task")},
		{"?", tr("help: this list")},
		{"Tab, Ctrl+H", tr("go to the next control, say what the one with the focus does")},
		{"Ctrl+Q", tr("quit")},
	}
}

func (w *Window) bindKeys() {
	c := w.win.Canvas()
	c.SetOnTypedKey(w.typedKey)
	c.SetOnTypedRune(w.typedRune)
	ctrl := fyne.KeyModifierShortcutDefault
	for _, s := range []struct {
		key fyne.KeyName
		mod fyne.KeyModifier
		do  func()
	}{
		{fyne.KeyO, ctrl, w.openDialog},
		{fyne.KeyS, ctrl, w.savePicture},
		{fyne.KeyS, ctrl | fyne.KeyModifierShift, w.saveGallery},
		{fyne.KeyG, ctrl, w.saveGIF},
		{fyne.KeyT, ctrl, w.showGrid},
		{fyne.KeyH, ctrl, w.explainFocus},
		{fyne.KeyQ, ctrl, w.app.Quit},
		{fyne.KeyZ, ctrl | fyne.KeyModifierShift, w.redo},
	} {
		c.AddShortcut(&desktop.CustomShortcut{KeyName: s.key, Modifier: s.mod}, func(fyne.Shortcut) { s.do() })
	}
	w.tasks.bindKeys()
	c.AddShortcut(&fyne.ShortcutUndo{}, func(fyne.Shortcut) { w.undo() })
	c.AddShortcut(&fyne.ShortcutRedo{}, func(fyne.Shortcut) { w.redo() })
}

// typedRune takes the letters that no widget has taken.
func (w *Window) typedRune(r rune) {
	if w.tour != nil {
		return
	}
	if w.help != nil {
		w.help.rune(r)
		return
	}
	switch take := w.tasks.place().rune; {
	case r == '?':
		w.showKeys()
	case take != nil:
		take(r)
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
	}
	if take := w.tasks.place().key; take != nil && take(e.Name) {
		return
	}
	switch e.Name {
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
	switch e.Name {
	case fyne.KeyLeft, fyne.KeyRight:
		w.arrow(e.Name == fyne.KeyRight)
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
		w.timeKey(e.Name)
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
