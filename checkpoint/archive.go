package checkpoint

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// archive is a zip in memory whose stored entries are read without a copy.
type archive struct {
	data    []byte
	files   []*zip.File
	byName  map[string]*zip.File
	budget  *budget
	claimed int64 // bytes of stored entries handed out
}

// readZip reads a PyTorch file or an npz.
func (f *File) readZip(data []byte, root string, b *budget) error {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are never used as paths
		return fmt.Errorf("damaged or truncated zip: %w", err)
	}
	a := &archive{data: data, files: r.File, byName: map[string]*zip.File{}, budget: b}
	var pkl *zip.File
	arrays := 0
	for _, e := range r.File {
		if a.byName[e.Name] != nil {
			return fmt.Errorf("damaged zip: two entries %q", e.Name)
		}
		a.byName[e.Name] = e
		switch {
		case e.Name == "data.pkl" || strings.HasSuffix(e.Name, "/data.pkl"):
			if pkl == nil || len(e.Name) < len(pkl.Name) {
				pkl = e
			}
		case strings.HasSuffix(e.Name, ".npy"):
			arrays++
		}
	}
	switch {
	case pkl != nil:
		return f.readTorchZip(a, pkl, root, b)
	case arrays > 0 || len(r.File) == 0:
		return f.readNPZ(a, root, b)
	}
	return fmt.Errorf("%w: a zip whose first entry is %q, want data.pkl (PyTorch) or .npy arrays", ErrNotCheckpoint, r.File[0].Name)
}

func (a *archive) find(name string) *zip.File { return a.byName[name] }

// content is the bytes of an entry, checked against its checksum. A stored entry
// aliases the file. Entries that overlap, by which a small zip seems large, are
// refused, and so are compressed ones beyond what the budget allows.
func (a *archive) content(e *zip.File) ([]byte, error) {
	size := e.UncompressedSize64
	fail := func(err error) ([]byte, error) { return nil, fmt.Errorf("entry %q: %w", e.Name, err) }
	if e.CompressedSize64 > uint64(len(a.data)) {
		return fail(fmt.Errorf("wants %d bytes of a file of %d", e.CompressedSize64, len(a.data)))
	}
	at, err := e.DataOffset()
	if err != nil {
		return fail(fmt.Errorf("damaged zip: %w", err))
	}
	if at < 0 || at > int64(len(a.data)) || int64(e.CompressedSize64) > int64(len(a.data))-at {
		return fail(fmt.Errorf("truncated: wants %d bytes at %d of a file of %d", e.CompressedSize64, at, len(a.data)))
	}
	a.claimed += int64(e.CompressedSize64)
	if a.claimed > int64(len(a.data)) {
		return fail(errors.New("overlaps other entries"))
	}
	packed := a.data[at : at+int64(e.CompressedSize64) : at+int64(e.CompressedSize64)]
	if e.Flags&1 != 0 {
		return fail(errors.New("is encrypted"))
	}
	switch e.Method {
	case zip.Store:
		if size != e.CompressedSize64 {
			return fail(fmt.Errorf("is stored in %d bytes but says %d", e.CompressedSize64, size))
		}
		if sum := crc32.ChecksumIEEE(packed); sum != e.CRC32 {
			return fail(errors.New("damaged: the content does not match its checksum"))
		}
		return packed, nil
	case zip.Deflate:
		return a.inflate(e, fail)
	}
	return fail(fmt.Errorf("compression method %d, want stored or deflate", e.Method))
}

// inflate decompresses an entry into a buffer of the announced size, which must be
// possible (deflate gains at most a factor of 1032) and within the budget.
func (a *archive) inflate(e *zip.File, fail func(error) ([]byte, error)) ([]byte, error) {
	size := e.UncompressedSize64
	if size > 1032*e.CompressedSize64+1032 {
		return fail(fmt.Errorf("zip bomb: announces %d bytes from %d", size, e.CompressedSize64))
	}
	if err := a.budget.take(int64(size), "decompressed"); err != nil {
		return fail(fmt.Errorf("zip bomb: %w", err))
	}
	r, err := e.Open()
	if err != nil {
		return fail(fmt.Errorf("damaged zip: %w", err))
	}
	defer r.Close()
	out := make([]byte, size)
	if _, err := io.ReadFull(r, out); err != nil {
		return fail(fmt.Errorf("damaged: decompressing: %w", err))
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF { // the checksum is compared at the end
		return fail(errors.New("damaged: the content does not match its size or checksum"))
	}
	return out, nil
}
