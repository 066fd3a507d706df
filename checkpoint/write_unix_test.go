//go:build unix

package checkpoint

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// fullDisk names the folder in which the child process of TestFullDisk writes.
const fullDisk = "CHECKPOINT_TEST_FULL_DISK"

func TestMain(m *testing.M) {
	if dir := os.Getenv(fullDisk); dir != "" {
		writeOnFullDisk(dir)
	}
	os.Exit(m.Run())
}

// writeOnFullDisk writes 1 MB where no file may be longer than 64 KB, and prints the errors.
func writeOnFullDisk(dir string) {
	limit := syscall.Rlimit{Cur: 64 << 10, Max: 64 << 10}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		fmt.Println("setrlimit:", err)
		os.Exit(1)
	}
	tensors := []Named{{"big", Float32Tensor([]int{1 << 18}, make([]float32, 1<<18))}}
	fmt.Println(Write(filepath.Join(dir, "old.safetensors"), tensors, nil))
	fmt.Println(Write(filepath.Join(dir, "new.npz"), tensors, nil))
	os.Exit(0)
}

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "old.safetensors")
	if err := Write(old, []Named{{"small", Float32Tensor([]int{1}, []float32{42})}}, nil); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fullDisk+"="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != 2 {
		t.Fatalf("child said %q", out)
	}
	for i, file := range []string{"old.safetensors", "new.npz"} {
		if !strings.Contains(lines[i], file) || !strings.Contains(lines[i], "file too large") {
			t.Errorf("error is %q, want one that names %s", lines[i], file)
		}
	}
	f, err := Open(old)
	if err != nil {
		t.Fatalf("the older file is lost: %v", err)
	}
	if v, _ := f.Tensors["small"].Float32s(); len(v) != 1 || v[0] != 42 {
		t.Errorf("the older file holds %v", v)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("a partial file is left behind: %v", left)
	}
}
