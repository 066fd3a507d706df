package ui

import (
	"image"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2/theme"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// refresh shows where the training stands.
func (v *trainer) refresh() {
	if v.start == nil {
		return
	}
	run := v.run
	v.work.Hidden, v.hint.Hidden = run == nil, run != nil
	active := run.active()
	enable(v.pause, active && run.progress.Phase != studio.Stopping)
	enable(v.stop, active && run.progress.Phase != studio.Stopping)
	enable(v.start, !active)
	start, icon := tr("Train"), theme.MediaPlayIcon()
	if v.resumes && !active {
		start = tr("Go on training")
	}
	if v.start.Text != start {
		v.start.SetText(start)
		v.start.SetIcon(icon)
	}
	pause := tr("Pause")
	if active && run.progress.Phase == studio.Paused {
		pause = tr("Resume")
	}
	if v.pause.Text != pause {
		v.pause.SetText(pause)
	}
	enable(v.back, v.canRollBack())
	enable(v.newest, run != nil && (active || run.made.Saved > 0 || v.resumes) && (run.opening < 0 || !active))
	if run == nil {
		v.say("", "", "", 0)
		return
	}
	p, status := run.progress, run.title
	if p.Steps > 0 {
		status += " · " + trf("iteration %d of %d", p.Step, p.Steps)
	}
	if run.made.Saved > 0 {
		status += " · " + trf("saved after %d", run.made.Saved)
	}
	warning := run.told.Health.Warning
	if warning != "" {
		warning += ". " + trf("Try %s.", run.told.Health.Advice)
	}
	done := 0.0
	if p.Steps > 0 {
		done = float64(p.Step) / float64(p.Steps)
	}
	v.say(status, warning, v.words(run), done)
}

// words are the line above the buttons.
func (v *trainer) words(run *trainRun) string {
	p := run.progress
	switch p.Phase {
	case studio.Compiling:
		return tr("Reading the data and compiling…")
	case studio.Stopping:
		return tr("Stopping: it is saved first…")
	case studio.Paused:
		return trf("Paused after %d iterations", p.Step)
	case studio.Failed:
		return trf("Failed after %d iterations; what was saved is kept", p.Step)
	case studio.Done:
		if run.result.Reason == studio.TrainOutTime {
			return trf("The time is up after %d iterations, kept", p.Step)
		}
		return trf("Done: %d iterations", p.Step)
	case studio.Stopped:
		return trf("Stopped after %d iterations, kept", run.result.Iterations)
	case studio.Queued:
		return tr("Waiting for other work")
	}
	if run.told.PerIteration == 0 {
		return trf("Iteration %d of %d", p.Step, p.Steps)
	}
	return trf("Iteration %d of %d · %s each · %s left", p.Step, p.Steps, shortTime(run.told.PerIteration), seconds(run.told.Left))
}

func (v *trainer) say(status, warning, words string, done float64) {
	if v.status.Text != status {
		v.status.SetText(status)
	}
	if v.warning.Text != warning || v.warning.Visible() != (warning != "") {
		v.warning.SetText(warning)
		setVisible(v.warning, warning != "")
		v.work.Refresh()
	}
	if v.text.Text != words {
		v.text.SetText(words)
	}
	if v.bar.Value != done {
		v.bar.SetValue(done)
	}
}

// draw draws the curves, where they are looked at.
func (v *trainer) draw() {
	if v.run == nil || !v.visible() || v.work.Hidden {
		return
	}
	c := v.run.made.Curves
	last := 1
	if n := len(c.Iterations); n > 0 {
		last = c.Iterations[n-1]
	}
	for i, names := range v.curveNames(c) {
		p := v.plots[i]
		var curves []widgets.Curve
		for _, name := range names {
			values := c.Values[name]
			if name == gapName {
				values = gapOf(c)
			}
			if i != plotEnergies { // one measurement: its noise behind its trend
				curves = append(curves, widgets.Curve{Steps: c.Iterations, Values: values})
			}
			curves = append(curves, widgets.Curve{Steps: c.Iterations, Values: smoothed(values)})
		}
		if len(curves) == 0 {
			p.SetDrawing(widgets.Drawing{Empty: true})
			p.SetReadout("")
			continue
		}
		chosen := len(curves) - 1
		p.SetDrawing(widgets.DrawCurves(p.Frame(), curves, chosen, last))
		p.SetReadout(trf("%s %s", strings.ReplaceAll(names[len(names)-1], "_", " "), number(lastFinite(curves[chosen].Values))))
	}
}

// gapName names the curve of the energies' difference.
const gapName = "samples - data"

// curveNames are the measurements of each plot, the bold one last.
func (v *trainer) curveNames(c studio.Curves) (names [4][]string) {
	has := func(name string) bool { return c.Values[name] != nil }
	for _, name := range []string{"initializer_loss", "kl", "reconstruction", "latent_loss", "accuracy", "loss"} {
		if has(name) {
			names[plotLoss] = append(names[plotLoss], name)
		}
	}
	if len(names[plotLoss]) > 1 && !has("accuracy") { // they differ in units: the plain one alone
		names[plotLoss] = names[plotLoss][len(names[plotLoss])-1:]
	}
	if has("energy_data") && has("energy_samples") {
		names[plotEnergies] = []string{"energy_data", "energy_samples"}
		names[plotGap] = []string{gapName}
	}
	if has("gradient_norm") {
		names[plotGradient] = []string{"gradient_norm"}
	}
	return names
}

// gapOf is the energy of samples minus that of data.
func gapOf(c studio.Curves) []float32 {
	gap := slices.Clone(c.Values["energy_samples"])
	for i, v := range c.Values["energy_data"] {
		gap[i] -= v
	}
	return gap
}

// smoothed is the mean over the last fortieth of the points, or those that there are.
func smoothed(values []float32) []float32 {
	out, width := make([]float32, len(values)), max(1, len(values)/40)
	var sum float64
	n := 0
	for i, v := range values {
		if v == v {
			sum, n = sum+float64(v), n+1
		}
		if past := i - width; past >= 0 && values[past] == values[past] {
			sum, n = sum-float64(values[past]), n-1
		}
		out[i] = float32(sum / float64(n)) // NaN where nothing was measured
	}
	return out
}

func lastFinite(values []float32) float64 {
	for _, v := range slices.Backward(values) {
		if x := float64(v); !math.IsNaN(x) && !math.IsInf(x, 0) {
			return x
		}
	}
	return math.NaN()
}

// readSheets reads the newest sample sheets in the background.
func (v *trainer) readSheets(run *trainRun) {
	files := run.made.Sheets
	if len(files) == 0 && run.progress.Phase.Final() {
		files = newestSheets(run.request.Options.Dir)
	}
	if len(files) == 0 || slices.Equal(files, run.shown) {
		return
	}
	run.shown = files
	v.w.background(func() func() {
		var pictures []image.Image
		for _, file := range files[:min(len(files), len(v.sheets))] {
			if m, err := studio.ReadImage(file); err == nil { // one that is being replaced comes again
				pictures = append(pictures, m)
			}
		}
		return func() {
			if v.run == run {
				run.pictures = pictures
				v.showSheets(run)
			}
		}
	})
}

// newestSheets are the sheets in a folder that were drawn last.
func newestSheets(dir string) (files []string) {
	all, _ := filepath.Glob(filepath.Join(dir, "sheet-*-*.png"))
	number := func(file string) string { return file[strings.LastIndex(file, "-")+1:] }
	for _, file := range all {
		if _, err := os.Stat(file); err != nil {
			continue
		}
		if len(files) > 0 && number(file) > number(files[0]) {
			files = nil
		}
		if len(files) == 0 || number(file) == number(files[0]) {
			files = append(files, file)
		}
	}
	return files
}

// sheetTitle says what a sheet shows and after how many iterations, by the name of its
// file: sheet-noise-000400.png.
func sheetTitle(file string) string {
	name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "sheet-"), filepath.Ext(file))
	what, after, _ := strings.Cut(name, "-")
	return trf("%s, after %s", what, strings.TrimLeft(after, "0"))
}

func (v *trainer) showSheets(run *trainRun) {
	v.noSheet.Hidden = len(run.pictures) > 0
	for i, s := range v.sheets {
		v.boxes[i].Hidden = i >= len(run.pictures)
		if !v.boxes[i].Hidden {
			s.Image = run.pictures[i]
			s.Refresh()
			v.names[i].SetText(sheetTitle(run.shown[i]))
		}
	}
	v.sheet.Refresh()
}
