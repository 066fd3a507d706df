// Package checkpoint reads the files that the four papers' programs and numpy
// users write, and writes our own. It runs no code from a file: a pickle is
// interpreted by a small machine that knows a fixed list of classes, every size
// is checked against the file before memory is taken, and depth, counts and bytes
// are bounded (limits.go).
//
//	f, err := checkpoint.Open("last.ckpt")
//	w, err := f.Tensors["model.ebm.stem.1.bias"].Float32s()
//	err = checkpoint.Write("out.safetensors", []checkpoint.Named{{"x", x}}, nil)
package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// ErrNotCheckpoint is wrapped by the error about a file whose first bytes are
// those of no format that can be read: a picture, a text, a program.
var ErrNotCheckpoint = errors.New("not a checkpoint")

// The formats, as File.Format names them.
const (
	PyTorchZip    = "pytorch zip"    // torch.save since 1.6
	PyTorchLegacy = "pytorch legacy" // torch.save before 1.6, or with _use_new_zipfile_serialization=False
	Pickle        = "pickle"         // .pdparams and other bare pickles, protocol 2 to 5
	SafeTensors   = "safetensors"
	NPZ           = "npz"
	NPY           = "npy"
)

// File is an opened checkpoint: tensors by flattened name and what else the file says.
type File struct {
	Path   string // as given
	Format string // "pytorch zip", "pytorch legacy", "pickle", "safetensors", "npz", "npy"
	Bytes  int64
	SHA256 string // of the whole file, hex
	// Names lists the tensors in file order. A tensor inside nested mappings or
	// lists is named by its path, joined with dots: "model.ebm.stem.1.bias",
	// "pi_ema_state_dict.shadow_params.3". The array of an .npy, or a tensor saved
	// alone, is named as the file without its extension.
	Names   []string
	Tensors map[string]Tensor
	// Tree is everything, tensors included, as map[string]any, []any, string, int64,
	// float64, bool, nil, Tensor or Opaque. Numbers that are keys become decimal
	// strings, tuples and sets lists, bytes strings.
	Tree any
	// Metadata are the strings of a safetensors header ("__metadata__").
	Metadata map[string]string
	// Config is the config.yaml or config.json beside the file, nil where there is none.
	// Its values are of the types of Tree.
	Config map[string]any
	// ConfigError says why a configuration beside the file could not be read. It does
	// not keep the file from opening: it may belong to something else.
	ConfigError error
}

// Opaque is a value of a class that the reader does not know; it can be listed, not used.
type Opaque struct {
	Class string // "argparse.Namespace"
	Args  []any  // what it was made with
	State any    // what its attributes were restored from
	Items any    // map[string]any or []any where the class behaves as a mapping or a list
}

// Open reads the checkpoint at path, whatever its extension: the content tells the
// format. It also reads the config.yaml or config.json beside it. The tensors share
// one copy of the file in memory, see Tensor.Data.
func Open(path string) (*File, error) {
	data, err := readWhole(path)
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", path, err)
	}
	f, err := Read(path, data)
	if err != nil {
		return nil, err
	}
	f.Config, f.ConfigError = readConfig(filepath.Dir(path))
	return f, nil
}

// Read is Open for bytes in memory, such as an embedded checkpoint. The name stands
// in errors and in File.Path; no file of that name is looked at. The tensors alias
// data, which must not change afterwards.
func Read(name string, data []byte) (*File, error) {
	sum := make(chan [sha256.Size]byte, 1)
	go func() { sum <- sha256.Sum256(data) }()
	f, err := parse(name, data)
	digest := <-sum
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", name, err)
	}
	f.Path, f.Bytes = name, int64(len(data))
	f.SHA256 = hex.EncodeToString(digest[:])
	return f, nil
}

// parse tells the format by content and reads it.
func parse(name string, data []byte) (*File, error) {
	format, err := sniff(data)
	if err != nil {
		return nil, err
	}
	f := &File{Format: format, Tensors: map[string]Tensor{}}
	b := newBudget(len(data))
	base := filepath.Base(name)
	root := strings.TrimSuffix(base, filepath.Ext(base))
	switch format {
	case "zip":
		err = f.readZip(data, root, b)
	case PyTorchLegacy:
		err = f.readLegacy(data, root, b)
	case Pickle:
		err = f.readPickle(data, root, b)
	case SafeTensors:
		err = f.readSafeTensors(data)
	case NPY:
		err = f.readNPY(data, root, b)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// sniff names the format that the first bytes announce; "zip" is an npz or a PyTorch file.
func sniff(head []byte) (string, error) {
	switch {
	case len(head) == 0:
		return "", fmt.Errorf("%w: the file is empty, want a zip, a pickle, safetensors or npy", ErrNotCheckpoint)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return "zip", nil
	case bytes.HasPrefix(head, []byte("\x93NUMPY")):
		return NPY, nil
	case bytes.HasPrefix(head, legacyMagic):
		return PyTorchLegacy, nil
	case len(head) > 1 && head[0] == opProto && head[1] >= 2 && head[1] <= 5:
		return Pickle, nil
	case len(head) > 8 && head[8] == '{' && bytes.Equal(head[5:8], []byte{0, 0, 0}):
		return SafeTensors, nil
	}
	return "", fmt.Errorf("%w: %s, want a zip, a pickle, safetensors or npy", ErrNotCheckpoint, describe(head))
}

// describe says what a file is that is no checkpoint.
func describe(head []byte) string {
	for _, k := range []struct{ magic, what string }{
		{"\x89PNG\r\n\x1a\n", "it is a PNG picture"},
		{"\xff\xd8\xff", "it is a JPEG picture"},
		{"GIF8", "it is a GIF picture"},
		{"RIFF", "it is a RIFF file (WebP, WAV, AVI)"},
		{"\x1f\x8b", "it is a gzip file"},
		{"\x89HDF", "it is an HDF5 file"},
		{"%PDF", "it is a PDF document"},
		{"\x7fELF", "it is a program"},
		{"PK\x05\x06", "it is an empty zip"},
	} {
		if bytes.HasPrefix(head, []byte(k.magic)) {
			return k.what
		}
	}
	if len(head) > 262 && string(head[257:262]) == "ustar" {
		return "it is a tar archive"
	}
	return fmt.Sprintf("begins with %q", head[:min(len(head), 12)])
}

// readWhole reads a file once into a buffer of its size. A file that announces no
// known format is refused before the rest of it is read.
func readWhole(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, cause(err)
	case info.IsDir():
		return nil, fmt.Errorf("%w: it is a folder, want a file", ErrNotCheckpoint)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: it is a device or a pipe, want a file", ErrNotCheckpoint)
	case info.Size() > maxFile:
		return nil, fmt.Errorf("the file has %d bytes, want at most %d", info.Size(), int64(maxFile))
	}
	head := make([]byte, min(info.Size(), 512))
	if _, err := io.ReadFull(file, head); err != nil {
		return nil, cause(err)
	}
	if _, err := sniff(head); err != nil {
		return nil, err
	}
	data := make([]byte, info.Size())
	copy(data, head)
	if _, err := io.ReadFull(file, data[len(head):]); err != nil {
		return nil, fmt.Errorf("reading %d bytes: %w", len(data), cause(err))
	}
	return data, nil
}

// cause is an error of the file system without the verb and the path, which the
// caller says.
func cause(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}
