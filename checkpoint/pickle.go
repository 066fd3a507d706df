package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
)

// What a pickle is made of, beside nil, bool, int64, float64, *big.Int, string (text,
// and the byte strings of Python 2) and []byte.
type (
	// global is a class or function by name, "collections.OrderedDict". It is never looked up.
	global string
	// tuple cannot change after it is made.
	tuple []any
	// list also stands for sets.
	list struct{ items []any }
	// dict keeps the order of insertion. A key that is set twice is in it twice; the
	// last one counts, see fold.
	dict struct {
		keys, values []any
		class        global // "easydict.EasyDict" or empty
	}
	// instance is a value of a class that is not known.
	instance struct {
		class string
		args  tuple
		state any
		list  *list
		dict  *dict
	}
)

// unpickler interprets one pickle. It follows Python's pickletools: a stack, marks on
// it, a memo. Nothing outside it can be reached.
type unpickler struct {
	data   []byte
	pos    int
	stack  []any
	marks  []int // heights of the stack
	memo   map[uint64]any
	budget *budget
	// persistent resolves a persistent id, by which PyTorch refers to storages; nil where
	// the format has none.
	persistent func(id any) (any, error)
}

var errUnderflow = errors.New("the pickle takes a value that is not there")

// unpickle reads the pickle at the start of data and returns its value and its length.
func unpickle(data []byte, b *budget, persistent func(any) (any, error)) (any, int, error) {
	u := &unpickler{data: data, memo: map[uint64]any{}, budget: b, persistent: persistent}
	for range maxOps {
		at := u.pos
		op, err := u.byte()
		if err != nil {
			return nil, 0, err
		}
		if op == opStop {
			v, err := u.pop()
			if err == nil && len(u.stack)+len(u.marks) > 0 {
				err = fmt.Errorf("pickle ends with %d values left over", len(u.stack)+len(u.marks))
			}
			return v, u.pos, err
		}
		if err := u.step(op); err != nil {
			return nil, 0, fmt.Errorf("pickle at byte %d: %w", at, err)
		}
		if len(u.stack) > maxStack || len(u.memo) > maxMemo {
			return nil, 0, fmt.Errorf("pickle at byte %d: more than %d pending or %d remembered values", at, maxStack, maxMemo)
		}
	}
	return nil, 0, fmt.Errorf("pickle: more than %d operations", maxOps)
}

// bytes takes the next n bytes without copying them.
func (u *unpickler) bytes(n uint64) ([]byte, error) {
	if left := len(u.data) - u.pos; n > uint64(left) {
		return nil, fmt.Errorf("truncated: %d bytes announced, %d left", n, left)
	}
	b := u.data[u.pos : u.pos+int(n) : u.pos+int(n)]
	u.pos += int(n)
	return b, nil
}

func (u *unpickler) byte() (byte, error) {
	b, err := u.bytes(1)
	if err != nil {
		return 0, fmt.Errorf("truncated: pickle of %d bytes has no end", len(u.data))
	}
	return b[0], nil
}

// uint reads a little-endian number of 1, 2, 4 or 8 bytes.
func (u *unpickler) uint(size uint64) (uint64, error) {
	b, err := u.bytes(size)
	if err != nil {
		return 0, err
	}
	var wide [8]byte
	copy(wide[:], b)
	return binary.LittleEndian.Uint64(wide[:]), nil
}

// counted takes the bytes whose number is written before them in size bytes.
func (u *unpickler) counted(size uint64) ([]byte, error) {
	n, err := u.uint(size)
	if err != nil {
		return nil, err
	}
	return u.bytes(n)
}

// line takes the bytes up to the next newline, which it drops.
func (u *unpickler) line() (string, error) {
	for i := u.pos; i < len(u.data) && i-u.pos <= 4096; i++ {
		if u.data[i] == '\n' {
			s := string(u.data[u.pos:i])
			u.pos = i + 1
			return s, nil
		}
	}
	return "", errors.New("a name or a number without an end")
}

func (u *unpickler) push(v any) { u.stack = append(u.stack, v) }

// base is the height below which values belong to an outer mark.
func (u *unpickler) base() int {
	if len(u.marks) == 0 {
		return 0
	}
	return u.marks[len(u.marks)-1]
}

func (u *unpickler) pop() (any, error) {
	if len(u.stack) <= u.base() {
		return nil, errUnderflow
	}
	v := u.stack[len(u.stack)-1]
	u.stack = u.stack[:len(u.stack)-1]
	return v, nil
}

func (u *unpickler) top() (any, error) {
	if len(u.stack) <= u.base() {
		return nil, errUnderflow
	}
	return u.stack[len(u.stack)-1], nil
}

// popMark takes everything above the last mark. The values stay valid until the next push.
func (u *unpickler) popMark() ([]any, error) {
	if len(u.marks) == 0 {
		return nil, errUnderflow
	}
	at := u.base()
	u.marks = u.marks[:len(u.marks)-1]
	items := u.stack[at:]
	u.stack = u.stack[:at]
	return items, nil
}

// popTuple takes the n values on top as a tuple.
func (u *unpickler) popTuple(n int) (tuple, error) {
	at := len(u.stack) - n
	if at < u.base() {
		return nil, errUnderflow
	}
	t := append(tuple{}, u.stack[at:]...)
	u.stack = u.stack[:at]
	return t, nil
}

// extend appends to the list below.
func (u *unpickler) extend(items []any) error {
	v, err := u.top()
	if err != nil {
		return err
	}
	switch v := v.(type) {
	case *list:
		v.items = append(v.items, items...)
	case *instance:
		if v.list == nil {
			v.list = &list{}
		}
		v.list.items = append(v.list.items, items...)
	default:
		return fmt.Errorf("appends to %s, want a list", kind(v))
	}
	return nil
}

// set adds keys and values, alternating, to the mapping below.
func (u *unpickler) set(items []any) error {
	v, err := u.top()
	if err != nil {
		return err
	}
	if len(items)%2 != 0 {
		return errors.New("a mapping has a key without a value")
	}
	d, ok := v.(*dict)
	if !ok {
		i, ok := v.(*instance)
		if !ok {
			return fmt.Errorf("sets items of %s, want a mapping", kind(v))
		}
		if i.dict == nil {
			i.dict = &dict{}
		}
		d = i.dict
	}
	for i := 0; i < len(items); i += 2 {
		d.keys = append(d.keys, items[i])
		d.values = append(d.values, items[i+1])
	}
	return nil
}

// long decodes a two's complement little-endian integer.
func long(b []byte) (any, error) {
	if len(b) > maxDigits {
		return nil, fmt.Errorf("integer of %d bytes, want at most %d", len(b), maxDigits)
	}
	be := make([]byte, len(b))
	for i, x := range b {
		be[len(b)-1-i] = x
	}
	n := new(big.Int).SetBytes(be)
	if len(be) > 0 && be[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(be))))
	}
	if n.IsInt64() {
		return n.Int64(), nil
	}
	return n, nil
}

// kind names a value of a pickle in errors.
func kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case global:
		return string(v)
	case *instance:
		return v.class
	case *list:
		return "a list"
	case tuple:
		return "a tuple"
	case *dict:
		return "a mapping"
	case string:
		return "a text"
	case []byte:
		return "bytes"
	case int64, *big.Int, bool, float64:
		return "a number"
	case *view, *ndarray:
		return "a tensor"
	case *storage:
		return "a storage"
	}
	return "another value"
}
