package ui

import (
	"math"
	"strconv"
	"time"

	"ebmstudio/studio"
)

// phaseText is what a job does, in words for the progress line.
func phaseText(p studio.Progress, elapsed time.Duration) string {
	switch p.Phase {
	case studio.Queued:
		return tr("Waiting for other work")
	case studio.Opening:
		return trf("Opening the engine… %s", seconds(elapsed))
	case studio.Compiling:
		return trf("Compiling the model… %s", seconds(elapsed))
	case studio.Retracing:
		return trf("Walking the run again up to the fork… %s", seconds(elapsed))
	case studio.Stopping:
		return trf("Stopping… (step %d)", p.Step)
	case studio.Paused:
		return trf("Paused at step %d of %d", p.Step, p.Steps)
	case studio.Done:
		return trf("Done: %d steps", p.Step)
	case studio.Stopped:
		return trf("Stopped at step %d of %d, all kept", p.Step, p.Steps)
	case studio.Failed:
		return trf("Failed at step %d of %d", p.Step, p.Steps)
	}
	text := trf("Step %d of %d", p.Step, p.Steps)
	if p.PerStep > 0 {
		text += trf(" · %s a step · %s left", shortTime(p.PerStep), seconds(p.ETA))
	}
	return text
}

func seconds(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return trf("%.1f s", d.Seconds())
	case d < 100*time.Second:
		return trf("%.0f s", d.Seconds())
	}
	return trf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
}

func shortTime(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return trf("%.2f ms", float64(d.Microseconds())/1000)
	case d < time.Second:
		return trf("%.0f ms", float64(d.Microseconds())/1000)
	}
	return seconds(d)
}

func valueAt(v []float32, i int) float64 {
	if i < 0 || i >= len(v) {
		return math.NaN()
	}
	return float64(v[i])
}

// rankOf is the place of chain i when energies are sorted, 1 the lowest, 0 where
// it has none.
func rankOf(energies []float32, i int) int {
	e := valueAt(energies, i)
	if math.IsNaN(e) {
		return 0
	}
	place := 1
	for _, other := range energies {
		if float64(other) < e {
			place++
		}
	}
	return place
}

// number writes a value in four digits, a dash where there is none.
func number(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return "–"
	case a != 0 && (a >= 1e5 || a < 1e-3):
		return strconv.FormatFloat(v, 'g', 3, 64)
	case a >= 100:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

// energyText writes an energy in four digits, however small; a dash where there is none.
func energyText(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return "–"
	case a >= 1000 && a < 1e7:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}
