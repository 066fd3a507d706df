package studio

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"io"
	"iter"
	"math"
	"path/filepath"
	"strings"
	"time"
)

// IsY4M tells a video without compression, which video programs read, by its name.
func IsY4M(path string) bool { return strings.EqualFold(filepath.Ext(path), ".y4m") }

// writeY4M writes opaque frames of one size as a YUV4MPEG2 stream, one frame after the
// other: 4:4:4, BT.601 in its limited range (Y of 16 to 235, Cb and Cr of 16 to 240), which
// programs take where a stream names no matrix. All frames last as long; the last is
// written again until hold is over.
func writeY4M(to io.Writer, frames iter.Seq[*image.RGBA], delay, hold time.Duration) error {
	w := bufio.NewWriter(to)
	var planes []byte
	var size image.Point
	put := func() error {
		if _, err := io.WriteString(w, "FRAME\n"); err != nil {
			return err
		}
		_, err := w.Write(planes)
		return err
	}
	for m := range frames {
		if planes == nil {
			size = m.Rect.Size()
			planes = make([]byte, 3*size.X*size.Y)
			if _, err := io.WriteString(w, y4mHeader(size, delay)); err != nil {
				return err
			}
		}
		if m.Rect.Size() != size {
			return fmt.Errorf("found a frame of %v pixels, want %v as before", m.Rect.Size(), size)
		}
		yuvPlanes(planes, m)
		if err := put(); err != nil {
			return err
		}
	}
	if planes == nil {
		return errors.New("found no frames, want at least 1")
	}
	for range int((hold - delay) / delay) {
		if err := put(); err != nil {
			return err
		}
	}
	return w.Flush()
}

// y4mHeader is the stream's first line: size, frames a second, progressive, square pixels,
// 4:4:4.
func y4mHeader(size image.Point, delay time.Duration) string {
	second, frame := int64(time.Second), int64(delay)
	for a, b := second, frame; ; a, b = b, a%b {
		if b == 0 {
			second, frame = second/a, frame/a
			break
		}
	}
	return fmt.Sprintf("YUV4MPEG2 W%d H%d F%d:%d Ip A1:1 C444 XCOLORRANGE=LIMITED\n", size.X, size.Y, second, frame)
}

// yuvPlanes fills the planes Y, Cb and Cr of a picture (ITU-R BT.601-7, 2.5.1 and 2.5.2).
func yuvPlanes(planes []byte, m *image.RGBA) {
	n, width := len(planes)/3, m.Rect.Dx()
	for i := range n {
		p := m.Pix[m.PixOffset(m.Rect.Min.X+i%width, m.Rect.Min.Y+i/width):]
		r, g, b := float64(p[0])/255, float64(p[1])/255, float64(p[2])/255
		y := 0.299*r + 0.587*g + 0.114*b
		planes[i] = byte(math.Round(16 + 219*y))
		planes[n+i] = byte(math.Round(128 + 224*(b-y)/1.772))
		planes[2*n+i] = byte(math.Round(128 + 224*(r-y)/1.402))
	}
}
