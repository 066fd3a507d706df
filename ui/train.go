package ui

import (
	"image"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// trainer is the task Train: a form on the right, and in the middle what the training
// under way measures and draws. One training of the window runs at a time; chains go
// before it. Its fields belong to the UI goroutine.
//
//	train.go      the middle
//	train_form.go the side: family, data, folder, settings
//	train_saving.go how often it is saved and when it ends; train_back.go roll back to a save
//	train_run.go  start, pause, stop, open the newest
//	train_show.go curves and sheets as they come
type trainer struct {
	w *Window
	trainForm
	plots   [4]*widgets.Plot
	sheets  []*canvas.Image
	names   []*widget.Label // of the sheets
	boxes   []*fyne.Container
	sheet   *fyne.Container
	noSheet *widget.Label
	status  *widget.Label
	warning *widget.Label
	back    *ttwidget.Button
	newest  *ttwidget.Button
	pause   *ttwidget.Button
	stop    *ttwidget.Button
	start   *ttwidget.Button
	later   *ttwidget.Button
	bar     *widget.ProgressBar
	text    *widget.Label
	hint    *fyne.Container
	work    *fyne.Container
	middle  fyne.CanvasObject
	side    fyne.CanvasObject

	run *trainRun // the newest, nil before the first
}

// trainRun is a training of the window.
type trainRun struct {
	job      *studio.Job
	queued   int // its number in the queue; 0: it is the window's own
	request  studio.TrainRequest
	title    string
	progress studio.Progress
	told     studio.TrainProgress
	made     studio.Trained
	result   studio.TrainResult
	shown    []string      // files of the sheets on the screen
	pictures []image.Image // of them
	opening  int           // the model is opened once more than so many iterations are saved; below 0: not
	again    bool          // goes on from a save once the job has ended
	from     int           // its iterations; 0: the newest
	toldGone bool          // the person knows that the data is gone
	drawn    time.Time
}

// active reports whether it is under way, paused included.
func (r *trainRun) active() bool { return r != nil && !r.progress.Phase.Final() }

// The plots, by what they show.
const (
	plotLoss = iota
	plotEnergies
	plotGap
	plotGradient
)

// newTrainer is the task's place in the window.
func newTrainer(w *Window) place {
	v := &trainer{w: w}
	w.trainer = v
	for i, p := range [4]struct{ title, empty, tip string }{
		{tr("Loss"), tr("The loss appears here"), tr("What the training lowers: of an energy-based model a difference of energies, which tells little; of a judge or an encoder it should fall")},
		{tr("Energies"), tr("Mean energies of data and of samples"), tr("Mean energies of the chains' samples (bold) and of data: healthy where they stay close and small")},
		{tr("Energy gap"), tr("Samples minus data"), tr("E(samples) - E(data): far from 0 for long, the chains do not follow the energy any more")},
		{tr("Gradient norm"), tr("Of the loss by the weights"), tr("The length of the gradient by the weights: noisy is healthy, jumps by powers of ten are not")},
	} {
		v.plots[i] = widgets.NewPlot(p.title, p.empty)
		v.plots[i].SetToolTip(p.tip)
		v.plots[i].OnResize = v.draw
	}
	v.status, v.warning = widget.NewLabel(""), widget.NewLabel("")
	v.status.Truncation = fyne.TextTruncateEllipsis
	v.status.TextStyle.Bold = true
	v.warning.Wrapping, v.warning.Importance, v.warning.SizeName = fyne.TextWrapWord, widget.WarningImportance, theme.SizeNameCaptionText
	v.newForm()
	v.newButtons()
	v.layout()
	v.refresh()
	return place{
		title: tr("Train"), tip: tr("Train a model of any family, watch it learn, and open it at any time"), idle: true,
		middle: v.middle, side: v.side, show: v.show, key: v.key, folder: v.dropFolder,
	}
}

func (v *trainer) layout() {
	var plots []fyne.CanvasObject
	for _, p := range v.plots {
		plots = append(plots, widgets.NewPanel(widgets.ColorPanel, 8, p))
	}
	v.noSheet = widget.NewLabel(tr("Sample sheets appear here as they are drawn"))
	v.noSheet.Alignment, v.noSheet.Importance = fyne.TextAlignCenter, widget.LowImportance
	for range 2 {
		m, name := &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScalePixels}, widget.NewLabel("")
		name.Alignment, name.SizeName, name.Importance = fyne.TextAlignCenter, theme.SizeNameCaptionText, widget.LowImportance
		v.sheets, v.names = append(v.sheets, m), append(v.names, name)
		v.boxes = append(v.boxes, container.NewBorder(name, nil, nil, nil, m))
	}
	v.sheet = container.NewStack(container.NewCenter(v.noSheet), widgets.NewBeside(v.boxes[0], v.boxes[1]))
	head := widgets.NewPanel(widgets.ColorPanel, 4, container.NewBorder(nil, v.warning, nil, container.NewHBox(v.back, v.newest), v.status))
	split := container.NewVSplit(container.NewGridWithColumns(2, plots...), widgets.NewPanel(widgets.ColorStage, 8, v.sheet))
	split.Offset = 0.56
	v.work = container.NewBorder(head, nil, nil, nil, split)
	title := widget.NewLabelWithStyle(tr("Train a model"), fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	title.SizeName = theme.SizeNameSubHeadingText
	text := widget.NewLabel(tr("Choose a family, data and a folder on the right. The settings suit small pictures on a processor; every one says what it does. While it trains you can sample, and open its newest checkpoint with one click; it can be paused, stopped and gone on with at any time."))
	text.Alignment, text.Wrapping, text.Importance = fyne.TextAlignCenter, fyne.TextWrapWord, widget.LowImportance
	begin := widget.NewButton(tr("Train"), v.begin)
	begin.Importance = widget.HighImportance
	v.hint = container.NewVBox(layout.NewSpacer(), title, text, container.NewCenter(begin), layout.NewSpacer())
	v.middle = container.NewStack(widgets.NewPanel(widgets.ColorStage, 8, v.hint), v.work)
}

func (v *trainer) newButtons() {
	button := func(text, tip string, icon fyne.Resource, do func()) *ttwidget.Button {
		b := ttwidget.NewButtonWithIcon(text, icon, do)
		b.SetToolTip(tip)
		return b
	}
	v.back = button(tr("Roll back"), tr("Go back to a save that you choose, and on from there at half the rates; what is left behind is kept as a save"), theme.ContentUndoIcon(), v.rollBack)
	v.newest = button(tr("Open newest"), tr("Save after the iteration under way, open that model and draw samples; the training goes on behind them"), theme.FolderOpenIcon(), v.openNewest)
	v.pause = button(tr("Pause"), tr("Hold the training after the iteration under way (space)"), theme.MediaPauseIcon(), v.holdOrGo)
	v.stop = button(tr("Stop"), tr("End the training after the iteration under way, and keep it: it can go on later (S)"), theme.MediaStopIcon(), v.end)
	v.start = button(tr("Train"), tr("Train with the settings above (space)"), theme.MediaPlayIcon(), v.begin)
	v.start.Importance = widget.HighImportance
	v.later = button(tr("Add to queue"), tr("Put this training at the end of the queue: it runs behind the jobs before it, in its own folder, and is there again at the next start"), theme.ContentAddIcon(), v.enqueue)
	v.bar, v.text = widget.NewProgressBar(), widget.NewLabel("")
	v.bar.TextFormatter = func() string { return "" }
	v.text.SizeName, v.text.Wrapping = theme.SizeNameCaptionText, fyne.TextWrapWord
	foot := container.NewVBox(widgets.NewThinBar(v.bar), v.text, container.NewGridWithColumns(2, v.pause, v.stop), v.later, v.start)
	v.side = container.NewBorder(nil, foot, nil, nil, v.form)
}

// show is called when the person comes here.
func (v *trainer) show() {
	v.w.tasks.column.Refresh() // the buttons that run chains leave their room
	v.refresh()
	v.draw()
}

// key does what a key means here.
func (v *trainer) key(name fyne.KeyName) bool {
	switch name {
	case fyne.KeySpace:
		if v.run.active() {
			v.holdOrGo()
		} else {
			v.begin()
		}
	case fyne.KeyS:
		v.end()
	default:
		return false
	}
	return true
}

// visible reports whether the task is looked at.
func (v *trainer) visible() bool { return v.w.tasks != nil && v.w.tasks.now == taskTrain }
