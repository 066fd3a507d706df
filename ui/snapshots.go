package ui

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// snapshots is the dialog of a project's states to go back to.
type snapshots struct {
	w      *Window
	dialog *dialog.CustomDialog
	name   *widgets.Entry
	take   *ttwidget.Button
	list   *fyne.Container
}

func (w *Window) showSnapshots() {
	if w.covered() {
		return
	}
	s := &snapshots{w: w, list: container.NewVBox()}
	s.name = widgets.NewEntry()
	s.name.SetPlaceHolder(tr("Name of a new snapshot"))
	s.name.OnSubmitted = func(string) { s.save() }
	s.take = ttwidget.NewButtonWithIcon(tr("Save"), theme.ContentAddIcon(), s.save)
	s.take.Importance = widget.HighImportance
	s.take.SetToolTip(tr("Keep all that is open as it stands now under this name, inside the project; one of the same name is replaced"))
	s.name.OnChanged = func(text string) { enable(s.take, strings.TrimSpace(text) != "") }
	s.take.Disable()
	hint := widget.NewLabel(trf("Recipes, masks, forks, concepts and landscapes as they stand. The newest %d are kept, in the project's file once it is saved.", studio.MaxSnapshots))
	hint.SizeName, hint.Importance, hint.Wrapping = theme.SizeNameCaptionText, widget.LowImportance, fyne.TextWrapWord
	head := container.NewVBox(container.NewBorder(nil, nil, nil, s.take, s.name), hint)
	s.dialog = w.closable(tr("Snapshots of the project"), container.NewBorder(head, nil, nil, nil, container.NewVScroll(s.list)))
	s.show()
	w.ask(s.dialog, true)
	size := w.win.Canvas().Size()
	s.dialog.Resize(fyne.NewSize(min(560, size.Width-60), min(460, size.Height-60)))
	w.win.Canvas().Focus(s.name)
}

// show lists the snapshots, the newest first.
func (s *snapshots) show() {
	s.list.RemoveAll()
	for _, of := range slices.Backward(s.w.project.snapshots) {
		s.list.Add(s.line(of))
	}
	if len(s.w.project.snapshots) == 0 {
		empty := widget.NewLabel(tr("None yet. Give what is open a name above; it can be gone back to from here, whatever is changed later."))
		empty.Wrapping, empty.Alignment, empty.Importance = fyne.TextWrapWord, fyne.TextAlignCenter, widget.LowImportance
		s.list.Add(empty)
	}
	s.list.Refresh()
}

func (s *snapshots) line(of studio.Snapshot) fyne.CanvasObject {
	name := ttwidget.NewLabel(of.Name)
	name.TextStyle.Bold, name.Truncation = true, fyne.TextTruncateEllipsis
	name.SetToolTip(of.Name)
	when := widget.NewLabel(trf("%s · %d KB", of.Made.Local().Format(time.DateTime), (len(of.File.Data)+1023)>>10))
	when.SizeName, when.Importance = theme.SizeNameCaptionText, widget.LowImportance
	back := ttwidget.NewButtonWithIcon(tr("Go back"), theme.HistoryIcon(), func() { s.dialog.Hide(); s.w.goBackTo(of.Name) })
	back.SetToolTip(tr("Show the project as it stood then. What is open now becomes a snapshot first, so that this can be undone."))
	remove := quietButton("", theme.DeleteIcon(), tr("Remove this snapshot from the project"), func() {
		all := &s.w.project.snapshots
		*all = slices.DeleteFunc(slices.Clone(*all), func(k studio.Snapshot) bool { return k.Name == of.Name })
		s.show()
	})
	words := container.New(layout.NewCustomPaddedVBoxLayout(-10), name, when)
	return widgets.NewPanel(widgets.ColorStage, 4, container.NewBorder(nil, nil, nil, container.NewCenter(container.NewHBox(back, remove)), words))
}

// save keeps what is open under the name that was typed.
func (s *snapshots) save() {
	name := strings.TrimSpace(s.name.Text)
	if name == "" {
		return
	}
	s.name.SetText("")
	s.w.takeSnapshot(name, s.show)
}

// takeSnapshot keeps what is open under a name; then is called when it is there.
func (w *Window) takeSnapshot(name string, then func()) {
	take := w.snapshot()
	w.background(func() func() {
		one, err := take().TakeSnapshot(name, time.Now())
		return func() {
			if err != nil {
				w.showError(tr("The snapshot could not be taken"), err)
				return
			}
			var gone []string
			w.project.snapshots, gone = studio.KeepSnapshot(w.project.snapshots, one)
			if len(gone) > 0 {
				w.showDone(trf("Snapshot %s", name), trf("the oldest had to go: %s", strings.Join(gone, ", ")))
			}
			then()
		}
	})
}

// goBackTo shows the project as a snapshot has it; what is open now becomes one too.
func (w *Window) goBackTo(name string) {
	take, was := w.snapshot(), w.project
	w.background(func() func() {
		p := take()
		back, err := p.GoBack(name, time.Now())
		return func() {
			if err != nil {
				w.showError(tr("This snapshot cannot be gone back to"), err)
				return
			}
			back.Stars, back.Attached = p.Stars, p.Attached
			w.showProject(back, was.path, was.sum, trf("As it was in %s", name), false, func() { w.project.clean, w.project.frames = was.clean, was.frames })
		}
	})
}
