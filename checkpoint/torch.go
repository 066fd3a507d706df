package checkpoint

import (
	"errors"
	"fmt"
	"strings"
)

// storage is PyTorch's flat array, of which tensors are views. Several tensors may
// share one. In legacy files its bytes come after the pickle that mentions it.
type storage struct {
	key   string
	dtype string // "" for one of a type that is not known
	class string // "torch.FloatStorage"
	numel int64
	data  []byte
	root  *storage // of a legacy storage that is a part of another
	start int64    // where in root, in elements
}

// view is a tensor of a pickle: elements offset + sum(index*stride) of a storage.
type view struct {
	storage        *storage
	dtype          string
	offset         int
	shape, strides []int
}

// storageDType is the dtype of a storage class of torch; untyped storages count bytes.
func storageDType(class string) string {
	name := strings.TrimPrefix(strings.TrimPrefix(class, "torch."), "cuda.")
	switch name {
	case "FloatStorage":
		return "float32"
	case "DoubleStorage":
		return "float64"
	case "HalfStorage":
		return "float16"
	case "BFloat16Storage":
		return "bfloat16"
	case "LongStorage":
		return "int64"
	case "IntStorage":
		return "int32"
	case "ShortStorage":
		return "int16"
	case "CharStorage":
		return "int8"
	case "ByteStorage", "UntypedStorage", "storage.UntypedStorage":
		return "uint8"
	case "BoolStorage":
		return "bool"
	}
	return ""
}

// storageID reads the persistent id of a storage: ("storage", class, key, location,
// elements), in legacy files with a sixth entry, None or the part of another storage
// that it is: (key, offset, elements).
func storageID(id any) (s *storage, part any, err error) {
	t, _ := id.(tuple)
	if len(t) < 5 {
		return nil, nil, fmt.Errorf("refers to %s, want a storage", kind(id))
	}
	tag, _ := t[0].(string)
	class, ok1 := t[1].(global)
	key, ok2 := t[2].(string)
	numel, ok3 := t[4].(int64)
	if tag != "storage" || !ok1 || !ok2 || !ok3 || numel < 0 || numel > 1<<48 {
		return nil, nil, errors.New("refers to something else than a storage")
	}
	if len(t) > 5 {
		part = t[5]
	}
	return &storage{key: key, class: string(class), dtype: storageDType(string(class)), numel: numel}, part, nil
}

// rebuildTensor is torch._utils._rebuild_tensor_v2(storage, offset, shape, stride, ...).
// A tensor of a type that is not known becomes an instance that can be listed.
func rebuildTensor(args tuple, dtype string) (any, error) {
	if len(args) < 4 {
		return nil, fmt.Errorf("has %d arguments, want at least 4", len(args))
	}
	s, ok1 := args[0].(*storage)
	offset, ok2 := args[1].(int64)
	if !ok1 || !ok2 || offset < 0 {
		return nil, fmt.Errorf("starts with %s and %s, want a storage and an offset", kind(args[0]), kind(args[1]))
	}
	shape, err := ints(args[2])
	if err != nil {
		return nil, err
	}
	strides, err := ints(args[3])
	if err != nil {
		return nil, err
	}
	if dtype == "" {
		dtype = s.dtype
	}
	if dtype == "" {
		return &instance{class: "torch.Tensor of " + s.class, args: tuple{args[2]}}, nil
	}
	v := &view{storage: s, dtype: dtype, offset: int(offset), shape: shape, strides: strides}
	return v, v.check()
}

// rebuildTensorV3 is _rebuild_tensor_v3(storage, offset, shape, stride, requires_grad,
// hooks, dtype): the storage counts bytes, the dtype stands apart.
func rebuildTensorV3(args tuple) (any, error) {
	if len(args) < 7 {
		return nil, fmt.Errorf("has %d arguments, want 7", len(args))
	}
	name, _ := args[6].(global)
	dtype := strings.TrimPrefix(string(name), "torch.")
	if elementSize(dtype) == 0 {
		return &instance{class: "torch.Tensor of " + string(name), args: tuple{args[2]}}, nil
	}
	return rebuildTensor(args, dtype)
}

// firstTensor unwraps nn.Parameter: _rebuild_parameter(tensor, requires_grad, hooks).
func firstTensor(args tuple) (any, error) {
	if len(args) == 0 {
		return nil, errors.New("has no arguments, want a tensor")
	}
	return args[0], nil
}

// rebuildFromType unwraps a tensor with attributes: (function, type, arguments, state).
func rebuildFromType(args tuple, b *budget) (any, error) {
	if len(args) < 3 {
		return nil, fmt.Errorf("has %d arguments, want at least 3", len(args))
	}
	inner, ok := args[2].(tuple)
	if f, _ := args[0].(global); !ok || strings.Contains(string(f), "_rebuild_from_type") {
		return nil, errors.New("wraps no tensor")
	}
	return construct(args[0], inner, b)
}

// check verifies that every element of the view lies in its storage.
func (v *view) check() error {
	n, err := product(v.shape)
	if err != nil {
		return err
	}
	if len(v.shape) != len(v.strides) {
		return fmt.Errorf("shape %v but strides %v", v.shape, v.strides)
	}
	if n == 0 {
		return nil
	}
	held := v.storage.numel
	if v.storage.dtype == "uint8" && v.dtype != "uint8" {
		held /= int64(elementSize(v.dtype))
	}
	last := int64(v.offset)
	if last >= held {
		return fmt.Errorf("offset %d of a storage of %d elements", v.offset, held)
	}
	for i, d := range v.shape {
		stride := int64(v.strides[i])
		if stride < 0 || (d > 1 && stride > held) {
			return fmt.Errorf("strides %v of a storage of %d elements", v.strides, held)
		}
		if d > 1 && stride > 0 {
			if int64(d-1) > held/stride {
				return fmt.Errorf("shape %v, strides %v reach beyond a storage of %d elements", v.shape, v.strides, held)
			}
			last += int64(d-1) * stride
		}
	}
	if last >= held {
		return fmt.Errorf("shape %v, strides %v, offset %d reach beyond a storage of %d elements", v.shape, v.strides, v.offset, held)
	}
	return nil
}

// contiguous reports whether the elements lie in row-major order without gaps.
func (v *view) contiguous() bool {
	want := 1
	for i := len(v.shape) - 1; i >= 0; i-- {
		if v.shape[i] != 1 && v.strides[i] != want {
			return false
		}
		want *= v.shape[i]
	}
	return true
}

// tensor is the view as a Tensor: the bytes of the file where it is contiguous, a copy
// otherwise.
func (v *view) tensor(b *budget) (Tensor, error) {
	size := elementSize(v.dtype)
	n, err := product(v.shape)
	if err != nil {
		return Tensor{}, err
	}
	t := Tensor{DType: v.dtype, Shape: v.shape, Data: []byte{}}
	if n == 0 {
		return t, nil
	}
	data := v.storage.data
	if v.contiguous() {
		from, to := int64(v.offset)*int64(size), (int64(v.offset)+n)*int64(size)
		if to > int64(len(data)) {
			return Tensor{}, fmt.Errorf("storage %q: holds %d bytes, want %d", v.storage.key, len(data), to)
		}
		t.Data = data[from:to:to]
		return t, nil
	}
	last := v.offset
	for i, d := range v.shape {
		last += (d - 1) * v.strides[i]
	}
	if int64(last+1)*int64(size) > int64(len(data)) {
		return Tensor{}, fmt.Errorf("storage %q: holds %d bytes, want %d", v.storage.key, len(data), (last+1)*size)
	}
	if err := b.take(n*int64(size), "copy of a strided tensor"); err != nil {
		return Tensor{}, err
	}
	t.Data = gather(data, size, v.offset, v.shape, v.strides)
	return t, nil
}
