package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/ui/widgets"
)

// inpaint is the middle of the window while a mask is painted: tools above, the
// picture with the mask, and the answers of the newest run beside it.
type inpaint struct {
	w       *Window
	painter *widgets.Painter
	tools   *tools
	answers *answerStrip
	status  *widget.Label
	kept    *keptMask
	empty   *fyne.Container // in place of all until there is a picture
	sample  *widget.Button  // in it: take the selected sample
	work    *fyne.Container
	box     *fyne.Container

	preview bool // the painter shows the selected answer
	wet     *wet // the stroke or shape under way
}

func newInpaint(w *Window) *inpaint {
	v := &inpaint{w: w, painter: widgets.NewPainter(), status: widget.NewLabel("")}
	v.tools = newTools(v)
	v.answers = newAnswers(v)
	v.kept = newKeptMask(v)
	p := v.painter
	p.OnBegin, p.OnMove, p.OnEnd = v.begin, v.move, v.end
	p.OnKey, p.OnRune = w.typedKey, w.typedRune
	v.status.SizeName, v.status.Truncation = theme.SizeNameCaptionText, fyne.TextTruncateEllipsis
	below := container.New(layout.NewCustomPaddedVBoxLayout(-10), v.status)
	for _, text := range []string{
		tr("left paints · right erases · Alt: the other once · Shift and click: a line"),
		tr("wheel zooms · space and drag moves · [ ] size · H temperature · ? all keys"),
	} {
		hint := widget.NewLabel(text)
		hint.SizeName, hint.Importance, hint.Truncation = theme.SizeNameCaptionText, widget.LowImportance, fyne.TextTruncateEllipsis
		below.Add(hint)
	}
	dials := container.NewVScroll(v.tools.dials)
	side := container.New(lowColumn{244, dials}, dials, v.answers.box)
	v.kept.around = container.NewBorder(v.kept.box, below, nil, nil, p)
	v.work = container.NewBorder(v.tools.bar, nil, nil, side, v.kept.around)
	v.empty = v.newEmpty()
	v.box = container.NewStack(v.empty, v.work)
	v.box.Hide()
	return v
}

// newEmpty says how to come by a picture.
func (v *inpaint) newEmpty() *fyne.Container {
	title := widget.NewLabelWithStyle(tr("Make a part of a picture anew"), fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	title.SizeName = theme.SizeNameSubHeadingText
	text := widget.NewLabel(tr("Drop a picture here, choose one, or take a sample that you have drawn. Then paint over what is to change, and press Start: the chains keep the rest."))
	text.Alignment, text.Wrapping, text.Importance = fyne.TextAlignCenter, fyne.TextWrapWord, widget.LowImportance
	choose := widget.NewButtonWithIcon(tr("Choose a picture…"), theme.FolderOpenIcon(), func() { v.w.controls.given.choose(false) })
	choose.Importance = widget.HighImportance
	v.sample = widget.NewButtonWithIcon(tr("Take the selected sample"), theme.DocumentCreateIcon(), v.w.editSample)
	return container.NewVBox(layout.NewSpacer(), title, text, container.NewCenter(container.NewHBox(choose, v.sample)), layout.NewSpacer())
}

// now is what is painted on, nil where there is no picture to paint on.
func (v *inpaint) now() *painted {
	if v.w.now == nil || v.w.now.paint == nil || v.w.now.paint.picture == nil {
		return nil
	}
	return v.w.now.paint
}

// show puts the session's picture, mask and answers into the widgets.
func (v *inpaint) show() {
	d := v.now()
	v.empty.Hidden, v.work.Hidden = d != nil, d == nil
	if d == nil {
		if v.sample.Hidden = len(v.w.stage.last.images) == 0; !v.sample.Hidden {
			v.sample.Refresh()
		}
		v.box.Refresh()
		return
	}
	v.tools.show(d)
	v.kept.show(d)
	v.answers.show()
	v.showPicture()
	v.box.Refresh()
}

// showPicture shows the picture with its mask, or the answer looked at.
func (v *inpaint) showPicture() {
	d := v.now()
	if d == nil {
		return
	}
	picture := d.picture
	if answer := v.answers.selected(); v.preview && answer != nil {
		picture = answer
	} else {
		v.preview = false
	}
	v.painter.SetPicture(picture)
	if v.preview {
		v.painter.SetMask(nil)
		v.painter.SetHeat(nil)
	} else {
		v.painter.SetMask(d.mask.Pix)
		v.painter.SetHeat(d.heat.Pix)
	}
	v.say()
}

// say tells what is seen and what to do next.
func (v *inpaint) say() {
	d := v.now()
	if d == nil {
		return
	}
	text := ""
	switch {
	case v.preview:
		text = v.answers.caption()
	case v.tools.state.Layer == heatLayer:
		text = v.sayHeat(d)
	case d.fixed:
		text = tr("The tint is the hole that this model was trained to fill: press Start.")
	case d.mask.Empty():
		text = tr("Paint over what is to be made anew.")
	case d.mask.Soft():
		text = trf("%.0f %% is free to change, some of it stiffly. Press Start for answers.", 100*d.mask.Share())
	default:
		text = trf("%.0f %% is free to change. Press Start for answers.", 100*d.mask.Share())
	}
	if !d.asking && d.elsewhere() {
		text += " · " + trf("mask of %s", d.over)
	}
	if v.status.Text != text {
		v.status.SetText(text)
	}
}

// showShot follows a run; once it is done the best answer is looked at.
func (v *inpaint) showShot(h *session, done bool) {
	if h.paint == nil {
		return
	}
	v.answers.show()
	if first := v.answers.first(); done && first >= 0 && v.wet == nil && h.ran.Known != nil && h.paint.settled != h.job {
		v.look(first)
		return
	}
	if v.preview {
		v.showPicture()
	}
}

// look shows an answer in place of the picture.
func (v *inpaint) look(chain int) {
	v.preview = chain >= 0
	if v.preview {
		v.w.selectChain(chain)
	}
	v.answers.show()
	v.showPicture()
}

// changed makes the recipe follow what was painted, accepted or undone.
func (v *inpaint) changed() {
	h, d := v.w.now, v.w.now.paint
	r, err := d.recipe(h.opened, h.chains.recipe, h.given.begin)
	if err != nil {
		v.w.showError(tr("The picture cannot be used"), err)
		return
	}
	h.chains.recipe = r
	h.given.picture, h.given.mask, h.given.scaled = nil, nil, false
	if d.picture != nil {
		h.given.picture = &chosen{name: d.name, image: d.picture}
	}
	if r.Known != nil && !d.fixed {
		h.given.mask = &chosen{name: d.name, image: d.mask.Image(), painted: true}
	}
	if !h.walking() {
		v.w.controls.given.show(h)
	}
	v.tools.show(d)
	v.kept.show(d)
	v.w.showRun()
}

// missing says what a run of the inpaint view still needs, empty for nothing.
func (v *inpaint) missing() string {
	switch d := v.now(); {
	case d == nil:
		return tr("Choose a picture first")
	case !d.fixed && d.mask.Empty():
		return tr("Paint over what is to be made anew first")
	}
	return ""
}

// editSample takes the selected sample as the picture to paint on.
func (w *Window) editSample() {
	h := w.now
	if h == nil || h.paint == nil || h.selected < 0 || h.selected >= len(w.stage.last.images) {
		return
	}
	next := h.given
	next.picture, next.scaled = &chosen{name: trf("chain %d of seed %d", h.selected+1, h.ran.Seed), image: w.stage.last.images[h.selected]}, false
	w.controls.given.use(h, next, false)
	w.tasks.to(taskInpaint)
}

// editFile takes a picture of a file.
func (w *Window) editFile(path string) {
	h := w.now
	if h == nil || h.paint == nil {
		return
	}
	w.controls.given.read(h, path, false)
	w.tasks.to(taskInpaint)
}

// inpainting reports whether the inpaint view is what is looked at.
func (w *Window) inpainting() bool { return w.tasks != nil && w.tasks.now == taskInpaint }
