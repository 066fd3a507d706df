package ui

import (
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

const (
	scaleKey   = "scale"
	threadsKey = "threads"
	scaleEnv   = "FYNE_SCALE"
)

// preferences is the dialog. What it changes is kept at once; what cannot apply at once
// says when it will.
type preferences struct {
	w      *Window
	dialog *dialog.CustomDialog
	tabs   *container.AppTabs
	search *widgets.Entry
	keys   *fyne.Container
	note   *widget.Label // what came of the last change of a key
}

// showPreferences opens the dialog.
func (w *Window) showPreferences() {
	if w.covered() {
		return
	}
	p := &preferences{w: w}
	p.tabs = container.NewAppTabs(
		container.NewTabItem(tr("General"), p.general()),
		container.NewTabItem(tr("Look"), p.look()),
		container.NewTabItem(tr("Keys"), p.keyTab()),
	)
	p.dialog = w.closable(tr("Preferences"), p.tabs)
	size := w.win.Canvas().Size()
	w.preferences = p
	w.ask(p.dialog, true)
	p.dialog.Resize(fyne.NewSize(min(680, size.Width-60), min(600, size.Height-60)))
}

// row is a setting with its name before it and what is to be known of it below.
func row(name, text string, o fyne.CanvasObject) fyne.CanvasObject {
	title := widget.NewLabelWithStyle(name, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	hint := widget.NewLabel(text)
	hint.SizeName, hint.Importance, hint.Wrapping = theme.SizeNameCaptionText, widget.LowImportance, fyne.TextWrapWord
	return container.NewVBox(container.NewBorder(nil, nil, wide(150, title), nil, o), container.NewBorder(nil, nil, wide(150, widget.NewLabel("")), nil, hint))
}

func (p *preferences) general() fyne.CanvasObject {
	w := p.w
	names := append([]string{tr("The best engine that works")}, w.options.Engines...)
	engine := ttwidget.NewSelect(names, nil)
	engine.SetSelectedIndex(max(0, slices.Index(names, w.app.Preferences().String(engineKey))))
	engine.OnChanged = func(name string) {
		if name == names[0] {
			name = ""
		}
		w.preferEngine(name, w.app.Preferences().Int(threadsKey))
	}
	engine.SetToolTip(tr("What computes energies and gradients"))
	cores := runtime.NumCPU()
	counts := []string{trf("All %d", cores)}
	for n := 1; n < cores; n++ {
		counts = append(counts, strconv.Itoa(n))
	}
	threads := ttwidget.NewSelect(counts, nil)
	threads.SetSelectedIndex(min(max(w.app.Preferences().Int(threadsKey), 0), len(counts)-1))
	threads.OnChanged = func(string) { w.preferEngine(w.app.Preferences().String(engineKey), threads.SelectedIndex()) }
	threads.SetToolTip(tr("How many cores the engine takes; fewer leave room for other programs"))
	return container.NewVScroll(container.NewVBox(
		row(tr("Engine"), trf("Applies at once where nothing runs: what is open is made anew for it. A flag or %s goes first.", "EBMSTUDIO_ENGINE"), engine),
		row(tr("Threads"), tr("Applies at once where nothing runs."), threads),
		row(tr("Library"), p.libraryHint(), p.library()),
	))
}

func (p *preferences) libraryHint() string {
	if os.Getenv(libraryEnv) != "" {
		return trf("%s is set in the environment and goes first.", libraryEnv)
	}
	return trf("The folder of kept pictures; empty: %s. Applies at once; pictures stay where they are.", shortPath(studio.LibraryFolder()))
}

func (p *preferences) library() fyne.CanvasObject {
	w := p.w
	entry := widgets.NewEntry()
	entry.SetPlaceHolder(shortPath(studio.LibraryFolder()))
	entry.Put(w.app.Preferences().String(libraryKey))
	entry.SetToolTip(tr("The folder of kept pictures"))
	keep := func() { w.gallery.move(strings.TrimSpace(entry.Text)) }
	entry.OnLeave, entry.OnSubmitted = keep, func(string) { keep() }
	choose := ttwidget.NewButtonWithIcon("", theme.FolderOpenIcon(), func() {
		w.choose(func() (string, error) { return w.chooser.Folder(tr("The folder of kept pictures")) }, func(path string) { entry.Put(path); keep() })
	})
	choose.SetToolTip(tr("Choose a folder"))
	return container.NewBorder(nil, nil, nil, choose, entry)
}

func (p *preferences) look() fyne.CanvasObject {
	w := p.w
	names := []string{tr("As the desktop says"), tr("Light"), tr("Dark"), tr("High contrast")}
	values := []string{themeSystem, themeLight, themeDark, themeContrast}
	choice := widget.NewRadioGroup(names, nil)
	choice.Required = true
	choice.SetSelected(names[max(0, slices.Index(values, w.app.Preferences().String(themeKey)))])
	choice.OnChanged = func(name string) {
		w.useTheme(values[max(0, slices.Index(names, name))])
		w.win.Canvas().Unfocus() // so that Escape closes the dialog
	}
	scale := widgets.NewKnob(widgets.KnobSpec{
		Title: tr("Everything in the window"), Min: 75, Max: 250, Default: 100, Integer: true, Unit: "%",
		Help: tr("The size of everything in the window, in percent of what the screen asks for"),
	}, tr("Back to the default"))
	scale.SetValue(100 * w.app.Preferences().FloatWithFallback(scaleKey, 1))
	scale.OnChangeEnded = func(v float64) { w.useScale(v / 100) }
	hint := tr("Applies at once.")
	if w.scaleAsked != "" {
		hint = trf("%s is set in the environment and goes first.", scaleEnv)
	}
	return container.NewVScroll(container.NewVBox(
		row(tr("Theme"), tr("Applies at once. T goes from light to dark and back."), choice),
		row(tr("Scale"), hint, scale),
		row(tr("Language"), tr("From the next start on. The guide and what the engine reports stay in English."), p.language()),
		row(tr("Read-out"), tr("Time of a step, steps and frames a second, and memory, at the foot of the window."), p.readout()),
		row(tr("Frames"), tr("Applies at once. Fewer leave more of the processor to the chains."), p.frames()),
	))
}

// readout is whether the line at the foot of the window is shown.
func (p *preferences) readout() fyne.CanvasObject {
	check := ttwidget.NewCheck(tr("Show it in the window"), nil)
	check.Checked = p.w.readout.line.Visible()
	check.OnChanged = p.w.readout.reveal
	check.SetToolTip(tr("Off: the line is hidden"))
	return check
}

// frames is the cap of frames a second.
func (p *preferences) frames() fyne.CanvasObject {
	w, caps := p.w, []int{0, 20, 10, 5, 2}
	names := []string{tr("As many as are needed: up to 30 of a run, 60 while scrubbing")}
	for _, n := range caps[1:] {
		names = append(names, trf("At most %d a second", n))
	}
	choice := ttwidget.NewSelect(names, nil)
	choice.SetSelectedIndex(max(0, slices.Index(caps, w.app.Preferences().Int(framesKey))))
	choice.OnChanged = func(string) {
		w.app.Preferences().SetInt(framesKey, caps[choice.SelectedIndex()])
		w.feed.atMost(caps[choice.SelectedIndex()])
	}
	choice.SetToolTip(tr("How often the pictures of the chains are brought to the screen; every step is recorded all the same"))
	return choice
}

// useTheme shows the window in a theme and remembers it.
func (w *Window) useTheme(choice string) {
	th, err := newTheme(choice)
	if err != nil {
		w.showError(tr("The theme could not be changed"), err)
		return
	}
	w.app.Preferences().SetString(themeKey, choice)
	w.app.Settings().SetTheme(th)
	w.look()
}

// useScale makes everything larger or smaller and remembers it.
func (w *Window) useScale(scale float64) {
	if scale == w.app.Preferences().FloatWithFallback(scaleKey, 1) {
		return
	}
	w.app.Preferences().SetFloat(scaleKey, scale)
	w.applyScale()
	w.app.Settings().SetTheme(w.app.Settings().Theme()) // the toolkit looks at the scale again
	w.look()
}

// applyScale tells the toolkit the scale that is remembered, where the environment does
// not say another.
func (w *Window) applyScale() {
	if scale := w.app.Preferences().FloatWithFallback(scaleKey, 1); w.scaleAsked == "" && scale >= 0.5 && scale <= 4 {
		if err := os.Setenv(scaleEnv, strconv.FormatFloat(scale, 'g', 3, 64)); err != nil {
			fyne.LogError("the scale could not be set", err)
		}
	}
}

// keyTab lists all keys; those that can be chosen anew are buttons.
func (p *preferences) keyTab() fyne.CanvasObject {
	p.search, p.keys, p.note = widgets.NewEntry(), container.NewVBox(), widget.NewLabel("")
	p.search.SetPlaceHolder(tr("Search keys"))
	p.search.OnChanged = func(string) { p.list() }
	p.note.SizeName, p.note.Truncation = theme.SizeNameCaptionText, fyne.TextTruncateEllipsis
	p.note.SetText(tr("Press a key's button, then the key that is to do it. They apply at once."))
	reset := ttwidget.NewButton(tr("All as they were"), func() {
		p.w.keys.reset()
		p.say(tr("All keys are as they were."), widget.SuccessImportance)
		p.list()
	})
	reset.SetToolTip(tr("Give every key its own meaning back"))
	p.list()
	return container.NewBorder(container.NewBorder(nil, nil, nil, reset, p.search), p.note, nil, nil, container.NewVScroll(p.keys))
}

func (p *preferences) say(text string, importance widget.Importance) {
	p.note.Importance = importance
	p.note.SetText(text)
}

// list shows the keys that the search finds.
func (p *preferences) list() {
	k, text := p.w.keys, strings.ToLower(strings.TrimSpace(p.search.Text))
	finds := func(key, does string) bool { return strings.Contains(strings.ToLower(key+" "+does), text) }
	p.keys.RemoveAll()
	for _, b := range bindings() {
		if !finds(k.of(b), b.does) {
			continue
		}
		does := widget.NewLabel(b.does)
		does.Truncation = fyne.TextTruncateEllipsis
		p.keys.Add(container.NewBorder(nil, nil, wide(150, p.catcher(b)), nil, does))
	}
	for _, f := range fixedKeys() {
		if finds(f.keys, f.does) {
			does, key := widget.NewLabel(f.does), widget.NewLabel(f.keys)
			does.Truncation, key.Truncation, key.Importance = fyne.TextTruncateEllipsis, fyne.TextTruncateEllipsis, widget.LowImportance
			p.keys.Add(container.NewBorder(nil, nil, wide(150, key), nil, does))
		}
	}
	if len(p.keys.Objects) == 0 {
		none := widget.NewLabel(trf("No key speaks of %q.", text))
		none.Importance = widget.LowImportance
		p.keys.Add(none)
	}
	p.keys.Refresh()
}

// catcher is the button of a key.
func (p *preferences) catcher(b binding) *widgets.KeyCatcher {
	k := p.w.keys
	c := widgets.NewKeyCatcher(k.of(b), tr("Press a key…"))
	c.SetToolTip(trf("%s: press to choose another key; its own is %s", b.does, b.key))
	c.OnKey = func(name string, s *desktop.CustomShortcut) {
		if s != nil {
			name = nameOf(s)
		}
		if problem := k.choose(b, name); problem != "" {
			p.say(problem, widget.DangerImportance)
			return
		}
		c.Put(k.of(b))
		p.say(trf("%s: %s", k.of(b), b.does), widget.SuccessImportance)
	}
	return c
}
