package ui

import (
	"context"
	"errors"
	"math"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
	"ebmstudio/ui/widgets"
)

// histogramBins is how many bars n values make: few where there are few values.
func histogramBins(n int) int { return min(72, max(8, int(2*math.Sqrt(float64(n))))) }

// histogram shows how the values of the tensor chosen in the table are spread. They are
// counted in the background; choosing another tensor ends that of the one before.
type histogram struct {
	w    *Window
	plot *widgets.Plot
	text *widget.Label
	box  fyne.CanvasObject

	of   *session
	name string // of the tensor chosen, "" for none
	now  *studio.TensorHistogram
	stop context.CancelFunc // of the counting under way
}

func newHistogram(w *Window) *histogram {
	p := &histogram{w: w, plot: widgets.NewPlot(tr("Values"), tr("Choose a tensor in the table to see how its values are spread")), text: widget.NewLabel("")}
	p.plot.SetToolTip(tr("The share of the tensor's values in each bin, from its least finite value to its greatest. Click or drag to read a bin."))
	p.plot.OnResize = p.draw
	p.plot.OnPick = p.read
	p.text.SizeName, p.text.Importance, p.text.Truncation = theme.SizeNameCaptionText, widget.LowImportance, fyne.TextTruncateEllipsis
	p.box = container.NewBorder(p.text, nil, nil, nil, p.plot)
	return p
}

// show counts the values of a tensor of a session; "" clears the plot.
func (p *histogram) show(h *session, name string) {
	if p.of == h && p.name == name {
		return
	}
	if p.stop != nil {
		p.stop()
	}
	p.of, p.name, p.now, p.stop = h, name, nil, nil
	p.plot.SetTitle(tr("Values"))
	p.draw()
	if name == "" {
		p.text.SetText("")
		return
	}
	p.text.SetText(trf("%s: counting…", name))
	ctx, stop := context.WithCancel(p.w.ctx)
	p.stop = stop
	p.w.background(func() func() {
		found, err := h.opened.Histogram(ctx, name, histogramBins(h.opened.File.Tensors[name].Len()))
		return func() {
			stop()
			if p.of != h || p.name != name {
				return
			}
			switch {
			case errors.Is(err, context.Canceled):
			case err != nil:
				p.text.SetText(err.Error())
			default:
				p.now = &found
				p.tell()
				p.draw()
			}
		}
	})
}

// tell says what the numbers are.
func (p *histogram) tell() {
	h := p.now
	p.plot.SetTitle(middle(h.Name, 60))
	parts := []string{shapeText(h.Shape), h.DType}
	switch {
	case h.Values == 0:
		parts = append(parts, tr("holds no number"))
	case h.Counts == nil:
		parts = append(parts, trf("none of its %s values is finite", grouped(h.Values)))
	default:
		parts = append(parts, trf("min %s", number2(h.Min)), trf("max %s", number2(h.Max)), trf("mean %s", number2(h.Mean)), trf("deviation %s", number2(h.Std)),
			trf("zeros %.1f %%", 100*float64(h.Zeros)/float64(h.Values)))
	}
	if h.NotFinite > 0 && h.Counts != nil {
		parts = append(parts, trf("%d not finite, left out", h.NotFinite))
	}
	p.text.SetText(strings.Join(parts, " · "))
	p.text.Importance = widget.LowImportance
	if h.NotFinite > 0 {
		p.text.Importance = widget.WarningImportance
	}
	p.text.Refresh()
}

// draw draws the bars at the plot's present size.
func (p *histogram) draw() {
	p.plot.SetReadout("")
	p.plot.SetCursor(-1)
	if p.now == nil {
		p.plot.SetDrawing(widgets.Drawing{Empty: true})
		return
	}
	p.plot.SetDrawing(widgets.DrawBars(p.plot.Frame(), widgets.Bars{Low: p.now.Low, High: p.now.High, Out: p.now.Counts}))
}

// read tells the bin at a place of the plot.
func (p *histogram) read(place int) {
	if p.now == nil || p.now.Counts == nil {
		return
	}
	n := len(p.now.Counts)
	bin := min(n-1, place*n/widgets.PlotPlaces)
	low, high := p.now.Edges(bin)
	p.plot.SetCursor(int(math.Round((float64(bin) + 0.5) / float64(n) * widgets.PlotPlaces)))
	p.plot.SetReadout(trf("%s to %s: %s values", number2(low), number2(high), grouped(p.now.Counts[bin])))
}
