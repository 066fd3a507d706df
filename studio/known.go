package studio

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"path/filepath"
	"slices"

	"ebmstudio/internal/dataset"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// Known are the pixels that every chain of a recipe keeps (inpainting), as PNG files
// of the model's size: what a recipe needs is inside it. Make one with NewKnown or
// ReadKnown; nothing in it changes afterwards.
type Known struct {
	Name    string `json:"name,omitempty"` // for people
	Picture []byte `json:"picture"`
	// Mask is white where a pixel is free to change and black where it is kept; grey is
	// its stiffness: after every step x <- m x + (1-m) known. Empty for a model that
	// was trained to fill a hole of its own (models.Model.Hole).
	Mask []byte `json:"mask,omitempty"`
}

// Initial is the picture that every chain of a recipe begins with instead of noise
// (image to image): carried up to the noise level of the knob from_level where the
// model has a ladder, as it is elsewhere.
type Initial struct {
	Name    string `json:"name,omitempty"`
	Picture []byte `json:"picture"` // a PNG file of the model's size
}

// SizeError says that a picture or a mask is not of a model's size. Asked to scale,
// none of this package's functions returns it.
type SizeError struct {
	What, Name string // "mask", "hole.png"
	Found      image.Point
	Want       image.Point
}

// Error names the sizes and offers to scale.
func (e *SizeError) Error() string {
	return fmt.Sprintf("%s %q: found %dx%d pixels, want %dx%d as the model has\nhint: it is scaled only when asked: --scale", e.What, e.Name, e.Found.X, e.Found.Y, e.Want.X, e.Want.Y)
}

// NewKnown are the known pixels of a picture where the mask is not white. A picture
// or mask of another size is a *SizeError unless scale is set; then it is scaled to
// cover the model's size and cropped at the centre, and a mask of black and white
// stays one. Models that fill a hole of their own want no mask.
func NewKnown(m *models.Model, name string, picture, mask image.Image, scale bool) (*Known, error) {
	k := &Known{Name: name}
	var err error
	switch {
	case m.Hole != nil && mask != nil:
		return nil, errors.New("mask: found one, but this model fills the hole that it was trained to fill, want none")
	case m.Hole == nil && mask == nil:
		return nil, errors.New("mask: found none, want one: white where the picture may change, black where it is kept")
	case scale && mask != nil && otherShape(picture, mask):
		return nil, fmt.Errorf("mask: found %s beside a picture of %s, want one proportion, so that both are scaled alike", sizeOf(mask), sizeOf(picture))
	}
	if k.Picture, err = embedPicture(m, name, picture, scale); err != nil {
		return nil, err
	}
	if mask != nil {
		k.Mask, err = embedMask(m, name, mask, scale)
	}
	return k, err
}

// WithMask are the same known pixels under another mask of the model's size.
func (k *Known) WithMask(m *models.Model, mask *image.Gray) (*Known, error) {
	if m.Hole != nil {
		return nil, errors.New("mask: found one, but this model fills the hole that it was trained to fill, want none")
	}
	if err := checkSize(m, "mask", k.Name, mask, false); err != nil {
		return nil, err
	}
	data, err := quickPNG(mask)
	return &Known{Name: k.Name, Picture: k.Picture, Mask: data}, err
}

// ReadKnown is NewKnown of files; mask is empty for none.
func ReadKnown(m *models.Model, picture, mask string, scale bool) (*Known, error) {
	p, err := dataset.OpenPicture(picture)
	if err != nil {
		return nil, fmt.Errorf("%w", plainly(picture, err))
	}
	var hole image.Image
	if mask != "" {
		if hole, err = dataset.OpenPicture(mask); err != nil {
			return nil, plainly(mask, err)
		}
	}
	k, err := NewKnown(m, filepath.Base(picture), p, hole, scale)
	var size *SizeError
	if errors.As(err, &size) && size.What == "mask" {
		size.Name = filepath.Base(mask)
	}
	return k, err
}

// NewInitial is a picture for chains to begin with; see NewKnown for its size.
func NewInitial(m *models.Model, name string, picture image.Image, scale bool) (*Initial, error) {
	data, err := embedPicture(m, name, picture, scale)
	if err != nil {
		return nil, err
	}
	return &Initial{Name: name, Picture: data}, nil
}

// ReadInitial is NewInitial of a file.
func ReadInitial(m *models.Model, path string, scale bool) (*Initial, error) {
	p, err := dataset.OpenPicture(path)
	if err != nil {
		return nil, plainly(path, err)
	}
	return NewInitial(m, filepath.Base(path), p, scale)
}

func plainly(path string, err error) error {
	if cause := plain(err); cause != err {
		return fmt.Errorf("read picture %q: %w", path, cause)
	}
	return err
}

func sizeOf(m image.Image) string {
	return fmt.Sprintf("%dx%d pixels", m.Bounds().Dx(), m.Bounds().Dy())
}

func otherShape(a, b image.Image) bool {
	return a.Bounds().Dx()*b.Bounds().Dy() != a.Bounds().Dy()*b.Bounds().Dx()
}

func checkSize(m *models.Model, what, name string, picture image.Image, scale bool) error {
	if m.C != 1 && m.C != 3 {
		return fmt.Errorf("%s %q: this model draws points or pictures of %d channels, want one of grey or coloured pictures", what, name, m.C)
	}
	found, want := picture.Bounds().Size(), image.Pt(m.W, m.H)
	if found.X < 1 || found.Y < 1 || found != want && !scale {
		return &SizeError{what, name, found, want}
	}
	return nil
}

func embedPicture(m *models.Model, name string, picture image.Image, scale bool) ([]byte, error) {
	if err := checkSize(m, "picture", name, picture, scale); err != nil {
		return nil, err
	}
	x := dataset.FromPicture(picture, m.C, m.H, m.W)
	return encodePNG(native(quantise(x.Data, 0, 1), m.C, m.H, m.W))
}

// embedMask makes a mask grey; what is transparent is black.
func embedMask(m *models.Model, name string, mask image.Image, scale bool) ([]byte, error) {
	levels, err := greyLevels(m, "mask", name, mask, scale)
	if err != nil {
		return nil, err
	}
	if sharp(mask) { // scaling must not make it soft
		levels = slices.Clone(levels)
		for i, v := range levels {
			levels[i] = 255 * (v / 128)
		}
	}
	return encodePNG(native(levels, 1, m.H, m.W))
}

// greyLevels is a picture's brightness at the model's size; what is transparent is black.
func greyLevels(m *models.Model, what, name string, picture image.Image, scale bool) ([]uint8, error) {
	if err := checkSize(m, what, name, picture, scale); err != nil {
		return nil, err
	}
	b := picture.Bounds()
	grey, is := picture.(*image.Gray)
	if is && grey.Stride == m.W && b == image.Rect(0, 0, m.W, m.H) {
		return grey.Pix, nil
	}
	grey = image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			grey.Set(x, y, picture.At(b.Min.X+x, b.Min.Y+y)) // of premultiplied colours
		}
	}
	return quantise(dataset.FromPicture(grey, 1, m.H, m.W).Data, 0, 1), nil
}

// sharp reports whether a mask is black and white.
func sharp(mask image.Image) bool {
	b := mask.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if v := color.GrayModel.Convert(mask.At(x, y)).(color.Gray).Y; v != 0 && v != 255 {
				return false
			}
		}
	}
	return true
}

// SaveMask writes a mask, or a map of temperatures, as a PNG file, whole or not at all.
func SaveMask(path string, mask image.Image) error {
	data, err := encodePNG(mask)
	if err != nil {
		return fmt.Errorf("save %q: %w", path, err)
	}
	return writeFiles(outFile{path, data})
}

// quickPNG is encodePNG in less time and a little more room, for what is painted.
func quickPNG(m image.Image) ([]byte, error) {
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	err := encoder.Encode(&b, m)
	return b.Bytes(), err
}

func encodePNG(m image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := png.Encode(&b, m)
	return b.Bytes(), err
}

// embedded is a recipe's picture of h by w pixels and c channels, 0 to 255.
func embedded(what string, data []byte, c, h, w int) ([]uint8, error) {
	m, err := decodePNG(data)
	if err != nil {
		return nil, fmt.Errorf("recipe: %s: %w", what, err)
	}
	b := m.Bounds()
	if b.Dx() != w || b.Dy() != h {
		return nil, fmt.Errorf("recipe: %s: found %s, want %dx%d as the model has", what, sizeOf(m), w, h)
	}
	levels := make([]uint8, c*h*w)
	for i := range h * w {
		at := m.At(b.Min.X+i%w, b.Min.Y+i/w)
		if c == 1 {
			levels[i] = color.GrayModel.Convert(at).(color.Gray).Y
			continue
		}
		v := color.NRGBAModel.Convert(at).(color.NRGBA)
		levels[i], levels[h*w+i], levels[2*h*w+i] = v.R, v.G, v.B
	}
	return levels, nil
}

// inRange is a recipe's picture in the model's range, as one that saved as a picture
// has the same bytes.
func inRange(m *models.Model, what string, data []byte) (sampling.Images, error) {
	if m.C != 1 && m.C != 3 {
		return sampling.Images{}, fmt.Errorf("recipe: %s: found a picture for a model of %d channels, want 1 or 3", what, m.C)
	}
	levels, err := embedded(what, data, m.C, m.H, m.W)
	if err != nil {
		return sampling.Images{}, err
	}
	x := sampling.NewImages(1, m.C, m.H, m.W)
	for i, v := range levels {
		x.Data[i] = m.Lo + float32(v)*(m.Hi-m.Lo)/255
	}
	return x, nil
}

// pixels are the known pixels as a mask of the sampler.
func (k *Known) pixels(m *models.Model) (*sampling.Mask, error) {
	x, err := inRange(m, "known picture", k.Picture)
	if err != nil {
		return nil, err
	}
	switch {
	case len(k.Mask) == 0 && m.Hole != nil:
		return m.Hole(x), nil
	case len(k.Mask) == 0:
		return nil, errors.New("recipe: mask: found none, want one")
	case m.Hole != nil:
		return nil, errors.New("recipe: mask: found one, but this model fills a hole of its own")
	}
	levels, err := embedded("mask", k.Mask, 1, m.H, m.W)
	if err != nil {
		return nil, err
	}
	mask := sampling.NewMask(x)
	for i, v := range levels {
		mask.M[i] = float32(v) / 255
	}
	return mask, nil
}

func (k *Known) check(m *models.Model, sampler string) error {
	if k == nil {
		return nil
	}
	mask, err := k.pixels(m)
	if err != nil {
		return err
	}
	grey := func(v float32) bool { return v != 0 && v != 1 }
	if adjusted(sampler) && slices.ContainsFunc(mask.M, grey) {
		return fmt.Errorf("recipe: mask: found grey pixels, but the sampler %s accepts or refuses whole steps, want black and white", sampler)
	}
	return nil
}

func (i *Initial) check(m *models.Model) error {
	if i == nil {
		return nil
	}
	_, err := inRange(m, "initial picture", i.Picture)
	return err
}

func (k *Known) clone() *Known {
	if k == nil {
		return nil
	}
	return &Known{k.Name, slices.Clone(k.Picture), slices.Clone(k.Mask)}
}

func (i *Initial) clone() *Initial {
	if i == nil {
		return nil
	}
	return &Initial{i.Name, slices.Clone(i.Picture)}
}
