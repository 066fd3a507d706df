package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestJoin(t *testing.T) {
	dir := t.TempDir()
	first, second, empty := filepath.Join(dir, "first"), filepath.Join(dir, "second"), filepath.Join(dir, "empty")
	for path, text := range map[string]string{
		first: "a machine\n\n| figure | here | peer | ratio | wanted |  |\n| --- | ---: | ---: | ---: | ---: | --- |\n" +
			"| step, small, 1 chains | 1 ms (xla:cpu) | 2 ms (PyTorch, NHWC) | 2.00x as fast | ≥ 1.2x | met |\n" +
			"| step, small, 1 chains | 1 ms (xla:cpu) | 3 ms (JAX 0.1, NHWC) | 3.00x as fast |  |  |\n| agreement | 1e-7 |  |  | 1e-4 | met |\n",
		second: "| step, small, 1 chains | 1 ms (xla:cpu) | 1 ms (PyTorch, NCHW) | 1.00x as fast | ≥ 1.2x | **missed** |\n",
		empty:  "no table\n\n| figure | here | peer | ratio | wanted |  |\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := join(first, second, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| 2.00x as fast | 1 ms (xla:cpu) | 1 ms (PyTorch, NCHW) | 1.00x as fast | ≥ 1.2x | met, then **missed** |", "- step: 0.50 to 0.50"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("found\n%s\nwant %s", &out, want)
		}
	}
	if n := strings.Count(out.String(), "|\n"); n != 3 {
		t.Errorf("found %d lines of a table, want its head and one:\n%s", n, &out)
	}
	if strings.Contains(out.String(), "JAX") || strings.Contains(out.String(), "agreement") {
		t.Errorf("what one run alone has, or has no ratio, is there:\n%s", &out)
	}
	if err := join(first, empty, &out); err == nil || !strings.Contains(err.Error(), "no line") {
		t.Errorf("a file without figures: %v", err)
	}
}
