package dataset

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Bounds of what an idx header may ask for: far above every published set, far
// below what would exhaust memory before the file turns out to be too short.
const (
	maxIDXAxis  = 1 << 24
	maxIDXBytes = 1 << 30
)

// IDX is an array of bytes in LeCun's idx format, the format of MNIST and
// Fashion-MNIST: two zero bytes, the type (8: uint8), the number of axes, each axis
// as a big-endian uint32, the values.
type IDX struct {
	Shape []int
	Data  []uint8
}

// OpenIDX reads an idx file, gzipped or not (told by its content).
func OpenIDX(path string) (IDX, error) {
	f, err := os.Open(path)
	if err != nil {
		return IDX{}, fmt.Errorf("open data: %w", err)
	}
	defer f.Close()
	a, err := ReadIDX(f)
	if err != nil {
		return IDX{}, fmt.Errorf("read %q: %w", path, err)
	}
	return a, nil
}

// ReadIDX reads an idx stream, gzipped or not.
func ReadIDX(r io.Reader) (IDX, error) {
	b := bufio.NewReader(r)
	if magic, _ := b.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return IDX{}, fmt.Errorf("damaged gzip data: %w", err)
		}
		defer z.Close()
		b = bufio.NewReader(z)
	}
	shape, err := readIDXShape(b)
	if err != nil {
		return IDX{}, err
	}
	want := int64(1)
	for _, d := range shape {
		want *= int64(d)
		if want > maxIDXBytes {
			return IDX{}, fmt.Errorf("idx header: found shape %v, want at most %d values", shape, maxIDXBytes)
		}
	}
	// The limit keeps a short file that promises much from being allocated in full.
	data, err := io.ReadAll(io.LimitReader(b, want+1))
	if err != nil {
		return IDX{}, fmt.Errorf("damaged data after %d of %d values: %w", len(data), want, err)
	}
	if int64(len(data)) < want {
		return IDX{}, fmt.Errorf("cut short: found %d values, want %d (%v)", len(data), want, shape)
	}
	if int64(len(data)) > want {
		return IDX{}, fmt.Errorf("found more values than the header's %d (%v)", want, shape)
	}
	return IDX{Shape: shape, Data: data}, nil
}

func readIDXShape(r io.Reader) ([]int, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, fmt.Errorf("not an idx file: %w, want a header of 4 bytes", err)
	}
	if head[0] != 0 || head[1] != 0 || head[2] != 8 || head[3] < 1 || head[3] > 4 {
		return nil, fmt.Errorf("not an idx file of bytes: begins with %x, want 000008 and 1 to 4 axes", head)
	}
	shape := make([]int, head[3])
	for i := range shape {
		var axis [4]byte
		if _, err := io.ReadFull(r, axis[:]); err != nil {
			return nil, fmt.Errorf("idx header: axis %d: %w", i, err)
		}
		d := binary.BigEndian.Uint32(axis[:])
		if d == 0 || d > maxIDXAxis {
			return nil, fmt.Errorf("idx header: axis %d: found %d, want 1 to %d", i, d, maxIDXAxis)
		}
		shape[i] = int(d)
	}
	return shape, nil
}

// FashionDir is where Debian's package dataset-fashion-mnist puts its files.
const FashionDir = "/usr/share/datasets/fashion-mnist"

// FashionLabels are the ten garments of Fashion-MNIST in label order.
func FashionLabels() []string {
	return []string{"t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"}
}

// OpenMNIST reads a folder in MNIST's layout (train-images-idx3-ubyte and three
// more, with or without .gz): the training part, or the test part ("t10k-...").
// Labels are those of the digits, or garments where the folder is FashionDir or its
// name mentions fashion.
func OpenMNIST(dir string, train bool) (*Set, error) {
	part := "train"
	if !train {
		part = "t10k"
	}
	images, err := openEither(filepath.Join(dir, part+"-images-idx3-ubyte"))
	if err != nil {
		return nil, hintMissing(dir, err)
	}
	labels, err := openEither(filepath.Join(dir, part+"-labels-idx1-ubyte"))
	if err != nil {
		return nil, hintMissing(dir, err)
	}
	if len(images.Shape) != 3 {
		return nil, fmt.Errorf("data in %q: pictures have shape %v, want [count height width]", dir, images.Shape)
	}
	if len(labels.Shape) != 1 || labels.Shape[0] != images.Shape[0] {
		return nil, fmt.Errorf("data in %q: labels have shape %v, want [%d], one a picture", dir, labels.Shape, images.Shape[0])
	}
	s := &Set{Name: "mnist", C: 1, H: images.Shape[1], W: images.Shape[2], Levels: images.Data, Labels: labels.Data}
	s.LabelNames = []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}
	if isFashion(dir) {
		s.Name, s.LabelNames = "fashion-mnist", FashionLabels()
	}
	for i, l := range s.Labels {
		if int(l) >= len(s.LabelNames) {
			return nil, fmt.Errorf("data in %q: label of picture %d: found %d, want 0 to %d", dir, i, l, len(s.LabelNames)-1)
		}
	}
	return s, nil
}

func openEither(path string) (IDX, error) {
	a, err := OpenIDX(path + ".gz")
	if errors.Is(err, fs.ErrNotExist) {
		return OpenIDX(path)
	}
	return a, err
}

func hintMissing(dir string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return fmt.Errorf("data in %q: %w\nhint: apt-get install dataset-fashion-mnist puts Fashion-MNIST into %s; or name a folder with --data", dir, err, FashionDir)
}
