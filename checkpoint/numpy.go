package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
)

// npType is a numpy dtype: a kind and a size, "f4", and a byte order.
type npType struct {
	code string // "f4", "i8", "b1", "U12"
	big  bool
}

// ndarray is a numpy array of a pickle.
type ndarray struct {
	dtype   *npType
	shape   []int
	fortran bool // column major
	data    []byte
}

// parseNPType reads a dtype as numpy writes it: "<f4", ">i8", "|b1", "f4", "?".
func parseNPType(s string) *npType {
	t := &npType{code: s}
	if s != "" && strings.ContainsRune("<>|=", rune(s[0])) {
		t.code, t.big = s[1:], s[0] == '>'
	}
	if t.code == "?" {
		t.code = "b1"
	}
	return t
}

// name is the dtype of a Tensor, "" for one that it cannot have: texts, objects,
// records, complex numbers, dates.
func (t *npType) name() string {
	switch t.code {
	case "f2":
		return "float16"
	case "f4":
		return "float32"
	case "f8":
		return "float64"
	case "i1":
		return "int8"
	case "i2":
		return "int16"
	case "i4":
		return "int32"
	case "i8":
		return "int64"
	case "u1":
		return "uint8"
	case "u2":
		return "uint16"
	case "u4":
		return "uint32"
	case "u8":
		return "uint64"
	case "b1":
		return "bool"
	}
	return ""
}

// constructDType is numpy.dtype("f4", False, True).
func constructDType(args tuple) (any, error) {
	if len(args) == 0 {
		return nil, errors.New("has no arguments, want a text")
	}
	switch code := args[0].(type) {
	case string:
		return parseNPType(code), nil
	case global:
		return &npType{code: string(code)}, nil
	}
	return nil, fmt.Errorf("is made from %s, want a text", kind(args[0]))
}

// restore sets the byte order: (version, "<", ...).
func (t *npType) restore(state any) error {
	items := elements(state)
	if len(items) < 2 {
		return errors.New("numpy.dtype: its state is not a tuple")
	}
	order, _ := items[1].(string)
	t.big = order == ">"
	return nil
}

// restore fills an array: (version, shape, dtype, column major, data).
func (a *ndarray) restore(state any, b *budget) error {
	s, _ := state.(tuple)
	if len(s) == 4 { // numpy before 1.0 wrote no version
		s = append(tuple{int64(0)}, s...)
	}
	if len(s) != 5 {
		return fmt.Errorf("numpy.ndarray: its state has %d values, want 5", len(s))
	}
	dtype, ok := s[2].(*npType)
	if !ok {
		return fmt.Errorf("numpy.ndarray: its dtype is %s", kind(s[2]))
	}
	shape, err := ints(s[1])
	if err != nil {
		return fmt.Errorf("numpy.ndarray: %w", err)
	}
	a.dtype, a.shape = dtype, shape
	a.fortran, _ = s[3].(bool)
	data, ok, err := rawBytes(s[4], b)
	if !ok { // a list: an array of objects
		a.dtype = &npType{code: "O"}
	}
	a.data = data
	return err
}

// rawBytes are the bytes of an array: bytes, or a text that Python 2 wrote.
func rawBytes(v any, b *budget) (data []byte, ok bool, err error) {
	switch v := v.(type) {
	case []byte:
		return v, true, nil
	case string:
		if err := b.take(int64(len(v)), "bytes written as a text"); err != nil {
			return nil, true, err
		}
		return []byte(v), true, nil
	}
	return nil, false, nil
}

// numpyFromBuffer is numpy.core.numeric._frombuffer(data, dtype, shape, order), by
// which protocol 5 stores arrays.
func numpyFromBuffer(args tuple) (any, error) {
	if len(args) != 4 {
		return nil, fmt.Errorf("has %d arguments, want 4", len(args))
	}
	data, ok1 := args[0].([]byte)
	dtype, ok2 := args[1].(*npType)
	order, ok3 := args[3].(string)
	shape, err := ints(args[2])
	if !ok1 || !ok2 || !ok3 || err != nil {
		return nil, errors.New("wants bytes, a dtype, a shape and an order")
	}
	return &ndarray{dtype: dtype, shape: shape, fortran: order == "F", data: data}, nil
}

// numpyScalar is numpy.core.multiarray.scalar(dtype, bytes), as a plain number.
func numpyScalar(args tuple, b *budget) (any, error) {
	if len(args) == 0 {
		return nil, errors.New("has no arguments, want a dtype")
	}
	dtype, ok := args[0].(*npType)
	if !ok || dtype.name() == "" || len(args) < 2 {
		return &instance{class: "numpy scalar", args: args}, nil
	}
	a := &ndarray{dtype: dtype}
	var err error
	if a.data, _, err = rawBytes(args[1], b); err != nil {
		return nil, err
	}
	t, err := a.tensor(b)
	if err != nil {
		return nil, err
	}
	switch t.DType {
	case "float64":
		return math.Float64frombits(binary.LittleEndian.Uint64(t.Data)), nil
	case "float32", "float16":
		v, err := t.Float32s()
		return float64(v[0]), err
	case "bool":
		return t.Data[0] != 0, nil
	}
	v, err := t.Int64s()
	if err != nil {
		return nil, err
	}
	return v[0], nil
}

// tensor checks the array and brings it to little endian, row major; a copy is made
// only where that changes something.
func (a *ndarray) tensor(b *budget) (Tensor, error) {
	if a.dtype == nil {
		return Tensor{}, errors.New("an array without content")
	}
	size := elementSize(a.dtype.name())
	n, err := product(a.shape)
	if err != nil {
		return Tensor{}, err
	}
	if size == 0 {
		return Tensor{}, fmt.Errorf("numpy dtype %q is none of a tensor", a.dtype.code)
	}
	if int64(len(a.data)) != n*int64(size) {
		return Tensor{}, fmt.Errorf("%s %v: has %d bytes, want %d", a.dtype.name(), a.shape, len(a.data), n*int64(size))
	}
	data := a.data
	swap, transpose := a.dtype.big && size > 1, a.fortran && len(a.shape) > 1
	if swap || transpose {
		if err := b.take(int64(len(data)), "copy of an array in another order"); err != nil {
			return Tensor{}, err
		}
	}
	if transpose && n > 0 {
		strides, step := make([]int, len(a.shape)), 1
		for i, d := range a.shape {
			strides[i], step = step, step*d
		}
		data = gather(data, size, 0, a.shape, strides)
	}
	if swap {
		data = swapBytes(data, size)
	}
	return Tensor{DType: a.dtype.name(), Shape: a.shape, Data: data}, nil
}

// swapBytes turns big endian into little endian, in a copy.
func swapBytes(data []byte, size int) []byte {
	out := make([]byte, len(data))
	for i := 0; i < len(data); i += size {
		for k := range size {
			out[i+k] = data[i+size-1-k]
		}
	}
	return out
}
