package dataset

import (
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/disintegration/imaging"

	"ebmstudio/sampling"
)

// maxPixels bounds a picture that is decoded: a header that promises more is an
// error rather than an allocation.
const maxPixels = 1 << 26

// maxFolderBytes bounds the memory of a folder's pictures at their new size.
const maxFolderBytes = 1 << 30

// OpenFolder reads every PNG, JPEG, GIF, BMP and TIFF below a folder, scaled and
// cropped at the centre to size by size pixels, with 1 channel (grey) or 3. What is in
// them is told by a file labels.csv or list_attr_celeba.txt in the folder ([LabelFile],
// [CelebAFile]); otherwise, where all pictures lie in folders of the folder, these are
// the classes.
func OpenFolder(dir string, channels, size int) (*Set, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("pictures in %q: found no such folder", dir)
	}
	if size < 1 || (channels != 1 && channels != 3) {
		return nil, fmt.Errorf("pictures in %q: found size %d and %d channels, want a size in pixels (--size) and 1 or 3 channels", dir, size, channels)
	}
	paths, err := picturesBelow(dir)
	if err != nil {
		return nil, fmt.Errorf("pictures in %q: %w", dir, err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("pictures in %q: found no PNG, JPEG, GIF, BMP or TIFF, want at least one\nhint: apt-get install dataset-fashion-mnist puts Fashion-MNIST into %s", dir, FashionDir)
	}
	if int64(len(paths))*int64(channels*size*size) > maxFolderBytes {
		return nil, fmt.Errorf("pictures in %q: %d pictures of %d pixels squared exceed %d bytes\nhint: name a smaller --size", dir, len(paths), size, maxFolderBytes)
	}
	s := &Set{Name: filepath.Base(dir), C: channels, H: size, W: size}
	table, err := openLabels(dir)
	if err != nil {
		return nil, err
	}
	if table == nil {
		s.label(dir, paths)
	} else if err := s.labelBy(table, dir, paths); err != nil {
		return nil, err
	}
	for _, path := range paths {
		picture, err := OpenPicture(path)
		if err != nil {
			return nil, err
		}
		x := FromPicture(picture, channels, size, size)
		for _, v := range x.Data {
			s.Levels = append(s.Levels, uint8(v*255+0.5))
		}
	}
	return s, nil
}

func picturesBelow(dir string) ([]string, error) {
	var paths []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		kinds := []string{".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff"}
		if !d.IsDir() && slices.Contains(kinds, strings.ToLower(filepath.Ext(path))) {
			paths = append(paths, path)
		}
		return nil
	})
	return paths, err // WalkDir is in lexical order: the same set on every machine
}

// label sets the classes from the folders' names, [mostClasses] at most.
func (s *Set) label(dir string, paths []string) {
	var names []string
	for _, path := range paths {
		rel, err := filepath.Rel(dir, path)
		first, rest, inside := strings.Cut(filepath.ToSlash(rel), "/")
		if err != nil || !inside || rest == "" {
			return
		}
		names = append(names, first)
	}
	list := slices.Compact(slices.Sorted(slices.Values(names)))
	if len(list) > mostClasses {
		return
	}
	s.LabelNames = list
	for _, name := range names {
		i, _ := slices.BinarySearch(list, name)
		s.Labels = append(s.Labels, uint8(i))
	}
}

// OpenPicture decodes a picture, turned upright by its EXIF orientation.
func OpenPicture(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open picture: %w", err)
	}
	defer f.Close()
	if c, _, err := image.DecodeConfig(f); err == nil && int64(c.Width)*int64(c.Height) > maxPixels {
		return nil, fmt.Errorf("open picture %q: found %dx%d pixels, want at most %d", path, c.Width, c.Height, maxPixels)
	}
	if _, err := f.Seek(0, 0); err != nil {
		return nil, fmt.Errorf("open picture %q: %w", path, err)
	}
	picture, err := imaging.Decode(f, imaging.AutoOrientation(true))
	if err != nil {
		return nil, fmt.Errorf("open picture %q: %w, want a PNG, JPEG, GIF, BMP or TIFF", path, err)
	}
	return picture, nil
}

// FromPicture scales a picture to cover h by w pixels, crops it at the centre and
// returns it in 0..1 with 1 channel (luma) or 3.
func FromPicture(picture image.Image, channels, h, w int) sampling.Images {
	scaled := imaging.Fill(picture, w, h, imaging.Center, imaging.CatmullRom)
	x := sampling.NewImages(1, channels, h, w)
	for p := range h * w {
		pix := scaled.Pix[4*p : 4*p+3]
		if channels == 1 {
			x.Data[p] = (0.299*float32(pix[0]) + 0.587*float32(pix[1]) + 0.114*float32(pix[2])) / 255
			continue
		}
		for c := range channels {
			x.Data[c*h*w+p] = float32(pix[c]) / 255
		}
	}
	return x
}

// Scaled resizes a picture to w by h pixels with a smooth filter, for display.
func Scaled(picture image.Image, w, h int) image.Image {
	return imaging.Resize(picture, w, h, imaging.CatmullRom)
}
