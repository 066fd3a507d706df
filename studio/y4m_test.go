package studio

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ebmstudio/sampling"
)

// readY4M reads a stream as any program does that knows the format: the header's tags by
// their letters, then the frames, back to RGB by the matrix of BT.601.
func readY4M(t *testing.T, data []byte) (tags map[byte]string, frames []*image.RGBA) {
	t.Helper()
	head, rest, ok := bytes.Cut(data, []byte("\n"))
	fields := strings.Fields(string(head))
	if !ok || fields[0] != "YUV4MPEG2" {
		t.Fatalf("found the first line %q, want YUV4MPEG2", head)
	}
	tags = map[byte]string{}
	for _, f := range fields[1:] {
		tags[f[0]] = f[1:]
	}
	var w, h int
	if _, err := fmt.Sscan(tags['W']+" "+tags['H'], &w, &h); err != nil {
		t.Fatal(err)
	}
	for n := w * h; len(rest) > 0; rest = rest[3*n:] {
		if rest, ok = bytes.CutPrefix(rest, []byte("FRAME\n")); !ok || len(rest) < 3*n {
			t.Fatalf("frame %d: found %d bytes, want FRAME and %d", len(frames), len(rest), 3*n)
		}
		m := image.NewRGBA(image.Rect(0, 0, w, h))
		for i := range n {
			y, cb, cr := 1.164383*(float64(rest[i])-16), float64(rest[n+i])-128, float64(rest[2*n+i])-128
			to := func(v float64) uint8 { return uint8(math.Round(min(max(v, 0), 255))) }
			m.SetRGBA(i%w, i/w, color.RGBA{to(y + 1.596027*cr), to(y - 0.391762*cb - 0.812968*cr), to(y + 2.017232*cb), 255})
		}
		frames = append(frames, m)
	}
	return tags, frames
}

// checkSame checks that two pictures differ by at most two levels.
func checkSame(t *testing.T, found, want *image.RGBA) {
	t.Helper()
	if found.Rect.Size() != want.Rect.Size() {
		t.Fatalf("found %v, want %v", found.Rect, want.Rect)
	}
	for i := range want.Pix {
		if d := int(found.Pix[i]) - int(want.Pix[i]); d < -2 || d > 2 {
			t.Fatalf("byte %d is %d, want %d to within 2", i, found.Pix[i], want.Pix[i])
		}
	}
}

func TestY4M(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var frames []*image.RGBA
	for range 3 {
		m := image.NewRGBA(image.Rect(0, 0, 7, 5)) // odd: nothing is halved
		for i := range m.Pix {
			m.Pix[i] = byte(random.UintN(256))
			if i%4 == 3 {
				m.Pix[i] = 255
			}
		}
		frames = append(frames, m)
	}
	for i, c := range []color.RGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {255, 255, 255, 255}, {0, 0, 0, 255}} {
		frames[0].SetRGBA(i, 0, c)
	}
	for delay, rate := range map[time.Duration]string{40 * time.Millisecond: "25:1", 60 * time.Millisecond: "50:3", 400 * time.Millisecond: "5:2"} {
		var b bytes.Buffer
		if err := writeY4M(&b, slices.Values(frames), delay, 4*delay); err != nil {
			t.Fatal(err)
		}
		tags, found := readY4M(t, b.Bytes())
		for letter, want := range map[byte]string{'W': "7", 'H': "5", 'F': rate, 'I': "p", 'A': "1:1", 'C': "444", 'X': "COLORRANGE=LIMITED"} {
			if tags[letter] != want {
				t.Errorf("the tag %c is %q, want %q", letter, tags[letter], want)
			}
		}
		if len(found) != 6 {
			t.Fatalf("found %d frames, want 3 and the last for 3 more", len(found))
		}
		for i, m := range found {
			checkSame(t, m, frames[min(i, 2)])
		}
	}
	// Y, Cb and Cr of full red, green, blue, white and black in 8 bits, as tables of BT.601
	// have them.
	planes := make([]byte, 3*35)
	yuvPlanes(planes, frames[0])
	for i, want := range [][3]byte{{81, 90, 240}, {145, 54, 34}, {41, 240, 110}, {235, 128, 128}, {16, 128, 128}} {
		if found := [3]byte{planes[i], planes[35+i], planes[70+i]}; found != want {
			t.Errorf("colour %d is %v, want %v", i, found, want)
		}
	}
	if err := writeY4M(&bytes.Buffer{}, slices.Values[[]*image.RGBA](nil), time.Second, 0); err == nil {
		t.Error("no frames are no error")
	}
	if err := writeY4M(&bytes.Buffer{}, slices.Values([]*image.RGBA{frames[0], image.NewRGBA(image.Rect(0, 0, 5, 5))}), time.Second, 0); err == nil || !strings.Contains(err.Error(), "want (7,5)") {
		t.Errorf("a frame of another size: found %v", err)
	}
	if err := writeY4M(full{}, slices.Values(frames), time.Second, 0); !errors.Is(err, errFull) {
		t.Errorf("a full disk: found %v", err)
	}
}

var errFull = errors.New("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// A run as a video: by the name's ending, frame by frame what a GIF shows.
func TestSaveGIFAsY4M(t *testing.T) {
	f := &fake{c: 3, h: 4, w: 5}
	s, o := f.open(t, 0)
	rec := run(t, s, o, recipe(o, 3, sampling.Settings{"steps": 6})).Recording()
	dir := t.TempDir()
	path := filepath.Join(dir, "chain.Y4M")
	options := GIFOptions{Chains: []int{2, 0}, Scale: 3, Frames: 4, Delay: 50 * time.Millisecond, Hold: time.Second}
	if err := SaveGIF(path, rec, options); err != nil {
		t.Fatal(err)
	}
	onlyThere(t, dir, "chain.Y4M")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tags, frames := readY4M(t, data)
	if tags['F'] != "20:1" || len(frames) != 4+19 {
		t.Errorf("found %d frames at %s, want 4 and the last for a second at 20:1", len(frames), tags['F'])
	}
	checkSame(t, frames[0], firstOfAPNG(t, rec, options))
	if err := SaveGIF(filepath.Join(dir, "none", "a.y4m"), rec, options); err == nil || !strings.Contains(err.Error(), "a.y4m") {
		t.Errorf("no folder: found %v", err)
	}
}

// firstOfAPNG is the first frame of a run, which an animated PNG has exactly.
func firstOfAPNG(t *testing.T, rec *Recording, o GIFOptions) *image.RGBA {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.apng")
	if err := SaveGIF(path, rec, o); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := decodePNG(data)
	if err != nil {
		t.Fatal(err)
	}
	return toRGBA(m)
}

func toRGBA(m image.Image) *image.RGBA {
	out := image.NewRGBA(m.Bounds())
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			out.Set(x, y, m.At(x, y))
		}
	}
	return out
}
