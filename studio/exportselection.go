package studio

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// SelectionFormat is a form that a selection of pictures is exported in.
type SelectionFormat string

// The forms. All but the folder are one file; all but contact sheet and animations carry
// the recipes.
const (
	AsPictures SelectionFormat = "pngs"  // a folder of PNG files, recipes and tags inside
	AsSheet    SelectionFormat = "sheet" // a PNG with all, and captions
	AsGIF      SelectionFormat = "gif"   // a picture a frame
	AsAPNG     SelectionFormat = "apng"  // the same without loss of colours
	AsY4M      SelectionFormat = "y4m"   // a video without compression, 4:4:4
	AsZIP      SelectionFormat = "zip"   // the PNG files, and a recipe of each as JSON
	AsHTML     SelectionFormat = "html"  // a page with pictures and recipes inside
)

// SelectionFormats are all forms.
func SelectionFormats() []SelectionFormat {
	return []SelectionFormat{AsPictures, AsSheet, AsGIF, AsAPNG, AsY4M, AsZIP, AsHTML}
}

// SelectionOptions say how a selection is exported; the zero value will do.
type SelectionOptions struct {
	Title    string              // of the page
	Columns  int                 // of the sheet; 0: as square as possible
	Plain    bool                // a sheet without captions
	Delay    time.Duration       // of a frame of an animation; 0: 400 ms
	Progress func(done, all int) // is told how many pictures are read; may be nil
}

// ExportSelection writes the pictures of files in a form to a path, which for AsPictures is
// a folder that is empty or does not exist. Pictures that cannot be read are left out and
// named. Where it fails or ctx ends, nothing is written.
func ExportSelection(ctx context.Context, paths []string, to string, as SelectionFormat, o SelectionOptions) (written int, skipped []Fault, err error) {
	fail := func(err error) (int, []Fault, error) { return 0, skipped, fmt.Errorf("export to %q: %w", to, err) }
	all, skipped, err := choose(ctx, paths, o.Progress)
	if err != nil {
		return fail(err)
	}
	if o.Delay <= 0 {
		o.Delay = 400 * time.Millisecond
	}
	var data []byte
	switch as {
	case AsPictures:
		if err := exportFolder(ctx, all, to); err != nil {
			return fail(err)
		}
		return len(all), skipped, nil
	case AsSheet:
		data, err = captioned(all, o)
	case AsGIF:
		data, err = animatedGIF(ctx, all, o)
	case AsAPNG:
		var frames []*image.RGBA
		if frames, err = framesOf(ctx, all); err == nil {
			data, err = encodeAPNG(frames, o.Delay)
		}
	case AsY4M:
		frames, err := framesOf(ctx, all)
		if err == nil {
			err = streamFile(to, func(w io.Writer) error { return writeY4M(w, slices.Values(frames), o.Delay, 0) })
		}
		if err != nil {
			return fail(err)
		}
		return len(all), skipped, nil
	case AsZIP:
		data, err = zipped(ctx, all)
	case AsHTML:
		data, err = htmlPage(ctx, all, o.Title)
	default:
		err = fmt.Errorf("found form %q, want one of %q", as, SelectionFormats())
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return fail(err)
	}
	return len(all), skipped, writeFiles(outFile{to, data})
}

// exportFolder writes the files into a folder beside the wanted one, which then takes its
// name: the folder appears with all of them or not at all.
func exportFolder(ctx context.Context, all []chosen, to string) (err error) {
	if old, err := os.ReadDir(to); err == nil && len(old) > 0 {
		return fmt.Errorf("the folder has %d files, want an empty or a new one", len(old))
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return plain(err)
	}
	parent := filepath.Dir(filepath.Clean(to))
	if err := makeDir(parent); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(parent, ".export-*")
	if err != nil {
		return plain(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }() // nothing is there where it took its name
	for _, c := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := writeFiles(outFile{filepath.Join(temp, c.name+".png"), c.file}); err != nil {
			return fmt.Errorf("write %q: %w", c.name+".png", errors.Unwrap(err))
		}
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return plain(err)
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, os.ErrNotExist) {
		return plain(err)
	}
	return os.Rename(temp, to)
}

// captioned is the contact sheet of a selection.
func captioned(all []chosen, o SelectionOptions) ([]byte, error) {
	c := cellFor(all, !o.Plain)
	columns := o.Columns
	if columns <= 0 {
		columns = int(math.Ceil(math.Sqrt(float64(len(all)))))
	}
	const gap = 8
	rows := (len(all) + columns - 1) / columns
	bounds := image.Rect(0, 0, gap+columns*(c.width+gap), gap+rows*(c.height()+gap))
	if int64(bounds.Dx())*int64(bounds.Dy()) > maxGIFPixels {
		return nil, fmt.Errorf("a sheet of %dx%d pixels is too large, want fewer pictures", bounds.Dx(), bounds.Dy())
	}
	sheet := image.NewRGBA(bounds)
	draw.Draw(sheet, bounds, image.NewUniform(color.Gray{Y: background}), image.Point{}, draw.Src)
	for i, p := range all {
		c.draw(sheet, image.Pt(gap+i%columns*(c.width+gap), gap+i/columns*(c.height()+gap)), p)
	}
	var b bytes.Buffer
	err := png.Encode(&b, sheet)
	return b.Bytes(), err
}

// framesOf are the pictures as frames of one size.
func framesOf(ctx context.Context, all []chosen) ([]*image.RGBA, error) {
	c := cellFor(all, false)
	if int64(c.width)*int64(c.height())*int64(len(all)) > maxGIFPixels {
		return nil, fmt.Errorf("animation of %d frames of %dx%d pixels is too large, want fewer pictures", len(all), c.width, c.height())
	}
	var frames []*image.RGBA
	for _, p := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m := image.NewRGBA(image.Rect(0, 0, c.width, c.height()))
		draw.Draw(m, m.Rect, image.NewUniform(color.Gray{Y: background}), image.Point{}, draw.Src)
		c.draw(m, image.Point{}, p)
		frames = append(frames, m)
	}
	return frames, nil
}

func animatedGIF(ctx context.Context, all []chosen, o SelectionOptions) ([]byte, error) {
	frames, err := framesOf(ctx, all)
	if err != nil {
		return nil, err
	}
	colours := paletteOf(frames)
	g := &gif.GIF{}
	for _, m := range frames {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p := image.NewPaletted(m.Rect, colours.colours)
		for i := range p.Pix {
			p.Pix[i] = colours.index(m.Pix[4*i], m.Pix[4*i+1], m.Pix[4*i+2])
		}
		g.Image, g.Delay = append(g.Image, p), append(g.Delay, int(o.Delay/(10*time.Millisecond)))
	}
	var b bytes.Buffer
	err = gif.EncodeAll(&b, g)
	return b.Bytes(), err
}

// paletteOf is one palette for all frames: every grey where they are grey, else by median
// cut over a sample of the pixels.
func paletteOf(frames []*image.RGBA) *palette {
	const want = 60_000
	every := max(1, len(frames)*len(frames[0].Pix)/4/want)
	var sample [][3]uint8
	grey, count := true, 0
	for _, m := range frames {
		for i := 0; i < len(m.Pix); i += 4 {
			c := [3]uint8(m.Pix[i : i+3])
			grey = grey && c[0] == c[1] && c[1] == c[2]
			if count++; count%every == 0 {
				sample = append(sample, c)
			}
		}
	}
	if grey {
		return greys()
	}
	p := &palette{nearest: map[uint32]uint8{}}
	for _, box := range medianCut(sample, 256) {
		p.colours = append(p.colours, mean(box))
	}
	return p
}

// zipped is a ZIP with every picture and its recipe.
func zipped(ctx context.Context, all []chosen) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name string, method uint16, data []byte) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: time.Now()})
		if err != nil {
			return err
		}
		_, err = io.Copy(w, bytes.NewReader(data))
		return err
	}
	for _, c := range all {
		err := errors.Join(ctx.Err(), add(c.name+".png", zip.Store, c.file), add(c.name+".json", zip.Deflate, c.recipe.JSON()))
		if err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return b.Bytes(), err
}
