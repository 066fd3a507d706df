package checkpoint

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// bigFile writes a PyTorch file of 100 tensors of 1 MB each.
func bigFile(t testing.TB) (path string, size int) {
	t.Helper()
	const n = 1 << 18
	pickle := []any{opEmptyDict}
	var parts []any
	for i := range 100 {
		op := tensorOp(n, 0, []int64{512, 512}, []int64{512, 1})
		op = bytes.Replace(op, text("0"), text(fmt.Sprint(i)), 1)
		pickle = append(pickle, text(fmt.Sprintf("layer.%d", i)), op, opSetItem)
		content := make([]byte, 4*n)
		content[0] = byte(i)
		parts = append(parts, fmt.Sprintf("x/data/%d", i), content)
	}
	data := zipOf(t, zip.Store, append([]any{"x/data.pkl", asm(pickle...)}, parts...)...)
	path = filepath.Join(t.TempDir(), "big.pth")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, len(data)
}

// TestBigFileIsReadOnce holds opening to less than 2.5 times the file in memory, all
// allocations counted.
func TestBigFileIsReadOnce(t *testing.T) {
	path, size := bigFile(t)
	runtime.GC()
	var f *File
	took := allocated(func() {
		var err error
		if f, err = Open(path); err != nil {
			t.Fatal(err)
		}
	})
	if len(f.Names) != 100 || f.Tensors["layer.99"].Data[0] != 99 {
		t.Fatalf("%d tensors", len(f.Names))
	}
	if ratio := float64(took) / float64(size); ratio > 1.1 {
		t.Errorf("opening %d bytes took %d, %.2f times, want at most 1.1", size, took, ratio)
	}
}

// BenchmarkOpen100MB is the time to open a checkpoint of 100 MB, checksums and SHA-256 included.
func BenchmarkOpen100MB(b *testing.B) {
	path, size := bigFile(b)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Open(path); err != nil {
			b.Fatal(err)
		}
	}
}
