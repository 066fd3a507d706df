//go:build linux && cgo

package engine_test

import (
	"syscall"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebmstudio/internal/engine"
	"ebmstudio/internal/engine/enginetest"
)

// TestFreedMemoryStays: a program whose result has 144 MiB finds the pages where the last
// evaluation left them, instead of having the kernel clear them anew. The least of several
// evaluations counts: now and then a small block takes a piece of the room meanwhile. Were
// memory given back, each of them would touch all pages anew.
func TestFreedMemoryStays(t *testing.T) {
	const side, evaluations = 6144, 10
	e := enginetest.Open(t, engine.XLACPU)
	exec, err := graph.NewExec(e, func(x *graph.Node) *graph.Node {
		return graph.Dot(x, graph.Transpose(x, 0, 1)).Product()
	})
	if err != nil {
		t.Fatal(err)
	}
	x := tensors.FromFlatDataAndDimensions(make([]float32, side*8), side, 8)
	evaluate := func() {
		out, err := exec.Call(x)
		if err != nil {
			t.Fatal(err)
		}
		if err := out[0].FinalizeAll(); err != nil {
			t.Fatal(err)
		}
	}
	evaluate() // compiles, and takes the memory
	pages := side * side * 4 / syscall.Getpagesize()
	least := pages
	for range evaluations {
		before := faults(t)
		evaluate()
		least = min(least, faults(t)-before)
	}
	if least > pages/4 {
		t.Errorf("an evaluation touches %d new pages, its result has %d", least, pages)
	}
}

// faults are the pages that the kernel has cleared for the process.
func faults(t *testing.T) int {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return int(u.Minflt)
}
