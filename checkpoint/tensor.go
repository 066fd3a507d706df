package checkpoint

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Tensor is an array of a file or for one.
type Tensor struct {
	DType string // "float32", "float16", "bfloat16", "float64", "int64", "int32", "int16", "int8", "uint8", "uint16", "uint32", "uint64", "bool"
	Shape []int  // empty for a single number
	// Data is little endian, row major, contiguous. The tensors of a File share the
	// bytes of the file: read them, do not write them.
	Data []byte
}

// Named is a tensor and its name in a file.
type Named struct {
	Name string
	Tensor
}

// Float32Tensor makes a tensor of v, which must have as many numbers as the shape
// says; Write checks it.
func Float32Tensor(shape []int, v []float32) Tensor {
	data := make([]byte, 4*len(v))
	for i, x := range v {
		binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(x))
	}
	return Tensor{DType: "float32", Shape: append([]int{}, shape...), Data: data}
}

// Float64Tensor makes a tensor of v, which must have as many numbers as the shape
// says; Write checks it.
func Float64Tensor(shape []int, v []float64) Tensor {
	data := make([]byte, 8*len(v))
	for i, x := range v {
		binary.LittleEndian.PutUint64(data[8*i:], math.Float64bits(x))
	}
	return Tensor{DType: "float64", Shape: append([]int{}, shape...), Data: data}
}

// Int64Tensor makes a tensor of v, which must have as many numbers as the shape
// says; Write checks it.
func Int64Tensor(shape []int, v []int64) Tensor {
	data := make([]byte, 8*len(v))
	for i, x := range v {
		binary.LittleEndian.PutUint64(data[8*i:], uint64(x))
	}
	return Tensor{DType: "int64", Shape: append([]int{}, shape...), Data: data}
}

// Uint8Tensor makes a tensor of v without copying it.
func Uint8Tensor(shape []int, v []byte) Tensor {
	return Tensor{DType: "uint8", Shape: append([]int{}, shape...), Data: v}
}

// Len is the number of elements.
func (t Tensor) Len() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Float32s returns the elements as float32 in a new slice. Halves, doubles, integers
// and booleans are converted (doubles and wide integers rounded). It fails when the
// data are not as long as dtype and shape say.
func (t Tensor) Float32s() ([]float32, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	out := make([]float32, t.Len())
	d, le := t.Data, binary.LittleEndian
	switch t.DType {
	case "float32":
		for i := range out {
			out[i] = math.Float32frombits(le.Uint32(d[4*i:]))
		}
	case "float16":
		for i := range out {
			out[i] = halfToFloat(le.Uint16(d[2*i:]))
		}
	case "bfloat16":
		for i := range out {
			out[i] = math.Float32frombits(uint32(le.Uint16(d[2*i:])) << 16)
		}
	case "float64":
		for i := range out {
			out[i] = float32(math.Float64frombits(le.Uint64(d[8*i:])))
		}
	case "uint64":
		for i := range out {
			out[i] = float32(le.Uint64(d[8*i:]))
		}
	default:
		for i := range out {
			out[i] = float32(t.integer(i))
		}
	}
	return out, nil
}

// Int64s returns the elements of an integer or boolean tensor in a new slice. It
// fails for floating point and for integers above the range of int64.
func (t Tensor) Int64s() ([]int64, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	switch t.DType {
	case "float16", "bfloat16", "float32", "float64":
		return nil, fmt.Errorf("tensor of %s: want integers", t.DType)
	}
	out := make([]int64, t.Len())
	for i := range out {
		out[i] = t.integer(i)
		if t.DType == "uint64" && out[i] < 0 {
			return nil, fmt.Errorf("tensor of uint64: element %d is %d, above the range of int64", i, uint64(out[i]))
		}
	}
	return out, nil
}

// integer is element i of an integer tensor that has been checked.
func (t Tensor) integer(i int) int64 {
	d, le := t.Data, binary.LittleEndian
	switch t.DType {
	case "int64", "uint64":
		return int64(le.Uint64(d[8*i:]))
	case "int32":
		return int64(int32(le.Uint32(d[4*i:])))
	case "uint32":
		return int64(le.Uint32(d[4*i:]))
	case "int16":
		return int64(int16(le.Uint16(d[2*i:])))
	case "uint16":
		return int64(le.Uint16(d[2*i:]))
	case "int8":
		return int64(int8(d[i]))
	case "bool":
		if d[i] != 0 {
			return 1
		}
		return 0
	}
	return int64(d[i])
}

// check compares the data with dtype and shape.
func (t Tensor) check() error {
	size := elementSize(t.DType)
	if size == 0 {
		return fmt.Errorf("tensor of %q: want one of float32, float16, bfloat16, float64, int8 to int64, uint8 to uint64, bool", t.DType)
	}
	n, err := product(t.Shape)
	if err != nil {
		return err
	}
	if int64(len(t.Data)) != n*int64(size) {
		return fmt.Errorf("tensor of %s %v: has %d bytes, want %d", t.DType, t.Shape, len(t.Data), n*int64(size))
	}
	return nil
}

// elementSize is the bytes of one element, 0 for a dtype that is not known.
func elementSize(dtype string) int {
	switch dtype {
	case "float64", "int64", "uint64":
		return 8
	case "float32", "int32", "uint32":
		return 4
	case "float16", "bfloat16", "int16", "uint16":
		return 2
	case "int8", "uint8", "bool":
		return 1
	}
	return 0
}

// product is the number of elements of a shape from a file. Shapes of more than
// 2^48 elements are refused, so that bytes cannot overflow.
func product(shape []int) (int64, error) {
	if len(shape) > maxDims {
		return 0, fmt.Errorf("tensor of %d dimensions, want at most %d", len(shape), maxDims)
	}
	n, empty := int64(1), false
	for _, d := range shape {
		if d < 0 || d > 1<<48 {
			return 0, fmt.Errorf("tensor of shape %v: want sizes from 0 to 2^48", shape)
		}
		if d == 0 {
			empty = true
			continue
		}
		if n > (1<<48)/int64(d) {
			return 0, fmt.Errorf("tensor of shape %v: more than 2^48 elements", shape)
		}
		n *= int64(d)
	}
	if empty {
		return 0, nil
	}
	return n, nil
}

// halfToFloat widens an IEEE 754 binary16.
func halfToFloat(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch exp {
	case 0: // zero and subnormal: frac * 2^-24 is exact in float32
		f := float32(frac) * (1.0 / (1 << 24))
		return math.Float32frombits(math.Float32bits(f) | sign)
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}

// gather copies a strided view into row-major order. Offset and strides count
// elements; the caller has checked that every element lies in src.
func gather(src []byte, size, offset int, shape, strides []int) []byte {
	n := 1
	for _, d := range shape {
		n *= d
	}
	out := make([]byte, 0, n*size)
	if n == 0 {
		return out
	}
	index := make([]int, len(shape))
	for at := offset; ; {
		out = append(out, src[at*size:(at+1)*size]...)
		k := len(shape) - 1
		for ; k >= 0; k-- { // count up like an odometer
			index[k]++
			at += strides[k]
			if index[k] < shape[k] {
				break
			}
			at -= strides[k] * shape[k]
			index[k] = 0
		}
		if k < 0 {
			return out
		}
	}
}
