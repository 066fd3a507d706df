package studio

import (
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ebmstudio/internal/dataset"
	"ebmstudio/sampling"
)

// maxPictures is the largest number of pictures read at once.
const maxPictures = 100_000

// ReadImage reads a picture file of any size, for NewKnown and NewInitial.
func ReadImage(path string) (image.Image, error) {
	p, err := dataset.OpenPicture(path)
	if err != nil {
		return nil, plainly(path, err)
	}
	return p, nil
}

// ReadPictures reads picture files, and those below folders in the order of their
// names, scaled and cropped to the model's size and in its range, with the path of
// each.
func (o *Opened) ReadPictures(paths ...string) (sampling.Images, []string, error) {
	x, names, faults, err := o.ReadUsablePictures(paths...)
	if err == nil && len(faults) > 0 {
		return sampling.Images{}, nil, faults[0].Err
	}
	return x, names, err
}

// picturePaths are the files that paths name, for a model that takes pictures.
func (o *Opened) picturePaths(paths []string) (files []string, err error) {
	for _, path := range paths {
		below, err := pictureFiles(path)
		if err != nil {
			return nil, err
		}
		files = append(files, below...)
	}
	if len(files) == 0 || len(files) > maxPictures {
		return nil, fmt.Errorf("read pictures: found %d, want 1 to %d", len(files), maxPictures)
	}
	if c := o.Model.C; c != 1 && c != 3 {
		return nil, fmt.Errorf("read pictures: %s takes %d channels, want 1 or 3", o.Name, c)
	}
	return files, nil
}

// pictureFiles is the path itself, or the pictures below it where it is a folder.
func pictureFiles(path string) ([]string, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read picture %q: %w", path, plain(err))
	}
	if !st.IsDir() {
		return []string{path}, nil
	}
	kinds := []string{".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff"}
	var files []string
	err = filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case len(files) > maxPictures:
			return errors.New("found too many pictures")
		case d.Type().IsRegular() && slices.Contains(kinds, strings.ToLower(filepath.Ext(file))):
			files = append(files, file)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read pictures in %q: %w", path, plain(err))
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("read pictures in %q: found none, want %s", path, strings.Join(kinds, " "))
	}
	return files, nil
}
