package pngtext

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"
)

func smallPNG(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func kinds(t testing.TB, file []byte) (out []string) {
	t.Helper()
	chunks, err := split(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range chunks {
		out = append(out, c.kind)
	}
	return out
}

func TestTextRoundTrip(t *testing.T) {
	long := strings.Repeat("naïve übung 冬 ", 10_000)
	file, err := Set(smallPNG(t), "other", "kept")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "{}", long, "second wins"} {
		if file, err = Set(file, "ebmstudio", text); err != nil {
			t.Fatal(err)
		}
		got, found, err := Find(file, "ebmstudio")
		if err != nil || !found || got != text {
			t.Errorf("found %.20q, %v, %v; want %.20q", got, found, err, text)
		}
		if _, err := png.Decode(bytes.NewReader(file)); err != nil {
			t.Errorf("the standard library refuses it: %v", err)
		}
	}
	if got := kinds(t, file); !slices.Equal(got, []string{"IHDR", "IDAT", "iTXt", "iTXt", "IEND"}) {
		t.Errorf("found chunks %v, want the old text replaced and the other kept", got)
	}
	if got, _, _ := Find(file, "other"); got != "kept" {
		t.Errorf("the other text is now %q", got)
	}
	if file, err = Remove(file, "other"); err != nil {
		t.Fatal(err)
	}
	if _, found, err := Find(file, "other"); found || err != nil {
		t.Errorf("the removed text is still there (%v)", err)
	}
	if _, found, err := Find(smallPNG(t), "ebmstudio"); found || err != nil {
		t.Errorf("found a text in a picture without one (%v)", err)
	}
}

func TestCompressedText(t *testing.T) {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	w.Write([]byte("packed by another program"))
	w.Close()
	body := "iTXtebmstudio\x00\x01\x00de\x00Rezept\x00" + z.String()
	raw := binary.BigEndian.AppendUint32(nil, uint32(len(body)-4))
	raw = binary.BigEndian.AppendUint32(append(raw, body...), crc32.ChecksumIEEE([]byte(body)))
	file := smallPNG(t)
	file = slices.Concat(file[:len(file)-12], raw, file[len(file)-12:])
	if got, _, err := Find(file, "ebmstudio"); got != "packed by another program" || err != nil {
		t.Errorf("found %q, %v", got, err)
	}
}

func TestDamagedPNG(t *testing.T) {
	file, err := Set(smallPNG(t), "ebmstudio", "a recipe")
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(file) {
		if _, _, err := Find(file[:cut], "ebmstudio"); err == nil {
			t.Fatalf("cut at byte %d of %d: found no error", cut, len(file))
		}
	}
	for i := range file {
		bad := slices.Clone(file)
		bad[i] ^= 0x10
		if _, _, err := Find(bad, "ebmstudio"); err == nil {
			t.Fatalf("byte %d flipped: found no error", i)
		}
	}
}

func FuzzFind(f *testing.F) {
	plain := smallPNG(f)
	texted, _ := Set(plain, "ebmstudio", "{}")
	f.Add(plain)
	f.Add(texted)
	f.Fuzz(func(t *testing.T, in []byte) {
		if _, _, err := Find(in, "ebmstudio"); err != nil {
			return
		}
		out, err := Set(in, "ebmstudio", "new")
		if err != nil {
			t.Fatal(err)
		}
		if got, found, err := Find(out, "ebmstudio"); got != "new" || !found || err != nil {
			t.Fatalf("found %q, %v, %v", got, found, err)
		}
	})
}
