package dataset

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"
)

// plain is a PNG of one colour.
func plain(t testing.TB, w, h int, c color.Color) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.Set(i%w, i/w, c)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// crc is a PNG chunk's checksum.
func crc(data []byte) []byte { return binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(data)) }

func TestOpenFolder(t *testing.T) {
	red, blue := color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 0, 255, 255}
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 20, 10)), nil); err != nil {
		t.Fatal(err)
	}
	dir := writeFiles(t, t.TempDir(), map[string][]byte{
		"b/1.png": plain(t, 9, 5, blue), "a/2.PNG": plain(t, 4, 4, red), "a/sub/3.jpg": photo.Bytes(), "notes.txt": []byte("no picture"),
	})
	s, err := Open(dir, 3, 4)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
	// In lexical order: a/2.PNG, a/sub/3.jpg, b/1.png.
	if s.Len() != 3 || !slices.Equal(s.LabelNames, []string{"a", "b"}) || !slices.Equal(s.Labels, []uint8{0, 0, 1}) {
		t.Fatalf("found %d pictures, labels %v of %q", s.Len(), s.Labels, s.LabelNames)
	}
	for i, want := range [][3]uint8{{255, 0, 0}, {0, 0, 0}, {0, 0, 255}} {
		p := s.Picture(i)
		if found := [3]uint8{p[0], p[16], p[32]}; found != want {
			t.Errorf("picture %d begins with %v, want %v", i, found, want)
		}
	}
	grey, err := Open(dir, 1, 4)
	if err != nil {
		t.Fatal(err)
	}
	if luma := int(grey.Picture(0)[0]); luma != 76 { // 0.299 * 255
		t.Errorf("red as grey is %d, want 76", luma)
	}
}

func TestFoldersThatAreNoSet(t *testing.T) {
	white := plain(t, 3, 3, color.White)
	for _, tc := range []struct {
		name           string
		files          map[string][]byte
		channels, size int
		want           string
	}{
		{"no size", map[string][]byte{"1.png": white}, 3, 0, "want a size in pixels (--size)"},
		{"two channels", map[string][]byte{"1.png": white}, 2, 8, "found size 8 and 2 channels"},
		{"no pictures", map[string][]byte{"notes.txt": nil}, 3, 8, "found no PNG"},
		{"damaged", map[string][]byte{"1.png": white, "2.png": white[:len(white)/2]}, 3, 8, "2.png"},
		{"another format", map[string][]byte{"1.png": []byte("GIF is what this is not")}, 3, 8, "want a PNG, JPEG, GIF, BMP or TIFF"},
		{"huge once scaled", map[string][]byte{"1.png": white}, 3, 1 << 15, "name a smaller --size"},
	} {
		_, err := Open(writeFiles(t, t.TempDir(), tc.files), tc.channels, tc.size)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: found error %v, want %q in it", tc.name, err, tc.want)
		}
	}
	if _, err := Open(t.TempDir()+"/absent", 3, 8); err == nil || !strings.Contains(err.Error(), "absent") {
		t.Errorf("a folder that is not there: found error %v", err)
	}
	loose, err := Open(writeFiles(t, t.TempDir(), map[string][]byte{"1.png": white, "a/2.png": white}), 3, 8)
	if err != nil || loose.Labels != nil {
		t.Errorf("pictures beside folders: found labels %v, error %v, want no classes", loose.Labels, err)
	}
}

// TestHugePicture: a header that promises more pixels than memory is refused before
// anything is decoded.
func TestHugePicture(t *testing.T) {
	data := plain(t, 1, 1, color.White)
	data = bytes.Replace(data, []byte{0, 0, 0, 1, 0, 0, 0, 1}, []byte{0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff}, 1)
	// The header's checksum is that of the changed bytes, or the picture is merely damaged.
	data = append(data[:29:29], append(crc(data[12:29]), data[33:]...)...)
	dir := writeFiles(t, t.TempDir(), map[string][]byte{"1.png": data})
	if _, err := Open(dir, 3, 8); err == nil || !strings.Contains(err.Error(), "65535x65535 pixels, want at most") {
		t.Errorf("found error %v", err)
	}
}

func TestMeanStd(t *testing.T) {
	s := &Set{C: 3, H: 1, W: 2, Levels: []uint8{0, 255, 51, 51, 0, 0, 255, 0, 51, 51, 255, 255}}
	mean, std := s.MeanStd()
	for c, want := range []struct{ mean, std float64 }{{0.5, 0.5}, {0.2, 1e-6}, {0.5, 0.5}} {
		if math.Abs(float64(mean[c])-want.mean) > 1e-6 || math.Abs(float64(std[c])-want.std) > 1e-6 {
			t.Errorf("channel %d: found mean %v, deviation %v, want %v", c, mean[c], std[c], want)
		}
	}
}

func TestSetsThatCannotBeTrainedOn(t *testing.T) {
	for _, tc := range []struct {
		set  Set
		want string
	}{
		{Set{Name: "x", C: 2, H: 1, W: 1, Levels: counted(2)}, "found 2 channels"},
		{Set{Name: "x", C: 1, H: 1, W: 1}, "found no pictures"},
		{Set{Name: "x", C: 1, H: 1, W: 1, Levels: counted(2), Labels: counted(3)}, "found 3 labels for 2 pictures"},
	} {
		if err := tc.set.Check(); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("found error %v, want %q in it", err, tc.want)
		}
	}
}
