package checkpoint

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"testing"
)

// TestPickles reads hand-made pickles of what the files of testdata do not hold.
func TestPickles(t *testing.T) {
	bytes3 := string([]byte{opShortBinBytes, 4, 0, 0, 0x80, 0x3f}) // the float 1
	for name, tc := range map[string]struct {
		pickle []byte
		want   any
	}{
		"lists":             {asm(opEmptyList, opMark, num(-1), opNewTrue, opNone, opAppends), []any{int64(-1), true, nil}},
		"old numbers":       {asm(opMark, "I12\n", "I01\n", "L99L\n", "F2.5\n", 'l'), []any{int64(12), true, int64(99), 2.5}},
		"old mapping":       {asm(opMark, text("a"), num(1), text("a"), num(2), 'd'), map[string]any{"a": int64(2)}},
		"numeric keys":      {asm(opEmptyDict, opMark, num(3), num(1), opNewTrue, num(2), opMark, opTuple, num(4), opSetItems), map[string]any{"3": int64(1), "True": int64(2), "#2": int64(4)}},
		"frozen set":        {asm(opMark, num(5), opFrozenSet), []any{int64(5)}},
		"duplicate":         {asm(text("x"), opDup, opTuple2), []any{"x", "x"}},
		"pop a mark":        {asm(num(1), opMark, num(2), opPopMark), int64(1)},
		"pop an empty mark": {asm(num(1), opMark, opPop), int64(1)},
		"frame":             {asm(opFrame, "\x02\x00\x00\x00\x00\x00\x00\x00", opNone), nil},
		"stack global":      {asm(text("os"), text("getcwd"), opStackGlobal), Opaque{Class: "os.getcwd"}},
		"instance":          {asm(opMark, num(1), "iold\nClass\n"), Opaque{Class: "old.Class", Args: []any{int64(1)}}},
		"object":            {asm(opMark, "cold\nClass\n", num(1), 'o'), Opaque{Class: "old.Class", Args: []any{int64(1)}}},
		"object with state": {
			asm("cnew\nClass\n)", opNewObj, opEmptyDict, text("k"), num(1), opSetItem, opBuild),
			Opaque{Class: "new.Class", Args: []any{}, State: map[string]any{"k": int64(1)}},
		},
		"unknown mapping": {asm("cmy\nDict\n)", opNewObj, text("k"), num(1), opSetItem), Opaque{Class: "my.Dict", Args: []any{}, Items: map[string]any{"k": int64(1)}}},
		"unknown list":    {asm("cmy\nList\n)", opNewObj, num(1), opAppend), Opaque{Class: "my.List", Args: []any{}, Items: []any{int64(1)}}},
		"default mapping": {asm("ccollections\ndefaultdict\ncbuiltins\nlist\n", opTuple1, opReduce, text("k"), num(1), opSetItem), map[string]any{"k": int64(1)}},
		"pairs":           {asm("ccollections\nOrderedDict\n", opEmptyList, text("k"), num(1), opTuple2, opAppend, opTuple1, opReduce), map[string]any{"k": int64(1)}},
		"numpy 2 scalar": {
			asm("cnumpy._core.multiarray\nscalar\ncnumpy\ndtype\n", text("f4"), opTuple1, opReduce, bytes3, opTuple2, opReduce),
			float64(1),
		},
		"bytes of a text":  {asm("c__builtin__\nbytearray\n", text("a\u00ff"), text("latin-1"), opTuple2, opReduce), "a\xff"},
		"bytes of numbers": {asm("cbuiltins\nbytes\n", opEmptyList, num(7), opAppend, opTuple1, opReduce), "\x07"},
		"list of a tuple":  {asm("cbuiltins\nlist\n", num(7), opTuple1, opTuple1, opReduce), []any{int64(7)}},
		"shape":            {asm("ctorch\nSize\n", num(2), num(3), opTuple2, opTuple1, opReduce), []any{int64(2), int64(3)}},
		"big integer":      {asm(opLong1, 9, "\x00\x00\x00\x00\x00\x00\x00\x00\xff"), Opaque{Class: "int", Args: []any{"-18446744073709551616"}}},
	} {
		f, err := Read("x.pdparams", tc.pickle)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(f.Tree, tc.want) {
			t.Errorf("%s: %#v, want %#v", name, f.Tree, tc.want)
		}
	}
}

// TestTensorsOfNewerPyTorch reads what versions after the one that made testdata write.
func TestTensorsOfNewerPyTorch(t *testing.T) {
	plain := tensorOp(8, 2, []int64{2, 3}, []int64{3, 1})
	args := plain[len("ctorch._utils\n_rebuild_tensor_v2\n") : len(plain)-1] // the tuple alone
	untyped := join([]byte("ctorch._utils\n_rebuild_tensor_v3\n("), []byte{opMark}, text("storage"), []byte("ctorch.storage\nUntypedStorage\n"),
		text("0"), text("cpu"), num(32), []byte{opTuple, opBinPersID}, num(1), []byte{opMark}, num(3), []byte{opTuple, opMark}, num(2), []byte{opTuple},
		[]byte{opNewFalse, opNone}, []byte("ctorch\nfloat32\n"), []byte{opTuple, opReduce})
	for name, tc := range map[string]struct {
		op    []byte
		shape []int
		want  []float32
	}{
		"version 3":  {untyped, []int{3}, []float32{1, 3, 5}},
		"parameter":  {join([]byte("ctorch._utils\n_rebuild_parameter\n"), plain, []byte{opNewTrue, opNone, opTuple3, opReduce}), []int{2, 3}, []float32{2, 3, 4, 5, 6, 7}},
		"sub-class":  {join([]byte("ctorch._tensor\n_rebuild_from_type_v2\n("), []byte("ctorch._utils\n_rebuild_tensor_v2\ncmy\nTensor\n"), args, []byte{opEmptyDict, opTuple, opReduce}), []int{2, 3}, []float32{2, 3, 4, 5, 6, 7}},
		"overlapped": {tensorOp(8, 0, []int64{3, 3}, []int64{1, 2}), []int{3, 3}, []float32{0, 2, 4, 1, 3, 5, 2, 4, 6}},
	} {
		f, err := Read("x.pt", torchZip(t, asm(opEmptyDict, text("w"), tc.op, opSetItem)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		v, err := f.Tensors["w"].Float32s()
		if err != nil || !slices.Equal(v, tc.want) || !slices.Equal(f.Tensors["w"].Shape, tc.shape) {
			t.Errorf("%s: %v %v, want %v %v (%v)", name, f.Tensors["w"].Shape, v, tc.shape, tc.want, err)
		}
	}
}

// TestPartOfALegacyStorage reads a storage that is a part of another, as PyTorch
// before 0.4 wrote them.
func TestPartOfALegacyStorage(t *testing.T) {
	id := join([]byte{opMark}, text("storage"), []byte("ctorch\nLongStorage\n"), text("7"), text("cpu"), num(4),
		[]byte{opMark}, text("8"), num(1), num(3), []byte{opTuple, opTuple, opBinPersID})
	tensor := join([]byte("ctorch._utils\n_rebuild_tensor\n("), id, num(1), []byte{opMark}, num(2), []byte{opTuple, opMark}, num(1), []byte{opTuple, opTuple, opReduce})
	file := join(legacyMagic, asm(num(1001)), asm(opEmptyDict, text("little_endian"), opNewTrue, opSetItem),
		asm(opEmptyDict, text("w"), tensor, opSetItem), asm(opEmptyList, text("7"), opAppend), binary.LittleEndian.AppendUint64(nil, 4))
	for i := range 4 {
		file = binary.LittleEndian.AppendUint64(file, uint64(10+i))
	}
	f, err := Read("old.pth", file)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := f.Tensors["w"].Int64s(); err != nil || !slices.Equal(v, []int64{12, 13}) {
		t.Errorf("%v, want [12 13] (%v)", v, err)
	}
}

func TestNestedTensorsOfUnknownClassesAreNamed(t *testing.T) {
	tensor := tensorOp(8, 0, []int64{8}, []int64{1})
	module := asm("cmy\nNet\n)", opNewObj, opEmptyDict, text("weight"), tensor, opSetItem, opBuild)
	f, err := Read("net.pt", zipOf(t, zip.Store, "x/data.pkl", module, "x/data/0", make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.Names, []string{"weight"}) {
		t.Errorf("names %q of %s", f.Names, fmt.Sprint(f.Tree))
	}
}
