package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Operation codes of Python's pickle protocols 2 to 5, and those of 0 and 1 that
// Python still writes in them. Names as in pickletools.
const (
	opMark, opStop, opPop, opPopMark, opDup  = '(', '.', '0', '1', '2'
	opNone, opNewTrue, opNewFalse            = 'N', 0x88, 0x89
	opBinInt, opBinInt1, opBinInt2           = 'J', 'K', 'M'
	opInt, opLong, opFloat                   = 'I', 'L', 'F'
	opLong1, opLong4, opBinFloat             = 0x8a, 0x8b, 'G'
	opBinString, opShortBinString            = 'T', 'U'
	opBinUnicode, opShortBinUnicode          = 'X', 0x8c
	opBinUnicode8                            = 0x8d
	opBinBytes, opShortBinBytes, opBinBytes8 = 'B', 'C', 0x8e
	opByteArray8, opReadonlyBuffer           = 0x96, 0x98
	opEmptyList, opAppend, opAppends, opList = ']', 'a', 'e', 'l'
	opEmptyTuple, opTuple                    = ')', 't'
	opTuple1, opTuple2, opTuple3             = 0x85, 0x86, 0x87
	opEmptyDict, opSetItem, opSetItems       = '}', 's', 'u'
	opDict                                   = 'd'
	opEmptySet, opAddItems, opFrozenSet      = 0x8f, 0x90, 0x91
	opGlobal, opStackGlobal                  = 'c', 0x93
	opReduce, opBuild, opNewObj, opNewObjEx  = 'R', 'b', 0x81, 0x92
	opInst, opObj                            = 'i', 'o'
	opBinPersID                              = 'Q'
	opBinGet, opLongBinGet, opGet            = 'h', 'j', 'g'
	opBinPut, opLongBinPut, opPut, opMemoize = 'q', 'r', 'p', 0x94
	opProto, opFrame                         = 0x80, 0x95
)

// step runs one operation. The four functions below report whether it is of their group.
func (u *unpickler) step(op byte) error {
	if done, err := u.stepMemo(op); done {
		return err
	}
	if done, err := u.stepValue(op); done {
		return err
	}
	if done, err := u.stepContainer(op); done {
		return err
	}
	if done, err := u.stepObject(op); done {
		return err
	}
	return fmt.Errorf("operation 0x%02x is not one of protocols 2 to 5", op)
}

// stepValue pushes numbers, texts and bytes.
func (u *unpickler) stepValue(op byte) (bool, error) {
	var v any
	var err error
	switch op {
	case opNone:
	case opNewTrue:
		v = true
	case opNewFalse:
		v = false
	case opBinInt:
		v, err = u.int(4)
	case opBinInt1:
		v, err = u.int(1)
	case opBinInt2:
		v, err = u.int(2)
	case opLong1:
		v, err = u.long(1)
	case opLong4:
		v, err = u.long(4)
	case opInt, opLong, opFloat:
		v, err = u.number(op)
	case opBinFloat:
		var b []byte
		if b, err = u.bytes(8); err == nil {
			v = math.Float64frombits(binary.BigEndian.Uint64(b))
		}
	case opShortBinUnicode:
		v, err = u.text(1)
	case opBinUnicode:
		v, err = u.text(4)
	case opBinUnicode8:
		v, err = u.text(8)
	case opShortBinString: // byte strings of Python 2
		v, err = u.text(1)
	case opBinString:
		v, err = u.text(4)
	case opShortBinBytes:
		v, err = u.counted(1)
	case opBinBytes:
		v, err = u.counted(4)
	case opBinBytes8, opByteArray8:
		v, err = u.counted(8)
	case opReadonlyBuffer: // marks the bytes on top as read-only, which they are
		return true, nil
	default:
		return false, nil
	}
	if err == nil {
		u.push(v)
	}
	return true, err
}

func (u *unpickler) int(size uint64) (any, error) {
	n, err := u.uint(size)
	if size == 4 {
		return int64(int32(n)), err
	}
	return int64(n), err
}

func (u *unpickler) long(size uint64) (any, error) {
	b, err := u.counted(size)
	if err != nil {
		return nil, err
	}
	return long(b)
}

// text is a counted string of UTF-8. Python writes lone surrogates in it too, which
// are kept as they are.
func (u *unpickler) text(size uint64) (any, error) {
	b, err := u.counted(size)
	return string(b), err
}

// number reads one of the numbers written as a line of text.
func (u *unpickler) number(op byte) (any, error) {
	s, err := u.line()
	switch {
	case err != nil:
		return nil, err
	case op == opFloat:
		return strconv.ParseFloat(s, 64)
	case op == opInt && (s == "00" || s == "01"):
		return s == "01", nil
	}
	return strconv.ParseInt(strings.TrimSuffix(s, "L"), 10, 64)
}

// stepContainer makes and fills lists, tuples, mappings and sets, and handles marks.
func (u *unpickler) stepContainer(op byte) (bool, error) {
	switch op {
	case opMark:
		if len(u.marks) >= maxStack {
			return true, errors.New("too many marks")
		}
		u.marks = append(u.marks, len(u.stack))
		return true, nil
	case opPop:
		if _, err := u.pop(); err == nil {
			return true, nil
		}
		_, err := u.popMark() // POP on a mark takes the mark
		return true, err
	case opPopMark:
		_, err := u.popMark()
		return true, err
	case opDup:
		v, err := u.top()
		u.push(v)
		return true, err
	case opEmptyList, opEmptySet:
		u.push(&list{})
	case opEmptyDict:
		u.push(&dict{})
	case opEmptyTuple:
		u.push(tuple{})
	case opTuple1, opTuple2, opTuple3:
		t, err := u.popTuple(int(op) - opTuple1 + 1)
		u.push(t)
		return true, err
	case opTuple, opList, opFrozenSet, opDict:
		items, err := u.popMark()
		if err != nil {
			return true, err
		}
		items = append([]any{}, items...)
		switch op {
		case opTuple:
			u.push(tuple(items))
		case opDict:
			u.push(&dict{})
			return true, u.set(items)
		default:
			u.push(&list{items: items})
		}
	case opAppend:
		v, err := u.pop()
		if err != nil {
			return true, err
		}
		return true, u.extend([]any{v})
	case opAppends, opAddItems:
		items, err := u.popMark()
		if err != nil {
			return true, err
		}
		return true, u.extend(items)
	case opSetItem:
		t, err := u.popTuple(2)
		if err != nil {
			return true, err
		}
		return true, u.set(t)
	case opSetItems:
		items, err := u.popMark()
		if err != nil {
			return true, err
		}
		return true, u.set(items)
	default:
		return false, nil
	}
	return true, nil
}

// stepObject makes values of classes; classes.go says which are known.
func (u *unpickler) stepObject(op byte) (bool, error) {
	switch op {
	case opGlobal, opInst:
		module, err := u.line()
		if err != nil {
			return true, err
		}
		name, err := u.line()
		if err != nil {
			return true, err
		}
		if !utf8.ValidString(module + name) {
			return true, fmt.Errorf("class %q is not a name", module+"."+name)
		}
		if op == opGlobal {
			u.push(global(module + "." + name))
			return true, nil
		}
		args, err := u.popMark()
		if err != nil {
			return true, err
		}
		return true, u.make(global(module+"."+name), append(tuple{}, args...))
	case opStackGlobal:
		t, err := u.popTuple(2)
		if err != nil {
			return true, err
		}
		module, ok1 := t[0].(string)
		name, ok2 := t[1].(string)
		if !ok1 || !ok2 || len(module)+len(name) > 4096 {
			return true, errors.New("the name of a class is not a short text")
		}
		u.push(global(module + "." + name))
		return true, nil
	case opReduce, opNewObj:
		t, err := u.popTuple(2)
		if err != nil {
			return true, err
		}
		return true, u.make(t[0], t[1])
	case opNewObjEx: // class, arguments, arguments by name
		t, err := u.popTuple(3)
		if err != nil {
			return true, err
		}
		return true, u.make(t[0], t[1])
	case opObj: // mark, class, arguments...
		t, err := u.popMark()
		if err != nil || len(t) == 0 {
			return true, errUnderflow
		}
		return true, u.make(t[0], append(tuple{}, t[1:]...))
	case opBuild:
		state, err := u.pop()
		if err != nil {
			return true, err
		}
		v, err := u.top()
		if err != nil {
			return true, err
		}
		return true, restore(v, state, u.budget)
	case opBinPersID:
		id, err := u.pop()
		if err != nil {
			return true, err
		}
		if u.persistent == nil {
			return true, errors.New("refers to data outside the pickle")
		}
		v, err := u.persistent(id)
		u.push(v)
		return true, err
	}
	return false, nil
}

// make pushes what calling class with args gives.
func (u *unpickler) make(class, args any) error {
	t, ok := args.(tuple)
	if !ok {
		return fmt.Errorf("makes %s from %s, want a tuple", kind(class), kind(args))
	}
	v, err := construct(class, t, u.budget)
	if err != nil {
		return fmt.Errorf("making %s: %w", kind(class), err)
	}
	u.push(v)
	return nil
}

// stepMemo remembers and recalls values, and reads the protocol's own marks.
func (u *unpickler) stepMemo(op byte) (bool, error) {
	var n uint64
	var err error
	switch op {
	case opProto:
		if n, err = u.uint(1); err == nil && (n < 2 || n > 5) {
			err = fmt.Errorf("protocol %d, want 2 to 5", n)
		}
		return true, err
	case opFrame:
		if n, err = u.uint(8); err == nil && n > uint64(len(u.data)-u.pos) {
			err = fmt.Errorf("truncated: %d bytes announced, %d left", n, len(u.data)-u.pos)
		}
		return true, err
	case opMemoize:
		n = uint64(len(u.memo))
	case opBinPut, opBinGet:
		n, err = u.uint(1)
	case opLongBinPut, opLongBinGet:
		n, err = u.uint(4)
	case opPut, opGet:
		var s string
		if s, err = u.line(); err == nil {
			n, err = strconv.ParseUint(s, 10, 32)
		}
	default:
		return false, nil
	}
	if err != nil {
		return true, err
	}
	if op == opBinGet || op == opLongBinGet || op == opGet {
		v, ok := u.memo[n]
		if !ok {
			return true, fmt.Errorf("recalls value %d, which was never remembered", n)
		}
		u.push(v)
		return true, nil
	}
	v, err := u.top()
	u.memo[n] = v
	return true, err
}
