package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// The header of an .npy is a Python dictionary of three entries; numpy writes it in
// one way only, so three patterns read it.
var (
	npyDescr   = regexp.MustCompile(`'descr'\s*:\s*(?:'([^']*)'|(\[))`)
	npyFortran = regexp.MustCompile(`'fortran_order'\s*:\s*(True|False)`)
	npyShape   = regexp.MustCompile(`'shape'\s*:\s*\(([0-9L,\s]*)\)`)
)

// readNPY reads a single array, named as the file.
func (f *File) readNPY(data []byte, root string, b *budget) error {
	a, err := parseNPY(data)
	if err != nil {
		return err
	}
	return f.fill(a, root, b)
}

// readNPZ reads the arrays of a zip. Arrays of objects, texts and the like are listed in Tree.
func (f *File) readNPZ(a *archive, root string, b *budget) error {
	f.Format = NPZ
	all := &dict{}
	for _, e := range a.files {
		name, ok := strings.CutSuffix(e.Name, ".npy")
		if !ok {
			continue
		}
		data, err := a.content(e)
		if err != nil {
			return err
		}
		array, err := parseNPY(data)
		if err != nil {
			return fmt.Errorf("entry %q: %w", e.Name, err)
		}
		all.keys, all.values = append(all.keys, name), append(all.values, array)
	}
	return f.fill(all, root, b)
}

// parseNPY reads the header of an .npy, versions 1 to 3, and takes what follows as its data.
func parseNPY(data []byte) (*ndarray, error) {
	if len(data) < 12 || string(data[:6]) != "\x93NUMPY" {
		return nil, fmt.Errorf("not an npy array: begins with %q, want %q", data[:min(len(data), 6)], "\x93NUMPY")
	}
	start, length := 10, int(binary.LittleEndian.Uint16(data[8:]))
	switch version := data[6]; version {
	case 1:
	case 2, 3:
		wide := binary.LittleEndian.Uint32(data[8:])
		if wide > 1<<20 {
			return nil, fmt.Errorf("npy header of %d bytes, want at most %d", wide, 1<<20)
		}
		start, length = 12, int(wide)
	default:
		return nil, fmt.Errorf("npy version %d, want 1 to 3", version)
	}
	if length > len(data)-start {
		return nil, fmt.Errorf("truncated: npy header wants %d bytes, %d left", length, len(data)-start)
	}
	header, body := string(data[start:start+length]), data[start+length:]
	a, err := parseNPYHeader(header)
	if err != nil {
		return nil, err
	}
	a.data = body
	return a, nil
}

func parseNPYHeader(header string) (*ndarray, error) {
	descr, fortran, shape := npyDescr.FindStringSubmatch(header), npyFortran.FindStringSubmatch(header), npyShape.FindStringSubmatch(header)
	if descr == nil || fortran == nil || shape == nil {
		return nil, errors.New("npy header: want descr, fortran_order and shape")
	}
	a := &ndarray{dtype: parseNPType(descr[1]), fortran: fortran[1] == "True", shape: []int{}}
	if descr[2] != "" {
		a.dtype.code = "record"
	}
	for _, field := range strings.Split(shape[1], ",") {
		field = strings.TrimSuffix(strings.TrimSpace(field), "L")
		if field == "" {
			continue
		}
		n, err := strconv.Atoi(field)
		if err != nil {
			return nil, fmt.Errorf("npy header: shape (%s): %w", shape[1], err)
		}
		if a.shape = append(a.shape, n); len(a.shape) > maxDims {
			return nil, fmt.Errorf("npy header: more than %d dimensions", maxDims)
		}
	}
	return a, nil
}
