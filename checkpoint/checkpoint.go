// Package checkpoint reads the files that the four papers' programs and numpy
// users write, and writes our own. It runs no code from a file.
package checkpoint

// File is an opened checkpoint: tensors by flattened name and what else the file says.
type File struct {
	Path   string // as given
	Format string // "pytorch zip", "pytorch legacy", "pickle", "safetensors", "npz"
	Bytes  int64
	SHA256 string // of the whole file, hex
	// Names lists the tensors in file order. A tensor inside nested mappings or
	// lists is named by its path, joined with dots: "model.ebm.stem.1.bias",
	// "pi_ema_state_dict.shadow_params.3".
	Names   []string
	Tensors map[string]Tensor
	// Tree is everything, tensors included, as map[string]any, []any, string, int64,
	// float64, bool, nil, Tensor or Opaque.
	Tree any
	// Metadata are the strings of a safetensors header ("__metadata__").
	Metadata map[string]string
	// Config is the config.yaml or config.json beside the file, nil where there is none.
	Config map[string]any
}

// Opaque is a value of a class that the reader does not know; it can be listed, not used.
type Opaque struct {
	Class string
	Args  []any
	State any
}

// Tensor is an array of a file or for one.
type Tensor struct {
	DType string // "float32", "float16", "bfloat16", "float64", "int64", "int32", "int16", "int8", "uint8", "bool"
	Shape []int
	Data  []byte // little endian, row major, contiguous
}

// Planned API (implemented in this package):
//
//	Open(path string) (*File, error)                                     // any readable format, told by content
//	Read(name string, data []byte) (*File, error)                        // the same for bytes in memory (embedded)
//	Write(path string, tensors []Named, metadata map[string]string) error // .safetensors or .npz by extension, atomic
//	(Tensor) Float32s() ([]float32, error); (Tensor) Int64s() ([]int64, error); (Tensor) Len() int
//	Float32Tensor(shape []int, v []float32) Tensor; Int64Tensor(shape []int, v []int64) Tensor
//	type Named struct { Name string; Tensor }
