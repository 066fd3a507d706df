package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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

// trainForm is what a training is told: a field a setting, as the family lists them.
type trainForm struct {
	families []studio.Trainable
	family   *ttwidget.Select
	data     *sourceChoice
	size     *widgets.Entry
	colour   *ttwidget.Check
	ofFolder *fyne.Container // size and colour
	only     *widgets.Entry  // a class
	dir      *widgets.Entry
	saving   *trainSaving
	state    *widget.Label // what the folder holds
	problem  *widget.Label // that belongs to no field
	fields   map[string]*trainField
	list     *fyne.Container
	form     fyne.CanvasObject
	resumes  bool   // the folder holds a run to go on with
	taken    string // the folder whose settings are in the form
	filling  bool
}

// trainField is one setting.
type trainField struct {
	studio.SettingField
	entry   *widgets.Entry
	check   *ttwidget.Check
	choice  *ttwidget.Select
	problem *widget.Label
	box     *fyne.Container
}

// value is what the field says.
func (f *trainField) value() string {
	switch {
	case f.check != nil:
		return strconv.FormatBool(f.check.Checked)
	case f.choice != nil:
		return f.choice.Selected
	}
	return strings.TrimSpace(f.entry.Text)
}

// put shows a value.
func (f *trainField) put(text string) {
	switch {
	case f.check != nil:
		f.check.SetChecked(text == "true")
	case f.choice != nil:
		f.choice.SetSelected(text)
	default:
		f.entry.Put(text)
	}
}

func (v *trainer) newForm() {
	w := v.w
	v.families = w.studio.Trainable()
	var titles []string
	for _, f := range v.families {
		titles = append(titles, f.Title)
	}
	v.family = ttwidget.NewSelect(titles, func(string) { v.chosen() })
	v.family.SetToolTip(tr("What kind of model is trained"))
	v.data = newSourceChoice(w, tr("What it learns from: data that comes with the program or the system, or a folder of pictures, whose folders are classes"), append([]string{"fashion", "digits", "faces", "faces-all"}, studio.PointData()...))
	v.data.put("fashion")
	v.data.changed = v.chosen
	v.size, v.dir = widgets.NewEntry(), widgets.NewEntry()
	v.size.SetText("28")
	v.size.SetToolTip(tr("Side of the pictures in pixels: those of the folder are scaled and cropped to it"))
	v.colour = ttwidget.NewCheck(tr("Colour"), func(bool) { v.chosen() })
	v.colour.Checked = true
	v.colour.SetToolTip(tr("Three channels; off: grey"))
	v.ofFolder = container.NewBorder(nil, nil, widget.NewLabel(tr("Pixels")), v.colour, v.size)
	v.only = widgets.NewEntry()
	v.only.SetPlaceHolder(tr("all classes"))
	v.only.SetToolTip(tr("Learn the pictures of one class or attribute alone, by its name: an expert for a product of several. In a terminal: --only"))
	v.dir.SetText(filepath.Join("out", "train"))
	v.dir.SetToolTip(tr("Folder of the run: model, training state, curves, sample sheets"))
	v.dir.OnChanged = func(string) { v.lookAtFolder() }
	browse := quietButton("", theme.FolderOpenIcon(), tr("Choose the folder of the run"), func() {
		w.choose(func() (string, error) { return w.chooser.Folder(tr("Choose the folder of the run")) }, func(path string) { v.dropFolder(path) })
	})
	small := func(importance widget.Importance) *widget.Label {
		l := widget.NewLabel("")
		l.Wrapping, l.SizeName, l.Importance = fyne.TextWrapWord, theme.SizeNameCaptionText, importance
		l.Hide()
		return l
	}
	v.state, v.problem = small(widget.LowImportance), small(widget.DangerImportance)
	v.list = container.NewVBox()
	v.saving = newTrainSaving(v.check)
	title := func(text string) *widget.Label {
		return widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	}
	head := container.NewVBox(title(tr("Family")), v.family, title(tr("Data")), v.data.pick, v.ofFolder, v.only,
		title(tr("Folder of the run")), container.NewBorder(nil, nil, nil, browse, v.dir), v.state, v.saving.box, v.problem, widget.NewSeparator(), v.list)
	v.form = container.NewVScroll(container.New(&sideMargin{left: 7, right: 12}, head))
	v.saving.moved = v.form.Refresh
	v.filling = true // nobody has chosen it
	v.family.SetSelectedIndex(0)
	v.filling = false
	v.chosen()
	v.lookAtFolder()
}

// request is what the form asks for, without what is as the default.
func (v *trainer) request() studio.TrainRequest {
	r := studio.TrainRequest{Family: v.familyName(), Data: v.data.chosen, Channels: 1, Settings: map[string]string{}}
	r.Only = strings.TrimSpace(v.only.Text)
	if r.Data == "fashion" {
		r.Data = ""
	}
	if v.fromFolder() {
		r.Size, _ = strconv.Atoi(strings.TrimSpace(v.size.Text)) // 0 is refused with words
		if v.colour.Checked {
			r.Channels = 3
		}
	}
	for name, f := range v.fields {
		if text := f.value(); text != f.Default || v.resumes {
			r.Settings[name] = text
		}
	}
	r.Options.Dir, r.Options.SheetsEvery = strings.TrimSpace(v.dir.Text), 200
	v.saving.into(&r.Options)
	return r
}

// fromFolder reports whether a folder is trained on.
func (v *trainer) fromFolder() bool {
	return !slices.Contains(append([]string{"fashion"}, studio.NamedData()...), v.data.chosen)
}

func (v *trainer) familyName() string {
	if i := v.family.SelectedIndex(); i >= 0 && i < len(v.families) {
		return v.families[i].Name
	}
	return ""
}

// chosen follows a choice of family or data: defaults differ between them. What was typed
// stays where the family has such a setting.
func (v *trainer) chosen() {
	if v.filling {
		return
	}
	v.w.win.Canvas().Unfocus()
	setVisible(v.ofFolder, v.fromFolder())
	r := v.request()
	typed := r.Settings
	r.Settings = nil
	form, err := v.w.studio.TrainingForm(r)
	if len(form) == 0 && err != nil {
		v.complain(err)
		return
	}
	v.fields = map[string]*trainField{}
	groups, boxes := []string{}, map[string]*fyne.Container{}
	for _, s := range form {
		if boxes[s.Group] == nil {
			groups, boxes[s.Group] = append(groups, s.Group), container.NewVBox()
		}
		f := v.newField(s)
		if text, ok := typed[s.Name]; ok {
			f.put(text)
		}
		v.fields[s.Name] = f
		boxes[s.Group].Add(f.box)
	}
	v.list.RemoveAll()
	folded := widget.NewAccordion()
	folded.MultiOpen = true
	for i, name := range groups {
		if i == 0 { // the training itself is seen at once
			v.list.Add(widget.NewLabelWithStyle(name, fyne.TextAlignLeading, fyne.TextStyle{Bold: true}))
			v.list.Add(boxes[name])
			continue
		}
		folded.Append(widget.NewAccordionItem(name, boxes[name]))
	}
	v.list.Add(folded)
	v.list.Refresh()
	v.check()
}

// settingTitles are words for the names that the command line shortens.
func settingTitles() map[string]string {
	return map[string]string{
		"lr": tr("learning rate"), "lr-final": tr("rate at the end"), "ema": tr("averaging (EMA)"), "init-lr": tr("initializer's rate"),
		"vae-lr": tr("auto-encoder's rate"), "encoder-lr": tr("encoder's rate"), "kl": tr("KL weight"), "grad-norm": tr("gradient limit"),
	}
}

func (v *trainer) newField(s studio.SettingField) *trainField {
	f := &trainField{SettingField: s, problem: widget.NewLabel("")}
	f.problem.Importance, f.problem.SizeName, f.problem.Wrapping = widget.DangerImportance, theme.SizeNameCaptionText, fyne.TextWrapWord
	f.problem.Hide()
	text, ok := settingTitles()[s.Name]
	if !ok {
		text = strings.ReplaceAll(s.Name, "-", " ")
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	name := ttwidget.NewLabel(text)
	name.Truncation = fyne.TextTruncateEllipsis
	tip := trf("%s In a terminal: --%s", s.Help, s.Name)
	name.SetToolTip(tip)
	var control fyne.CanvasObject
	switch {
	case s.Kind == "truth":
		f.check = ttwidget.NewCheck("", func(bool) { v.check() })
		f.check.Checked = s.Default == "true"
		f.check.SetToolTip(tip)
		control = f.check
	case len(s.Choices) > 0:
		f.choice = ttwidget.NewSelect(s.Choices, nil)
		f.choice.SetSelected(s.Default)
		f.choice.OnChanged = func(string) { v.w.win.Canvas().Unfocus(); v.check() }
		f.choice.SetToolTip(tip)
		control = f.choice
	default:
		f.entry = widgets.NewEntry()
		f.entry.SetText(s.Default)
		f.entry.SetToolTip(tip)
		f.entry.OnChanged = func(string) { v.check() }
		f.entry.OnSubmitted = func(string) { v.w.win.Canvas().Unfocus() }
		control = f.entry
	}
	f.box = container.New(layout.NewCustomPaddedVBoxLayout(-4), container.NewBorder(nil, nil, nil, wide(112, control), name), f.problem)
	return f
}

// check asks the family what it thinks of the settings and says it below the field that it
// is about; it reports whether all is well.
func (v *trainer) check() bool {
	if v.filling || v.fields == nil {
		return true
	}
	_, err := v.w.studio.TrainingForm(v.request())
	v.complain(err)
	return v.saving.check() && err == nil
}

// complain says an error below the field that it names, or above all; nil takes what was
// said back.
func (v *trainer) complain(err error) {
	text, at := "", ""
	if err != nil {
		text, _, _ = strings.Cut(err.Error(), "\n")
		for name := range v.fields {
			if strings.Contains(text, strconv.Quote(name)) {
				at = name
			}
		}
	}
	moved := false
	say := func(l *widget.Label, text string) {
		if l.Text != text {
			l.SetText(text)
			setVisible(l, text != "")
			moved = true
		}
	}
	defer func() {
		if moved { // what is below a line of words makes room
			v.list.Refresh()
			v.form.Refresh()
		}
	}()
	for name, f := range v.fields {
		if name == at {
			_, after, found := strings.Cut(text, strconv.Quote(name)+": ")
			if !found {
				after = text
			}
			say(f.problem, after)
			continue
		}
		say(f.problem, "")
	}
	if at != "" {
		text = ""
	}
	say(v.problem, text)
}

// lookAtFolder says what the run's folder holds: a run in it is gone on with.
func (v *trainer) lookAtFolder() {
	dir := strings.TrimSpace(v.dir.Text)
	r, ok, err := v.w.studio.Resumable(dir)
	was := v.resumes
	v.resumes = ok
	text := ""
	switch {
	case err != nil:
		text = err.Error()
	case ok:
		text = trf("Holds a run of %d iterations, which goes on; iterations, rates and averaging may change.", r.Iterations)
		if r.Family != "" && dir != v.taken {
			v.taken = dir
			v.take(r)
		}
	case dir == "":
		text = tr("Name a folder")
	default:
		if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
			text = trf("Holds %d other files, which stay", len(entries))
		}
	}
	if v.state.Text != text {
		v.state.SetText(text)
		setVisible(v.state, text != "")
		v.form.Refresh()
	}
	if v.start != nil && was != ok {
		v.refresh()
	}
}

// take puts a run's family and settings into the form.
func (v *trainer) take(r studio.Resumable) {
	if i := slices.IndexFunc(v.families, func(f studio.Trainable) bool { return f.Name == r.Family }); i >= 0 && i != v.family.SelectedIndex() {
		v.filling = true
		v.family.SetSelectedIndex(i)
		v.filling = false
		v.chosen()
	}
	v.filling = true
	for name, text := range r.Settings {
		if f := v.fields[name]; f != nil {
			f.put(text)
		}
	}
	v.filling = false
	v.check()
}

// dropFolder takes a folder: a run is gone on with, pictures are trained on.
func (v *trainer) dropFolder(path string) bool {
	_, isRun, _ := v.w.studio.Resumable(path)
	entries, err := os.ReadDir(path)
	if isRun || err != nil || len(entries) == 0 {
		v.dir.SetText(path)
		return true
	}
	v.data.put(path)
	v.chosen()
	return true
}

// missing says what keeps the training from beginning, empty for nothing.
func (v *trainer) missing() string {
	r := v.request()
	switch {
	case r.Options.Dir == "":
		return tr("Name a folder for the run")
	case v.fromFolder() && r.Size < 1:
		return trf("Pixels: found %s, want a side of the pictures such as 28", fmt.Sprintf("%q", v.size.Text))
	case !v.check():
		return tr("A setting cannot be used: see the red line on the right")
	}
	return ""
}
