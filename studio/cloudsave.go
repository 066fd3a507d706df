package studio

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ebmstudio/internal/dataset"
	"ebmstudio/studio/figure"
)

// CloudFiles are the extensions of the files that Cloud.Save writes.
func CloudFiles() []string { return []string{".csv", ".png", ".svg"} }

// CheckAxis is an error where a cloud has no such axis.
func (c Cloud) CheckAxis(axis string) error {
	if axes := c.Axes(); !slices.Contains(axes, axis) {
		return fmt.Errorf("axis %q: found pictures without such a number, want one of %s", axis, strings.Join(axes, ", "))
	}
	return nil
}

// Title names an axis: what it is the component of, with its share of the variance, or the
// number's name.
func (c Cloud) Title(axis string) string {
	switch axis {
	case CloudFirst, CloudSecond:
		k := 0
		if axis == CloudSecond {
			k = 1
		}
		return fmt.Sprintf("%s principal component of %s, %.0f %% of the variance", axis, c.By, 100*c.Share[k])
	}
	return axis
}

// Save writes a cloud in the form that the extension says:
//
//	.csv         a line a picture: picture, and a column for each of Axes, empty where a
//	             picture has no such number
//	.png, .svg   the pictures at their places along the axes x and y
//
// The file appears whole or not at all.
func (c Cloud) Save(path, x, y string) error {
	var data []byte
	var err error
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".csv":
		data = c.csv()
	case ".png", ".svg":
		data, err = c.figure(x, y, ext)
	default:
		err = fmt.Errorf("found extension %q, want one of %s", ext, strings.Join(CloudFiles(), ", "))
	}
	if err != nil {
		return fmt.Errorf("save %q: %w", path, err)
	}
	return writeFiles(outFile{path, data})
}

func (c Cloud) csv() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	axes := c.Axes()
	_ = w.Write(append([]string{"picture"}, axes...)) // a buffer does not fail
	lines := make([][]string, len(c.Pictures))
	for i, p := range c.Pictures {
		lines[i] = []string{p.Path}
	}
	for _, axis := range axes {
		for i, v := range c.Along(axis) {
			text := ""
			if v == v {
				text = strconv.FormatFloat(v, 'g', -1, 64)
			}
			lines[i] = append(lines[i], text)
		}
	}
	_ = w.WriteAll(lines)
	return b.Bytes()
}

// Of the picture of a cloud: its side in pixels, and the smallest and largest side of the
// pictures in it.
const (
	cloudSide  = 1400
	cloudSmall = 14
	cloudLarge = 140
)

// figure draws the pictures at their places, as large as there is room for all.
func (c Cloud) figure(x, y, ext string) ([]byte, error) {
	for _, axis := range []string{x, y} {
		if err := c.CheckAxis(axis); err != nil {
			return nil, err
		}
	}
	at, from, to := c.Places(x, y)
	room := min(max(0.6*cloudSide/math.Sqrt(float64(len(at))), cloudSmall), cloudLarge)
	margin := room / cloudSide
	m := image.NewRGBA(image.Rect(0, 0, cloudSide, cloudSide))
	draw.Draw(m, m.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	for i, p := range c.Pictures {
		if math.IsNaN(at[i][0] + at[i][1]) {
			continue
		}
		w, h := p.Image.Rect.Dx(), p.Image.Rect.Dy()
		small, scale := p.Image, int(room)/max(w, h)
		if scale == 0 {
			w, h, scale = max(1, w*int(room)/max(w, h)), max(1, h*int(room)/max(w, h)), 1
			small = normal(dataset.Scaled(p.Image, w, h))
		}
		place := func(k, side int) int {
			return int((margin+at[i][k]*(1-2*margin))*cloudSide) - side*scale/2
		}
		corner := image.Pt(place(0, w), place(1, h))
		paste(m, image.Rectangle{corner, corner.Add(image.Pt(w*scale, h*scale))}, small, scale)
	}
	widen := func(k int, share float64) float64 { return from[k] + (to[k]-from[k])*(share-margin)/(1-2*margin) }
	return figure.Map{
		X: c.Title(x), Y: c.Title(y), Picture: m, Dates: [2]bool{x == cloudDate, y == cloudDate},
		From: figure.Place{widen(0, 0), widen(1, 0)}, To: figure.Place{widen(0, 1), widen(1, 1)},
	}.Encode(ext)
}
