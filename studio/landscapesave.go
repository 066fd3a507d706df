package studio

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"image/color"
	"path/filepath"
	"strconv"
	"strings"

	"ebmstudio/sampling"
	"ebmstudio/studio/figure"
)

// mapSide is the side in pixels of the picture inside a saved map.
const mapSide = 768

// MapMark is a named place of a map, such as a picture that spans it.
type MapMark struct {
	Name string
	At   [2]float64
}

// MapExtras are what is drawn on a saved map besides the energy.
type MapExtras struct {
	Level    string // see Opened.LevelName; part of the title
	Palette  []color.RGBA
	Contours int
	Marks    []MapMark
	Paths    [][][2]float64 // of chains
}

// Save writes the map: .png and .svg with axes, contours and extras, .csv as a table with
// the columns u, v and energy. The file appears whole or not at all.
func (l Landscape) Save(path string, e MapExtras) error {
	if l.Cells == 0 {
		return fmt.Errorf("save %q: the landscape has no point yet", path)
	}
	return saveFigure(path, func() [][]string {
		rows := [][]string{{"u", "v", "energy"}}
		n := l.Cells + 1
		for i, v := range l.Energy {
			at := l.Frame.Place(float64(i%n)/float64(l.Cells), float64(i/n)/float64(l.Cells))
			rows = append(rows, []string{digits(at[0]), digits(at[1]), digits(float64(v))})
		}
		return rows
	}, func(extension string) ([]byte, error) {
		m := figure.Map{
			Title: strings.TrimSuffix("energy E(x), "+e.Level, ", "), X: "u", Y: "v", From: figure.Place{l.Frame.U0, l.Frame.V0}, To: figure.Place{l.Frame.U1, l.Frame.V1},
			Picture: l.Picture(mapSide, e.Palette), Paths: e.Paths,
		}
		for _, s := range l.Contours(e.Contours) {
			m.Contours = append(m.Contours, [2]figure.Place{l.Frame.Place(s[0][0], s[0][1]), l.Frame.Place(s[1][0], s[1][1])})
		}
		for _, k := range e.Marks {
			m.Marks = append(m.Marks, figure.Mark{Name: k.Name, At: k.At})
		}
		return m.Encode(extension)
	})
}

// Save writes the cut: .png and .svg as a curve, .csv with the columns u, v, distance and
// energy.
func (c Cut) Save(path string) error {
	along := func(i int) float64 { return c.Length() * float64(i) / float64(max(1, len(c.Energy)-1)) }
	return saveFigure(path, func() [][]string {
		rows := [][]string{{"u", "v", "distance", "energy"}}
		for i, v := range c.Energy {
			at := c.Place(i)
			rows = append(rows, []string{digits(at[0]), digits(at[1]), digits(along(i)), digits(float64(v))})
		}
		return rows
	}, func(extension string) ([]byte, error) {
		line := figure.Line{}
		for i, v := range c.Energy {
			line.Places = append(line.Places, figure.Place{along(i), float64(v)})
		}
		return figure.Curves{Title: "cut", X: "distance", Y: "energy E(x)", Lines: []figure.Line{line}}.Encode(extension)
	})
}

// Save writes both profiles: .png and .svg as curves over the share of the way, .csv with
// the columns path, share, distance and energy.
func (b Barrier) Save(path string) error {
	both := []struct {
		name string
		of   Profile
	}{{"straight", b.Straight}, {"relaxed", b.Relaxed}}
	if len(b.Straight.Energy) == 0 {
		return fmt.Errorf("save %q: the barrier is not known yet", path)
	}
	return saveFigure(path, func() [][]string {
		rows := [][]string{{"path", "share", "distance", "energy"}}
		for _, p := range both {
			for i, v := range p.of.Energy {
				t := float64(i) / float64(len(p.of.Energy)-1)
				rows = append(rows, []string{p.name, digits(t), digits(t * p.of.Length), digits(float64(v))})
			}
		}
		return rows
	}, func(extension string) ([]byte, error) {
		c := figure.Curves{Title: "barrier", X: "share of the way", Y: "energy E(x)"}
		for _, p := range both {
			line := figure.Line{Name: p.name}
			for i, v := range p.of.Energy {
				line.Places = append(line.Places, figure.Place{float64(i) / float64(len(p.of.Energy)-1), float64(v)})
			}
			c.Lines = append(c.Lines, line)
		}
		return c.Encode(extension)
	})
}

// SaveFilm writes the pictures of the relaxed path below those of the straight one.
func (b Barrier) SaveFilm(path string, lo, hi float32) error {
	x := b.Straight.Path
	if x.N == 0 || x.N != b.Relaxed.Path.N {
		return fmt.Errorf("save %q: the barrier is not known yet", path)
	}
	if x.C != 1 && x.C != 3 {
		return fmt.Errorf("save %q: points of the plane are no pictures, want a model of pictures", path)
	}
	both := sampling.Images{N: 2 * x.N, C: x.C, H: x.H, W: x.W, Data: append(append([]float32(nil), x.Data...), b.Relaxed.Path.Data...)}
	data, err := encodePNG(Result{Pictures: both, Lo: lo, Hi: hi}.Sheet(Layout{Columns: x.N, Scale: 2, Gap: 4}))
	if err != nil {
		return fmt.Errorf("save %q: %w", path, err)
	}
	if err := makeDir(filepath.Dir(path)); err != nil {
		return err
	}
	return writeFiles(outFile{path, data})
}

// SaveForce writes the force on a picture: .png and .svg with the picture under the
// overlay and the arrows of Flow, .csv with the columns x, y, channel and force.
func SaveForce(path string, f Force, x sampling.Images, lo, hi float32) error {
	return saveFigure(path, func() [][]string {
		rows := [][]string{{"x", "y", "channel", "force"}}
		n := f.Pull.H * f.Pull.W
		for j, v := range f.Pull.Data {
			rows = append(rows, []string{strconv.Itoa(j % n % f.Pull.W), strconv.Itoa(j % n / f.Pull.W), strconv.Itoa(j / n), digits(float64(v))})
		}
		return rows
	}, func(extension string) ([]byte, error) {
		if x.C != 1 && x.C != 3 {
			return nil, fmt.Errorf("points of the plane are no pictures: want .csv")
		}
		w, h := float64(x.W), float64(x.H)
		m := figure.Map{
			Title: "force of " + f.Name, X: "x (pixels)", Y: "y (pixels from below)", To: figure.Place{w, h}, PictureSharp: true,
			Picture: f.Over(x, lo, hi, f.Strongest()),
		}
		for _, a := range f.Arrows(x) {
			m.Arrows = append(m.Arrows, [2]figure.Place{{a.X, h - a.Y}, {a.X + a.DX, h - a.Y - a.DY}})
		}
		return m.Encode(extension)
	})
}

// saveFigure writes a table or a drawing, as the extension says.
func saveFigure(path string, table func() [][]string, drawing func(extension string) ([]byte, error)) error {
	extension := strings.ToLower(filepath.Ext(path))
	var data []byte
	var err error
	switch extension {
	case ".csv":
		var b bytes.Buffer
		err = csv.NewWriter(&b).WriteAll(table())
		data = b.Bytes()
	case ".png", ".svg":
		data, err = drawing(extension)
	default:
		err = fmt.Errorf("found the extension %q, want .png, .svg or .csv", filepath.Ext(path))
	}
	if err != nil {
		return fmt.Errorf("save %q: %w", path, err)
	}
	if err := makeDir(filepath.Dir(path)); err != nil {
		return err
	}
	return writeFiles(outFile{path, data})
}

func digits(v float64) string { return strconv.FormatFloat(v, 'g', 7, 64) }
