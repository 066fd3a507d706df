package checkpoint

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// asm writes a pickle: strings and bytes are copied, numbers become operations.
func asm(parts ...any) []byte {
	out := []byte{opProto, 2}
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			out = append(out, p...)
		case []byte:
			out = append(out, p...)
		case int:
			out = append(out, byte(p))
		case rune:
			out = append(out, byte(p))
		default:
			panic(fmt.Sprintf("asm of %T", p))
		}
	}
	return append(out, opStop)
}

// text is a counted string of a pickle, num an integer of any size.
func text(s string) []byte {
	return append(binary.LittleEndian.AppendUint32([]byte{opBinUnicode}, uint32(len(s))), s...)
}

func num(n int64) []byte {
	return binary.LittleEndian.AppendUint64([]byte{opLong1, 8}, uint64(n))
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// tensorOp calls _rebuild_tensor_v2 on a storage of 8 floats.
func tensorOp(numel, offset int64, shape, strides []int64) []byte {
	tup := func(v []int64) []byte {
		out := []byte{opMark}
		for _, n := range v {
			out = append(out, num(n)...)
		}
		return append(out, opTuple)
	}
	return join([]byte("ctorch._utils\n_rebuild_tensor_v2\n("), []byte{opMark}, text("storage"), []byte("ctorch\nFloatStorage\n"),
		text("0"), text("cpu"), num(numel), []byte{opTuple, opBinPersID}, num(offset), tup(shape), tup(strides), []byte{opTuple, opReduce})
}

// torchZip is a PyTorch file of one storage, the floats 0 to 7.
func torchZip(t testing.TB, pickle []byte) []byte {
	t.Helper()
	var floats []byte
	for i := range 8 {
		floats = binary.LittleEndian.AppendUint32(floats, math.Float32bits(float32(i)))
	}
	return zipOf(t, zip.Store, "x/data.pkl", pickle, "x/data/0", floats)
}

func zipOf(t testing.TB, method uint16, parts ...any) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: parts[i].(string), Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(parts[i+1].([]byte)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// allocated is the memory that f takes, freed or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestHostileFilesAreRefused(t *testing.T) {
	dict := func(body ...any) []byte {
		return asm(append([]any{opEmptyDict, text("t")}, append(body, opSetItem)...)...)
	}
	ladder := []any{opEmptyList, opBinPut, 0}
	for i := range 60 { // each list holds the one before twice
		ladder = append(ladder, '0', opEmptyList, opBinGet, i, opAppend, opBinGet, i, opAppend, opBinPut, i+1)
	}
	long := strings.Repeat("x", 1<<20)
	repeat := []any{opEmptyList, text(long), 'r', "\xff\xff\xff\x00", '0'}
	for range 1000 {
		repeat = append(repeat, "c_codecs\nencode\n", 'j', "\xff\xff\xff\x00", text("latin1"), opTuple2, opReduce, opAppend)
	}
	arrays := []any{
		opEmptyList, 'T', "\x00\x00\x10\x00", long, 'r', "\xff\xff\xff\x00", '0',
		"cnumpy\ndtype\n", text("u1"), opTuple1, opReduce, opBinPut, 0, '0',
	}
	for range 1000 { // Python 2 wrote the bytes of an array as a text
		arrays = append(arrays, "cnumpy.core.multiarray\n_reconstruct\n)R", opMark, num(1), opEmptyTuple, opBinGet, 0, opNewFalse,
			'j', "\xff\xff\xff\x00", opTuple, opBuild, opAppend)
	}
	for name, tc := range map[string]struct {
		data []byte
		want string // part of the error
	}{
		"beyond the storage":     {torchZip(t, dict(tensorOp(8, 0, []int64{9}, []int64{1}))), "beyond"},
		"offset beyond":          {torchZip(t, dict(tensorOp(8, 8, []int64{1}, []int64{1}))), "offset 8"},
		"offset overflows":       {torchZip(t, dict(tensorOp(8, math.MaxInt64, []int64{2}, []int64{1}))), "offset"},
		"stride overflows":       {torchZip(t, dict(tensorOp(8, 0, []int64{3}, []int64{math.MaxInt64 / 2}))), "strides"},
		"negative stride":        {torchZip(t, dict(tensorOp(8, 7, []int64{8}, []int64{-1}))), "strides"},
		"negative size":          {torchZip(t, dict(tensorOp(8, 0, []int64{-8}, []int64{1}))), "want sizes from 0"},
		"shape overflows":        {torchZip(t, dict(tensorOp(8, 0, []int64{1 << 32, 1 << 32}, []int64{0, 0}))), "elements"},
		"expanded to a terabyte": {torchZip(t, dict(tensorOp(8, 0, []int64{1 << 38}, []int64{0}))), "want at most"},
		"storage larger than its entry": {
			torchZip(t, dict(tensorOp(9, 0, []int64{9}, []int64{1}))),
			"holds 32 bytes, want 36",
		},
		"shape without strides": {torchZip(t, dict(tensorOp(8, 0, []int64{8}, nil))), "strides"},
		"no such entry":         {zipOf(t, zip.Store, "x/data.pkl", dict(tensorOp(8, 0, []int64{8}, []int64{1}))), `no entry "x/data/0"`},
		"big endian":            {zipOf(t, zip.Store, "x/data.pkl", asm(opNone), "x/byteorder", []byte("big")), "byteorder"},

		"recursive list":        {asm(opEmptyList, opBinPut, 0, opBinGet, 0, opAppend), "contains itself"},
		"doubling lists":        {asm(ladder...), "too many values"},
		"same text 1000 times":  {asm(repeat...), "want at most"},
		"same array 1000 times": {asm(arrays...), "want at most"},
		"deep nesting":          {asm(strings.Repeat("]", 1000), strings.Repeat("a", 999)), "nested deeper"},
		"many marks":            {asm(strings.Repeat("(", maxStack+2)), "too many marks"},
		"many values":           {asm(strings.Repeat("N", maxStack+2)), "pending"},
		"nothing to pop":        {asm('0'), "not there"},
		"value below a mark":    {asm(']', '(', 'a'), "not there"},
		"unknown memo":          {asm(opBinGet, 7), "never remembered"},
		"huge text":             {asm(opBinUnicode8, "\xff\xff\xff\xff\xff\xff\xff\x7f"), "truncated"},
		"negative text":         {asm(opBinUnicode8, "\xff\xff\xff\xff\xff\xff\xff\xff"), "truncated"},
		"huge integer":          {asm(opLong4, "\xff\xff\x00\x00", strings.Repeat("\x01", 1<<16)), "integer of"},
		"unknown operation":     {asm(0xfe), "0xfe"},
		"extension registry":    {asm(0x82, 1), "0x82"},
		"outside reference":     {asm(opNone, opBinPersID), "outside"},
		"protocol 9":            {[]byte("\x80\x02\x80\x09N."), "protocol 9"},
		"second pickle":         {append(asm(opNone), asm(opNone)...), "follow the end"},
		"values left over":      {asm(opNone, opNone), "left over"},
		"array without data":    {asm(opEmptyDict, text("a"), "cnumpy.core.multiarray\n_reconstruct\n)R", opSetItem), "without content"},

		"npy of a terabyte": {npyBytes("{'descr': '<f4', 'fortran_order': False, 'shape': (274877906944,), }"), "has 0 bytes"},
		"npy overflow":      {npyBytes("{'descr': '<f8', 'fortran_order': True, 'shape': (4294967296, 4294967296), }"), "elements"},
		"npy number":        {npyBytes("{'descr': '<f8', 'fortran_order': True, 'shape': (99999999999999999999,), }"), "shape"},
		"npy header":        {[]byte("\x93NUMPY\x01\x00\xff\xff{}"), "truncated"},
		"npy version":       {[]byte("\x93NUMPY\x09\x00\x01\x00{}"), "version 9"},

		"npz bomb":          {zipOf(t, zip.Deflate, "a.npy", make([]byte, 100<<20)), "zip bomb"},
		"zip of a document": {zipOf(t, zip.Store, "word/document.xml", []byte("<xml>")), "word/document.xml"},
		"same entry twice":  {zipOf(t, zip.Store, "a.npy", []byte("x"), "a.npy", []byte("y")), "two entries"},

		"safetensors gap":       {safe(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2), "begins at byte 1, want 0"},
		"safetensors overlap":   {safe(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3), "want 2"},
		"safetensors rest":      {safe(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 2), "follow the last"},
		"safetensors short":     {safe(`{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}`, 8), "truncated: the tensors take 16 bytes, 8 are there"},
		"safetensors shape":     {safe(`{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,16]}}`, 16), "want 12"},
		"safetensors overflow":  {safe(`{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}`, 0), "2^48"},
		"safetensors negative":  {safe(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}`, 0), "bytes [-4 0]"},
		"safetensors twice":     {safe(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, 0), "two tensors"},
		"safetensors JSON":      {safe(`{"a":[]}`, 0), `tensor "a"`},
		"safetensors no object": {safe(`{"a"`, 0), "header"},
		"safetensors header":    {[]byte("\xff\xff\xff\x00\x00\x00\x00\x00{}"), "truncated"},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			took := allocated(func() { _, err = Read("evil.pt", tc.data) })
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), `open "evil.pt": `) {
				t.Errorf("error is %v, want one with the file's name and %q", err, tc.want)
			}
			if limit := uint64(140<<20 + 64*len(tc.data)); took > limit {
				t.Errorf("took %d bytes, want at most %d", took, limit)
			}
		})
	}
}

// npyBytes is an .npy without data, safe a safetensors file of n zeros.
func npyBytes(header string) []byte {
	out := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
	return append(out, header...)
}

func safe(header string, n int) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(out, header...), make([]byte, n)...)
}

func TestOverlappingEntriesAreRefused(t *testing.T) {
	whole := zipOf(t, zip.Store, "a.npy", npyBytes("{'descr': '|u1', 'fortran_order': False, 'shape': (), }"))
	end := bytes.LastIndex(whole, []byte("PK\x05\x06"))
	start := int(binary.LittleEndian.Uint32(whole[end+16:]))
	entry := whole[start:end]
	out := bytes.Clone(whole[:start])
	for i := range 9 { // nine names for one content
		e := bytes.Clone(entry)
		e[46] = byte('a' + i)
		out = append(out, e...)
	}
	tail := bytes.Clone(whole[end:])
	binary.LittleEndian.PutUint16(tail[8:], 9)
	binary.LittleEndian.PutUint16(tail[10:], 9)
	binary.LittleEndian.PutUint32(tail[12:], uint32(9*len(entry)))
	a := &archive{data: append(out, tail...)}
	r, err := zip.NewReader(bytes.NewReader(a.data), int64(len(a.data)))
	if err != nil {
		t.Fatal(err)
	}
	a.budget = newBudget(len(a.data))
	for _, e := range r.File {
		if _, err = a.content(e); err != nil {
			break
		}
	}
	for range 20 { // the sum of what is handed out stays below the file's size
		if err == nil {
			_, err = a.content(r.File[0])
		}
	}
	if err == nil || !strings.Contains(err.Error(), "overlaps") {
		t.Errorf("error is %v, want one about overlap", err)
	}
}

func TestNoCodeRuns(t *testing.T) {
	marker := filepath.Join(t.TempDir(), "ran")
	for _, class := range []string{"posix\nsystem", "os\nsystem", "builtins\neval", "subprocess\nPopen", "torch.storage\n_load_from_bytes"} {
		data := asm(opEmptyDict, text("payload"), "c"+class+"\n", text("touch "+marker), opTuple1, opReduce, opSetItem)
		f, err := Read("evil.pdparams", data)
		if err != nil {
			t.Fatal(err)
		}
		o, ok := f.Tree.(map[string]any)["payload"].(Opaque)
		if !ok || o.Class != strings.ReplaceAll(class, "\n", ".") || len(o.Args) != 1 || o.Args[0] != "touch "+marker {
			t.Errorf("%q became %#v", class, f.Tree)
		}
	}
	if _, err := os.Stat(marker); err == nil {
		t.Error("a command of the pickle ran")
	}
}

func TestFilesThatAreNoCheckpoint(t *testing.T) {
	dir := t.TempDir()
	for name, tc := range map[string]struct{ content, want string }{
		"page.pth":    {"<html><body>404</body></html>", `begins with "<html><body>"`},
		"photo.ckpt":  {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "PNG picture"},
		"photo.pt":    {"\xff\xd8\xff\xe0\x00\x10JFIF", "JPEG picture"},
		"empty.pth":   {"", "empty"},
		"old.pickle":  {"(dp0\n.", "begins with"},
		"one.pt":      {"\x80", "begins with"},
		"packed.ckpt": {"\x1f\x8b\x08\x00", "gzip"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(tc.content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path)
		if !errors.Is(err, ErrNotCheckpoint) || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "want") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(dir); !errors.Is(err, ErrNotCheckpoint) || !strings.Contains(err.Error(), "folder") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Open(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) || strings.Count(err.Error(), "absent") != 1 {
		t.Errorf("no file: %v", err)
	}
}

// TestDamagedFiles cuts and flips every small file at many places: each gives an error
// or a result, never a panic, and takes little memory.
func TestDamagedFiles(t *testing.T) {
	files := seeds(t)
	for name, data := range files {
		limit := uint64(4<<20 + 200*len(data))
		try := func(how string, at int, damaged []byte, mustFail bool) {
			var err error
			if took := allocated(func() { _, err = Read(name, damaged) }); took > limit {
				t.Errorf("%s, %s at %d: took %d bytes, want at most %d", name, how, at, took, limit)
			}
			if mustFail && err == nil {
				t.Errorf("%s, %s at %d: opened", name, how, at)
			}
		}
		step := max(1, len(data)/100)
		for at := 0; at < len(data); at += step {
			try("cut", at, data[:at], true)
		}
		for at := 0; at < len(data); at += step {
			for bit := range 8 {
				damaged := bytes.Clone(data)
				damaged[at] ^= 1 << bit
				try("flipped", at, damaged, false)
			}
		}
	}
}

// seeds are the small files of testdata.
func seeds(t testing.TB) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, e := range entries {
		if e.IsDir() || strings.HasSuffix(e.Name(), ".py") || strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		data, err := os.ReadFile(filepath.Join("testdata", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = data
	}
	if len(out) < 10 {
		t.Fatalf("testdata holds %d files", len(out))
	}
	return out
}
