package studio

import (
	"fmt"
	"strings"

	"ebmstudio/internal/dataset"
	"ebmstudio/sampling"
)

// PictureFault is a file that is no picture that can be read.
type PictureFault struct {
	File string
	Err  error // names the file
}

// faultsNamed is how many files a line about faults names.
const faultsNamed = 3

// FaultLine says in one line which of a number of pictures were left out, empty for
// none; the reasons are in the list.
func FaultLine(faults []PictureFault, of int) string {
	if len(faults) == 0 {
		return ""
	}
	var names []string
	for _, f := range faults[:min(len(faults), faultsNamed)] {
		names = append(names, f.File)
	}
	text := fmt.Sprintf("%d of %d pictures cannot be read and are left out: %s", len(faults), of, strings.Join(names, ", "))
	if more := len(faults) - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// FaultList is one line a fault, with its reason.
func FaultList(faults []PictureFault) string {
	var text strings.Builder
	for _, f := range faults {
		fmt.Fprintln(&text, strings.ReplaceAll(f.Err.Error(), "\n", " "))
	}
	return text.String()
}

// noneUsable is the error of a path below which no picture can be read.
func noneUsable(path string, faults []PictureFault) error {
	if len(faults) == 1 {
		return faults[0].Err
	}
	return fmt.Errorf("read pictures in %q: found %d files and none that can be read; the first: %w", path, len(faults), faults[0].Err)
}

// ReadUsablePictures is [Opened.ReadPictures] that leaves out what cannot be read and
// says so; only where nothing can it is an error.
func (o *Opened) ReadUsablePictures(paths ...string) (sampling.Images, []string, []PictureFault, error) {
	files, err := o.picturePaths(paths)
	if err != nil {
		return sampling.Images{}, nil, nil, err
	}
	m := o.Model
	x := sampling.Images{C: m.C, H: m.H, W: m.W}
	var names []string
	var faults []PictureFault
	for _, file := range files {
		picture, err := dataset.OpenPicture(file)
		if err != nil {
			faults = append(faults, PictureFault{file, plainly(file, err)})
			continue
		}
		for _, v := range dataset.FromPicture(picture, m.C, m.H, m.W).Data {
			x.Data = append(x.Data, m.Lo+v*(m.Hi-m.Lo))
		}
		names = append(names, file)
		x.N++
	}
	if x.N == 0 {
		return x, nil, faults, noneUsable(strings.Join(paths, ", "), faults)
	}
	return x, names, faults, nil
}
