package checkpoint

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// legacyMagic begins a file of torch.save before 1.6: a pickle (protocol 2) of the
// number 0x1950a86a20f9469cfc6c.
var legacyMagic = []byte("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.")

// readTorchZip reads what torch.save writes since 1.6: in one top folder data.pkl, whose
// storages are the entries data/<key>, stored and not compressed.
func (f *File) readTorchZip(a *archive, pkl *zip.File, root string, b *budget) error {
	f.Format = PyTorchZip
	top := strings.TrimSuffix(pkl.Name, "data.pkl")
	if order := a.find(top + "byteorder"); order != nil {
		text, err := a.content(order)
		if err != nil {
			return err
		}
		if s := string(bytes.TrimSpace(text)); s != "little" {
			return fmt.Errorf("byteorder %q, want little endian", s)
		}
	}
	data, err := a.content(pkl)
	if err != nil {
		return err
	}
	storages := map[string]*storage{}
	value, n, err := unpickle(data, b, func(id any) (any, error) {
		s, _, err := storageID(id)
		if err != nil {
			return nil, err
		}
		if known, ok := storages[s.key]; ok {
			if known.class != s.class || known.numel != s.numel {
				return nil, fmt.Errorf("storage %q: is of two types or sizes", s.key)
			}
			return known, nil
		}
		entry := a.find(top + "data/" + s.key)
		if entry == nil {
			return nil, fmt.Errorf("storage %q: no entry %q in the file", s.key, top+"data/"+s.key)
		}
		if s.data, err = a.content(entry); err != nil {
			return nil, err
		}
		if want := s.numel * int64(elementSize(s.dtype)); int64(len(s.data)) < want {
			return nil, fmt.Errorf("storage %q: holds %d bytes, want %d", s.key, len(s.data), want)
		}
		storages[s.key] = s
		return s, nil
	})
	if err != nil {
		return fmt.Errorf("entry %q: %w", pkl.Name, err)
	}
	if n != len(data) {
		return fmt.Errorf("entry %q: %d bytes follow the end of the pickle", pkl.Name, len(data)-n)
	}
	return f.fill(value, root, b)
}

// readLegacy reads what torch.save wrote before 1.6: pickles of a magic number, a
// protocol number, facts about the machine, the value, and the list of storage keys;
// then for every key a number of elements (int64) and the elements.
func (f *File) readLegacy(data []byte, root string, b *budget) error {
	rest := data[len(legacyMagic):]
	next := func(what string, persistent func(any) (any, error)) (any, error) {
		v, n, err := unpickle(rest, b, persistent)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		rest = rest[n:]
		return v, nil
	}
	protocol, err := next("protocol number", nil)
	if err != nil {
		return err
	}
	if protocol != int64(1001) {
		return fmt.Errorf("protocol number %v, want 1001", protocol)
	}
	machine, err := next("facts about the machine", nil)
	if err != nil {
		return err
	}
	if d, ok := machine.(*dict); ok {
		if little, found := d.get("little_endian"); found && little != true {
			return errors.New("written on a big-endian machine, want little endian")
		}
	}
	storages := map[string]*storage{}
	value, err := next("contents", func(id any) (any, error) { return legacyStorage(storages, id) })
	if err != nil {
		return err
	}
	keys, err := next("storage keys", nil)
	if err != nil {
		return err
	}
	if rest, err = fillLegacy(storages, elements(keys), rest); err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("%d bytes follow the last storage", len(rest))
	}
	return f.fill(value, root, b)
}

// legacyStorage finds or makes the storage that an id names, or the part of one.
func legacyStorage(storages map[string]*storage, id any) (any, error) {
	s, part, err := storageID(id)
	if err != nil {
		return nil, err
	}
	known, ok := storages[s.key]
	switch {
	case !ok:
		known = s
		storages[s.key] = s
	case known.class != s.class || known.numel != s.numel:
		return nil, fmt.Errorf("storage %q: is of two types or sizes", s.key)
	}
	if part == nil {
		return known, nil
	}
	p, _ := part.(tuple) // (key of the part, offset, elements)
	if len(p) != 3 {
		return nil, fmt.Errorf("storage %q: a part is given by %d values, want 3", s.key, len(p))
	}
	key, ok1 := p[0].(string)
	start, ok2 := p[1].(int64)
	numel, ok3 := p[2].(int64)
	if !ok1 || !ok2 || !ok3 || start < 0 || numel < 0 || start > known.numel || numel > known.numel-start {
		return nil, fmt.Errorf("storage %q: a part reaches beyond its %d elements", s.key, known.numel)
	}
	if same, ok := storages[key+" of "+s.key]; ok {
		return same, nil
	}
	child := &storage{key: s.key, class: s.class, dtype: s.dtype, numel: numel, root: known, start: start}
	storages[key+" of "+s.key] = child
	return child, nil
}

// fillLegacy gives the storages their bytes and returns what follows the last.
func fillLegacy(storages map[string]*storage, keys []any, rest []byte) ([]byte, error) {
	for _, k := range keys {
		key, _ := k.(string)
		s, ok := storages[key]
		if !ok {
			return nil, fmt.Errorf("storage %q: has data, but no tensor refers to it", key)
		}
		if len(rest) < 8 {
			return nil, fmt.Errorf("truncated: storage %q is missing", key)
		}
		numel := binary.LittleEndian.Uint64(rest)
		rest = rest[8:]
		if numel != uint64(s.numel) {
			return nil, fmt.Errorf("storage %q: holds %d elements, want %d", key, numel, s.numel)
		}
		size := int64(legacyElementSize(s))
		if size == 0 {
			return nil, fmt.Errorf("storage %q: is a %s, whose size is not known", key, s.class)
		}
		if s.numel > int64(len(rest))/size {
			return nil, fmt.Errorf("truncated: storage %q wants %d bytes, %d left", key, s.numel*size, len(rest))
		}
		s.data, rest = rest[:s.numel*size], rest[s.numel*size:]
	}
	for _, s := range storages {
		switch {
		case s.root != nil:
			size := int64(legacyElementSize(s))
			if int64(len(s.root.data)) < (s.start+s.numel)*size {
				return nil, fmt.Errorf("storage %q: has no data", s.key)
			}
			s.data = s.root.data[s.start*size : (s.start+s.numel)*size]
		case s.numel > 0 && s.data == nil:
			return nil, fmt.Errorf("storage %q: has no data", s.key)
		}
	}
	return rest, nil
}

// legacyElementSize also knows storages whose tensors can only be listed, to step over them.
func legacyElementSize(s *storage) int {
	switch strings.TrimPrefix(s.class, "torch.") {
	case "ComplexFloatStorage":
		return 8
	case "ComplexDoubleStorage":
		return 16
	case "QInt32Storage":
		return 4
	case "QInt8Storage", "QUInt8Storage":
		return 1
	}
	return elementSize(s.dtype)
}
