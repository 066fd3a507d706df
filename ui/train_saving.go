package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// trainSaving is the part of a training's form that is about its folder and its end: how
// often it is saved, how many saves are kept, and when it is to stop.
type trainSaving struct {
	every, limit, keep *widgets.Entry
	problem            *widget.Label
	box                *fyne.Container
	moved              func() // a line of words has come or gone
}

// The most that can be asked for: a year, and saves that a person could look through.
const (
	mostTime  = 366 * 24 * time.Hour
	mostSaves = 100
)

// newTrainSaving is the part with its defaults; changed is told of every change.
func newTrainSaving(changed func() bool) *trainSaving {
	s := &trainSaving{problem: widget.NewLabel(""), moved: func() {}}
	s.problem.Importance, s.problem.SizeName, s.problem.Wrapping = widget.DangerImportance, theme.SizeNameCaptionText, fyne.TextWrapWord
	s.problem.Hide()
	s.box = container.NewVBox()
	field := func(name, text, empty, tip string) *widgets.Entry {
		e, l := widgets.NewEntry(), ttwidget.NewLabel(name)
		e.SetText(text)
		e.SetPlaceHolder(empty)
		e.SetToolTip(tip)
		e.OnChanged = func(string) { changed() }
		l.SetToolTip(tip)
		l.Truncation = fyne.TextTruncateEllipsis
		s.box.Add(container.NewBorder(nil, nil, nil, wide(112, e), l))
		return e
	}
	s.every = field(tr("Save every"), tr("5 min"), tr("5 min"), tr("Time between saves: minutes, or such as 90s, 10m, 1h30m. A crash loses no more than this. In a terminal: --save-every"))
	s.keep = field(tr("Saves kept"), strconv.Itoa(studio.TrainKeep), strconv.Itoa(studio.TrainKeep), tr("How many saves the folder holds, the newest included: those that Roll back offers. Each takes the room of a state and a model. In a terminal: --keep"))
	s.limit = field(tr("Time limit"), "", tr("none"), tr("Stop after this long and keep it: minutes, or such as 90m, 8h; empty: no limit. In a terminal: --for"))
	s.box.Add(s.problem)
	return s
}

// minutes reads a time: a number of minutes, or with units. Empty is 0.
func minutes(text string) (time.Duration, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return 0, nil
	}
	plain := strings.TrimSpace(strings.TrimSuffix(text, "min"))
	d, err := time.ParseDuration(strings.ReplaceAll(text, " ", ""))
	if n, wrong := strconv.ParseFloat(plain, 64); wrong == nil {
		d, err = time.Duration(n*float64(time.Minute)), nil
		if !(n > 0 && n <= mostTime.Minutes()) {
			d = 0
		}
	}
	if err != nil || d <= 0 || d > mostTime {
		return 0, fmt.Errorf(tr("found %q, want minutes, or a time such as 90s, 10m or 1h30m"), text)
	}
	return d, nil
}

// read is what the fields say.
func (s *trainSaving) read() (every, limit time.Duration, keep int, err error) {
	if every, err = minutes(s.every.Text); err != nil {
		return 0, 0, 0, fmt.Errorf("%s: %w", tr("Save every"), err)
	}
	if limit, err = minutes(s.limit.Text); err != nil {
		return 0, 0, 0, fmt.Errorf("%s: %w", tr("Time limit"), err)
	}
	if text := strings.TrimSpace(s.keep.Text); text != "" {
		if keep, err = strconv.Atoi(text); err != nil || keep < 1 || keep > mostSaves {
			return 0, 0, 0, fmt.Errorf(tr("%s: found %q, want a number from 1 to %d"), tr("Saves kept"), text, mostSaves)
		}
	}
	return every, limit, keep, nil
}

// into puts what the fields say into the options of a training; what cannot be read is
// left out.
func (s *trainSaving) into(o *studio.TrainOptions) {
	if every, limit, keep, err := s.read(); err == nil {
		o.SaveEvery, o.For, o.Keep = every, limit, keep
	}
}

// check says below the fields what cannot be read; it reports whether all is well.
func (s *trainSaving) check() bool {
	_, _, _, err := s.read()
	text := ""
	if err != nil {
		text = err.Error()
	}
	if s.problem.Text != text {
		s.problem.SetText(text)
		setVisible(s.problem, text != "")
		s.moved()
	}
	return err == nil
}
