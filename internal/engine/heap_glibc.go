//go:build linux && cgo

package engine

/*
#include <malloc.h>

// A thread chooses its arena with its first block, and Go's threads have theirs before
// main begins: hence as the program is loaded. Only the first arena keeps blocks above
// 64 MiB, so that there is to be no other.
__attribute__((constructor)) static void one_arena(void) {
#ifdef __GLIBC__
	mallopt(M_ARENA_MAX, 1);
#endif
}

static void keep_freed_memory(int bytes) {
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, bytes);
	mallopt(M_TRIM_THRESHOLD, bytes);
#endif
}

static void return_freed_memory(void) {
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}
*/
import "C"

// keptFreed is how much freed memory at the end of the C heap stays with the process, in
// bytes, and from which size on a block lies outside the heap.
const keptFreed = 1 << 30

// keepFreedMemory stops the C library from giving an evaluation's scratch memory back to
// the system. XLA takes it anew for every evaluation, and the kernel would clear all its
// pages each time: a tenth to a sixth of a large network's time.
func keepFreedMemory() { C.keep_freed_memory(keptFreed) }

// returnFreedMemory gives back what is kept.
func returnFreedMemory() { C.return_freed_memory() }
