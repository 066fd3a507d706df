//go:build !linux || !cgo

package engine

// keepFreedMemory: other C libraries than glibc are left as they are.
func keepFreedMemory() {}

// returnFreedMemory has nothing to give back.
func returnFreedMemory() {}
