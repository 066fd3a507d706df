package ui

import (
	"cmp"
	"context"
	"image/color"
	"os"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	fynetooltip "github.com/dweymouth/fyne-tooltip"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/resources"
	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

const themeKey = "theme"

// Window is the studio's window. Its fields and methods belong to the UI
// goroutine; do and feed may be used from any.
type Window struct {
	app     fyne.App
	win     fyne.Window
	studio  *studio.Studio
	options Options
	do      dispatcher
	feed    *feed
	ctx     context.Context
	cancel  context.CancelFunc
	busy    sync.WaitGroup // background work under way
	chooser chooser
	palette []color.RGBA // of energies, from the lowest
	// densities is the palette of densities, from 0.
	densities []color.RGBA
	signed    []color.RGBA // of numbers on both sides of 0, which is in the middle

	sessions []*session
	now      *session // the model looked at, nil where none is open
	opening  []string // names of checkpoints being opened
	elapsed  time.Duration
	choosing bool
	problem  string // the error on the screen, empty where there is none
	playDone chan struct{}
	onShot   func(shot) // told of every shot on the screen; may be nil

	model     *modelPanel
	inspector *inspection
	stage     *stage
	controls  *controls
	mixer     *mixer
	transport *transport
	banner    *banner
	engine    *ttwidget.Label
	readout   *readout
	// engineAsked counts the engines that the person has asked for.
	engineAsked int
	exports     []*ttwidget.Button
	points      *ttwidget.Button // in their place for a model of the plane
	tasks       *tasks
	gallery     *gallery
	scoring     *scoring
	trainer     *trainer
	landscape   *landscape
	jobs        *queuePanel
	keys        *keymap
	project     projects
	memory      *runMemory

	preferences *preferences    // while it is shown
	asking      *question       // while it is shown
	scaleAsked  string          // the scale of the environment, which goes first
	middle      *fyne.Container // the message and what the task shows
	help        *help           // while it is shown
	tour        *tour           // while it is shown
	offer       *fyne.Container // of the tour, above everything; empty once answered
	saving      *fyne.Container // the buttons that save
	helping     *ttwidget.Button
}

func newWindow(a fyne.App, o Options, do dispatcher) (*Window, error) {
	w := &Window{app: a, studio: o.Studio, options: o, do: do, scaleAsked: os.Getenv(scaleEnv)}
	w.applyScale()
	w.win = a.NewWindow("EBM Studio")
	w.ctx, w.cancel = context.WithCancel(context.Background())
	th, err := newTheme(a.Preferences().StringWithFallback(themeKey, themeSystem))
	if err != nil {
		return nil, err
	}
	forgetFonts(a.Settings())
	a.Settings().SetTheme(th)
	if o.Prefer != nil {
		o.Prefer(a.Preferences().String(engineKey), a.Preferences().Int(threadsKey))
	}
	if w.palette, err = resources.Palette("energy"); err != nil {
		return nil, err
	}
	if w.densities, err = resources.Palette("density"); err != nil {
		return nil, err
	}
	if w.signed, err = resources.Palette("signed"); err != nil {
		return nil, err
	}
	w.chooser = newChooser(w)
	w.keys = newKeymap(w)
	w.jobs = newQueuePanel(w)
	w.memory = &runMemory{w: w, budget: cmp.Or(o.Memory, maxRunBytes)}
	w.banner = newBanner(w)
	w.stage = newStage(w)
	w.transport = newTransport(w)
	w.controls = newControls(w)
	w.mixer = newMixer(w)
	w.model = newModelPanel(w)
	w.inspector = newInspection(w)
	w.feed = newFeed(do, w.palette, w.showShot)
	w.feed.atMost(a.Preferences().Int(framesKey))
	w.win.SetContent(fynetooltip.AddWindowToolTipLayer(w.layout(), w.win.Canvas()))
	w.win.Resize(fyne.NewSize(1320, 860))
	w.win.SetCloseIntercept(w.quit)
	w.win.SetOnDropped(func(_ fyne.Position, items []fyne.URI) { w.dropped(items) })
	w.bindKeys()
	w.showRun()
	w.showEmpty()
	return w, nil
}

// layout is models on the left, pictures in the middle, knobs on the right, the
// engine below.
func (w *Window) layout() fyne.CanvasObject {
	w.engine = ttwidget.NewLabel(tr("Engine: opened with the first model"))
	w.engine.SizeName, w.engine.Truncation = theme.SizeNameCaptionText, fyne.TextTruncateEllipsis
	w.engine.Importance = widget.LowImportance
	w.readout = newReadout(w)
	w.tasks = newTasks(w, w.controls.box)
	left := wide(252, widgets.NewPanel(widgets.ColorPanel, 8, w.model.box))
	right := wide(300, widgets.NewPanel(widgets.ColorPanel, 10, container.NewBorder(nil, w.transport.box, nil, nil, w.tasks.side)))
	w.tasks.column = right
	w.offer = container.NewStack()
	w.middle = container.NewBorder(nil, nil, nil, w.jobs.box, container.NewStack(w.tasks.middle, w.banner.over))
	body := container.NewBorder(newToolbar(w).box, container.NewBorder(nil, nil, nil, w.readout.line, w.engine), left, right, w.middle)
	return container.New(followed{layout.NewStackLayout(), w.followTour}, container.NewPadded(body), container.NewPadded(w.offer))
}

// wide gives a column its width.
func wide(width float32, o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(column{width}, o)
}

type column struct{ width float32 }

func (c column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(c.width, objects[0].MinSize().Height)
}

func (c column) Layout(objects []fyne.CanvasObject, size fyne.Size) { objects[0].Resize(size) }

// begin does what waits for the window: the engine, the first model. Called once,
// on the UI goroutine.
func (w *Window) begin() {
	w.engine.SetText(tr("Engine: opening…"))
	w.background(func() func() {
		_, err := w.studio.Engine(w.ctx)
		return func() {
			w.showEngine()
			if err != nil && w.ctx.Err() == nil {
				w.showError(tr("No engine could be opened"), err)
			}
		}
	})
	w.readout.watch()
	w.beginJournal()
	w.memory.begin()
	w.offerRecovery()
	w.readDrops()
	switch {
	case w.options.Path != "":
		w.openFile(w.options.Path)
	case len(w.options.Bundled) > 0:
		w.openBundled(w.options.Bundled[0].Name, true)
	}
}

// switchTo looks at a session.
func (w *Window) switchTo(h *session) {
	w.stopPlay()
	if w.now != nil && w.now != h {
		w.now.turnTo(taskSample) // what others do with its recipe means its chains
	}
	w.now = h
	h.turnTo(w.tasks.now)
	w.memory.keep()
	w.stage.clear()
	w.landscape.clear()
	w.stage.setPlane(h.opened.Plane() && h.draws())
	w.computeDensity(h)
	if h.density != nil {
		w.stage.plane.show(h.density)
	}
	w.model.show(w.opening)
	w.tasks.show() // the controls too
	w.showTitle()
	if h.job == nil {
		w.showEmpty()
	}
	w.showRun()
}

// showEmpty says what to do next where there are no pictures.
func (w *Window) showEmpty() {
	switch {
	case w.now != nil && w.now.opened.Model.Features != nil:
		w.stage.tell(trf("%s measures pictures, it draws none", modelTitle(w.now.opened)),
			tr("FID is a distance of this network's features: ebm eval MODEL --inception FILE. To see chains, open a checkpoint of an energy-based model."),
			tr("Open…"), w.openDialog)
	case w.now != nil && !w.now.draws():
		w.stage.tell(trf("%s judges pictures, it draws none", modelTitle(w.now.opened)),
			tr("A judge says which class a picture is of and is used to measure other models. To see chains, open a checkpoint of an energy-based model."),
			tr("Open…"), w.openDialog)
	case w.now != nil:
		w.stage.tell(trf("%s is ready", modelTitle(w.now.opened)),
			trf("Start draws %d chains: each begins as noise and walks downhill in energy, one Langevin step at a time.", w.now.recipe.Chains),
			tr("Start"), w.startRun)
	case len(w.opening) > 0:
		w.stage.tell(trf("Opening %s…", w.opening[0]), tr("The engine and the model are made ready in the background."), "", nil)
	default:
		w.stage.tell(tr("Open a checkpoint to begin"),
			tr("Drop a .ckpt, .pt, .pth, .pdparams or .safetensors file, or the folder of a training run, on this window."),
			tr("Open…"), w.openDialog)
	}
}

// turned shows another run of the model looked at.
func (w *Window) turned(h *session) {
	w.stopPlay()
	w.stage.clear()
	if h.job == nil {
		w.showEmpty()
	}
}

func (w *Window) toggleTheme() {
	choice := themeLight
	if t, ok := w.app.Settings().Theme().(studioTheme); ok && t.light(w.app.Settings().ThemeVariant()) {
		choice = themeDark
	}
	w.useTheme(choice)
}

// close stops runs and waits for nothing that could hang.
func (w *Window) close() {
	w.endJournal()
	w.cancel()
	w.stopPlay()
	w.feed.close()
	w.jobs.queue.Close()
	w.memory.close()
	for _, h := range w.sessions {
		if h.job != nil {
			h.job.Stop()
		}
		h.terrain.close()
	}
}
