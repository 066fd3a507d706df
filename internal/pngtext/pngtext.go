// Package pngtext reads and writes the texts of PNG files: chunks of the kind iTXt
// (PNG specification, section 11.3.3.4), which hold a keyword, zero, compression flag
// and method, language, zero, translated keyword, zero, and UTF-8 text. All other
// chunks stay byte for byte.
package pngtext

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

const (
	signature = "\x89PNG\r\n\x1a\n"
	maxText   = 64 << 20 // bytes of an unpacked text
)

// chunk is one chunk of a PNG file; raw is all of it, length and CRC included.
type chunk struct {
	kind      string
	data, raw []byte
}

// split cuts a PNG file into its chunks and checks every CRC.
func split(file []byte) ([]chunk, error) {
	if !bytes.HasPrefix(file, []byte(signature)) {
		return nil, fmt.Errorf("not a PNG: begins with %q", file[:min(8, len(file))])
	}
	var chunks []chunk
	for rest := file[len(signature):]; ; {
		if len(rest) < 12 {
			return nil, errors.New("PNG ends in the middle of a chunk")
		}
		n := uint64(binary.BigEndian.Uint32(rest))
		if n+12 > uint64(len(rest)) {
			return nil, fmt.Errorf("PNG chunk %q: found %d bytes, want %d", rest[4:8], len(rest)-12, n)
		}
		c := chunk{kind: string(rest[4:8]), data: rest[8 : 8+n], raw: rest[:12+n]}
		if found, want := crc32.ChecksumIEEE(rest[4:8+n]), binary.BigEndian.Uint32(rest[8+n:]); found != want {
			return nil, fmt.Errorf("PNG chunk %q: checksum is %08x, want %08x", c.kind, found, want)
		}
		chunks = append(chunks, c)
		if c.kind == "IEND" {
			return chunks, nil
		}
		rest = rest[12+n:]
	}
}

// Set puts a text before the end of a PNG file, in the place of one of the same
// keyword.
func Set(file []byte, keyword, text string) ([]byte, error) {
	return rewrite(file, keyword, textChunk(keyword, text))
}

// Remove takes the texts of a keyword out of a PNG file.
func Remove(file []byte, keyword string) ([]byte, error) { return rewrite(file, keyword, nil) }

// rewrite puts a chunk before the end in the place of those with the keyword.
func rewrite(file []byte, keyword string, instead []byte) ([]byte, error) {
	chunks, err := split(file)
	if err != nil {
		return nil, err
	}
	out := bytes.NewBufferString(signature)
	for _, c := range chunks {
		if k, _, ok := c.text(); ok && k == keyword {
			continue
		}
		if c.kind == "IEND" {
			out.Write(instead)
		}
		out.Write(c.raw)
	}
	return out.Bytes(), nil
}

// textChunk is an uncompressed iTXt chunk without language.
func textChunk(keyword, text string) []byte {
	body := "iTXt" + keyword + "\x00\x00\x00\x00\x00" + text
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)-4))
	out = append(out, body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE([]byte(body)))
}

// Find returns the text of a keyword; false where the file has none. Every chunk's
// checksum is checked on the way.
func Find(file []byte, keyword string) (string, bool, error) {
	chunks, err := split(file)
	if err != nil {
		return "", false, err
	}
	for _, c := range chunks {
		k, text, ok := c.text()
		if !ok || k != keyword {
			continue
		}
		s, err := text()
		return s, true, err
	}
	return "", false, nil
}

// text splits an iTXt chunk; ok is false for chunks of other kinds and malformed
// ones.
func (c chunk) text() (keyword string, text func() (string, error), ok bool) {
	if c.kind != "iTXt" {
		return "", nil, false
	}
	key, rest, found := bytes.Cut(c.data, []byte{0})
	if !found || len(rest) < 2 {
		return "", nil, false
	}
	packed := rest[0] == 1
	_, rest, found = bytes.Cut(rest[2:], []byte{0}) // language
	if !found {
		return "", nil, false
	}
	_, body, found := bytes.Cut(rest, []byte{0}) // translated keyword
	if !found {
		return "", nil, false
	}
	return string(key), func() (string, error) {
		if !packed {
			return string(body), nil
		}
		return inflate(body)
	}, true
}

func inflate(body []byte) (string, error) {
	z, err := zlib.NewReader(bytes.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("unpack a PNG text: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(z, maxText+1))
	if err != nil {
		return "", fmt.Errorf("unpack a PNG text: %w", err)
	}
	if len(text) > maxText {
		return "", fmt.Errorf("unpack a PNG text: found more than %d bytes", maxText)
	}
	return string(text), nil
}
