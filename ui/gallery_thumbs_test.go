package ui

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"slices"
	"testing"
)

// What is in view no more is not read; what was read longest ago goes first.
func TestThumbnailsAreReadAsTheyAreWanted(t *testing.T) {
	asked, answer, came := make(chan string), make(chan *image.RGBA), make(chan bool, 100)
	th := newThumbs(func(name string) *image.RGBA { asked <- name; return <-answer }, func() { came <- true })
	th.want([]string{"a", "b", "c", "d"})
	if first := []string{<-asked, <-asked}; !slices.Contains(first, "a") || !slices.Contains(first, "b") {
		t.Errorf("read %q first", first)
	}
	th.want([]string{"b", "x"}) // c and d have left the view
	large := image.NewRGBA(image.Rect(0, 0, 1024, thumbBudget/4/1024/2+1))
	answer <- large
	if next := <-asked; next != "x" {
		t.Errorf("read %q next, want x", next)
	}
	answer <- large
	answer <- large
	for range 3 {
		<-came
	}
	if th.get("x") == nil && th.get("a") == nil && th.get("b") == nil || len(th.have) != 1 {
		t.Errorf("%d of three thumbnails are kept, want one in the budget", len(th.have))
	}
	th.forget()
	if th.get("x") != nil || th.bytes != 0 {
		t.Error("they are not forgotten")
	}
}

// damagePixel is a PNG with the same texts and another pixel.
func damagePixel(t *testing.T, data []byte) []byte {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	d := image.NewRGBA(m.Bounds())
	draw.Draw(d, d.Rect, m, m.Bounds().Min, draw.Src)
	d.SetRGBA(3, 3, color.RGBA{200, 10, 10, 255})
	var b bytes.Buffer
	if err := png.Encode(&b, d); err != nil {
		t.Fatal(err)
	}
	// the texts lie between the header and the pixels, 8+25 bytes from the beginning
	from := bytes.Index(data, []byte("iTXt")) - 4
	out := append([]byte{}, b.Bytes()[:33]...)
	for n := from; ; {
		size := int(binary.BigEndian.Uint32(data[n:])) + 12
		if string(data[n+4:n+8]) != "iTXt" {
			break
		}
		out = append(out, data[n:n+size]...)
		n += size
	}
	return append(out, b.Bytes()[33:]...)
}
