package studio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/png"
	"time"
)

// encodeAPNG writes opaque frames of one size as an animated PNG that loops (APNG
// specification 1.0, now in the PNG specification, third edition): the first frame is the
// picture that programs without animations show.
func encodeAPNG(frames []*image.RGBA, delay time.Duration) ([]byte, error) {
	if len(frames) == 0 {
		return nil, errors.New("found no frames, want at least 1")
	}
	out := bytes.NewBufferString("\x89PNG\r\n\x1a\n")
	sequence := uint32(0) // of fcTL and fdAT chunks together
	number := func() []byte { sequence++; return binary.BigEndian.AppendUint32(nil, sequence-1) }
	for i, m := range frames {
		header, data, err := packed(m)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			counts := binary.BigEndian.AppendUint32(nil, uint32(len(frames)))
			writeChunk(out, "IHDR", header)
			writeChunk(out, "acTL", append(counts, 0, 0, 0, 0)) // loops for ever
		}
		writeChunk(out, "fcTL", append(number(), frameControl(m.Rect, delay)...))
		if i == 0 {
			writeChunk(out, "IDAT", data)
		} else {
			writeChunk(out, "fdAT", append(number(), data...))
		}
	}
	writeChunk(out, "IEND", nil)
	return out.Bytes(), nil
}

// packed is a picture's header and its packed pixels as a PNG file has them.
func packed(m image.Image) (header, data []byte, err error) {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return nil, nil, err
	}
	for rest := b.Bytes()[8:]; len(rest) >= 12; {
		n := binary.BigEndian.Uint32(rest)
		switch body := rest[8 : 8+n]; string(rest[4:8]) {
		case "IHDR":
			header = body
		case "IDAT":
			data = append(data, body...)
		}
		rest = rest[12+n:]
	}
	return header, data, nil
}

// frameControl is what a fcTL chunk says behind its number: size, place, time, and that
// the frame stands for itself.
func frameControl(r image.Rectangle, delay time.Duration) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(r.Dx()))
	b = binary.BigEndian.AppendUint32(b, uint32(r.Dy()))
	b = append(b, make([]byte, 8)...) // at 0, 0
	b = binary.BigEndian.AppendUint16(b, uint16(min(delay/time.Millisecond, 0xffff)))
	b = binary.BigEndian.AppendUint16(b, 1000)
	return append(b, 0, 0) // leave it, and replace what was there
}

func writeChunk(out *bytes.Buffer, kind string, data []byte) {
	body := append([]byte(kind), data...)
	out.Write(binary.BigEndian.AppendUint32(nil, uint32(len(data))))
	out.Write(body)
	out.Write(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(body)))
}
