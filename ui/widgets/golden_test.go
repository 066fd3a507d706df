package widgets

import (
	"flag"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
)

var update = flag.Bool("update", false, "rewrite the golden pictures in testdata")

// fixed is the studio's theme held in one variant.
type fixed struct {
	fyne.Theme
	variant fyne.ThemeVariant
}

func (f fixed) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	return f.Theme.Color(name, f.variant)
}

var variants = map[string]fyne.ThemeVariant{"light": theme.VariantLight, "dark": theme.VariantDark}

func studioTheme(t *testing.T, variant fyne.ThemeVariant) fyne.Theme {
	t.Helper()
	text, err := os.ReadFile("../../resources/theme.json")
	if err != nil {
		t.Fatal(err)
	}
	th, err := theme.FromJSON(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return fixed{th, variant}
}

// golden draws an object in both variants, on screens of one and of two device pixels a
// unit, and compares with testdata, within the limits of fyne's own goldens (at most 30 a
// byte, mean below 0.5).
func golden(t *testing.T, name string, size fyne.Size, build func() fyne.CanvasObject) {
	t.Helper()
	for variant, v := range variants {
		for scale, suffix := range map[float32]string{1: ".png", 2: "@2.png"} {
			t.Run(variant+suffix, func(t *testing.T) {
				test.NewTempApp(t)
				test.ApplyTheme(t, studioTheme(t, v))
				w := test.NewTempWindow(t, NewPanel(ColorPanel, 8, build()))
				c, ok := w.Canvas().(software.WindowlessCanvas)
				if !ok {
					t.Fatal("the test canvas has no scale")
				}
				c.SetScale(scale)
				w.Resize(size)
				w.Content().Refresh() // what is placed by the scale
				file := name + "-" + variant + suffix
				if *update {
					save(t, filepath.Join("testdata", file), w.Canvas().Capture())
					return
				}
				test.AssertImageMatches(t, file, w.Canvas().Capture())
			})
		}
	}
}

func save(t *testing.T, path string, m image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, m); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// pictures are n small ramps that differ.
func pictures(n, w, h int) []*image.RGBA {
	out := make([]*image.RGBA, n)
	for i := range out {
		out[i] = image.NewRGBA(image.Rect(0, 0, w, h))
		for y := range h {
			for x := range w {
				v := uint8((x*255/w + y*40 + i*60) % 256)
				out[i].SetRGBA(x, y, color.RGBA{v, v, uint8(i * 30), 255})
			}
		}
	}
	return out
}

// someCurves are energies that fall from a high start with noise, as chains do.
func someCurves(n, steps int) []Curve {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]Curve, n)
	for i := range out {
		for k := range steps {
			out[i].Steps = append(out[i].Steps, k)
			v := 40*math.Exp(-float64(k)/20) + 3*float64(i)/float64(n) + 0.6*r.NormFloat64()
			out[i].Values = append(out[i].Values, float32(v))
		}
	}
	return out
}

func TestGoldens(t *testing.T) {
	t.Run("grid", func(t *testing.T) {
		golden(t, "grid", fyne.NewSize(330, 220), func() fyne.CanvasObject {
			g := NewImageGrid(nil)
			g.SetImages(pictures(5, 8, 8))
			g.Select(1)
			g.SetMarks([]color.Color{color.RGBA{253, 231, 37, 255}, color.RGBA{34, 168, 132, 255}, nil, color.RGBA{68, 1, 84, 255}})
			return g
		})
	})
	t.Run("grid-captions", func(t *testing.T) {
		golden(t, "grid-captions", fyne.NewSize(230, 170), func() fyne.CanvasObject {
			g := NewImageGrid(nil)
			g.Small = true
			g.SetImages(pictures(8, 8, 8))
			g.Select(0)
			g.SetMarks([]color.Color{color.RGBA{67, 197, 158, 255}, color.RGBA{67, 197, 158, 255}, color.RGBA{240, 90, 140, 255}})
			g.SetCaptions([]string{"lowest", "+0.4", "+12", "+345", "+1234", "+23456", "+3e5", "–"})
			return g
		})
	})
	t.Run("plot", func(t *testing.T) {
		golden(t, "plot", fyne.NewSize(420, 200), func() fyne.CanvasObject {
			p := NewPlot("Energy", "no run yet")
			p.Resize(fyne.NewSize(404, 184))
			test.WidgetRenderer(p)
			p.SetDrawing(DrawCurves(p.Frame(), someCurves(8, 120), 2, 150))
			p.SetCursor(60)
			p.SetReadout("chain 3: 2.41")
			return p
		})
	})
	t.Run("plot-marks", func(t *testing.T) {
		golden(t, "plot-marks", fyne.NewSize(420, 200), func() fyne.CanvasObject {
			p := NewPlot("Energy", "no run yet")
			p.Resize(fyne.NewSize(404, 184))
			test.WidgetRenderer(p)
			curves := someCurves(4, 120)
			curves[1].Marks = []int{30, 60, 90}
			p.SetDrawing(DrawCurves(p.Frame(), curves, 1, 120))
			return p
		})
	})
	t.Run("histogram", func(t *testing.T) {
		golden(t, "histogram", fyne.NewSize(420, 220), func() fyne.CanvasObject {
			p := NewPlot("Score", "no scores yet")
			p.Resize(fyne.NewSize(404, 204))
			test.WidgetRenderer(p)
			b := Bars{Low: -12.5, High: 30, In: make([]int, 40), Out: make([]int, 40)}
			for i := range b.In {
				b.In[i] = int(1000 * math.Exp(-math.Pow(float64(i)-14, 2)/18))
				b.Out[i] = int(300 * math.Exp(-math.Pow(float64(i)-22, 2)/60))
			}
			p.SetDrawing(DrawBars(p.Frame(), b))
			p.SetCursor(450)
			return p
		})
	})
	t.Run("roc", func(t *testing.T) {
		golden(t, "roc", fyne.NewSize(320, 240), func() fyne.CanvasObject {
			p := NewPlot("ROC", "no scores yet")
			p.Resize(fyne.NewSize(304, 224))
			test.WidgetRenderer(p)
			curve := func(bend float64) (c Shares) {
				for i := range 41 {
					x := float64(i) / 40
					c.X, c.Y = append(c.X, x), append(c.Y, math.Pow(x, bend))
				}
				return c
			}
			p.SetDrawing(DrawROC(p.Frame(), []Shares{curve(0.2), curve(0.5), curve(1.6)}, 0, 0.1, math.Pow(0.1, 0.2)))
			p.SetReadout("AUROC 0.833")
			return p
		})
	})
	t.Run("plot-empty", func(t *testing.T) {
		golden(t, "plot-empty", fyne.NewSize(420, 200), func() fyne.CanvasObject { return NewPlot("Energy", "Start a run to see its energies") })
	})
	t.Run("knobs", func(t *testing.T) {
		golden(t, "knobs", fyne.NewSize(280, 260), func() fyne.CanvasObject {
			a := NewKnob(KnobSpec{Title: "Step size", Min: 0.1, Max: 1000, Default: 100, Log: true}, "Back to the default")
			b := NewKnob(KnobSpec{Title: "Langevin steps", Min: 1, Max: 2000, Default: 60, Integer: true}, "Back to the default")
			b.SetValue(600)
			c := NewKnob(KnobSpec{Title: "Temperature", Unit: "nats", Min: 0, Max: 2, Default: 1}, "Back to the default")
			c.Entry.SetText("warm")
			return container.NewVBox(a, b, c)
		})
	})
	t.Run("signed", func(t *testing.T) {
		golden(t, "signed", fyne.NewSize(280, 250), func() fyne.CanvasObject {
			rows := container.NewVBox()
			for _, v := range []float64{1.5, -2, 0} {
				k := NewKnob(KnobSpec{Title: "coat", Min: -3, Max: 3}, "Back to 0")
				k.SetValue(v)
				rows.Add(k)
			}
			return rows
		})
	})
	t.Run("strip", func(t *testing.T) {
		golden(t, "strip", fyne.NewSize(330, 150), func() fyne.CanvasObject {
			s := NewStrip(40, nil)
			all := pictures(12, 10, 10)
			s.SetRows(all[:6], all[6:])
			s.SetMarks([]int{0, 5})
			s.Select(2)
			return container.NewHScroll(s)
		})
	})
	t.Run("ledger", func(t *testing.T) {
		golden(t, "ledger", fyne.NewSize(280, 260), func() fyne.CanvasObject {
			l := NewLedger(LedgerTexts{Energy: "energy", Gradient: "|gradient|", Cosine: "Do they pull the same way?"})
			l.SetRows([]LedgerRow{
				{Name: "coat", Energy: -12.5, Gradient: 3.25},
				{Name: "full", Part: true, Energy: -10, Gradient: 2.5},
				{Name: "a name too long for its column", Energy: 4, Gradient: math.NaN()},
				{Name: "no class", Energy: 1.5e7, Gradient: 0.0004},
				{Name: "total", Total: true, Energy: math.NaN(), Gradient: 1.25},
			}, [][]float64{{1, -0.75, 0.04}, {-0.75, 1, math.NaN()}, {0.04, math.NaN(), 1}})
			return l
		})
	})
	t.Run("ledger-empty", func(t *testing.T) {
		golden(t, "ledger-empty", fyne.NewSize(280, 60), func() fyne.CanvasObject { return NewLedger(LedgerTexts{}) })
	})
	t.Run("switch", func(t *testing.T) {
		golden(t, "switch", fyne.NewSize(280, 120), func() fyne.CanvasObject {
			a := NewKnob(KnobSpec{Title: "Longer steps when fewer", Max: 1, Default: 1, Integer: true}, "Back to the default")
			b := NewKnob(KnobSpec{Title: "Plain product", Max: 1, Default: 1, Integer: true}, "Back to the default")
			b.SetValue(0)
			return container.NewVBox(a, b)
		})
	})
	t.Run("densitymap", func(t *testing.T) {
		golden(t, "densitymap", fyne.NewSize(300, 300), func() fyne.CanvasObject {
			m := NewDensityMap("The model's density", "Computing")
			m.SetRange(-8.5, 8.5)
			m.Resize(fyne.NewSize(284, 284))
			test.WidgetRenderer(m)
			values, size := make([]float32, 32*32), 32
			for i := range values {
				values[i] = float32((i%size/8 + i/size/8) % 2)
			}
			m.SetPicture(Ramp(values, size, 1.2, []color.RGBA{{16, 19, 28, 255}, {43, 95, 143, 255}, {246, 227, 74, 255}}))
			dots := []Dot{{0.2, 0.1}, {0.5, 0.5}, {0.8, 0.3}, {-1, 4}}
			m.SetDots(DrawDots(m.Frame(), dots, 1, []Dot{{0.3, 0.9}, {0.4, 0.7}, {0.5, 0.5}}, false))
			m.SetReadout("overlap 93 %")
			return m
		})
	})
	t.Run("densitymap-empty", func(t *testing.T) {
		golden(t, "densitymap-empty", fyne.NewSize(300, 300), func() fyne.CanvasObject { return NewDensityMap("The data's density", "Choose the data") })
	})
	t.Run("scrubber", func(t *testing.T) {
		golden(t, "scrubber", fyne.NewSize(560, 60), func() fyne.CanvasObject {
			s := NewScrubber("Live", ScrubberTips{})
			s.Set(ScrubState{Frame: 30, Frames: 121, Label: "step 30 of 120", Playing: true, Following: true, Looping: true, Speed: "4×"})
			return s
		})
	})
	t.Run("forktree", func(t *testing.T) {
		golden(t, "forktree", fyne.NewSize(420, 280), func() fyne.CanvasObject {
			tree := NewForkTree(nil)
			faces := pictures(4, 8, 8)
			tree.SetNodes([]ForkNode{
				{Title: "seed 1", Parent: -1, To: 120, Steps: 120, Picture: faces[0]},
				{Title: "seed 9", Parent: 0, From: 40, To: 120, Steps: 120, Picture: faces[1]},
				{Title: "smile AND NOT hat", Parent: 0, From: 80, To: 90, Steps: 120, Picture: faces[2]},
				{Title: "noise 0.3 on chain 2 at step 110", Parent: 1, From: 110, To: 160, Steps: 160, Picture: faces[3]},
				{Title: "seed 2", Parent: -1, To: 30, Steps: 120},
			}, 1, 70)
			return tree
		})
	})
	t.Run("matrix", func(t *testing.T) {
		golden(t, "matrix", fyne.NewSize(220, 240), func() fyne.CanvasObject {
			m := NewMatrix("Distances")
			m.SetValues([][]float64{{0, 1, 2}, {1, 0, 3}, {2, 3, 0}}, []color.RGBA{{16, 19, 28, 255}, {43, 95, 143, 255}, {246, 227, 74, 255}}, "typically 0.21")
			m.Select(1)
			return m
		})
	})
	t.Run("grid-rings", func(t *testing.T) {
		golden(t, "grid-rings", fyne.NewSize(330, 220), func() fyne.CanvasObject {
			g := NewImageGrid(nil)
			g.SetImages(pictures(5, 8, 8))
			g.Select(1)
			g.SetRings([]color.Color{nil, nil, color.RGBA{0xf0, 0xb4, 0x29, 255}, color.RGBA{0x4d, 0x8d, 0xf6, 255}})
			return g
		})
	})
	t.Run("plot-rings", func(t *testing.T) {
		golden(t, "plot-rings", fyne.NewSize(420, 200), func() fyne.CanvasObject {
			p := NewPlot("Energy …", "no run yet")
			p.Resize(fyne.NewSize(404, 184))
			test.WidgetRenderer(p)
			curves := someCurves(8, 120)
			curves[5].Ring = true
			for i := range curves[5].Values {
				curves[5].Values[i] += 9
			}
			p.SetDrawing(DrawCurves(p.Frame(), curves, 2, 150))
			return p
		})
	})
}
