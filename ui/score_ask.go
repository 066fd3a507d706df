package ui

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// scoreAsk is the side of the task Score.
type scoreAsk struct {
	in, out     *sourceChoice
	count       *widgets.Knob
	all         *ttwidget.Check
	suggested   string        // as what the model looked at is used to
	left        *widget.Label // files and models that were left out
	faults      *ttwidget.Button
	start, stop *ttwidget.Button
	save        *ttwidget.Button
	bar         *widget.ProgressBar
	text        *widget.Label
	side        fyne.CanvasObject
	cancel      context.CancelFunc // of the scoring under way, nil for none
}

// sourceChoice is a choice of pictures: data by name, sets that are made, a folder.
type sourceChoice struct {
	w       *Window
	pick    *ttwidget.Select
	specs   []string // of the options
	chosen  string
	changed func() // another was chosen
}

// sourceNames are what people read for the names of data and of sets that are made.
func sourceNames() map[string]string {
	return map[string]string{
		"fashion": tr("Fashion-MNIST"), "checkerboard": tr("Checkerboard (points)"), "rings": tr("Rings (points)"), "spirals": tr("Spirals (points)"), "moons": tr("Moons (points)"),
		"fashion-test": tr("Fashion-MNIST, test pictures"), "digits": tr("Digits (MNIST)"), "faces": tr("Pixel faces"), "faces-all": tr("Pixel faces, all combinations"),
		"mean pairs": tr("Means of two"), "flipped": tr("Upside down"), "permuted": tr("Permuted pixels"), "noise": tr("Noise"), "constant": tr("One colour"),
	}
}

// sourceName is what people read for a source.
func sourceName(spec string) string {
	if name, ok := sourceNames()[spec]; ok {
		return name
	}
	return shortPath(spec)
}

func newSourceChoice(w *Window, tip string, specs []string) *sourceChoice {
	c := &sourceChoice{w: w, specs: specs}
	c.pick = ttwidget.NewSelect(nil, func(string) { c.picked() })
	c.pick.PlaceHolder = tr("choose pictures")
	c.pick.SetToolTip(tip)
	c.show()
	return c
}

// picked takes the option that was chosen; the last asks for a folder.
func (c *sourceChoice) picked() {
	switch i := c.pick.SelectedIndex(); {
	case i < 0:
	case i < len(c.specs):
		c.chosen = c.specs[i]
		c.tell()
	default:
		c.show() // as it was, until a folder is chosen
		c.w.choose(func() (string, error) { return c.w.chooser.Folder(tr("Choose a folder of pictures")) }, func(path string) { c.put(path); c.tell() })
	}
	c.w.win.Canvas().Unfocus()
}

func (c *sourceChoice) tell() {
	if c.changed != nil {
		c.changed()
	}
}

// put chooses a source, a folder too.
func (c *sourceChoice) put(spec string) {
	if !slices.Contains(c.specs, spec) {
		c.specs = append(c.specs, spec)
	}
	c.chosen = spec
	c.show()
}

func (c *sourceChoice) show() {
	tell := c.pick.OnChanged
	c.pick.OnChanged = nil
	c.pick.Options = nil
	for _, s := range c.specs {
		c.pick.Options = append(c.pick.Options, sourceName(s))
	}
	c.pick.Options = append(c.pick.Options, tr("A folder…"))
	if i := slices.Index(c.specs, c.chosen); i >= 0 {
		c.pick.SetSelectedIndex(i)
	} else {
		c.pick.ClearSelected()
	}
	c.pick.OnChanged = tell
	c.pick.Refresh()
}

func (v *scoring) newAsk() {
	w := v.w
	v.in = newSourceChoice(w, tr("What the model is used to: pictures of its data that were never trained on, or a folder of such"), studio.HeldBack())
	v.out = newSourceChoice(w, tr("What is to be told from it: other data, a folder, or pictures made from those above. A folder can be dropped on the window."), append(studio.MadeSets(), studio.HeldBack()...))
	v.out.put(studio.MadeSets()[0])
	v.count = widgets.NewKnob(widgets.KnobSpec{
		Title: tr("Pictures"), Min: 2, Max: 10000, Default: 500, Integer: true, Log: true,
		Help: tr("Most pictures of each set; more make the interval of the AUROC narrower"),
	}, tr("Back to the default"))
	v.count.Slider.OnKey = w.typedKey
	v.all = ttwidget.NewCheck(tr("All open models"), func(bool) { w.win.Canvas().Unfocus() })
	v.all.SetToolTip(tr("Score with every open model that takes these pictures. Their scores have units of their own, so their ranks are compared."))
	v.left = widget.NewLabel("")
	v.left.Wrapping, v.left.SizeName, v.left.Importance = fyne.TextWrapWord, theme.SizeNameCaptionText, widget.WarningImportance
	v.faults = quietButton(tr("List them…"), theme.ListIcon(), tr("The files that cannot be read, each with the reason"), v.showFaults)
	v.save = ttwidget.NewButtonWithIcon(tr("Save…"), theme.DocumentSaveIcon(), v.saveMenu)
	v.save.SetToolTip(tr("Every picture's scores and ranks, or the ROC curves, as CSV"))
	v.bar, v.text = widget.NewProgressBar(), widget.NewLabel("")
	v.bar.TextFormatter = func() string { return "" }
	v.text.SizeName = theme.SizeNameCaptionText
	v.stop = ttwidget.NewButtonWithIcon(tr("Stop"), theme.MediaStopIcon(), v.end)
	v.stop.SetToolTip(tr("End the scoring; the report before it stays (S)"))
	v.start = ttwidget.NewButtonWithIcon(tr("Score"), theme.MediaPlayIcon(), v.begin)
	v.start.Importance = widget.HighImportance
	v.start.SetToolTip(tr("Score the pictures of both sets (space)"))
	title := func(text string) *widget.Label {
		return widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	}
	pad := func(o fyne.CanvasObject) fyne.CanvasObject { return container.New(&sideMargin{left: 7, right: 4}, o) }
	top := container.NewVBox(title(tr("What the model is used to")), pad(v.in.pick), title(tr("Other pictures")), pad(v.out.pick),
		pad(v.count), container.NewHBox(v.all), v.left, container.NewHBox(v.faults))
	foot := container.NewVBox(widgets.NewThinBar(v.bar), v.text, container.NewGridWithColumns(2, v.save, v.stop), v.start)
	v.side = container.NewBorder(nil, foot, nil, nil, container.NewVBox(top, layout.NewSpacer()))
}

// showAsk fills the side for a model.
func (v *scoring) showAsk(h *session) {
	if h == nil {
		return
	}
	if v.in.chosen == v.suggested { // nobody has chosen another
		v.suggested = studio.HeldBackFor(h.opened)
		v.in.chosen = v.suggested
		v.in.show()
	}
	enable(v.start, v.cancel == nil)
	enable(v.stop, v.cancel != nil)
	enable(v.save, h.scored != nil)
	var lines []string
	faults := false
	if h.scored != nil {
		for _, of := range []studio.PictureSet{h.scored.In, h.scored.Out[0]} {
			if line := studio.FaultLine(of.Faults, len(of.Faults)+of.Pictures.N); line != "" {
				lines, faults = append(lines, line), true
			}
		}
		for _, why := range h.scored.LeftOut {
			lines = append(lines, trf("Left out: %s", why))
		}
	}
	v.left.SetText(strings.Join(lines, "\n"))
	setVisible(v.left, len(lines) > 0)
	setVisible(v.faults, faults)
	v.side.Refresh()
}

// request is what the side asks for, or what is missing.
func (v *scoring) request(h *session) (studio.OutlierRequest, string) {
	r := studio.OutlierRequest{
		Models: []*studio.Opened{h.opened}, In: studio.PictureSource{Spec: v.in.chosen}, Out: []studio.PictureSource{{Spec: v.out.chosen}},
		Count: int(v.count.Value()), Seed: h.recipe.Seed,
	}
	switch {
	case v.in.chosen == "":
		return r, tr("Choose what the model is used to: a folder of such pictures, on the right")
	case v.in.chosen == v.out.chosen:
		return r, tr("The two sets are the same: choose other pictures")
	case v.count.Problem() != "":
		return r, v.count.Problem()
	}
	for _, other := range v.w.sessions {
		if v.all.Checked && other != h {
			r.Models = append(r.Models, other.opened)
		}
	}
	return r, ""
}

// showProgress shows how many pictures are scored; none in all: they are being read.
func (v *scoring) showProgress(done, total int) {
	enable(v.start, false)
	enable(v.stop, true)
	if total == 0 {
		v.bar.SetValue(0)
		v.text.SetText(tr("Reading the pictures…"))
		return
	}
	v.bar.SetValue(float64(done) / float64(total))
	v.text.SetText(trf("Scored %d of %d pictures", done, total))
}

// dropFolder takes a folder that was dropped on the window: as what the model is used to
// where nothing was chosen for that, else as the other pictures.
func (v *scoring) dropFolder(path string) bool {
	if v.in.chosen == "" {
		v.in.put(path)
	} else {
		v.out.put(path)
	}
	return true
}

// showFaults lists the files that cannot be read.
func (v *scoring) showFaults() {
	if v.report == nil {
		return
	}
	text := widget.NewLabel(studio.FaultList(slices.Concat(v.report.In.Faults, v.report.Out[0].Faults)))
	text.Selectable, text.SizeName = true, theme.SizeNameCaptionText
	d := v.w.closable(tr("Files that cannot be read"), container.NewScroll(text))
	size := v.w.win.Canvas().Size()
	v.w.ask(d, true)
	d.Resize(fyne.NewSize(min(900, size.Width-60), min(560, size.Height-60)))
}

// saveMenu offers what can be saved of the report.
func (v *scoring) saveMenu() {
	if v.report == nil {
		return
	}
	name := strings.TrimSuffix(fileName(v.w.now), filepath.Ext(fileName(v.w.now)))
	item := func(text, file string, save func(string) error) *fyne.MenuItem {
		return fyne.NewMenuItem(text, func() {
			v.w.save(func() (string, error) { return v.w.chooser.Save(text, file) }, func(path string) (string, error) {
				path = withExtension(path, ".csv")
				return path, save(path)
			})
		})
	}
	menu := fyne.NewMenu("", item(tr("Scores and ranks of every picture (CSV)"), name+"-scores.csv", v.report.SaveScores),
		item(tr("ROC curves (CSV)"), name+"-roc.csv", v.report.SaveROC))
	at := v.w.app.Driver().AbsolutePositionForObject(v.save).AddXY(0, v.save.Size().Height)
	widget.ShowPopUpMenuAtPosition(menu, v.w.win.Canvas(), at)
}
