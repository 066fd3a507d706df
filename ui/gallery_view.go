package ui

import (
	"image"
	"slices"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/resources"
	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// gallery is the view of the library: a wall of thumbnails, what they are filtered by, and
// beside it what is known about the picture looked at. Its fields belong to the UI
// goroutine.
//
//	gallery_view.go     the layout and the wall
//	gallery_library.go  opening the library, asking it, noticing changes
//	gallery_filter.go   what is shown: words, model, label, tag, day, energy, stars
//	gallery_details.go  the side: the picture looked at and what can be done with it
//	gallery_change.go   stars, tags, adding, keeping from a run
//	gallery_clean.go    rejecting, removing, the trash
//	gallery_use.go      recall and verify; gallery_export.go what can be written
//	gallery_compare.go  one picture large, or two compared
//	gallery_cloud.go    the pictures laid out by how alike they are; gallery_cloud_choice.go
//	                    by what, gallery_cloud_made.go the work and what it has made
//	gallery_keys.go     keys, drops, the menu
//	gallery_thumbs.go   thumbnails, decoded off the UI goroutine
type gallery struct {
	w       *Window
	library shelf
	items   []studio.LibraryItem // those shown, as far as they are known
	total   int
	marked  map[string]string // what verifying a picture has found

	thumbs  *thumbs
	arrived func()      // done once when the library has answered next
	asked   atomic.Bool // an update of the wall is on its way
	grid    *widgets.ThumbGrid
	filter  *filterBar
	details *details
	compare *comparison
	cloud   *cloud
	status  *widget.Label
	faults  *ttwidget.Button
	jump    *ttwidget.Button
	clean   *ttwidget.Button
	turn    *ttwidget.Button // from the wall to the cloud and back
	size    *widgets.Slider
	sized   *fyne.Container // what means something to the wall alone
	hint    *fyne.Container
	hints   hintParts
	stack   *fyne.Container // wall, cloud, hint and comparison, one of them visible
	middle  fyne.CanvasObject
}

// hintParts are what stands in the place of pictures where there are none.
type hintParts struct {
	title, text *widget.Label
	do, other   *widget.Button
}

// newGallery is the gallery's place in the window: it fills the middle, and its own
// side stands where the knobs are.
func newGallery(w *Window) place {
	g := makeGallery(w)
	w.gallery = g
	return place{
		title: tr("Gallery"), tip: tr("The pictures you have kept: find, compare, use again, export"), idle: true,
		middle: g.middle, side: g.details.box, show: g.show, key: g.key, rune: g.rune, drop: g.drop,
	}
}

func makeGallery(w *Window) *gallery {
	g := &gallery{w: w, marked: map[string]string{}}
	g.thumbs = newThumbs(g.readThumb, g.thumbCame)
	g.grid = widgets.NewThumbGrid(g.thumb)
	g.grid.Star = fyne.NewStaticResource("starred.svg", resources.Symbol("starred"))
	g.grid.OnView = g.viewed
	g.grid.OnSelect = g.picked
	g.grid.OnOpen = func(int) { g.compare.look() }
	g.grid.OnMenu = g.menu
	g.details = newDetails(g)
	g.compare = newComparison(g)
	g.turn = quietButton(tr("Cloud"), symbol("cloud"), tr("The pictures by how alike they are, or as a wall (L)"), g.toggleCloud)
	g.filter = newFilterBar(g)
	g.makeHint()
	g.cloud = newCloud(g)
	g.middle = g.layout()
	g.tell(tr("Opening the library…"), "", "", nil)
	w.win.Canvas().AddShortcut(&fyne.ShortcutSelectAll{}, func(fyne.Shortcut) { g.selectAll() })
	return g
}

// thumbSideKey is the preference that remembers how large thumbnails are.
const thumbSideKey = "thumbnails"

func (g *gallery) layout() fyne.CanvasObject {
	g.status = widget.NewLabel("")
	g.status.SizeName, g.status.Truncation = theme.SizeNameCaptionText, fyne.TextTruncateEllipsis
	g.faults = quietButton("", theme.WarningIcon(), tr("Files of the folder that cannot be used; they are left as they are"), g.showFaults)
	g.faults.Hide()
	g.jump = quietButton(tr("Go to a day"), theme.HistoryIcon(), tr("Scroll to the pictures of a day"), g.jumpMenu)
	g.clean = quietButton(tr("Clean up"), theme.DeleteIcon(), tr("Move rejected pictures, or all without a star, to the trash; those with a star stay"), g.cleanMenu)
	g.size = widgets.NewSlider(widgets.ThumbSmall, widgets.ThumbLarge, 8)
	g.size.SetToolTip(tr("How large the thumbnails are (+ and -)"))
	g.size.OnKey = g.w.typedKey
	g.size.OnChanged = func(v float64) { g.grid.SetSide(float32(v)) }
	g.size.OnChangeEnded = func(v float64) { g.w.app.Preferences().SetFloat(thumbSideKey, v) }
	g.resize(float32(g.w.app.Preferences().FloatWithFallback(thumbSideKey, widgets.ThumbUsual)))
	g.sized = container.NewHBox(g.jump, wide(110, container.NewCenter(wide(104, g.size))))
	below := container.NewBorder(nil, nil, nil, container.NewHBox(g.faults, g.clean, g.sized), g.status)
	g.stack = container.NewStack(g.grid, g.cloud.box, g.hint, g.compare.box)
	return container.NewBorder(widgets.NewPanel(widgets.ColorPanel, 6, g.filter.box), widgets.NewPanel(widgets.ColorPanel, 2, below), nil, nil,
		widgets.NewPanel(widgets.ColorStage, 4, g.stack))
}

// quietButton is a button that does not ask for attention.
func quietButton(text string, icon fyne.Resource, tip string, do func()) *ttwidget.Button {
	b := ttwidget.NewButtonWithIcon(text, icon, do)
	b.Importance = widget.LowImportance
	b.SetToolTip(tip)
	return b
}

func (g *gallery) makeHint() {
	h := &g.hints
	h.title = widget.NewLabelWithStyle("", fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	h.title.SizeName = theme.SizeNameSubHeadingText
	h.text = widget.NewLabel("")
	h.text.Alignment, h.text.Wrapping, h.text.Importance = fyne.TextAlignCenter, fyne.TextWrapWord, widget.LowImportance
	h.do, h.other = widget.NewButton("", nil), widget.NewButton(tr("Another folder…"), g.chooseFolder)
	h.do.Importance = widget.HighImportance
	g.hint = container.NewVBox(layout.NewSpacer(), h.title, h.text, container.NewCenter(container.NewHBox(h.do, h.other)), layout.NewSpacer())
}

// tell shows a sentence in the place of pictures, with a button to go on.
func (g *gallery) tell(title, text, button string, do func()) {
	h := &g.hints
	h.title.SetText(title)
	h.text.SetText(text)
	h.do.SetText(button)
	h.do.OnTapped = do
	h.do.Hidden, h.other.Hidden = button == "", true
	g.sight().Hide()
	g.hint.Show()
	g.stack.Refresh() // what was hidden is on no canvas yet and cannot ask for itself
}

// show is called when the person comes here.
func (g *gallery) show() {
	g.open(nil)
	g.rescan()
}

// visible reports whether the gallery is what is looked at.
func (g *gallery) visible() bool { return g.w.tasks != nil && g.w.tasks.now == taskGallery }

// thumb is what a tile of the wall shows.
func (g *gallery) thumb(i int) widgets.Thumb {
	if i >= len(g.items) {
		return widgets.Thumb{}
	}
	it := &g.items[i]
	t := widgets.Thumb{Image: g.thumbs.get(it.Name), Caption: caption(it), Star: it.Favourite}
	if rejected(it) {
		t.Dim, t.Caption = true, "✗ "+t.Caption
	}
	return t
}

// caption is the line below a thumbnail: what was asked for, else the energy.
func caption(it *studio.LibraryItem) string {
	energy := ""
	if it.Energy != nil {
		energy = "E " + number(float64(*it.Energy))
	}
	switch {
	case it.Chain < 0:
		return tr("contact sheet")
	case it.Expression != "":
		return it.Expression
	case len(it.Labels) > 0:
		return it.Labels[0] + "  " + energy
	}
	return energy
}

// viewed asks for the thumbnails that have come into view, and for some that may be next.
func (g *gallery) viewed(first, end int) {
	var names []string
	for _, part := range [][2]int{{first, end}, {end, end + (end - first)}, {first - (end-first)/2, first}} {
		for i := max(part[0], 0); i < min(part[1], len(g.items)); i++ {
			names = append(names, g.items[i].Name)
		}
	}
	g.thumbs.want(names)
}

// thumbGap is the shortest time between two updates of the wall.
const thumbGap = 30 * time.Millisecond

// thumbCame shows new thumbnails soon, many at a time.
func (g *gallery) thumbCame() {
	if !g.asked.CompareAndSwap(false, true) {
		return
	}
	time.AfterFunc(thumbGap, func() {
		g.asked.Store(false)
		if g.w.ctx.Err() == nil {
			g.w.do(func() { g.grid.Update() })
		}
	})
}

// readThumb reads a thumbnail from the library, off the UI goroutine.
func (g *gallery) readThumb(name string) *image.RGBA {
	l := g.library.now.Load()
	if l == nil {
		return nil
	}
	data, err := l.Thumbnail(g.w.ctx, name)
	if err != nil {
		return nil // the picture has vanished; the next look at the folder says so
	}
	m, _ := decoded(data).(*image.RGBA)
	return m
}

// picked follows the selection.
func (g *gallery) picked() {
	g.details.show()
	g.compare.follow()
	g.cloud.follow()
	g.say()
}

// chosen are the selected pictures.
func (g *gallery) chosen() []studio.LibraryItem {
	var all []studio.LibraryItem
	for _, i := range g.grid.Selected() {
		if i < len(g.items) {
			all = append(all, g.items[i])
		}
	}
	return all
}

func names(items []studio.LibraryItem) []string {
	all := make([]string, len(items))
	for i, it := range items {
		all[i] = it.Name
	}
	return all
}

// looked is the picture that the side is about: the one clicked last, nil for none.
func (g *gallery) looked() *studio.LibraryItem {
	i := g.grid.Cursor()
	if selected := g.grid.Selected(); !slices.Contains(selected, i) {
		if len(selected) == 0 {
			return nil
		}
		i = selected[0]
	}
	if i < 0 || i >= len(g.items) {
		return nil
	}
	return &g.items[i]
}

func (g *gallery) selectAll() {
	switch {
	case !g.visible():
	case g.cloud.box.Visible():
		g.cloud.selectAll()
	case g.grid.Visible():
		g.grid.SelectAll()
	}
}

// resize changes the thumbnails' size.
func (g *gallery) resize(side float32) {
	g.grid.SetSide(side)
	g.size.Put(float64(g.grid.Side()))
}

// say tells how many pictures there are.
func (g *gallery) say() {
	text := ""
	switch n := len(g.grid.Selected()); {
	case g.library.reading != "":
		text = g.library.reading
	case g.library.open() == nil:
	case g.filter.active():
		text = trf("%d of %d pictures", g.total, g.library.all)
	default:
		text = several(g.total, tr("1 picture"), trf("%d pictures", g.total))
		if n == 0 && g.total > 0 {
			text += "  ·  " + shortPath(g.library.open().Folder())
		}
	}
	if n := len(g.grid.Selected()); n > 0 && g.library.reading == "" {
		text += "  ·  " + trf("%d selected", n)
	}
	if g.status.Text != text {
		g.status.SetText(text)
	}
}
