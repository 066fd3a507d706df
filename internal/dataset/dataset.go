// Package dataset reads pictures to train on: idx files (MNIST, Fashion-MNIST) and
// folders of pictures, and draws batches from them.
//
// A batch depends on the key and the step alone, so that a resumed training sees
// exactly the pictures that an uninterrupted one would have seen. Augmentations are
// pure functions of a key for the same reason.
package dataset

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ebmstudio/sampling"
)

// Streams of a key that batches and augmentations use; kept apart from those of
// package sampling.
const (
	StreamOrder      sampling.Stream = 32 + iota // the order of the pictures in an epoch
	StreamDequant                                // noise below one level of the data
	StreamAugment                                // augmentations
	StreamPoint                                  // which point of the plane
	StreamPointNoise                             // the noise around it
	StreamFace                                   // which face (package faces)
)

// Set is a set of pictures in memory, as 8-bit levels.
type Set struct {
	Name       string
	C, H, W    int
	Levels     []uint8  // count*C*H*W, picture after picture, channel by channel
	Labels     []uint8  // one a picture, or nil
	LabelNames []string // by label; of attributes the name and "no name" in turn
	// On holds, a picture, which attributes are on; nil: there are classes, or nothing.
	On [][]bool
}

// Open reads a folder: in MNIST's layout, or of pictures scaled to size by size
// pixels, see [OpenFolder]; where it has a folder train beside a folder test, the former.
// An empty path is Debian's Fashion-MNIST.
func Open(path string, channels, size int) (*Set, error) {
	if path == "" {
		path = FashionDir
	}
	if matches, _ := filepath.Glob(filepath.Join(path, "*-ubyte*")); len(matches) > 0 || path == FashionDir {
		s, err := OpenMNIST(path, true)
		if err != nil {
			return nil, err
		}
		if size != 0 && (s.H != size || s.W != size) {
			return nil, fmt.Errorf("data in %q: found pictures of %dx%d pixels, want %d", path, s.H, s.W, size)
		}
		return s, nil
	}
	if train, _, ok := apart(path); ok {
		s, err := OpenFolder(train, channels, size)
		if err == nil {
			s.Name = filepath.Base(path)
		}
		return s, err
	}
	return OpenFolder(path, channels, size)
}

// apart are the folders train and test of a folder that has both.
func apart(path string) (train, test string, ok bool) {
	train, test = filepath.Join(path, "train"), filepath.Join(path, "test")
	for _, dir := range []string{train, test} {
		if at, err := os.Stat(dir); err != nil || !at.IsDir() {
			return "", "", false
		}
	}
	return train, test, true
}

// OpenTest reads the test part of what [Open] takes: t10k-... of a folder in MNIST's
// layout, or the folder test; false where there is none that can be read.
func OpenTest(path string, channels, size int) (*Set, bool) {
	if path == "" {
		path = FashionDir
	}
	if _, test, ok := apart(path); ok {
		s, err := OpenFolder(test, channels, size)
		return s, err == nil && s.Check() == nil
	}
	if matches, _ := filepath.Glob(filepath.Join(path, "t10k-*-ubyte*")); len(matches) == 0 {
		return nil, false
	}
	s, err := OpenMNIST(path, false)
	return s, err == nil && s.Check() == nil
}

func isFashion(dir string) bool { return strings.Contains(strings.ToLower(dir), "fashion") }

// Len is the number of pictures.
func (s *Set) Len() int { return len(s.Levels) / (s.C * s.H * s.W) }

// Picture returns the levels of picture i, sharing them.
func (s *Set) Picture(i int) []uint8 {
	n := s.C * s.H * s.W
	return s.Levels[i*n : (i+1)*n]
}

// At returns pictures by index in 0..1, levels divided by 255.
func (s *Set) At(index []int) sampling.Images {
	x := sampling.NewImages(len(index), s.C, s.H, s.W)
	for i, k := range index {
		dst := x.Image(i)
		for j, level := range s.Picture(k) {
			dst[j] = float32(level) / 255
		}
	}
	return x
}

// MeanStd returns the mean and standard deviation of each channel in 0..1.
func (s *Set) MeanStd() (mean, std []float32) {
	plane := s.H * s.W
	mean, std = make([]float32, s.C), make([]float32, s.C)
	for c := range s.C {
		var counts [256]int
		for i := range s.Len() {
			for _, level := range s.Picture(i)[c*plane : (c+1)*plane] {
				counts[level]++
			}
		}
		var sum, square float64
		for level, n := range counts {
			v := float64(level) / 255
			sum, square = sum+v*float64(n), square+v*v*float64(n)
		}
		n := float64(s.Len() * plane)
		m := sum / n
		mean[c], std[c] = float32(m), float32(math.Sqrt(max(square/n-m*m, 1e-12)))
	}
	return mean, std
}

// Loader draws batches of a set; it remembers the order of the last epoch.
type Loader struct {
	Set   *Set
	Key   sampling.Key
	Batch int
	// Noise is the standard deviation of the normal noise that is added to the
	// pictures (0..1), so that the data is not a set of points on a grid.
	Noise float64
	// Flip mirrors half of the pictures from left to right.
	Flip bool

	order []int
	drawn drawing // what order was drawn for
}

// drawing tells orders apart; the key by its first numbers for the epoch.
type drawing struct {
	epoch, size int
	key         [4]float32
}

// At returns the batch of a step: pictures in 0..1 and their indices. Equal steps
// give equal batches, whatever was drawn between.
func (l *Loader) At(step int) (sampling.Images, []int, error) {
	perEpoch := l.Set.Len() / max(l.Batch, 1)
	if l.Batch < 1 || perEpoch < 1 {
		return sampling.Images{}, nil, fmt.Errorf("batch of %d pictures: the set %q holds %d, want at least one batch", l.Batch, l.Set.Name, l.Set.Len())
	}
	epoch, within := step/perEpoch, step%perEpoch
	want := drawing{epoch: epoch, size: l.Batch}
	if err := l.Key.Uniform(StreamOrder, 0, epoch, want.key[:]); err != nil {
		return sampling.Images{}, nil, err
	}
	if l.order == nil || l.drawn != want {
		order, err := l.Key.Choose(StreamOrder, epoch, perEpoch*l.Batch, l.Set.Len())
		if err != nil {
			return sampling.Images{}, nil, err
		}
		l.order, l.drawn = order, want
	}
	index := l.order[within*l.Batch : (within+1)*l.Batch]
	x := l.Set.At(index)
	if l.Flip {
		if err := FlipSome(l.Key, step, 0.5, x); err != nil {
			return sampling.Images{}, nil, err
		}
	}
	if l.Noise > 0 {
		if err := AddNoise(l.Key, step, l.Noise, x); err != nil {
			return sampling.Images{}, nil, err
		}
	}
	return x, index, nil
}

// AddNoise is x <- clamp(x + deviation N(0,1), 0, 1), other noise for every step.
func AddNoise(k sampling.Key, step int, deviation float64, x sampling.Images) error {
	z := sampling.NewImages(x.N, x.C, x.H, x.W)
	if err := k.Normals(StreamDequant, step, z); err != nil {
		return err
	}
	for j, v := range z.Data {
		x.Data[j] = min(max(x.Data[j]+float32(deviation)*v, 0), 1)
	}
	return nil
}

// Check reports the first way in which a set cannot be trained on.
func (s *Set) Check() error {
	switch {
	case s.C != 1 && s.C != 3:
		return fmt.Errorf("set %q: found %d channels, want 1 or 3", s.Name, s.C)
	case s.H < 1 || s.W < 1 || s.Len() == 0:
		return errors.New("found no pictures")
	case s.Labels != nil && len(s.Labels) != s.Len():
		return fmt.Errorf("set %q: found %d labels for %d pictures", s.Name, len(s.Labels), s.Len())
	case s.On != nil && len(s.On) != s.Len():
		return fmt.Errorf("set %q: found the attributes of %d pictures, want %d", s.Name, len(s.On), s.Len())
	}
	return nil
}

// OfLabel returns the first n pictures of a class, or with an attribute on or off, or as
// many as there are.
func (s *Set) OfLabel(label, n int) sampling.Images {
	var index []int
	for i := range s.Len() {
		if len(index) < n && slices.Contains(s.Classes(i), label) {
			index = append(index, i)
		}
	}
	return s.At(index)
}
