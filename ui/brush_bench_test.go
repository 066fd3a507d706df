package ui

import (
	"image"
	"image/color"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"ebmstudio/checkpoint"
	"ebmstudio/studio/studiotest"
)

const canvasSide = 512

// canvas512 is a window that paints on a picture of 512x512 pixels.
func canvas512(b *testing.B) *Window {
	b.Helper()
	pattern := make([]float32, canvasSide*canvasSide)
	for i := range pattern {
		pattern[i] = float32(i%canvasSide) / canvasSide
	}
	path := filepath.Join(b.TempDir(), "large.safetensors")
	if err := checkpoint.Write(path, []checkpoint.Named{
		{Name: "analytic.patterns", Tensor: checkpoint.Float32Tensor([]int{1, 1, canvasSide, canvasSide}, pattern)},
	}, nil); err != nil {
		b.Fatal(err)
	}
	queue := make(chan func(), 4096)
	w, err := newWindow(test.NewTempApp(b), Options{Studio: studiotest.New(b, studiotest.Options{}), Version: "bench"}, func(f func()) { queue <- f })
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		w.close()
		w.busy.Wait()
		w.win.Close()
	})
	w.win.Show()
	w.open(source{path: path})
	until := func(what string, holds func() bool) {
		for limit := time.After(patience); !holds(); {
			select {
			case f := <-queue:
				f()
			case <-limit:
				b.Fatal("waited in vain until " + what + ": " + w.problem)
			}
		}
	}
	until("the model is open", func() bool { return w.now != nil })
	w.tasks.to(taskInpaint)
	picture := image.NewRGBA(image.Rect(0, 0, canvasSide, canvasSide))
	for i := range canvasSide * canvasSide {
		picture.Set(i%canvasSide, i/canvasSide, color.Gray{Y: uint8(i % canvasSide / 2)})
	}
	next := w.now.given
	next.picture = &chosen{name: "large", image: picture}
	w.controls.given.use(w.now, next, false)
	until("the picture is there", func() bool { return w.now.paint.picture != nil })
	return w
}

// BenchmarkCanvas is what holds the UI goroutine for an event of the mouse on a picture of
// 512x512 pixels: pressing, moving and letting go, with each of the tools. Drawing on the
// screen is the toolkit's.
func BenchmarkCanvas(b *testing.B) {
	w := canvas512(b)
	v := w.stage.inpaint
	p := v.painter
	at := func(i int) fyne.Position { // a wide spiral
		x, y := 256+float64(i%200), 100+float64(3*i%300)
		return p.PositionOf(x, y)
	}
	for _, c := range []struct {
		name  string
		tool  tool
		layer layer
		hard  float64
	}{
		{"brush", brushTool, maskLayer, 1},
		{"soft-brush", brushTool, maskLayer, 0.3},
		{"temperature", brushTool, heatLayer, 0.3},
		{"rectangle", rectangleTool, maskLayer, 1},
		{"ellipse", ellipseTool, maskLayer, 1},
		{"lasso", lassoTool, maskLayer, 1},
		{"bucket", bucketTool, maskLayer, 1},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := &v.tools.state
			s.Tool, s.Layer, s.Hardness, s.Size, s.Tolerance = c.tool, c.layer, c.hard, 60, 255
			v.tools.apply()
			var moves, ends, presses []time.Duration
			timed := func(to *[]time.Duration, do func()) {
				began := time.Now()
				do()
				*to = append(*to, time.Since(began))
			}
			for i := 0; b.Loop(); i++ {
				e := &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at(i)}, Button: desktop.MouseButtonPrimary}
				timed(&presses, func() { p.MouseDown(e) })
				for k := range 200 {
					d := &fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at(i + k)}}
					timed(&moves, func() { p.Dragged(d) })
				}
				timed(&ends, func() { p.DragEnd() })
			}
			report := func(all []time.Duration, name string) {
				slices.Sort(all)
				b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, name+"-ms")
				b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, name+"-p99-ms")
			}
			report(presses, "press")
			report(moves, "move")
			report(ends, "release")
		})
	}
	b.Run("feather", func(b *testing.B) {
		v.tools.state.Layer = maskLayer
		for i := 0; b.Loop(); i++ {
			v.tools.featherTo(float64(i%20) / 2)
		}
		v.tools.feathered()
	})
}
