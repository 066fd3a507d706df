package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"
)

// toolbar is the line above everything: files, tasks, what saves, what is set. Where it is
// narrow, buttons show their icons alone; where that is not enough, the tasks are a menu.
type toolbar struct {
	w           *Window
	left, right *fyne.Container
	named       []*namedButton
	box         *fyne.Container
}

// namedButton is a button with an icon that can do without its name.
type namedButton struct {
	*ttwidget.Button
	name        string
	long, short float32 // the widths with the name and without
}

func newToolbar(w *Window) *toolbar {
	t := &toolbar{w: w}
	button := func(text string, icon fyne.Resource, tip string, do func()) *ttwidget.Button {
		b := ttwidget.NewButtonWithIcon("", icon, do)
		b.SetToolTip(tip)
		if text != "" {
			short := b.MinSize().Width
			b.SetText(text)
			t.named = append(t.named, &namedButton{b, text, b.MinSize().Width, short})
		}
		return b
	}
	open := button(tr("Open…"), theme.FolderOpenIcon(), tr("Open a checkpoint, a project, or a saved picture for its recipe (Ctrl+O); or drop one on the window"), w.openDialog)
	var recent *ttwidget.Button
	recent = button(tr("Recent"), theme.HistoryIcon(), tr("Models that come with the program, and checkpoints opened before"), func() { w.recentMenu(recent) })
	w.exports = []*ttwidget.Button{
		button(tr("Picture"), theme.DocumentSaveIcon(), tr("Save the selected picture as PNG with its recipe inside (Ctrl+S)"), w.savePicture),
		button(tr("All"), theme.GridIcon(), tr("Save every picture and a contact sheet (Ctrl+Shift+S)"), w.saveGallery),
		button(tr("GIF"), theme.FileVideoIcon(), tr("Save the run as an animation, by the name's ending a GIF, an APNG without loss of colours or a video (.y4m) (Ctrl+G)"), w.saveGIF),
	}
	var project *ttwidget.Button
	project = button("", theme.DocumentIcon(), tr("The project: open, save; say the run in code"), func() { w.projectMenu(project) })
	w.jobs.button = button("", theme.ListIcon(), tr("The queue: runs that wait (J)"), w.toggleQueue)
	settings := button("", theme.SettingsIcon(), tr("Preferences: engine, library, theme, scale, keys (Ctrl+,)"), w.showPreferences)
	look := button("", theme.ColorPaletteIcon(), tr("Light or dark (T)"), w.toggleTheme)
	w.helping = button("", theme.HelpIcon(), tr("The guide (F1), the keys (?), a tour of the window"), w.helpMenu)
	w.saving = container.NewHBox()
	w.points = button(tr("Points"), theme.DocumentSaveIcon(), tr("Save where the chains are as CSV, or for NumPy as .npy or .npz with their energies (Ctrl+S)"), w.savePoints)
	for _, b := range append([]*ttwidget.Button{w.points}, w.exports...) {
		w.saving.Add(b)
	}
	bar := container.NewHBox(w.saving, widget.NewSeparator())
	for _, b := range []*ttwidget.Button{w.jobs.button, look, settings, w.helping} {
		b.Importance = widget.LowImportance
		bar.Add(b)
	}
	t.left, t.right = container.NewHBox(project, open, recent), bar
	t.box = container.New(t, t.left, w.tasks.bar, w.tasks.menu, t.right)
	return t
}

// needs is the width that the toolbar takes, with names or icons alone, with all tasks or
// their menu.
func (t *toolbar) needs(names, tasks bool) float32 {
	width := t.left.MinSize().Width + t.right.MinSize().Width + 2*theme.Padding()
	for _, b := range t.named {
		if b.Visible() {
			width -= b.MinSize().Width
			if names {
				width += b.long
			} else {
				width += b.short
			}
		}
	}
	if tasks {
		return width + t.w.tasks.bar.MinSize().Width
	}
	return width + t.w.tasks.menu.MinSize().Width
}

// MinSize implements fyne.Layout.
func (t *toolbar) MinSize(objects []fyne.CanvasObject) fyne.Size {
	least := fyne.NewSize(t.needs(false, false), 0)
	for _, o := range objects {
		least.Height = max(least.Height, o.MinSize().Height)
	}
	return least
}

// Layout implements fyne.Layout.
func (t *toolbar) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	names, tasks := t.needs(true, true) <= size.Width, t.needs(false, true) <= size.Width
	for _, b := range t.named {
		name := ""
		if names {
			name = b.name
		}
		if b.Text != name {
			b.SetText(name)
		}
	}
	setVisible(t.w.tasks.bar, tasks)
	setVisible(t.w.tasks.menu, !tasks)
	left, right := t.left.MinSize().Width, t.right.MinSize().Width
	place := func(o fyne.CanvasObject, x, width float32) {
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(width, size.Height))
	}
	place(t.left, 0, left)
	place(t.right, size.Width-right, right)
	for _, o := range []fyne.CanvasObject{t.w.tasks.bar, t.w.tasks.menu} {
		width := o.MinSize().Width
		place(o, left+(size.Width-left-right-width)/2, width)
	}
}
