package checkpoint

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// safeDTypes pairs the names of a safetensors header with ours.
var safeDTypes = [...][2]string{
	{"F64", "float64"},
	{"F32", "float32"},
	{"F16", "float16"},
	{"BF16", "bfloat16"},
	{"I64", "int64"},
	{"I32", "int32"},
	{"I16", "int16"},
	{"I8", "int8"},
	{"U64", "uint64"},
	{"U32", "uint32"},
	{"U16", "uint16"},
	{"U8", "uint8"},
	{"BOOL", "bool"},
}

// safeEntry is what the header says about one tensor.
type safeEntry struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets []int  `json:"data_offsets"` // first byte and the one after the last, of what follows the header
}

// readSafeTensors reads a file of an 8-byte header length, a JSON header and data. As
// the format demands, the tensors must cover the data without gap or overlap.
func (f *File) readSafeTensors(data []byte) error {
	n := binary.LittleEndian.Uint64(data)
	switch {
	case n > uint64(len(data)-8):
		return fmt.Errorf("truncated: safetensors header wants %d bytes, %d left", n, len(data)-8)
	case n > maxHeader:
		return fmt.Errorf("safetensors header of %d bytes, want at most %d", n, maxHeader)
	}
	body := data[8+n:]
	entries := map[string]safeEntry{}
	if err := f.parseHeader(data[8:8+n], entries); err != nil {
		return fmt.Errorf("safetensors header: %w", err)
	}
	f.Names = make([]string, 0, len(entries))
	last := 0
	for name, e := range entries {
		if len(e.Offsets) != 2 || e.Offsets[0] < 0 || e.Offsets[1] < e.Offsets[0] {
			return fmt.Errorf("tensor %q: bytes %v of %d", shorten(name), e.Offsets, len(body))
		}
		f.Names = append(f.Names, name)
		last = max(last, e.Offsets[1])
	}
	if last > len(body) {
		return fmt.Errorf("truncated: the tensors take %d bytes, %d are there\nhint: the file is not whole: copy or download it again", last, len(body))
	}
	slices.SortFunc(f.Names, func(a, b string) int {
		x, y := entries[a].Offsets, entries[b].Offsets
		return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]), cmp.Compare(a, b))
	})
	tree := make(map[string]any, len(entries))
	f.Tree = tree
	at := 0
	var known []string
	for _, name := range f.Names {
		e := entries[name]
		if e.Offsets[0] != at {
			return fmt.Errorf("tensor %q: begins at byte %d, want %d", shorten(name), e.Offsets[0], at)
		}
		at = e.Offsets[1]
		dtype := ""
		for _, d := range safeDTypes {
			if d[0] == e.DType {
				dtype = d[1]
			}
		}
		if dtype == "" { // float8 and the like can be listed
			tree[name] = Opaque{Class: "safetensors " + shorten(e.DType)}
			continue
		}
		t := Tensor{DType: dtype, Shape: append([]int{}, e.Shape...), Data: body[e.Offsets[0]:at:at]}
		if err := t.check(); err != nil {
			return fmt.Errorf("tensor %q: %w", shorten(name), err)
		}
		known = append(known, name)
		f.Tensors[name], tree[name] = t, t
	}
	if at != len(body) {
		return fmt.Errorf("%d bytes follow the last tensor", len(body)-at)
	}
	f.Names = known
	return nil
}

// parseHeader reads the JSON entry by entry, so that a name that comes twice is seen.
func (f *File) parseHeader(header []byte, entries map[string]safeEntry) error {
	dec := json.NewDecoder(bytes.NewReader(header))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return errors.New("not a JSON object")
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		if name == "__metadata__" {
			if err := dec.Decode(&f.Metadata); err != nil {
				return fmt.Errorf("__metadata__: %w", err)
			}
			continue
		}
		if _, twice := entries[name]; twice {
			return fmt.Errorf("two tensors are named %q", shorten(name))
		}
		var e safeEntry
		if err := dec.Decode(&e); err != nil {
			return fmt.Errorf("tensor %q: %w", shorten(name), err)
		}
		entries[name] = e
	}
	if _, err := dec.Token(); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("something follows the JSON object")
	}
	return nil
}
