package dataset

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// idxFile is a file in idx format.
func idxFile(values []uint8, shape ...int) []byte {
	b := []byte{0, 0, 8, byte(len(shape))}
	for _, d := range shape {
		b = binary.BigEndian.AppendUint32(b, uint32(d))
	}
	return append(b, values...)
}

func zipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// counted are n values 0, 1, 2, ...
func counted(n int) []uint8 {
	v := make([]uint8, n)
	for i := range v {
		v[i] = uint8(i)
	}
	return v
}

// changed is data with one byte replaced.
func changed(data []byte, at int, to byte) []byte {
	data = slices.Clone(data)
	data[at] = to
	return data
}

func TestReadIDX(t *testing.T) {
	plain := idxFile(counted(12), 2, 3, 2)
	gz := zipped(t, plain)
	for _, tc := range []struct {
		name string
		data []byte
		want string // in the error; "" reads
	}{
		{"plain", plain, ""},
		{"gzip", gz, ""},
		{"one axis", idxFile(counted(5), 5), ""},
		{"empty", nil, "want a header of 4 bytes"},
		{"a picture", []byte("\x89PNG\r\n\x1a\n"), "begins with 89504e47, want 000008"},
		{"floats", changed(plain, 2, 0x0d), "begins with 00000d03, want 000008"},
		{"no axes", changed(plain, 3, 0), "want 000008 and 1 to 4 axes"},
		{"five axes", changed(plain, 3, 5), "want 000008 and 1 to 4 axes"},
		{"axis of nothing", idxFile(nil, 2, 0), "axis 1: found 0"},
		{"endless axis", idxFile(nil, 1<<30), "axis 0: found 1073741824"},
		{"endless product", idxFile(nil, 1<<20, 1<<20), "want at most"},
		{"header cut short", plain[:10], "axis 1"},
		{"values cut short", plain[:20], "found 4 values, want 12"},
		{"values left over", append(slices.Clone(plain), 9), "found more values than the header's 12"},
		{"gzip cut short", gz[:len(gz)-9], "damaged data"},
		{"gzip header damaged", changed(gz, 2, 0), "damaged gzip data"},
		{"gzip checksum damaged", changed(gz, len(gz)-6, gz[len(gz)-6]^1), "damaged data"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a, err := ReadIDX(bytes.NewReader(tc.data))
			switch {
			case tc.want == "" && err != nil:
				t.Fatal(err)
			case tc.want == "" && !bytes.Equal(a.Data, counted(len(a.Data))):
				t.Errorf("found %v, want the values in order", a.Data)
			case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("found error %v, want %q in it", err, tc.want)
			}
		})
	}
	a, err := ReadIDX(bytes.NewReader(gz))
	if err != nil || !slices.Equal(a.Shape, []int{2, 3, 2}) {
		t.Errorf("found shape %v, error %v, want [2 3 2]", a.Shape, err)
	}
}

// writeFiles makes a folder of files.
func writeFiles(t testing.TB, dir string, files map[string][]byte) string {
	t.Helper()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOpenMNIST(t *testing.T) {
	const images, labels = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
	four := idxFile(counted(24), 4, 2, 3)
	for _, tc := range []struct {
		name, folder string
		files        map[string][]byte
		want         string // in the error; "" opens
	}{
		{"digits", "digits", map[string][]byte{images: four, labels: idxFile([]uint8{3, 0, 9, 3}, 4)}, ""},
		{"fashion, zipped", "fashion", map[string][]byte{images + ".gz": zipped(t, four), labels + ".gz": zipped(t, idxFile([]uint8{3, 0, 9, 3}, 4))}, ""},
		{"no labels", "d", map[string][]byte{images: four}, "hint: apt-get install dataset-fashion-mnist"},
		{"too few labels", "d", map[string][]byte{images: four, labels: idxFile(counted(3), 3)}, "labels have shape [3], want [4]"},
		{"labels as pictures", "d", map[string][]byte{images: idxFile(counted(4), 4), labels: idxFile(counted(4), 4)}, "want [count height width]"},
		{"a label beyond the names", "d", map[string][]byte{images: four, labels: idxFile([]uint8{0, 10, 0, 0}, 4)}, "label of picture 1: found 10, want 0 to 9"},
		{"a damaged file", "d", map[string][]byte{images + ".gz": []byte("\x1f\x8bxx"), labels: idxFile(counted(4), 4)}, images + ".gz"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := writeFiles(t, filepath.Join(t.TempDir(), tc.folder), tc.files)
			s, err := Open(dir, 1, 0)
			if tc.want != "" {
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("found error %v, want %q in it", err, tc.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Check(); err != nil {
				t.Error(err)
			}
			if s.Len() != 4 || s.C != 1 || s.H != 2 || s.W != 3 || s.Picture(2)[0] != 12 || s.LabelNames[3] != map[string]string{"digits": "3", "fashion": "dress"}[tc.folder] {
				t.Errorf("found %d pictures of %dx%dx%d, labels %q", s.Len(), s.C, s.H, s.W, s.LabelNames)
			}
			threes := s.OfLabel(3, 5)
			if threes.N != 2 || threes.Data[6] != float32(18)/255 || s.OfLabel(3, 1).N != 1 || s.OfLabel(5, 1).N != 0 {
				t.Errorf("found %d pictures of class 3, %v", threes.N, threes.Data)
			}
			if _, err := Open(dir, 1, 32); err == nil || !strings.Contains(err.Error(), "2x3 pixels, want 32") {
				t.Errorf("another size: found error %v", err)
			}
		})
	}
}

// FuzzReadIDX: no file makes the reader panic or take memory beyond its own size.
func FuzzReadIDX(f *testing.F) {
	f.Add(idxFile(counted(12), 2, 3, 2))
	f.Add(zipped(f, idxFile(counted(5), 5)))
	f.Add(idxFile(nil, 1<<20, 1<<9))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := ReadIDX(bytes.NewReader(data))
		if err != nil {
			return
		}
		n := 1
		for _, d := range a.Shape {
			n *= d
		}
		if n != len(a.Data) {
			t.Errorf("found %d values of shape %v", len(a.Data), a.Shape)
		}
	})
}
