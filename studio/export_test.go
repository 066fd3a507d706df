package studio

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ebmstudio/sampling"
)

func TestGIF(t *testing.T) {
	for _, f := range []*fake{{c: 1, h: 4, w: 5}, {c: 3, h: 4, w: 5}} {
		s, o := f.open(t, 0)
		rec := run(t, s, o, recipe(o, 3, sampling.Settings{"steps": 30})).Recording()
		path := filepath.Join(t.TempDir(), "chain.gif")
		if err := SaveGIF(path, rec, GIFOptions{Chains: []int{2, 0}, Scale: 3, Frames: 11, Delay: 80 * time.Millisecond, Hold: time.Second}); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		g, err := gif.DecodeAll(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if len(g.Image) != 11 || g.Delay[0] != 8 || g.Delay[10] != 100 || g.LoopCount != 0 {
			t.Errorf("found %d frames, delays %v, loop count %d; want 11, 8 ... 100, 0", len(g.Image), g.Delay, g.LoopCount)
		}
		layout := Layout{Columns: 2, Scale: 3, Gap: layoutFor(2, f.w).Gap}
		if g.Image[0].Bounds() != layout.bounds(2, f.w, f.h) {
			t.Errorf("found %v, want %v", g.Image[0].Bounds(), layout.bounds(2, f.w, f.h))
		}
		checkFrame(t, rec, g.Image[10], layout, rec.Frames()-1, f.c == 3)
		checkFrame(t, rec, g.Image[0], layout, 0, f.c == 3)
	}
}

// checkFrame compares an animation's frame with the recording: greys exactly,
// colours as nearly as 256 allow.
func checkFrame(t *testing.T, rec *Recording, got image.Image, l Layout, frame int, colours bool) {
	t.Helper()
	for i, chain := range []int{2, 0} {
		want := rec.Frame(frame, chain)
		at := l.place(i, want.Rect.Dx(), want.Rect.Dy())
		for y := at.Min.Y; y < at.Max.Y; y++ {
			for x := at.Min.X; x < at.Max.X; x++ {
				w := want.RGBAAt((x-at.Min.X)/l.Scale, (y-at.Min.Y)/l.Scale)
				g := color.RGBAModel.Convert(got.At(x, y)).(color.RGBA)
				limit := 0
				if colours {
					limit = 40
				}
				if d := apart(w, g); d > limit {
					t.Fatalf("frame %d, chain %d at %d,%d: found %v, want %v", frame, chain, x, y, g, w)
				}
			}
		}
	}
}

func apart(a, b color.RGBA) int {
	d := 0
	for _, v := range [][2]uint8{{a.R, b.R}, {a.G, b.G}, {a.B, b.B}} {
		d = max(d, int(v[0])-int(v[1]), int(v[1])-int(v[0]))
	}
	return d
}

func TestGreyGIFOfThreeChannelsIsExact(t *testing.T) {
	rec := newRecording(1, 3, 16, 16, 0, 1, 1<<20)
	x := sampling.NewImages(1, 3, 16, 16)
	for i := range x.Data {
		x.Data[i] = float32(i%256) / 255
	}
	rec.add(0, x)
	data, err := encodeGIF(rec, GIFOptions{Scale: 1})
	if err != nil {
		t.Fatal(err)
	}
	m, err := gif.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	at := Layout{Columns: 1, Scale: 1, Gap: layoutFor(1, 16).Gap}.place(0, 16, 16)
	for i := range 256 {
		if r, _, _, _ := m.At(at.Min.X+i%16, at.Min.Y+i/16).RGBA(); int(r>>8) != i {
			t.Fatalf("grey %d comes back as %d", i, r>>8)
		}
	}
}

func TestMedianCutKeepsFewColours(t *testing.T) {
	var pixels [][3]uint8
	for i := range 1000 {
		pixels = append(pixels, [3]uint8{uint8(i % 5 * 50), uint8(i % 3 * 90), 7})
	}
	seen := map[color.RGBA]bool{}
	for _, box := range medianCut(pixels, 255) {
		seen[mean(box)] = true
	}
	for i := range 15 {
		if c := (color.RGBA{uint8(i % 5 * 50), uint8(i % 3 * 90), 7, 255}); !seen[c] {
			t.Errorf("%v is lost", c)
		}
	}
}

func TestGIFErrors(t *testing.T) {
	rec := newRecording(2, 1, 4, 4, 0, 1, 1<<20)
	path := filepath.Join(t.TempDir(), "a.gif")
	if err := SaveGIF(path, rec, GIFOptions{}); err == nil || !strings.Contains(err.Error(), "no frames yet") {
		t.Errorf("found %v, want that there are no frames", err)
	}
	rec.add(0, sampling.NewImages(2, 1, 4, 4))
	for _, o := range []GIFOptions{{Chains: []int{2}}, {Chains: []int{}}, {Scale: -1}, {Scale: 99}, {Delay: -1}, {Frames: -1}} {
		if err := SaveGIF(path, rec, o); err == nil {
			t.Errorf("%+v: found no error", o)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was left behind")
	}
}

// noFileOver is set in the child process whose files may not grow beyond it.
const noFileOver = "EBMSTUDIO_TEST_FILE_LIMIT"

// TestFullDisk saves in a child process whose files the system cuts at 20 kB, as a
// full disk would.
func TestFullDisk(t *testing.T) {
	if dir := os.Getenv(noFileOver); dir != "" {
		saveBeyondLimit(t, dir)
		return
	}
	dir := t.TempDir()
	old := filepath.Join(dir, "sheet.png")
	if err := os.WriteFile(old, []byte("made before"), 0o644); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestFullDisk$", "-test.v")
	child.Env = append(os.Environ(), noFileOver+"="+dir)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 {
		t.Errorf("found %v in the folder, want nothing but what was there", left)
	}
	if got, _ := os.ReadFile(old); string(got) != "made before" {
		t.Errorf("the file made before is now %q", got)
	}
}

func saveBeyondLimit(t *testing.T, dir string) {
	limit := syscall.Rlimit{Cur: 20_000, Max: 20_000}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	s, o := (&fake{c: 3, h: 64, w: 64}).open(t, 0)
	j := run(t, s, o, recipe(o, 9, nil))
	res, err := j.Result()
	if err != nil {
		t.Fatal(err)
	}
	_, errGallery := SaveGallery(dir, res)
	for _, err := range []error{
		errGallery,
		SaveGIF(filepath.Join(dir, "chain.gif"), j.Recording(), GIFOptions{}),
	} {
		if err == nil || !strings.Contains(err.Error(), "file too large") || !strings.Contains(err.Error(), dir) {
			t.Errorf("found %v, want the file and the cause named", err)
		}
	}
	if _, err := j.Result(); err != nil {
		t.Errorf("the result is lost: %v", err)
	}
}

func TestUnwritableFolder(t *testing.T) {
	s, o := (&fake{}).open(t, 0)
	j := run(t, s, o, recipe(o, 1, nil))
	res, err := j.Result()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	dirs := map[string]string{
		filepath.Join(file, "gallery"):         "not a directory",
		filepath.Join(file, "gallery", "deep"): "not a directory",
	}
	if os.Getuid() == 0 {
		dirs["/proc/ebmstudio"] = "no such file" // root may write everywhere else
	} else {
		locked := filepath.Join(t.TempDir(), "locked")
		if err := os.Mkdir(locked, 0o500); err != nil {
			t.Fatal(err)
		}
		dirs[locked] = "permission denied"
	}
	for dir, want := range dirs {
		_, err := SaveGallery(dir, res)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("gallery: found %v, want %q and the folder named", err, want)
		}
		path := filepath.Join(dir, "x.gif")
		if err := SaveGIF(path, j.Recording(), GIFOptions{}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("animation: found %v, want the file named", err)
		}
	}
}

// TestSaveGIFAsAPNG: by the name's ending the frames are written as they are, and the
// first is what programs without animations show.
func TestSaveGIFAsAPNG(t *testing.T) {
	f := &fake{c: 3, h: 4, w: 5}
	s, o := f.open(t, 0)
	rec := run(t, s, o, recipe(o, 3, sampling.Settings{"steps": 6})).Recording()
	path := filepath.Join(t.TempDir(), "chain.apng")
	if err := SaveGIF(path, rec, GIFOptions{Chains: []int{2, 0}, Scale: 3, Frames: 4}); err != nil {
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
	checkFrame(t, rec, m, Layout{Columns: 2, Scale: 3, Gap: layoutFor(2, f.w).Gap}, 0, false)
	if n := bytes.Count(data, []byte("fcTL")); n != 4 || !bytes.Contains(data, []byte("acTL\x00\x00\x00\x04")) {
		t.Errorf("found %d frames, want 4", n)
	}
}
