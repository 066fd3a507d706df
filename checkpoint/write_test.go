package checkpoint

import (
	"bytes"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWriteThenRead(t *testing.T) {
	nan := float32(math.NaN())
	tensors := []Named{
		{"flags", Tensor{DType: "bool", Shape: []int{3}, Data: []byte{1, 0, 1}}},
		{"w.1", Float32Tensor([]int{2, 3}, []float32{1, -2, 0.5, nan, float32(math.Inf(1)), 1e-40})},
		{"number", Float32Tensor(nil, []float32{7})},
		{"empty", Float32Tensor([]int{0, 4}, nil)},
		{"labels", Int64Tensor([]int{2}, []int64{math.MinInt64, math.MaxInt64})},
		{"pixels \"é\"", Uint8Tensor([]int{1, 2}, []byte{0, 255})},
		{"half", Tensor{DType: "float16", Shape: []int{1}, Data: []byte{0, 0x3c}}},
	}
	for _, dtype := range []string{"float64", "int32", "int16", "int8", "uint16", "uint32", "uint64"} {
		tensors = append(tensors, Named{dtype, Tensor{DType: dtype, Shape: []int{2}, Data: bytes.Repeat([]byte{0x81}, 2*elementSize(dtype))}})
	}
	for _, tc := range []struct {
		file, format string
		metadata     map[string]string
	}{
		{"x.safetensors", SafeTensors, map[string]string{"family": "clel", "note": "a \"b\" é\n"}},
		{"plain.safetensors", SafeTensors, nil},
		{"x.npz", NPZ, nil},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, tc.file)
		write := func() []byte {
			if err := Write(path, tensors, tc.metadata); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			return data
		}
		if !bytes.Equal(write(), write()) {
			t.Errorf("%s: written twice, it differs", tc.file)
		}
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if f.Format != tc.format || !maps.Equal(f.Metadata, tc.metadata) || len(f.Names) != len(tensors) {
			t.Errorf("%s: format %q, metadata %v, names %q", tc.file, f.Format, f.Metadata, f.Names)
		}
		for _, want := range tensors {
			got := f.Tensors[want.Name]
			if got.DType != want.DType || !slices.Equal(got.Shape, want.Shape) || !bytes.Equal(got.Data, want.Data) {
				t.Errorf("%s: %q is %+v, want %+v", tc.file, want.Name, got, want.Tensor)
			}
		}
		if left, _ := os.ReadDir(dir); len(left) != 1 {
			t.Errorf("%s: the folder holds %v", tc.file, left)
		}
	}
}

func TestWriteKeepsTheOrderOfEqualTypes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	var want []string
	var tensors []Named
	for _, name := range []string{"z", "a", "m.10", "m.9"} {
		want = append(want, name)
		tensors = append(tensors, Named{name, Float32Tensor([]int{1}, []float32{1})})
	}
	if err := Write(path, tensors, nil); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil || !slices.Equal(f.Names, want) {
		t.Errorf("names %q, want %q (%v)", f.Names, want, err)
	}
}

func TestWriteRefuses(t *testing.T) {
	one := Float32Tensor([]int{1}, []float32{1})
	dir := t.TempDir()
	for name, tc := range map[string]struct {
		file     string
		tensors  []Named
		metadata map[string]string
		want     string
	}{
		"extension":     {"x.pth", []Named{{"a", one}}, nil, `extension ".pth", want .safetensors, .npz or .npy`},
		"no name":       {"x.npz", []Named{{"", one}}, nil, `named ""`},
		"reserved name": {"x.npz", []Named{{"__metadata__", one}}, nil, "__metadata__"},
		"twice":         {"x.npz", []Named{{"a", one}, {"a", one}}, nil, "two tensors"},
		"length":        {"x.npz", []Named{{"a", Float32Tensor([]int{2}, []float32{1})}}, nil, "has 4 bytes, want 8"},
		"dtype":         {"x.npz", []Named{{"a", Tensor{DType: "complex64", Shape: []int{1}, Data: make([]byte, 8)}}}, nil, "complex64"},
		"bfloat16":      {"x.npz", []Named{{"a", Tensor{DType: "bfloat16", Shape: []int{1}, Data: make([]byte, 2)}}}, nil, "numpy has no bfloat16"},
		"metadata":      {"x.npz", []Named{{"a", one}}, map[string]string{"k": "v"}, "no metadata"},
		"no folder":     {"absent/x.npz", []Named{{"a", one}}, nil, "no such file or directory"},
		"folder":        {"", []Named{{"a", one}}, nil, "want .safetensors, .npz or .npy"},
		"two in an npy": {"x.npy", []Named{{"a", one}, {"b", one}}, nil, "holds one tensor"},
	} {
		path := filepath.Join(dir, tc.file)
		err := Write(path, tc.tensors, tc.metadata)
		if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("the folder holds %v", left)
	}
}

func TestConversions(t *testing.T) {
	for _, tc := range []struct {
		dtype  string
		data   []byte
		floats float32
		ints   int64
		isInt  bool
	}{
		{"int8", []byte{0x80}, -128, -128, true},
		{"uint8", []byte{0x80}, 128, 128, true},
		{"int16", []byte{0, 0x80}, -32768, -32768, true},
		{"uint16", []byte{0, 0x80}, 32768, 32768, true},
		{"int32", []byte{0, 0, 0, 0x80}, -1 << 31, -1 << 31, true},
		{"uint32", []byte{0, 0, 0, 0x80}, 1 << 31, 1 << 31, true},
		{"uint64", []byte{0, 0, 0, 0, 0, 0, 0, 0x80}, 1 << 63, 0, false},
		{"bool", []byte{2}, 1, 1, true},
		{"float16", []byte{1, 0}, 1.0 / (1 << 24), 0, false},
		{"bfloat16", []byte{0x80, 0xbf}, -1, 0, false},
	} {
		x := Tensor{DType: tc.dtype, Shape: []int{1}, Data: tc.data}
		f, err := x.Float32s()
		if err != nil || f[0] != tc.floats {
			t.Errorf("%s: %v, want %v (%v)", tc.dtype, f, tc.floats, err)
		}
		n, err := x.Int64s()
		if tc.isInt != (err == nil) || err == nil && n[0] != tc.ints {
			t.Errorf("%s: %v, want %v (%v)", tc.dtype, n, tc.ints, err)
		}
	}
	for _, bad := range []Tensor{{DType: "float32", Shape: []int{2}, Data: make([]byte, 4)}, {}, {DType: "float32", Shape: []int{-1}}} {
		if _, err := bad.Float32s(); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
}
