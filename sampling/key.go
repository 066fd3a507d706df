package sampling

// Key is the only source of randomness of a run: the normals of image i at step
// k of a stream depend on (seed, stream, i, k) alone, never on the batch.
type Key struct {
	seed  uint64
	first int // index of the batch's first image within the run
	noise func(stream Stream, image, step int, dst []float32)
}

// Stream keeps the random numbers of different purposes apart.
type Stream uint32

// NewKey returns the key of a 64-bit seed.
func NewKey(seed uint64) Key { return Key{seed: seed} }
