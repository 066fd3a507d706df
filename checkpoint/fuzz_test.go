package checkpoint

import (
	"bytes"
	"testing"
)

// FuzzRead wants an error or a file whose tensors are as long as they say.
func FuzzRead(f *testing.F) {
	for _, data := range seeds(f) {
		f.Add(data)
	}
	f.Add(torchZip(f, asm(opEmptyDict, text("t"), tensorOp(8, 1, []int64{2, 3}, []int64{1, 2}), opSetItem)))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Read("fuzz", data)
		if err != nil {
			return
		}
		checkFile(t, file)
	})
}

func checkFile(t *testing.T, file *File) {
	if len(file.Names) != len(file.Tensors) {
		t.Fatalf("%d names, %d tensors", len(file.Names), len(file.Tensors))
	}
	for _, name := range file.Names {
		x, ok := file.Tensors[name]
		if !ok {
			t.Fatalf("no tensor %q", name)
		}
		if err := x.check(); err != nil {
			t.Fatalf("tensor %q: %v", name, err)
		}
	}
}

// FuzzPickle goes straight to the pickle machine, without a zip's checksums before it.
func FuzzPickle(f *testing.F) {
	for _, data := range seeds(f) {
		if bytes.HasPrefix(data, []byte{opProto, 4}) || bytes.HasPrefix(data, []byte{opProto, 5}) {
			f.Add(data)
		}
		for i := range data { // the pickles in zips and legacy files, which are not compressed
			if bytes.HasPrefix(data[i:], []byte{opProto, 2}) {
				f.Add(data[i:min(len(data), i+4000)])
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b := newBudget(len(data))
		store := &storage{dtype: "float32", numel: 8, data: make([]byte, 32)}
		v, _, err := unpickle(data, b, func(any) (any, error) { return store, nil })
		if err != nil {
			return
		}
		file := &File{Tensors: map[string]Tensor{}}
		if file.fill(v, "fuzz", b) == nil {
			checkFile(t, file)
		}
	})
}

// FuzzSafeTensors mutates the header alone; what is read must survive writing.
func FuzzSafeTensors(f *testing.F) {
	f.Add([]byte(`{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"__metadata__":{"k":"v"}}`), uint16(16))
	f.Add([]byte(`{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"I64","shape":[],"data_offsets":[3,11]}}`), uint16(11))
	f.Fuzz(func(t *testing.T, header []byte, n uint16) {
		file := &File{Tensors: map[string]Tensor{}}
		if file.readSafeTensors(safe(string(header), int(n))) != nil {
			return
		}
		checkFile(t, file)
		var tensors []Named
		for _, name := range file.Names {
			tensors = append(tensors, Named{name, file.Tensors[name]})
		}
		if checkAll(tensors) != nil { // an empty name can be read, not written
			return
		}
		var buf bytes.Buffer
		if err := encodeSafeTensors(&buf, tensors, file.Metadata); err != nil {
			t.Fatal(err)
		}
		again := &File{Tensors: map[string]Tensor{}}
		if err := again.readSafeTensors(buf.Bytes()); err != nil {
			t.Fatalf("reading what was written: %v", err)
		}
		if len(again.Names) != len(file.Names) {
			t.Fatalf("%d tensors after writing, %d before", len(again.Names), len(file.Names))
		}
	})
}

// FuzzNPY mutates the header alone.
func FuzzNPY(f *testing.F) {
	f.Add("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", uint16(24))
	f.Add("{'descr': '>i8', 'fortran_order': True, 'shape': (3,), }", uint16(24))
	f.Add("{'descr': '|b1', 'fortran_order': False, 'shape': (), }", uint16(1))
	f.Fuzz(func(t *testing.T, header string, n uint16) {
		if len(header) > 1<<16-1 {
			return
		}
		file := &File{Tensors: map[string]Tensor{}}
		data := append(npyBytes(header), make([]byte, n)...)
		if file.readNPY(data, "x", newBudget(len(data))) == nil {
			checkFile(t, file)
		}
	})
}
