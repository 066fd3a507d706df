package ui

import (
	"fmt"
	"image"
	"image/color"
	"maps"
	"slices"
	"strings"
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

// details is the gallery's side: the picture looked at, how it was made, its tags, and
// what can be done with what is selected.
type details struct {
	g        *gallery
	picture  *widgets.Compare
	title    *widget.Label
	facts    *fyne.Container
	tags     *fyne.Container
	tag      *widgets.Entry
	verdict  *widget.Label
	star     *ttwidget.Button
	one      []*ttwidget.Button // need a picture
	two      []*ttwidget.Button // need two
	some     []*ttwidget.Button // need one or more
	export   *ttwidget.Button
	none     *widget.Label
	body     *fyne.Container
	box      fyne.CanvasObject
	known    int       // facts shown
	needs    fyne.Size // of all when it was arranged last
	shown    string    // the picture that is read or shown
	settings string    // of it, once it is read
}

const previewSide = 194

func newDetails(g *gallery) *details {
	d := &details{g: g, picture: widgets.NewCompare(), facts: container.New(&factLayout{})}
	d.title = widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	d.title.Wrapping = fyne.TextWrapWord
	d.tags = container.New(layout.NewRowWrapLayoutWithCustomPadding(2, 2))
	d.tag = widgets.NewEntry()
	d.tag.SetPlaceHolder(tr("Add a tag, Enter"))
	d.tag.SetToolTip(tr("A word to find the selected pictures by; it is written into their files"))
	d.tag.OnSubmitted = g.addTag
	d.verdict = widget.NewLabel("")
	d.verdict.Wrapping, d.verdict.SizeName = fyne.TextWrapWord, theme.SizeNameCaptionText
	d.none = widget.NewLabel(tr("Click a picture to see how it was made. Ctrl, Shift or a band select several."))
	d.none.Wrapping, d.none.Importance = fyne.TextWrapWord, widget.LowImportance

	button := func(list *[]*ttwidget.Button, text, tip string, icon fyne.Resource, do func()) *ttwidget.Button {
		b := ttwidget.NewButtonWithIcon(text, icon, do)
		b.SetToolTip(tip)
		*list = append(*list, b)
		return b
	}
	recall := func(text, tip string, what studio.Recalled) *ttwidget.Button {
		return button(&d.one, text, tip, nil, func() { g.recall(what) })
	}
	uses := container.NewGridWithColumns(3,
		recall(tr("All"), tr("Set model, knobs, conditions and seed as they were for this picture (A)"), studio.RecallAll),
		recall(tr("Settings"), tr("Set all but the seed: the same settings, other noise (R)"), studio.RecallAllButSeed),
		recall(tr("Seed"), tr("Take over the seed alone: the same noise, your settings (S)"), studio.RecallSeed))
	d.star = button(&d.some, tr("Star"), tr("Give the selected pictures a star, or take it (F)"), symbol("star"), g.toggleStar)
	d.export = button(&d.some, tr("Export…"), tr("Write the selected pictures: PNGs, contact sheet, GIF, APNG, video, ZIP, page (X)"), theme.DocumentSaveIcon(), func() { g.exportMenu(d.export) })
	work := container.NewGridWithColumns(2, d.star, d.export,
		button(&d.two, tr("Compare"), tr("Compare two pictures: slider, side by side, flicker, difference (C)"), theme.ViewFullScreenIcon(), g.compareTwo),
		button(&d.one, tr("Verify"), tr("Run the recipe again and compare: exact, or the first step that differs (V)"), theme.ConfirmIcon(), g.verify),
		button(&d.one, tr("Copy path"), tr("Copy the path of the file"), theme.ContentCopyIcon(), g.copyPath),
		button(&d.some, tr("Reject"), tr("Mark the selected pictures as those that go when the library is cleaned up, or take the mark (D); a star keeps them"), theme.ContentClearIcon(), g.toggleReject),
		button(&d.one, tr("Folder"), tr("Show the picture in its folder"), theme.FolderOpenIcon(), g.showInFolder),
		button(&d.some, tr("Remove"), tr("Move the selected pictures to the library's trash; it can be undone (Delete)"), theme.DeleteIcon(), g.remove))
	heading := func(text string) fyne.CanvasObject {
		l := widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
		l.SizeName = theme.SizeNameCaptionText
		return l
	}
	frame := canvas.NewRectangle(color.Transparent)
	frame.SetMinSize(fyne.NewSize(previewSide, previewSide+16))
	preview := widgets.NewPanel(widgets.ColorStage, 4, container.NewStack(frame, d.picture))
	d.body = container.New(layout.NewCustomPaddedVBoxLayout(2), preview, d.title, d.facts, d.verdict, d.tags, d.tag,
		heading(tr("Use its recipe")), uses, heading(tr("Selected pictures")), work)
	d.box = container.NewStack(container.NewVScroll(container.NewStack(d.body, container.NewVBox(d.none))))
	d.show()
	return d
}

// show follows the selection.
func (d *details) show() {
	g := d.g
	it, n := g.looked(), len(g.chosen())
	turned := d.body.Hidden != (it == nil)
	d.none.Hidden, d.body.Hidden = it != nil, it == nil
	for i, list := range [][]*ttwidget.Button{d.one, d.two, d.some} {
		for _, b := range list {
			enable(b, it != nil && (i == 2 || i == 0 || n == 2))
		}
	}
	if it == nil {
		d.shown = ""
		d.box.Refresh()
		return
	}
	put(d.title, titleOf(it))
	d.showFacts(it, n)
	d.showTags(it)
	star, text := symbol("star"), tr("Star")
	if it.Favourite {
		star, text = g.grid.Star, tr("No star")
	}
	if d.star.Text != text {
		d.star.Icon = star
		d.star.SetText(text)
	}
	d.showPicture(it)
	if turned {
		d.box.Refresh() // what was hidden cannot ask for itself
	}
	d.showVerdict()
}

// put shows a text, where another is shown. The arrow keys come here thirty times a second.
func put(l *widget.Label, text string) {
	if l.Text != text {
		l.SetText(text)
	}
}

// arrange gives everything the room that it needs now; refreshing all of it would take
// longer than a frame.
func (d *details) arrange() {
	for _, c := range []*fyne.Container{d.facts, d.body} {
		c.Layout.Layout(c.Objects, c.Size())
	}
	if size := d.body.MinSize(); size != d.needs {
		d.needs = size
		d.box.Refresh()
	}
}

// showPicture reads the picture itself; until it is there its thumbnail is shown.
func (d *details) showPicture(it *studio.LibraryItem) {
	g, name := d.g, it.Name
	if d.shown == name {
		return
	}
	d.shown, d.settings = name, ""
	d.picture.SetPictures(g.thumbs.get(name), nil, nil)
	l := g.library.open()
	g.w.background(func() func() {
		recipe, _, m, err := studio.ReadPicture(l.Path(name))
		return func() {
			if d.shown != name {
				return
			}
			if err != nil {
				d.shown = ""
				g.unread(trf("%s could not be read", name), err)
				return
			}
			d.picture.SetPictures(tightRGBA(m), nil, nil)
			if it := g.looked(); it != nil && it.Name == name {
				d.settings = settingsOf(recipe)
				d.showFacts(it, len(g.chosen()))
				d.arrange()
			}
		}
	})
}

// titleOf is what was asked for, else the model.
func titleOf(it *studio.LibraryItem) string {
	switch {
	case it.Expression != "":
		return it.Expression
	case len(it.Labels) > 0:
		return strings.Join(it.Labels, ", ")
	}
	return modelName(it.Model)
}

func modelName(file string) string { return strings.TrimSuffix(file, ".safetensors") }

// showFacts lists what the index knows of the picture.
func (d *details) showFacts(it *studio.LibraryItem, n int) {
	d.known = 0
	d.fact(tr("model"), modelName(it.Model)+space(it.Weights))
	seed := fmt.Sprint(it.Seed)
	if it.Chain >= 0 {
		seed += "  ·  " + trf("chain %d", it.Chain+1)
	}
	d.fact(tr("seed"), seed)
	if it.Energy != nil {
		d.fact(tr("energy"), number(float64(*it.Energy)))
	}
	d.fact(tr("steps"), fmt.Sprintf("%d  ·  %s", it.Steps, it.Sampler))
	d.fact(tr("size"), trf("%d × %d pixels", it.Width, it.Height))
	d.fact(tr("kept"), it.Added.Local().Format(time.DateTime))
	d.fact(tr("engine"), it.Engine)
	if it.Edited {
		d.fact(tr("edited"), tr("its pixels were changed after it was saved"))
	}
	if d.shown == it.Name && d.settings != "" {
		d.fact(tr("knobs"), d.settings)
	}
	if n > 1 {
		d.fact(tr("selected"), trf("%d; this was clicked last", n))
	}
	for _, unused := range d.facts.Objects[2*d.known:] {
		unused.Hide()
	}
}

func space(text string) string {
	if text == "" {
		return ""
	}
	return "  ·  " + text
}

// settingsOf are the knobs that differ from their default.
func settingsOf(r studio.Recipe) string {
	var knobs []string
	for _, k := range slices.Sorted(maps.Keys(r.Settings)) {
		knobs = append(knobs, fmt.Sprintf("%s=%v", k, r.Settings[k]))
	}
	if r.Known != nil {
		knobs = append(knobs, tr("inpainted"))
	}
	if r.Initial != nil {
		knobs = append(knobs, tr("begun with a picture"))
	}
	return strings.Join(knobs, ", ")
}

// fact puts a line below those before it, in the labels of the picture shown before.
func (d *details) fact(name, value string) {
	if 2*d.known == len(d.facts.Objects) {
		n, v := widget.NewLabel(name), widget.NewLabel(value)
		n.Importance = widget.LowImportance
		n.Wrapping, v.Wrapping = fyne.TextWrapWord, fyne.TextWrapWord
		n.SizeName, v.SizeName = theme.SizeNameCaptionText, theme.SizeNameCaptionText
		d.facts.Add(n)
		d.facts.Add(v)
	}
	for i, text := range []string{name, value} {
		l := d.facts.Objects[2*d.known+i].(*widget.Label)
		put(l, text)
		l.Show()
	}
	d.known++
}

// showTags shows the tags as buttons that take them away.
func (d *details) showTags(it *studio.LibraryItem) {
	if len(d.tags.Objects) == 0 && len(it.Tags) == 0 {
		return
	}
	d.tags.RemoveAll()
	for _, tag := range it.Tags {
		b := quietButton(tag, theme.CancelIcon(), trf("Take the tag %s from the selected pictures", tag), func() { d.g.removeTag(tag) })
		b.IconPlacement, b.Importance = widget.ButtonIconTrailingText, widget.MediumImportance
		d.tags.Add(b)
	}
	d.tags.Hidden = len(it.Tags) == 0
	d.tags.Refresh()
}

// showVerdict says what verifying has found.
func (d *details) showVerdict() {
	text := ""
	if it := d.g.looked(); it != nil {
		text = d.g.marked[it.Name]
	}
	d.verdict.Hidden = text == ""
	put(d.verdict, text)
	d.arrange()
}

// tightRGBA is a picture as the widgets want it.
func tightRGBA(m image.Image) *image.RGBA {
	if m == nil {
		return nil
	}
	out := image.NewRGBA(image.Rect(0, 0, m.Bounds().Dx(), m.Bounds().Dy()))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Set(x, y, m.At(m.Bounds().Min.X+x, m.Bounds().Min.Y+y))
		}
	}
	return out
}
