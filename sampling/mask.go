package sampling

// Mask says which pixels a chain may change: after every step
// x <- m*x + (1-m)*known. M is 1 where free, 0 where known; a value between is
// the pixel's stiffness.
type Mask struct {
	H, W  int
	M     []float32 // H*W, 0..1, shared by all channels and images
	Known Images    // one picture for all, or one an image
}
