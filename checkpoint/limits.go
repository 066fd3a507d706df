package checkpoint

import "fmt"

// Bounds on what a file may ask for. They are far above any file of the four
// papers' programs; a hostile file meets them before it can exhaust memory or time.
const (
	maxFile   = 32 << 30 // bytes of a file
	maxHeader = 64 << 20 // bytes of a safetensors header; the reference reader allows 100 MB
	maxDims   = 64       // dimensions of a tensor, numpy's own limit
	maxDepth  = 200      // nested values
	maxStack  = 1 << 20  // values on the pickle machine's stack
	maxOps    = 1 << 24  // operations of one pickle
	maxMemo   = 1 << 22  // remembered values of one pickle
	maxNodes  = 1 << 22  // values of Tree
	minNodes  = 1 << 16
	maxDigits = 1024 // bytes of a long integer
)

// budget counts what a file has taken of the memory that it may take beyond its own
// size: copies of strided views, decompressed arrays, long names. Without it a few
// bytes could ask for the same copy again and again.
type budget struct {
	file, left int64 // bytes
	nodes      int   // values of Tree still allowed
}

func newBudget(size int) *budget {
	return &budget{file: int64(size), left: 8*int64(size) + 64<<20, nodes: min(maxNodes, max(minNodes, size))}
}

// take asks for n bytes and says what for.
func (b *budget) take(n int64, what string) error {
	if n < 0 || n > b.left {
		return fmt.Errorf("%s: takes %d bytes more, want at most %d for a file of %d bytes", what, n, b.left, b.file)
	}
	b.left -= n
	return nil
}

// node asks for one more value of Tree.
func (b *budget) node() error {
	if b.nodes--; b.nodes < 0 {
		return fmt.Errorf("the file unfolds into too many values for its %d bytes", b.file)
	}
	return nil
}
