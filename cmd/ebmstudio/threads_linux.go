package main

import (
	"math/bits"
	"runtime"
	"syscall"
	"unsafe"
)

// cores is a set of cores as the kernel has it, a bit a core.
type cores [16]uint64

func (c *cores) call(number uintptr) bool {
	_, _, wrong := syscall.RawSyscall(number, 0, unsafe.Sizeof(*c), uintptr(unsafe.Pointer(c)))
	return wrong == 0
}

// within runs a function that starts threads, which keep to the first n of the cores that
// this process may use; 0 is all of them. A thread inherits its cores from the one that
// starts it; no setting of the XLA plugin was found that bounds its threads.
func within(n int, do func()) {
	var all, few cores
	if n <= 0 || !all.call(syscall.SYS_SCHED_GETAFFINITY) {
		do()
		return
	}
	for i, word := range all {
		for ; word != 0 && n > 0; n-- {
			lowest := bits.TrailingZeros64(word)
			few[i] |= 1 << lowest
			word &^= 1 << lowest
		}
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if few.call(syscall.SYS_SCHED_SETAFFINITY) {
		defer all.call(syscall.SYS_SCHED_SETAFFINITY)
	}
	do()
}
