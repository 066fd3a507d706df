package ui

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// queuePanel is the queue beside the pictures: jobs in their order, each with when it can
// be expected. Pictures that they make are kept in the library.
type queuePanel struct {
	w       *Window
	queue   *studio.Queue
	list    *widgets.JobList
	head    *widget.Label
	hold    *ttwidget.Button
	clear   *ttwidget.Button
	add     *ttwidget.Button
	empty   *widget.Label
	box     *fyne.Container
	button  *ttwidget.Button // of the tool bar
	pending atomic.Bool      // a change is on its way to the window
}

// queueRate is the shortest time between two looks of the panel at the queue.
const queueRate = 100 * time.Millisecond

const queueWidth = 300

func newQueuePanel(w *Window) *queuePanel {
	p := &queuePanel{w: w, head: widget.NewLabelWithStyle(tr("Queue"), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})}
	p.queue = w.studio.NewQueue(studio.QueueConfig{Open: w.find, Keep: p.keep, Notify: p.poke})
	p.head.Truncation = fyne.TextTruncateEllipsis
	p.list = widgets.NewJobList(widgets.JobListTexts{Grip: tr("Drag to another place of the queue (Shift+Up, Shift+Down)"), Remove: tr("Take it out of the queue (Delete)")})
	p.list.OnTurn, p.list.OnRemove, p.list.OnMove = p.turn, p.queue.Remove, p.queue.Move
	p.list.OnKey = w.typedKey
	small := func(icon fyne.Resource, tip string, do func()) *ttwidget.Button {
		b := ttwidget.NewButtonWithIcon("", icon, do)
		b.Importance = widget.LowImportance
		b.SetToolTip(tip)
		return b
	}
	p.hold = small(theme.MediaPauseIcon(), tr("Hold the whole queue"), func() { p.queue.Hold(!p.queue.Held()) })
	p.clear = small(theme.DeleteIcon(), tr("Take out the jobs that are done"), p.queue.Clear)
	closer := small(theme.CancelIcon(), tr("Close the panel; the queue goes on"), w.toggleQueue)
	p.add = ttwidget.NewButtonWithIcon(tr("Add this run"), theme.ContentAddIcon(), w.enqueue)
	p.add.SetToolTip(tr("Put the recipe as the controls stand at the end of the queue; its pictures are kept in the gallery"))
	p.empty = widget.NewLabel(tr("No job waits. Set the controls, then add the run: jobs run one after another, behind what you look at, and their pictures are kept in the gallery. Grids, trainings and exports of the gallery have a button of their own that adds them. The queue is there again at the next start."))
	p.empty.Wrapping, p.empty.Importance = fyne.TextWrapWord, widget.LowImportance
	bar := container.NewBorder(nil, nil, nil, container.NewHBox(p.hold, p.clear, closer), p.head)
	body := container.NewStack(container.NewVBox(p.empty), container.NewVScroll(p.list))
	p.box = container.NewStack(wide(queueWidth, widgets.NewPanel(widgets.ColorPanel, 8, container.NewBorder(bar, p.add, nil, nil, body))))
	p.box.Hide()
	return p
}

// poke tells the window, soon and once, that the queue has changed. Called from any
// goroutine.
func (p *queuePanel) poke() {
	if p.pending.Swap(true) {
		return
	}
	time.AfterFunc(queueRate, func() {
		if p.w.ctx.Err() == nil {
			p.w.do(p.show)
		}
	})
}

// keep saves pictures that a job has made.
func (p *queuePanel) keep(ctx context.Context, _ studio.Work, res studio.Result) error {
	opened := make(chan *studio.Library, 1)
	p.w.do(func() { p.w.gallery.open(func(l *studio.Library) { opened <- l }) })
	select {
	case l := <-opened:
		done, err := studio.AddToLibrary(context.WithoutCancel(ctx), l, res)
		if err == nil && len(done.Skipped) > 0 {
			err = faultsError(done.Skipped)
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Minute):
		return errors.New(tr("the library could not be opened"))
	}
}

// works are the jobs for a project: all but those that are done.
func (p *queuePanel) works() (all []studio.Work) {
	for _, w := range p.queue.Works() {
		if w.State != studio.QueueDone {
			all = append(all, w)
		}
	}
	return all
}

// replace puts other jobs in place of those that are there.
func (p *queuePanel) replace(works []studio.Work) {
	for _, w := range p.queue.Works() {
		p.queue.Remove(w.ID)
	}
	for _, w := range works {
		p.queue.Add(w)
	}
}

// takeOver adds the jobs of the last time; they wait until the person lets them go on.
func (p *queuePanel) takeOver(works []studio.Work) {
	if len(works) == 0 {
		return
	}
	p.queue.Hold(true)
	for _, w := range works {
		p.queue.Add(w)
	}
	p.reveal(true)
	p.w.showDone(trf("%d jobs of the last time wait in the queue", len(works)), "")
	p.w.banner.offer(tr("Go on"), func() { p.w.hideBanner(); p.queue.Hold(false) })
}

// turn is a job's first button: pause, go on, or try again.
func (p *queuePanel) turn(id int) {
	for _, w := range p.queue.Works() {
		if w.ID != id {
			continue
		}
		switch w.State {
		case studio.QueuePaused:
			p.queue.Resume(id)
		case studio.QueueWaiting, studio.QueueRunning:
			p.queue.Pause(id)
		default:
			p.queue.Retry(id)
		}
	}
}

func (p *queuePanel) reveal(on bool) {
	if p.box.Visible() == on {
		return
	}
	setVisible(p.box, on)
	p.show()
	p.w.middle.Layout.Layout(p.w.middle.Objects, p.w.middle.Size())
	p.w.look()
}

// show puts the queue into the panel and its length on the tool bar's button.
func (p *queuePanel) show() {
	p.pending.Store(false)
	items := p.queue.Items()
	waiting := 0
	p.w.trainer.follow(items)
	for _, i := range items {
		if i.State == studio.QueueWaiting || i.State == studio.QueueRunning || i.State == studio.QueuePaused {
			waiting++
		}
	}
	count := ""
	if waiting > 0 {
		count = trf("%d", waiting)
	}
	if p.button.Text != count {
		p.button.SetText(count)
	}
	if !p.box.Visible() {
		return
	}
	head := tr("Queue")
	if left, known := studio.Left(items); waiting > 0 && known && left > 0 {
		head = trf("Queue · %s left", seconds(left))
	}
	if p.queue.Held() && waiting > 0 {
		head = tr("Queue · held")
	}
	if p.head.Text != head {
		p.head.SetText(head)
	}
	p.showHold()
	setVisible(p.empty, len(items) == 0)
	enable(p.clear, len(items) > 0)
	enable(p.add, p.w.now != nil && p.w.now.draws())
	jobs := make([]widgets.Job, len(items))
	for i, item := range items {
		jobs[i] = jobLine(item)
	}
	p.list.SetJobs(jobs)
}

func (p *queuePanel) showHold() {
	icon, tip := theme.MediaPauseIcon(), tr("Hold the whole queue")
	if p.queue.Held() {
		icon, tip = theme.MediaPlayIcon(), tr("Let the queue go on")
	}
	if p.hold.Icon != icon {
		p.hold.SetIcon(icon)
		p.hold.SetToolTip(tip)
	}
}

func (w *Window) toggleQueue() { w.jobs.reveal(!w.jobs.box.Visible()) }
