package main

import (
	"testing"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine"
	"ebmstudio/internal/fixtures"
)

// TestCDRLComposed holds --compose, alone and with guidance, to the authors'
// numbers. The engines are the business of models/cdrl's tests.
func TestCDRLComposed(t *testing.T) {
	c := fixtures.Case(t, "cdrl/cond_16")
	in := []checkpoint.Named{{Name: "x", Tensor: c.Tensor(t, "x")}}
	verb := []string{"energy", c.Checkpoint, "--engine", engine.Go, "--compose", "1,3"}
	out := exchange(t, in, append(verb, "--set", "guidance=1"), "--in", "--out", ".npz")
	compare(t, c, out, "net", "comp.net.w1")
	compare(t, c, out, "grad", "comp.grad.w1")
	compare(t, c, out, "net_cond", "comp.net")
}
