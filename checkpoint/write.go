package checkpoint

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/renameio/v2"
)

// Write makes a .safetensors, an .npz, or of a single tensor an .npy, told by the
// extension. The file appears
// whole or not at all: it is written beside its place, synced to disk and renamed, and
// an older file stays as it was if that fails. The same tensors give the same bytes.
// Numpy's files hold no metadata and no bfloat16, an .npy no name either.
func Write(path string, tensors []Named, metadata map[string]string) error {
	var encode func(io.Writer, []Named, map[string]string) error
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".safetensors":
		encode = encodeSafeTensors
	case ".npz":
		encode = encodeNPZ
	case ".npy":
		encode = encodeNPY
	default:
		return fmt.Errorf("write %q: extension %q, want .safetensors, .npz or .npy", path, ext)
	}
	if err := checkAll(tensors); err != nil {
		return fmt.Errorf("write %q: %w", path, err)
	}
	if err := replace(path, func(w io.Writer) error { return encode(w, tensors, metadata) }); err != nil {
		return fmt.Errorf("write %q: %w", path, cause(err))
	}
	return nil
}

// EncodeSafeTensors is what Write puts into a .safetensors, in memory.
func EncodeSafeTensors(tensors []Named, metadata map[string]string) ([]byte, error) {
	if err := checkAll(tensors); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err := encodeSafeTensors(&b, tensors, metadata)
	return b.Bytes(), err
}

// checkAll refuses what could not be read back.
func checkAll(tensors []Named) error {
	seen := make(map[string]bool, len(tensors))
	for _, t := range tensors {
		switch {
		case t.Name == "" || t.Name == "__metadata__":
			return fmt.Errorf("a tensor is named %q", t.Name)
		case seen[t.Name]:
			return fmt.Errorf("two tensors are named %q", t.Name)
		}
		if err := t.check(); err != nil {
			return fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		seen[t.Name] = true
	}
	return nil
}

// replace writes a file atomically.
func replace(path string, write func(io.Writer) error) error {
	f, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)),
		renameio.WithPermissions(0o644), renameio.WithExistingPermissions())
	if err != nil {
		return err
	}
	defer f.Cleanup() // does nothing once the file is in place
	w := bufio.NewWriterSize(f, 1<<20)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.CloseAtomicallyReplace()
}

// encodeSafeTensors writes the header and the data. Wider elements come first, so
// that every tensor is aligned for readers that map the file; otherwise the order is kept.
func encodeSafeTensors(w io.Writer, tensors []Named, metadata map[string]string) error {
	ordered := slices.Clone(tensors)
	slices.SortStableFunc(ordered, func(a, b Named) int { return elementSize(b.DType) - elementSize(a.DType) })
	header := []byte{'{'}
	field := func(name string, value any) error {
		if len(header) > 1 {
			header = append(header, ',')
		}
		key, err := json.Marshal(name)
		if err != nil {
			return err
		}
		text, err := json.Marshal(value)
		header = append(append(append(header, key...), ':'), text...)
		return err
	}
	if len(metadata) > 0 {
		if err := field("__metadata__", metadata); err != nil {
			return err
		}
	}
	at := 0
	for _, t := range ordered {
		e := safeEntry{Shape: append([]int{}, t.Shape...), Offsets: []int{at, at + len(t.Data)}}
		at += len(t.Data)
		for _, d := range safeDTypes {
			if d[1] == t.DType {
				e.DType = d[0]
			}
		}
		if err := field(t.Name, e); err != nil {
			return err
		}
	}
	header = append(header, '}')
	for len(header)%8 != 0 {
		header = append(header, ' ')
	}
	if err := binary.Write(w, binary.LittleEndian, uint64(len(header))); err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	for _, t := range ordered {
		if _, err := w.Write(t.Data); err != nil {
			return err
		}
	}
	return nil
}

// encodeNPZ writes stored entries without times, as numpy.savez does.
func encodeNPZ(w io.Writer, tensors []Named, metadata map[string]string) error {
	if len(metadata) > 0 {
		return errors.New("an npz holds no metadata, want .safetensors")
	}
	z := zip.NewWriter(w)
	for _, t := range tensors {
		header, err := npyHeader(t.Tensor)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		size := uint64(len(header) + len(t.Data))
		e, err := z.CreateRaw(&zip.FileHeader{
			Name: t.Name + ".npy", Method: zip.Store, UncompressedSize64: size, CompressedSize64: size,
			CRC32: crc32.Update(crc32.ChecksumIEEE(header), crc32.IEEETable, t.Data),
		})
		if err != nil {
			return err
		}
		if _, err := e.Write(header); err != nil {
			return err
		}
		if _, err := e.Write(t.Data); err != nil {
			return err
		}
	}
	return z.Close()
}

// encodeNPY writes the one tensor that an .npy holds.
func encodeNPY(w io.Writer, tensors []Named, metadata map[string]string) error {
	if len(metadata) > 0 || len(tensors) != 1 {
		return fmt.Errorf("an npy holds one tensor and no metadata, found %d tensors, want .npz or .safetensors", len(tensors))
	}
	header, err := npyHeader(tensors[0].Tensor)
	if err != nil {
		return fmt.Errorf("tensor %q: %w", tensors[0].Name, err)
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	_, err = w.Write(tensors[0].Data)
	return err
}

// npyHeader is the head of an .npy, version 1.0: 64-byte aligned, ends in a newline.
func npyHeader(t Tensor) ([]byte, error) {
	descr := map[string]string{
		"float16": "<f2", "float32": "<f4", "float64": "<f8", "int8": "|i1", "int16": "<i2", "int32": "<i4", "int64": "<i8",
		"uint8": "|u1", "uint16": "<u2", "uint32": "<u4", "uint64": "<u8", "bool": "|b1",
	}[t.DType]
	if descr == "" {
		return nil, fmt.Errorf("numpy has no %s, want .safetensors", t.DType)
	}
	var shape strings.Builder
	for i, d := range t.Shape {
		if i > 0 {
			shape.WriteByte(' ')
		}
		fmt.Fprintf(&shape, "%d,", d)
	}
	dims := shape.String()
	if len(t.Shape) > 1 {
		dims = strings.TrimSuffix(dims, ",")
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, dims)
	pad := (64 - (10+len(text)+1)%64) % 64
	text += strings.Repeat(" ", pad) + "\n"
	head := append([]byte("\x93NUMPY\x01\x00"), 0, 0)
	binary.LittleEndian.PutUint16(head[8:], uint16(len(text)))
	return append(head, text...), nil
}
