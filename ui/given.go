package ui

import (
	"bytes"
	"errors"
	"image"
	"image/draw"
	"image/png"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// chosen is a picture that a person chose, as it is in its file.
type chosen struct {
	name    string
	image   image.Image
	painted bool // a mask of the model's size from the inpaint view, whatever the picture's size
}

// given is what chains are given besides noise: a picture to begin with, or one
// with a mask, whose kept pixels they fill the rest around.
type given struct {
	picture, mask *chosen
	begin         bool // with a mask: the chains begin with the picture too
	scaled        bool // the person has agreed to scale the picture
}

// givenPictures are the controls of it: two thumbnails with their buttons.
type givenPictures struct {
	w             *Window
	picture, mask *thumbnail
	begin         *ttwidget.Check
	note          *widget.Label
	clear         *ttwidget.Button
	fold          *widget.Accordion
	box           *fyne.Container
	filling       bool
}

const thumbnailSide = 104

// thumbnail is a small picture that is a button too.
type thumbnail struct {
	image  *canvas.Image
	none   *widget.Label // in place of the picture
	choose *ttwidget.Button
	box    *fyne.Container
}

func newThumbnail(text, tip string, do func()) *thumbnail {
	t := &thumbnail{image: &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScalePixels}}
	t.image.SetMinSize(fyne.NewSquareSize(thumbnailSide))
	t.none = widget.NewLabel(tr("no picture"))
	t.none.Importance = widget.LowImportance
	t.choose = ttwidget.NewButton(text, do)
	t.choose.SetToolTip(tip)
	t.box = container.NewBorder(nil, t.choose, nil, nil, widgets.NewPanel(widgets.ColorStage, 6, container.NewStack(container.NewCenter(t.none), t.image)))
	return t
}

func (t *thumbnail) show(m image.Image) {
	t.image.Image = m
	t.none.Hidden = m != nil
	t.none.Refresh()
	t.image.Refresh()
}

func newGivenPictures(w *Window) *givenPictures {
	g := &givenPictures{w: w, note: widget.NewLabel("")}
	g.picture = newThumbnail(tr("Picture…"), tr("A picture that the chains begin with, or whose pixels they keep where the mask is black"), func() { g.choose(false) })
	g.mask = newThumbnail(tr("Mask…"), tr("Black where the picture is kept, white where the chains are free, grey in between"), func() { g.choose(true) })
	g.begin = ttwidget.NewCheck(tr("Begin with it too"), g.setBegin)
	g.begin.SetToolTip(tr("The free pixels begin with the picture, made noisy, instead of pure noise"))
	g.clear = ttwidget.NewButtonWithIcon(tr("Clear"), theme.ContentClearIcon(), g.clearAll)
	g.clear.Importance = widget.LowImportance
	g.clear.SetToolTip(tr("Chains begin with noise again and keep nothing"))
	g.note.Wrapping, g.note.SizeName, g.note.Importance = fyne.TextWrapWord, theme.SizeNameCaptionText, widget.LowImportance
	body := container.NewVBox(container.NewGridWithColumns(2, g.picture.box, g.mask.box), g.begin, g.note, g.clear)
	g.fold = widget.NewAccordion(widget.NewAccordionItem(tr("From a picture"), body))
	g.box = container.NewVBox(g.fold, widget.NewSeparator())
	return g
}

// show puts a session's pictures into the widgets; nil, and models whose pictures
// are none, hide them.
func (g *givenPictures) show(h *session) {
	g.box.Hidden = h == nil || h.opened.Model.C != 1 && h.opened.Model.C != 3
	if g.box.Hidden {
		return
	}
	g.filling = true
	defer func() { g.filling = false }()
	r := h.recipe
	h.given.recall(r)
	picture, mask := h.given.picture.original(), h.given.mask.original()
	painted := h.given.mask != nil && h.given.mask.painted // it is what the chains get
	switch {                                               // what the chains get is shown, not the file
	case r.Known != nil && painted:
	case r.Known != nil:
		picture = decoded(r.Known.Picture)
		if m := decoded(r.Known.Mask); m != nil {
			mask = m
		}
	case r.Initial != nil:
		picture = decoded(r.Initial.Picture)
	}
	g.picture.show(picture)
	g.mask.show(mask)
	g.mask.box.Hidden = h.opened.Model.Hole != nil
	g.begin.Hidden = r.Known == nil || h.opened.Model.Hole != nil
	g.begin.SetChecked(r.Known != nil && r.Initial != nil)
	if picture == nil && mask == nil {
		g.clear.Disable()
	} else {
		g.clear.Enable()
	}
	g.note.SetText(givenText(h))
	if picture != nil || mask != nil {
		g.fold.Open(0) // what is set must be seen
	}
	g.box.Refresh()
}

// givenText says what the pictures are for.
func givenText(h *session) string {
	r := h.recipe
	switch {
	case r.Temperature != nil && r.Known != nil:
		return tr("The chains keep the pixels where the mask is black; the noise of the others is multiplied by what was painted.")
	case r.Known != nil && h.opened.Model.Hole != nil:
		return tr("The chains fill the hole that the model was trained to fill.")
	case r.Known != nil:
		return tr("The chains keep the pixels where the mask is black and fill the others.")
	case r.Initial != nil && h.opened.Model.Diffuse != nil:
		return tr("The chains begin with the picture, carried up to the start level: a lower one keeps more of it.")
	case r.Initial != nil:
		return tr("The chains begin with the picture as it is.")
	case h.given.mask != nil:
		return tr("Choose the picture that the mask is for.")
	}
	return tr("A picture alone is varied; with a mask its black part is kept and the rest is filled in.")
}

// choose asks for the picture or the mask.
func (g *givenPictures) choose(mask bool) {
	h := g.w.now
	if h == nil {
		return
	}
	title := tr("Choose a picture")
	if mask {
		title = tr("Choose a mask")
	}
	g.w.choose(func() (string, error) { return g.w.chooser.Open(title, tr("Pictures"), pictureFiles()) }, func(path string) { g.read(h, path, mask) })
}

// pictureFiles are the files that a dialog for pictures offers.
func pictureFiles() []string { return []string{"png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff"} }

// read takes a picture or a mask from a file.
func (g *givenPictures) read(h *session, path string, mask bool) {
	g.w.background(func() func() {
		m, err := studio.ReadImage(path)
		return func() {
			if err != nil {
				g.w.showError(trf("%s could not be opened", filepath.Base(path)), err)
				return
			}
			next := h.given
			if c := (&chosen{name: filepath.Base(path), image: m}); mask {
				next.mask = c
			} else {
				next.picture, next.scaled = c, false
			}
			g.use(h, next, false)
		}
	})
}

func (g *givenPictures) setBegin(on bool) {
	if h := g.w.now; h != nil && !g.filling {
		next := h.given
		next.begin = on
		g.use(h, next, true) // what is there was scaled where that was wanted
	}
}

func (g *givenPictures) clearAll() {
	if h := g.w.now; h != nil {
		g.set(h, given{}, nil, nil)
	}
}

// use makes the recipe's pictures of what was chosen, in the background since a
// photograph takes a moment. Of a size that is not the model's, it asks first;
// until all is well, everything stays as it was.
func (g *givenPictures) use(h *session, next given, scale bool) {
	m := h.opened.Model
	if next.scaled && !scale && next.mask != nil && next.mask.image.Bounds().Size() != image.Pt(m.W, m.H) {
		g.offerScale(h, next, &studio.SizeError{What: "mask", Found: next.mask.image.Bounds().Size(), Want: image.Pt(m.W, m.H)})
		return
	}
	scale = scale || next.scaled
	g.w.background(func() func() {
		var known *studio.Known
		var initial *studio.Initial
		var err error
		switch {
		case next.picture == nil:
		case next.mask != nil || m.Hole != nil:
			known, err = next.known(h.opened, scale)
		}
		if err == nil && next.picture != nil && (known == nil || next.begin) {
			initial, err = studio.NewInitial(m, next.picture.name, next.picture.image, scale)
		}
		return func() {
			var size *studio.SizeError
			switch {
			case errors.As(err, &size):
				g.offerScale(h, next, size)
			case err != nil:
				g.w.showError(tr("The picture cannot be used"), err)
			default:
				g.set(h, next, known, initial)
			}
		}
	})
}

func (g *givenPictures) offerScale(h *session, next given, size *studio.SizeError) {
	name := size.Name
	if size.What == "mask" && next.mask != nil {
		name = next.mask.name
	}
	g.w.askScale(h, name, size, func() {
		next.scaled = true
		g.use(h, next, true)
	})
}

// askScale asks whether a picture of another size than the model's is to be scaled.
func (w *Window) askScale(h *session, name string, size *studio.SizeError, scale func()) {
	text := trf("%s has %d × %d pixels, %s draws %d × %d. It can be scaled to cover that size and cropped at the centre.",
		name, size.Found.X, size.Found.Y, modelTitle(h.opened), size.Want.X, size.Want.Y)
	w.confirm(tr("Another size"), text, tr("Scale"), scale)
}

// set puts known pixels and the beginning into a session's recipe.
func (g *givenPictures) set(h *session, next given, known *studio.Known, initial *studio.Initial) {
	r := h.chains.recipe.Clone()
	r.Known, r.Initial = known, initial
	if known == nil && initial == nil {
		r.Temperature = nil // it is painted on a picture
	}
	if err := h.opened.Check(r); err != nil {
		g.w.showError(tr("The picture cannot be used"), err)
		return
	}
	g.w.hideBanner()
	h.given, h.chains.recipe = next, r
	if h.paint != nil {
		h.paint.take(r)
	}
	if g.w.now == h {
		g.w.stage.inpaint.preview = false
		g.w.stage.inpaint.show()
		if !h.walking() {
			g.show(h)
		}
		g.w.showRun()
	}
}

// known are the known pixels of what was chosen. A painted mask is of the model's
// size already, so the picture is brought to that first.
func (g *given) known(o *studio.Opened, scale bool) (*studio.Known, error) {
	picture := g.picture.image
	if g.mask != nil && g.mask.painted {
		initial, err := studio.NewInitial(o.Model, g.picture.name, picture, scale)
		if err != nil {
			return nil, err
		}
		picture = decoded(initial.Picture)
	}
	return studio.NewKnown(o.Model, g.picture.name, picture, g.mask.original(), scale)
}

// original is the picture as it is in its file, nil for none.
func (c *chosen) original() image.Image {
	if c == nil {
		return nil
	}
	return c.image
}

// recall takes the pictures of a recipe that came with a saved picture.
func (g *given) recall(r studio.Recipe) {
	take := func(to **chosen, name string, data []byte) {
		if *to != nil {
			return // decoding takes a moment
		}
		if m := decoded(data); m != nil {
			*to = &chosen{name: name, image: m}
		}
	}
	if r.Known != nil {
		take(&g.picture, r.Known.Name, r.Known.Picture)
		take(&g.mask, r.Known.Name, r.Known.Mask)
		g.begin = r.Initial != nil
	}
	if r.Initial != nil {
		take(&g.picture, r.Initial.Name, r.Initial.Picture)
	}
}

// decoded is a recipe's picture for the screen, nil where there is none.
func decoded(data []byte) image.Image {
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	tight := image.NewRGBA(image.Rect(0, 0, m.Bounds().Dx(), m.Bounds().Dy()))
	draw.Draw(tight, tight.Rect, m, m.Bounds().Min, draw.Src)
	return tight
}
