package ui

import (
	"image"
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/sampling"
	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// looked is a picture whose activations are looked at, and what they are.
type looked struct {
	name  string
	x     sampling.Images // of one picture
	mine  bool            // a person chose it: it does not follow the chains
	job   *studio.Job     // whose picture it is otherwise
	step  int
	chain int
	// recipe is what the energy is asked under, level its noise level: 0 and 1, the cleanest.
	recipe studio.Recipe
	level  int
	// failed is the run whose activations could not be computed: it is not asked again.
	failed *studio.Job

	layers  []studio.Activation
	layer   string // the one shown
	channel int    // the one told about, counted from 1; 0 for none
}

// layerView shows the feature maps of a layer for the selected chain's picture, which it
// follows, or for one that a person has chosen.
type layerView struct {
	w       *Window
	list    *widget.List
	maps    *widgets.FeatureMaps
	picture *canvas.Image
	name    *widget.Label
	choose  *ttwidget.Button
	level   *ttwidget.Select // of the noise, for models that have levels
	sorted  *ttwidget.Check
	colours *ttwidget.Select
	title   *widget.Label
	about   *widget.Label
	box     fyne.CanvasObject

	signed  []color.RGBA // diverging colours
	busy    bool         // an evaluation is under way, after which the chains are looked at again
	drawing int          // counts the drawings asked for: only the newest is shown
	order   []int        // channels as they are shown
	filling bool
}

func newLayerView(w *Window) *layerView {
	v := &layerView{w: w, signed: w.signed, name: widget.NewLabel(""), title: widget.NewLabel(""), about: widget.NewLabel("")}
	v.maps = widgets.NewFeatureMaps("")
	v.maps.SetToolTip(tr("The feature maps of the layer, one a channel, all in the same colours. Click one to read its numbers; arrow keys go on."))
	v.maps.OnPick = func(i int) { v.pick(i) }
	v.list = widget.NewList(func() int { return len(v.layers()) }, newLayerRow, v.fillRow)
	v.list.OnSelected = func(i widget.ListItemID) {
		if l := v.layers(); !v.filling && i < len(l) {
			v.w.now.looked.layer, v.w.now.looked.channel = l[i].Layer, 0
			v.draw()
		}
	}
	v.picture = &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScalePixels}
	v.picture.SetMinSize(fyne.NewSquareSize(72))
	v.name.SizeName, v.name.Wrapping = theme.SizeNameCaptionText, fyne.TextWrapWord
	v.choose = ttwidget.NewButtonWithIcon(tr("Picture…"), theme.MenuDropDownIcon(), nil)
	v.choose.OnTapped = func() { v.menu() }
	v.choose.SetToolTip(tr("Whose activations are shown: the selected chain's picture, one of the gallery, or a file. A picture can be dropped here too."))
	v.level = ttwidget.NewSelect([]string{" "}, func(string) {
		if !v.filling {
			v.setLevel(v.level.SelectedIndex() + 1)
		}
	})
	v.level.SetToolTip(tr("The noise level that the network is told: 1 is the cleanest. The picture is taken as it is."))
	v.sorted = ttwidget.NewCheck(tr("Strongest first"), func(bool) { v.draw() })
	v.sorted.SetToolTip(tr("Order the channels by their mean absolute activation, in place of their numbers"))
	v.colours = ttwidget.NewSelect([]string{tr("By sign"), tr("Diverging"), tr("Sequential")}, func(string) { v.draw() })
	v.colours.SetSelectedIndex(0)
	v.colours.SetToolTip(tr("Diverging: 0 is dark in the middle, blue below and red above. Sequential: from the least value to the greatest. By sign: diverging where there are both signs."))
	v.title.TextStyle.Bold, v.title.Truncation = true, fyne.TextTruncateEllipsis
	v.about.SizeName, v.about.Importance, v.about.Truncation = theme.SizeNameCaptionText, widget.LowImportance, fyne.TextTruncateEllipsis
	head := container.NewVBox(container.NewBorder(nil, nil, v.picture, nil, v.name), v.choose, v.level)
	left := widgets.NewPanel(widgets.ColorPanel, 10, container.NewBorder(head, nil, nil, nil, v.list))
	top := container.NewBorder(nil, nil, nil, container.NewHBox(v.sorted, wide(132, v.colours)), v.title)
	right := widgets.NewPanel(widgets.ColorPanel, 10, container.NewBorder(top, v.about, nil, nil, v.maps))
	split := container.NewHSplit(left, right)
	split.Offset = 0.34
	v.box = split
	return v
}

func newLayerRow() fyne.CanvasObject {
	name, shape := widget.NewLabel(""), widget.NewLabel("")
	for _, l := range []*widget.Label{name, shape} {
		l.SizeName = theme.SizeNameCaptionText
	}
	name.Truncation, shape.Importance = fyne.TextTruncateEllipsis, widget.LowImportance
	return container.NewBorder(nil, nil, nil, shape, name)
}

func (v *layerView) fillRow(i widget.ListItemID, row fyne.CanvasObject) {
	l := v.layers()
	if i >= len(l) {
		return
	}
	shape := shapeText([]int{l[i].C, l[i].H, l[i].W})
	if l[i].H*l[i].W == 1 {
		shape = shapeText([]int{l[i].C})
	}
	setScoreRow(row, middle(l[i].Layer, 19), shape)
}

// layers are those of the model looked at.
func (v *layerView) layers() []studio.Activation {
	if h := v.w.now; h != nil {
		return h.looked.layers
	}
	return nil
}

// current is the layer shown; nil where there is none.
func (v *layerView) current() *studio.Activation {
	all := v.layers()
	if len(all) == 0 {
		return nil
	}
	return &all[max(0, slices.IndexFunc(all, func(a studio.Activation) bool { return a.Layer == v.w.now.looked.layer }))]
}

// show shows the activations of the model looked at, and computes them where the picture
// has changed.
func (v *layerView) show() {
	h := v.w.now
	if h == nil {
		return
	}
	v.showPicture()
	v.fill()
	v.follow(h)
}

// showPicture shows whose activations they are.
func (v *layerView) showPicture() {
	h := v.w.now
	l := h.looked
	v.name.SetText(l.name)
	v.picture.Image = nil
	if len(l.x.Data) > 0 && (l.x.C == 1 || l.x.C == 3) {
		v.picture.Image = studio.PictureOf(l.x, 0, h.opened.Model.Lo, h.opened.Model.Hi)
	}
	levels := h.opened.Model.Levels
	if setVisible(v.level, len(levels) > 1); len(levels) > 1 {
		v.filling = true
		v.level.SetOptions(levelNames(levels))
		v.level.SetSelectedIndex(max(1, l.level) - 1)
		v.filling = false
	}
	setVisible(v.picture, v.picture.Image != nil)
	v.picture.Refresh()
}

// fill shows the list of layers and the maps of the one chosen.
func (v *layerView) fill() {
	v.list.Refresh()
	if a := v.current(); a != nil {
		i := slices.IndexFunc(v.layers(), func(b studio.Activation) bool { return b.Layer == a.Layer })
		v.filling = true
		v.list.Select(i)
		v.filling = false
	}
	v.draw()
}

// draw draws the maps of the layer off the UI goroutine.
func (v *layerView) draw() {
	v.drawing++
	a, stamp := v.current(), v.drawing
	if a == nil {
		v.order = nil
		v.title.SetText(tr("Activations"))
		v.about.SetText("")
		v.maps.SetEmpty(tr("Draw chains (Start), or choose a picture"))
		v.maps.SetTiles(nil)
		return
	}
	layer, sorted := *a, v.sorted.Checked
	way := []string{"", studio.ShadesDiverging, studio.ShadesSequential}[max(0, v.colours.SelectedIndex())]
	v.w.background(func() func() {
		order, shades := layer.Order(sorted), layer.Shades(way, v.signed, v.w.densities)
		tiles := make([]*image.RGBA, len(order))
		for i, channel := range order {
			tiles[i] = layer.Tile(channel, shades)
		}
		return func() {
			if stamp == v.drawing {
				v.order = order
				v.title.SetText(layer.Layer)
				v.maps.SetTiles(tiles)
				v.maps.SetScale(scaleColours(shades), number2(shades.Low), number2(shades.High))
				v.maps.Select(slices.Index(order, v.w.now.looked.channel-1))
				v.tell()
			}
		}
	})
}

// scaleColours are enough of them for a smooth bar.
func scaleColours(s studio.Shades) []color.RGBA {
	const n = 128
	all := make([]color.RGBA, n)
	for i := range all {
		all[i] = s.Of(s.Low + (s.High-s.Low)*float64(i)/(n-1))
	}
	return all
}

// pick tells about a channel by its place.
func (v *layerView) pick(place int) {
	if place >= 0 && place < len(v.order) {
		v.w.now.looked.channel = v.order[place] + 1
		v.tell()
	}
}

// tell says what the numbers of the layer, or of the channel picked, are.
func (v *layerView) tell() {
	a := v.current()
	if a == nil {
		return
	}
	least, greatest, strength, notFinite := a.Range()
	what := trf("%d channels", a.C)
	if c := v.w.now.looked.channel; c > 0 && c <= a.C {
		least, greatest, strength, notFinite = a.RangeOf(c - 1)
		what = trf("channel %d of %d", c, a.C)
	}
	text := trf("%s · from %s to %s · mean |a| %s", what, number2(least), number2(greatest), number2(strength))
	v.about.Importance = widget.LowImportance
	if notFinite > 0 {
		text += " · " + trf("%d not finite, hatched", notFinite)
		v.about.Importance = widget.WarningImportance
	}
	v.about.SetText(text)
}

// key goes through channels by left and right, through layers by up and down.
func (v *layerView) key(name fyne.KeyName) bool {
	switch name {
	case fyne.KeyLeft, fyne.KeyRight:
		step := map[fyne.KeyName]int{fyne.KeyLeft: -1, fyne.KeyRight: 1}[name]
		if i := max(-1, v.maps.Selected()) + step; i >= 0 && i < v.maps.Len() {
			v.maps.Select(i)
			v.pick(i)
		}
	case fyne.KeyUp, fyne.KeyDown:
		step := map[fyne.KeyName]int{fyne.KeyUp: -1, fyne.KeyDown: 1}[name]
		if a := v.current(); a != nil {
			i := slices.IndexFunc(v.layers(), func(b studio.Activation) bool { return b.Layer == a.Layer }) + step
			if i >= 0 && i < len(v.layers()) {
				v.list.Select(i)
			}
		}
	default:
		return false
	}
	return true
}
