package checkpoint

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// construct is what calling a class or function of a pickle gives. Only the names
// below mean anything; every other becomes an instance that can be listed.
func construct(class any, args tuple, b *budget) (any, error) {
	name, ok := class.(global)
	if !ok {
		return &instance{class: kind(class) + "()", args: args}, nil
	}
	switch canonical(string(name)) {
	case "collections.OrderedDict", "builtins.dict", "collections.Counter", "easydict.EasyDict":
		return constructDict(name, args, b)
	case "collections.defaultdict": // its first argument makes missing values
		return constructDict("", args[min(1, len(args)):], b)
	case "builtins.list", "builtins.tuple", "builtins.set", "builtins.frozenset", "torch.Size":
		return constructList(args, b)
	case "_codecs.encode":
		return encodeLatin1(args, b)
	case "builtins.bytes", "builtins.bytearray":
		return constructBytes(args, b)
	case "numpy.dtype":
		return constructDType(args)
	case "numpy.core.multiarray._reconstruct":
		return &ndarray{}, nil // BUILD brings the content
	case "numpy.core.multiarray.scalar":
		return numpyScalar(args, b)
	case "numpy.core.numeric._frombuffer":
		return numpyFromBuffer(args)
	case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2":
		return rebuildTensor(args, "")
	case "torch._utils._rebuild_tensor_v3":
		return rebuildTensorV3(args)
	case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
		return firstTensor(args)
	case "torch._tensor._rebuild_from_type_v2", "torch._tensor._rebuild_from_type":
		return rebuildFromType(args, b)
	}
	return &instance{class: string(name), args: args}, nil
}

// canonical gives today's name of a module that was called otherwise in Python 2 or
// is called otherwise in numpy 2.
func canonical(name string) string {
	if rest, ok := strings.CutPrefix(name, "__builtin__."); ok {
		return "builtins." + rest
	}
	if rest, ok := strings.CutPrefix(name, "numpy._core."); ok {
		return "numpy.core." + rest
	}
	return name
}

// restore gives an object the state that a pickle stored for it. The attributes of
// mappings are dropped: OrderedDict holds versions there, EasyDict its items again.
func restore(v, state any, b *budget) error {
	switch v := v.(type) {
	case *instance:
		v.state = state
	case *ndarray:
		return v.restore(state, b)
	case *npType:
		return v.restore(state)
	case *dict, *list, *view:
	default:
		return fmt.Errorf("restores the state of %s", kind(v))
	}
	return nil
}

// constructDict makes a mapping from nothing, from another one or from a list of pairs.
func constructDict(class global, args tuple, b *budget) (any, error) {
	d := &dict{}
	if class == "easydict.EasyDict" {
		d.class = class
	}
	if len(args) == 0 {
		return d, nil
	}
	switch from := args[0].(type) {
	case *dict:
		if err := b.take(32*int64(len(from.keys)), "copy of a mapping"); err != nil {
			return nil, err
		}
		d.keys, d.values = slices.Clone(from.keys), slices.Clone(from.values)
		return d, nil
	case *list, tuple:
		if err := b.take(32*int64(len(elements(from))), "copy of a mapping"); err != nil {
			return nil, err
		}
		for _, pair := range elements(from) {
			kv := elements(pair)
			if len(kv) != 2 {
				return nil, errors.New("a mapping is made of something that is not a pair")
			}
			d.keys, d.values = append(d.keys, kv[0]), append(d.values, kv[1])
		}
		return d, nil
	}
	return nil, fmt.Errorf("a mapping is made from %s", kind(args[0]))
}

// constructList makes a list from nothing or from another one; a copy, since a list
// may grow later. Tuples and sets made this way are lists too, as they are in Tree.
func constructList(args tuple, b *budget) (any, error) {
	if len(args) == 0 {
		return &list{}, nil
	}
	switch args[0].(type) {
	case *list, tuple:
		items := elements(args[0])
		if err := b.take(16*int64(len(items)), "copy of a list"); err != nil {
			return nil, err
		}
		return &list{items: slices.Clone(items)}, nil
	}
	return nil, fmt.Errorf("a list is made from %s", kind(args[0]))
}

// constructBytes makes bytes from nothing, from bytes or from a Latin-1 text.
func constructBytes(args tuple, b *budget) (any, error) {
	if len(args) == 0 {
		return []byte{}, nil
	}
	switch from := args[0].(type) {
	case []byte:
		return from, nil
	case string:
		return encodeLatin1(args, b)
	case *list:
		out := make([]byte, 0, min(len(from.items), 1<<16))
		if err := b.take(int64(len(from.items)), "bytes"); err != nil {
			return nil, err
		}
		for _, v := range from.items {
			n, ok := v.(int64)
			if !ok || n < 0 || n > 255 {
				return nil, errors.New("bytes are made from something else than numbers from 0 to 255")
			}
			out = append(out, byte(n))
		}
		return out, nil
	}
	return nil, fmt.Errorf("bytes are made from %s", kind(args[0]))
}

// encodeLatin1 is _codecs.encode(text, "latin1"), by which protocol 2 stores bytes:
// every character is one byte.
func encodeLatin1(args tuple, b *budget) (any, error) {
	if len(args) == 0 {
		return nil, errors.New("nothing to encode")
	}
	s, ok := args[0].(string)
	if !ok {
		return nil, fmt.Errorf("encodes %s, want a text", kind(args[0]))
	}
	if len(args) > 1 {
		if codec, _ := args[1].(string); codec != "latin1" && codec != "latin-1" {
			return nil, fmt.Errorf("encodes a text as %q, want latin1", codec)
		}
	}
	if err := b.take(int64(len(s)), "bytes written as a text"); err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 255 {
			return nil, fmt.Errorf("bytes written as a text hold %q, want characters up to 255", r)
		}
		out = append(out, byte(r))
	}
	return out, nil
}

// elements are the values of a list or tuple, nil of anything else.
func elements(v any) []any {
	switch v := v.(type) {
	case tuple:
		return v
	case *list:
		return v.items
	}
	return nil
}

// ints are the values of a list or tuple of integers, such as a shape.
func ints(v any) ([]int, error) {
	switch v.(type) {
	case tuple, *list:
	default:
		return nil, fmt.Errorf("a shape is %s, want a tuple", kind(v))
	}
	items := elements(v)
	if len(items) > maxDims {
		return nil, fmt.Errorf("%d dimensions, want at most %d", len(items), maxDims)
	}
	out := make([]int, len(items))
	for i, x := range items {
		n, ok := x.(int64)
		if !ok {
			return nil, fmt.Errorf("a size is %s, want an integer", kind(x))
		}
		out[i] = int(n)
	}
	return out, nil
}
