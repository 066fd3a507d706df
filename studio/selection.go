package studio

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// chosen is a picture of a selection that is exported.
type chosen struct {
	name   string // of the file, unique in the selection
	file   []byte
	recipe Recipe
	info   PictureInfo
	image  image.Image
}

// choose reads the pictures of a selection; those that cannot be read are named.
func choose(ctx context.Context, paths []string, progress func(done, all int)) ([]chosen, []Fault, error) {
	var all []chosen
	var skipped []Fault
	taken := map[string]bool{}
	for i, path := range paths {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		c, err := chooseOne(path)
		if err != nil {
			skipped = append(skipped, Fault{Name: path, Err: err})
			continue
		}
		stem := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		c.name = stem
		for k := 2; taken[c.name]; k++ {
			c.name = stem + "-" + strconv.Itoa(k)
		}
		taken[c.name] = true
		all = append(all, c)
		if progress != nil {
			progress(i+1, len(paths))
		}
	}
	if len(all) == 0 {
		err := fmt.Errorf("found no picture that can be read among %d", len(paths))
		if len(skipped) > 0 {
			err = fmt.Errorf("%w, the first is %w", err, skipped[0])
		}
		return nil, skipped, err
	}
	return all, skipped, nil
}

func chooseOne(path string) (chosen, error) {
	st, err := os.Stat(path)
	if err != nil {
		return chosen{}, plain(err)
	}
	if !st.Mode().IsRegular() || st.Size() > maxPictureBytes {
		return chosen{}, fmt.Errorf("found %d bytes (%s), want a file of at most %d", st.Size(), st.Mode(), maxPictureBytes)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return chosen{}, plain(err)
	}
	r, info, m, err := parsePicture(file)
	return chosen{file: file, recipe: r, info: info, image: m}, err
}

// caption is a picture's making in two lines.
func (c chosen) caption() [2]string {
	first := strings.TrimSuffix(c.recipe.Checkpoint.Name, filepath.Ext(c.recipe.Checkpoint.Name))
	second := fmt.Sprintf("seed %d", c.recipe.Seed)
	if c.info.Chain >= 0 {
		second += fmt.Sprintf(" #%d", c.info.Chain)
	}
	if c.info.Energy != nil {
		second += fmt.Sprintf(" E %.4g", *c.info.Energy)
	}
	if c.recipe.Expression != "" {
		first = c.recipe.Expression
	} else if len(c.info.Labels) > 0 {
		first = strings.Join(c.info.Labels, ", ")
	}
	return [2]string{first, second}
}

// captionHeight is that of a line of a caption in pixels.
const captionHeight = 13

// cell is how the pictures of a selection stand in cells of one size.
type cell struct {
	w, h     int // of the largest picture
	scale    int // a pixel of it is a square of so many
	width    int // of the cell, which is wider than a small picture where it has a caption
	captions bool
}

func cellFor(all []chosen, captions bool) cell {
	c := cell{captions: captions}
	for _, p := range all {
		c.w, c.h = max(c.w, p.image.Bounds().Dx()), max(c.h, p.image.Bounds().Dy())
	}
	c.scale = layoutFor(1, c.w).Scale
	c.width = c.w * c.scale
	if captions {
		c.width = max(c.width, 24*basicfont.Face7x13.Advance)
	}
	return c
}

func (c cell) height() int {
	if c.captions {
		return c.h*c.scale + 2*captionHeight + 4
	}
	return c.h * c.scale
}

// draw puts a picture in the middle of its cell, and its caption below.
func (c cell) draw(dst draw.Image, at image.Point, p chosen) {
	b := p.image.Bounds()
	x := at.X + (c.width-b.Dx()*c.scale)/2
	y := at.Y + (c.h-b.Dy())*c.scale/2
	paste(dst, image.Rect(x, y, x+b.Dx()*c.scale, y+b.Dy()*c.scale), normal(p.image), c.scale)
	if !c.captions {
		return
	}
	for i, text := range p.caption() {
		letters := []rune(text)
		if fit := c.width / basicfont.Face7x13.Advance; len(letters) > fit {
			letters = append(letters[:fit-2], '.', '.')
		}
		d := font.Drawer{
			Dst: dst, Src: image.NewUniform(color.Gray{Y: 0xd0}), Face: basicfont.Face7x13,
			Dot: fixed.P(at.X, at.Y+c.h*c.scale+(i+1)*captionHeight),
		}
		d.DrawString(string(letters))
	}
}

// normal is a picture whose bounds begin at 0, 0, without holes.
func normal(m image.Image) *image.RGBA {
	b := m.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, image.NewUniform(color.Gray{Y: background}), image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, m, b.Min, draw.Over)
	return out
}
