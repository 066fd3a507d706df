package ui

import (
	"fmt"
	"image"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// interpolation is the middle of the window while a walk between latents is looked at:
// the frame that is looked at before and after its Langevin steps, the energy along
// the way, and below them the strip of all frames. A chain is a frame.
type interpolation struct {
	w             *Window
	before, after *titled
	energy        *widgets.Plot
	drag          *latentDrag // in the plot's place while a latent is dragged
	strip         *widgets.Strip
	scroll        *container.Scroll
	rows          *fyne.Container // titles of the strip's rows
	play          *ttwidget.Button
	caption       *widget.Label
	work          *fyne.Container
	hint          *widget.Label
	hintTitle     *widget.Label
	empty         *fyne.Container
	box           *fyne.Container
	ticker        *time.Ticker // while the frames are played
	done          chan struct{}
	back          bool // the played frames go back
}

// titled is one picture, as large as there is room, with a line above it.
type titled struct {
	title *widget.Label
	grid  *widgets.ImageGrid
	box   *fyne.Container
}

func newTitled(text string) *titled {
	t := &titled{title: widget.NewLabel(text), grid: widgets.NewImageGrid(nil)}
	t.title.Alignment, t.title.SizeName, t.title.Importance = fyne.TextAlignCenter, theme.SizeNameCaptionText, widget.LowImportance
	t.title.Truncation = fyne.TextTruncateEllipsis
	t.box = container.NewBorder(t.title, nil, nil, nil, t.grid)
	return t
}

const stripSide = 52

func newInterpolation(w *Window) *interpolation {
	v := &interpolation{w: w, before: newTitled(tr("generator")), after: newTitled(tr("refined"))}
	v.energy = widgets.NewPlot(tr("Along the way"), tr("Energies of the frames"))
	v.energy.SetToolTip(tr("The energy of every frame now, in the second colour that of the generator's pictures. A ridge between two anchors is a barrier. Click to look at a frame."))
	v.energy.OnPick = w.selectChain
	v.energy.OnResize = w.look
	v.drag = newLatentDrag(w)
	v.strip = widgets.NewStrip(stripSide, w.selectChain)
	v.scroll = container.NewHScroll(v.strip)
	v.play = ttwidget.NewButtonWithIcon("", theme.MediaPlayIcon(), v.toggle)
	v.play.Importance = widget.LowImportance
	v.play.SetToolTip(tr("Walk to and fro along the frames (L)"))
	v.caption = widget.NewLabel("")
	v.caption.SizeName, v.caption.Truncation = theme.SizeNameCaptionText, fyne.TextTruncateEllipsis
	rowTitle := func(text string) fyne.CanvasObject {
		l := widget.NewLabel(text)
		l.SizeName, l.Importance, l.Alignment = theme.SizeNameCaptionText, widget.LowImportance, fyne.TextAlignTrailing
		return container.NewVBox(layout.NewSpacer(), l, layout.NewSpacer())
	}
	v.rows = container.NewGridWithRows(2, rowTitle(tr("generator")), rowTitle(tr("refined")))
	top := widgets.NewBeside(v.drag.pad, v.before.box, v.after.box, v.energy)
	below := container.NewBorder(container.NewBorder(nil, nil, v.play, nil, v.caption), nil, v.rows, nil, v.scroll)
	v.work = container.NewBorder(nil, below, nil, nil, top)
	v.hintTitle = widget.NewLabelWithStyle("", fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	v.hintTitle.SizeName = theme.SizeNameSubHeadingText
	v.hint = widget.NewLabel("")
	v.hint.Alignment, v.hint.Wrapping, v.hint.Importance = fyne.TextAlignCenter, fyne.TextWrapWord, widget.LowImportance
	v.empty = container.NewVBox(layout.NewSpacer(), v.hintTitle, v.hint, layout.NewSpacer())
	v.box = container.NewStack(v.empty, v.work)
	v.box.Hide()
	return v
}

// show says what to do next where no frame was made yet.
func (v *interpolation) show() {
	h := v.w.now
	if h == nil || h.walk == nil {
		return
	}
	v.drag.show(h)
	setVisible(v.energy, !h.dragging())
	made := len(v.w.stage.last.images) > 0 && v.w.stage.last.job == h.job || h.dragging()
	v.empty.Hidden, v.work.Hidden = made, !made
	if made {
		v.box.Refresh()
		return
	}
	v.stop()
	title, text := tr("Walk from one latent to another"), ""
	switch n := len(h.walk.route.anchors); {
	case h.active():
		title, text = phaseText(h.progress, v.w.elapsed), tr("The first run of a model takes a little longer: the engine compiles its network.")
	case n >= 2 && h.generates():
		text = trf("Start draws %d frames between %d anchors: the generator's picture of each latent, and what the chain makes of it.", h.walk.route.points(), n)
	case n >= 2:
		text = trf("Start walks %d chains, each under the joint energy with its own latent on the way between %d anchors.", h.walk.route.points(), n)
	case h.opened.Model.Encode != nil:
		text = tr("Add at least two anchors on the right, or drop pictures here: the encoder finds their latents.")
	default:
		text = tr("Add at least two anchors on the right.")
	}
	v.hintTitle.SetText(title)
	v.hint.SetText(text)
	v.box.Refresh()
}

// showShot puts a shot into the strip.
func (v *interpolation) showShot(h *session, c shot) {
	if len(c.images) == 0 || !h.walking() {
		v.show()
		return
	}
	if v.work.Hidden {
		v.empty.Hide()
		v.work.Show()
		v.box.Refresh()
	}
	generated := len(c.before) == len(c.images)
	setVisible(v.before.box, generated)
	setVisible(v.rows, generated)
	if generated {
		v.strip.SetRows(c.before, c.images)
	} else {
		v.strip.SetRows(c.images)
	}
	var marks []int
	for i := range c.images {
		if h.walk.ranRoute.anchorAt(i) >= 0 {
			marks = append(marks, i)
		}
	}
	v.strip.SetMarks(marks)
	if c.along != nil {
		v.energy.SetDrawing(*c.along)
	}
	v.look(h, c)
}

// look shows the frame that is looked at.
func (v *interpolation) look(h *session, c shot) {
	i := h.selected
	if i < 0 || i >= len(c.images) || h.dragging() && h.walk.drag.moving {
		return
	}
	if v.strip.Selected() != i {
		v.strip.Select(i)
		v.reveal(i)
	}
	v.drag.follow(h, i, len(c.images))
	v.after.grid.SetImages([]*image.RGBA{c.images[i]})
	after := trf("after %d steps · E %s", c.step, number(valueAt(c.energies, i)))
	if v.after.title.Text != after {
		v.after.title.SetText(after)
	}
	if i < len(c.before) {
		v.before.grid.SetImages([]*image.RGBA{c.before[i]})
		before := trf("generator · E %s", number(valueAt(c.first, i)))
		if v.before.title.Text != before {
			v.before.title.SetText(before)
		}
	}
	v.energy.SetCursor(i)
	v.energy.SetReadout(trf("frame %d: %s", i+1, number(valueAt(c.energies, i))))
	text := trf("Frame %d of %d", i+1, len(c.images))
	route := h.walk.ranRoute
	if route.trail != nil {
		text = trf("Place %d of %d along the dragged path", i+1, len(c.images))
	} else if k := route.anchorAt(i); k >= 0 {
		text += " · " + trf("anchor %d: %s", k+1, route.stops()[k].name)
	} else if route.frames > 1 {
		leg := i / (route.frames - 1)
		t := float64(i%(route.frames-1)) / float64(route.frames-1)
		text += " · " + trf("%.0f %% of the way from anchor %d to %d", 100*t, leg+1, leg+2)
	}
	if v.caption.Text != text {
		v.caption.SetText(text)
	}
}

// reveal scrolls to a frame.
func (v *interpolation) reveal(i int) {
	x, width := v.strip.Place(i)
	room := v.scroll.Size().Width
	switch at := v.scroll.Offset.X; {
	case x < at:
		v.scroll.ScrollToOffset(fyne.NewPos(x, 0))
	case x+width > at+room:
		v.scroll.ScrollToOffset(fyne.NewPos(x+width-room, 0))
	}
}

// frameGapPlayed is the time between two frames of a walk that is played.
const frameGapPlayed = 110 * time.Millisecond

// toggle plays the frames to and fro, or ends that.
func (v *interpolation) toggle() {
	if v.ticker != nil {
		v.stop()
		return
	}
	if v.strip.Len() < 2 || v.work.Hidden {
		return
	}
	ticker, done := time.NewTicker(frameGapPlayed), make(chan struct{})
	v.ticker, v.done = ticker, done
	v.play.SetIcon(theme.MediaPauseIcon())
	go func() {
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				v.w.do(func() { v.step(ticker) })
			}
		}
	}()
}

func (v *interpolation) step(ticker *time.Ticker) {
	n, h := v.strip.Len(), v.w.now
	if v.ticker != ticker || h == nil || n < 2 {
		return
	}
	closed := h.walk != nil && h.walk.ranRoute.closed
	switch {
	case closed:
		v.w.selectChain((h.selected + 1) % n)
		return
	case h.selected >= n-1:
		v.back = true
	case h.selected <= 0:
		v.back = false
	}
	if v.back {
		v.w.selectChain(h.selected - 1)
	} else {
		v.w.selectChain(h.selected + 1)
	}
}

// clear takes the frames of another model away.
func (v *interpolation) clear() {
	v.stop()
	v.strip.SetRows()
	v.energy.SetDrawing(widgets.Drawing{Empty: true})
	v.empty.Show()
	v.work.Hide()
}

func (v *interpolation) stop() {
	if v.ticker == nil {
		return
	}
	v.ticker.Stop()
	close(v.done)
	v.ticker, v.done = nil, nil
	v.play.SetIcon(theme.MediaPlayIcon())
}

// key does what a key means here: the arrows go from frame to frame.
func (v *interpolation) key(name fyne.KeyName) bool {
	h := v.w.now
	switch name {
	case fyne.KeyUp:
		v.w.selectChain(h.selected - 1)
	case fyne.KeyDown:
		v.w.selectChain(h.selected + 1)
	case fyne.KeyL:
		v.toggle()
	default:
		return false
	}
	return true
}

// missing says what a walk still needs, empty for nothing.
func (v *interpolation) missing() string {
	route := v.w.now.walk.route
	switch {
	case route.trail != nil:
		return ""
	case len(route.anchors) < 2:
		return tr("A walk needs at least two anchors: add them on the right")
	case !route.ready():
		return tr("The encoder is still at work on an anchor")
	case route.points() > maxChains:
		return trf("Found %d frames, want at most %d: take fewer between two anchors", route.points(), maxChains)
	}
	return ""
}

// startWalk runs the walk as the controls stand.
func (w *Window) startWalk(h *session) (*studio.Job, error) {
	r := h.recipe.Clone()
	if h.opened.Model.Hole != nil {
		r.Known = h.chains.recipe.Known
	}
	return w.studio.Interpolate(h.opened, r, h.walk.route.interpolation(), w.feed.poke)
}

// saveWalk writes every frame's picture and the strip of all.
func saveWalk(dir string, job *studio.Job, frames int) error {
	res, err := job.Result()
	if err != nil {
		return err
	}
	if _, err := studio.SaveGallery(dir, res); err != nil {
		return err
	}
	if err := job.SaveStrip(filepath.Join(dir, "strip.png"), frames); err != nil {
		return fmt.Errorf("the pictures are saved, the strip is not: %w", err)
	}
	return nil
}

func setVisible(o fyne.CanvasObject, on bool) {
	switch {
	case on && !o.Visible():
		o.Show()
	case !on && o.Visible():
		o.Hide()
	}
}
