package ui

import (
	"cmp"
	"math"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
)

// Preferences of the read-out.
const (
	hideReadoutKey = "hideReadout"
	framesKey      = "framesASecond" // the cap; 0: none
)

// readoutEvery is the time between two looks at the studio.
const readoutEvery = time.Second

// readoutMoves is the part by which the memory has to change before the line says so.
const readoutMoves = 0.03

// readout is the line at the foot of the window that says how fast the chains walk and
// what the program takes; a click opens all of it.
type readout struct {
	w       *Window
	line    *ttwidget.Hyperlink
	now     studio.Performance
	frames  float64 // shown in the last second
	shown   int64   // all frames when it was looked last
	looked  time.Time
	memory  uint64          // on the line: a small change does not make it flicker
	details *readoutDetails // while they are shown
}

// readoutDetails are the numbers of the read-out, one a line, while a person looks.
type readoutDetails struct {
	values []*widget.Label
	dialog dialog.Dialog
}

func newReadout(w *Window) *readout {
	r := &readout{w: w, line: ttwidget.NewHyperlink("", nil)}
	r.line.SizeName = theme.SizeNameCaptionText
	r.line.OnTapped = r.open
	r.line.SetToolTip(tr("Time of a step, steps and frames a second, and memory; press for all of it. Preferences (Look) hide this line"))
	r.line.Hidden = w.app.Preferences().Bool(hideReadoutKey)
	return r
}

// watch looks at the studio now and then until the window closes.
func (r *readout) watch() {
	go func() {
		tick := time.NewTicker(readoutEvery)
		defer tick.Stop()
		var pending atomic.Bool
		for {
			select {
			case <-r.w.ctx.Done():
				return
			case <-tick.C:
				if !pending.Swap(true) {
					now := r.w.studio.Performance()
					r.w.do(func() { pending.Store(false); r.look(now, time.Now()) })
				}
			}
		}
	}()
}

// look shows what was measured.
func (r *readout) look(now studio.Performance, at time.Time) {
	shown := r.w.feed.frames.Load()
	if since := at.Sub(r.looked); !r.looked.IsZero() && since > 0 {
		r.frames = float64(shown-r.shown) / since.Seconds()
	}
	r.now, r.shown, r.looked = now, shown, at
	memory := cmp.Or(now.Memory.Resident, now.Memory.Ours)
	if math.Abs(float64(memory)-float64(r.memory)) > readoutMoves*float64(r.memory) {
		r.memory = memory
	}
	if text := readoutLine(r.now, r.frames, r.memory); r.line.Visible() && r.line.Text != text {
		r.line.SetText(text)
	}
	if d := r.details; d != nil {
		for i, line := range readoutLines(r.now, r.frames, r.w.app.Preferences().Int(framesKey)) {
			if d.values[i].Text != line.value {
				d.values[i].SetText(line.value)
			}
		}
	}
}

// readoutLine is the read-out in a few words; what is not known is left out.
func readoutLine(p studio.Performance, frames float64, memory uint64) string {
	var parts []string
	if p.Job.PerStep > 0 {
		pace := trf("%s a step", shortTime(p.Job.PerStep))
		if !p.Moves {
			pace = trf("last %s a step", shortTime(p.Job.PerStep))
		}
		parts = append(parts, pace, trf("%s steps/s", rate(p.StepsASecond())))
	}
	if frames >= 0.5 {
		parts = append(parts, trf("%.0f frames/s", frames))
	}
	if memory > 0 {
		parts = append(parts, bytesText(int64(memory)))
	}
	return strings.Join(parts, "  ·  ")
}

// readoutEntry is a line of the details.
type readoutEntry struct{ name, value, tip string }

// readoutLines are all numbers there are, in an order that never changes.
func readoutLines(p studio.Performance, frames float64, most int) []readoutEntry {
	known := func(text string, is bool) string {
		if !is {
			return "–"
		}
		return text
	}
	work := known(p.Job.Title, p.Job.Title != "")
	if p.Job.Title != "" && !p.Moves {
		work = trf("%s (over)", p.Job.Title)
		if p.Job.Phase == studio.Paused {
			work = trf("%s (paused)", p.Job.Title)
		}
	}
	limit := trf("%.0f, as many as are needed", frames)
	if most > 0 {
		limit = trf("%.0f, at most %d", frames, most)
	}
	stepped := p.Job.PerStep > 0
	return []readoutEntry{
		{tr("Work"), work, tr("The job that moved last")},
		{tr("A step"), known(shortTime(p.Job.PerStep), stepped), tr("The running mean of the time of a step of all chains, or of an iteration of a training; compiling, pauses and other jobs are not in it")},
		{tr("Steps a second"), known(rate(p.StepsASecond()), stepped), tr("One over the time of a step")},
		{tr("Chain steps a second"), known(rate(p.StepsASecond()*float64(p.Chains)), stepped && p.Chains > 0), tr("Steps a second times the chains that walk at once")},
		{tr("Compiled in"), known(seconds(p.Job.Compile), p.Job.Compile > 0), tr("The time of the first evaluation beyond that of a later one")},
		{tr("Frames a second"), limit, tr("Pictures of the chains brought to the screen in the last second; the preferences (Look) cap them")},
		{tr("Engine"), known(strings.TrimSpace(p.Engine.Name+" "+p.Engine.Version), p.Engine.Name != ""), tr("What computes energies and gradients")},
		{tr("Device"), known(p.Engine.Device, p.Engine.Device != ""), tr("What the engine runs on")},
		{tr("Threads"), trf("%d", p.Threads), tr("How many cores Go code runs on at once")},
		{tr("Memory, ours"), known(bytesText(int64(p.Memory.Ours)), p.Memory.Ours > 0), tr("What the Go program holds: pictures, recordings, the window")},
		{tr("Memory, resident"), known(bytesText(int64(p.Memory.Resident)), p.Memory.Resident > 0), tr("All of the process that is in memory, the engine's buffers and code included")},
	}
}

// open shows all numbers; they follow while they are shown.
func (r *readout) open() {
	w := r.w
	if w.covered() {
		return
	}
	d := &readoutDetails{}
	table := container.New(layout.NewFormLayout())
	for _, line := range readoutLines(r.now, r.frames, w.app.Preferences().Int(framesKey)) {
		name, value := ttwidget.NewLabelWithStyle(line.name, fyne.TextAlignLeading, fyne.TextStyle{Bold: true}), widget.NewLabel(line.value)
		name.SetToolTip(line.tip)
		value.Truncation, value.Selectable = fyne.TextTruncateEllipsis, true
		d.values = append(d.values, value)
		table.Add(name)
		table.Add(wide(360, value))
	}
	r.details = d
	d.dialog = w.closable(tr("Performance"), table)
	w.ask(d.dialog, true).closed = func() { r.details = nil }
}

// reveal shows the line or hides it, and remembers that.
func (r *readout) reveal(on bool) {
	r.w.app.Preferences().SetBool(hideReadoutKey, !on)
	setVisible(r.line, on)
	r.look(r.w.studio.Performance(), time.Now())
}

// rate is a number of things a second in three digits.
func rate(v float64) string {
	switch {
	case v >= 100:
		return trf("%.0f", v)
	case v >= 10:
		return trf("%.1f", v)
	}
	return trf("%.2f", v)
}
