package sampling

import (
	"fmt"
	"math/bits"
)

// Key is the only source of randomness of a run: the numbers of image i at step
// k of a stream depend on (seed, stream, i, k) alone, never on the batch, the
// backend or the number of processors. A Key is a value; copies are equal.
//
// The generator is Threefry-2x32-20 (Salmon et al., "Parallel random numbers: as
// easy as 1, 2, 3", 2011). The seed, low word first, is folded once with the
// counter (stream, image) into the key of that image; that key and the counter
// (step, element/2) give two words, one for each of two neighbouring elements.
type Key struct {
	seed  uint64
	first int // index of the batch's first image within the run
	alike bool
	given func(stream Stream, image, step int, dst []float32) error
	heat  []float32 // what normals are multiplied by, one a pixel (see Tempered); nil: by nothing
}

// Stream keeps the random numbers of different purposes apart.
type Stream uint32

// The streams of this package. StreamUser is the first that other packages may
// use for purposes of their own.
const (
	StreamStep     Stream = iota // the noise of a kernel's step
	StreamStart                  // the first pictures of a chain
	StreamPropose                // proposals between the stages of a plan
	StreamAccept                 // acceptance of proposals
	StreamMask                   // noise on known pixels
	StreamReinit                 // fresh pictures of a replay buffer
	StreamReplay                 // which pictures a replay buffer hands out
	StreamResample               // which chains are drawn anew by their weights
	StreamRenew                  // proposals for pictures that were noised
	StreamUser     Stream = 1 << 16
)

// String is the stream's name as errors give it.
func (s Stream) String() string {
	names := [...]string{"step", "start", "propose", "accept", "mask", "reinit", "replay", "resample", "renew"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("stream %d", uint32(s))
}

// NewKey returns the key of a 64-bit seed.
func NewKey(seed uint64) Key { return Key{seed: seed} }

// Recorded returns a key that serves noise drawn elsewhere: steps[k] holds the
// numbers of the stream StreamStep at step k, one picture an image. Asking for
// another stream, step, image or length is an error.
func Recorded(steps []Images) Key {
	return RecordedBy(func(stream Stream, image, step int, dst []float32) error {
		if stream != StreamStep {
			return fmt.Errorf("found none for the stream %q, want %q", stream, StreamStep)
		}
		if step < 0 || step >= len(steps) {
			return fmt.Errorf("found %d steps, want step %d (counted from 0)", len(steps), step)
		}
		if image < 0 || image >= steps[step].N {
			return fmt.Errorf("found %d images at step %d, want image %d (counted from 0)", steps[step].N, step, image)
		}
		if found := steps[step].Size(); found != len(dst) {
			return fmt.Errorf("found %d values an image at step %d, want %d", found, step, len(dst))
		}
		copy(dst, steps[step].Image(image))
		return nil
	})
}

// RecordedBy returns a key whose numbers, normal and uniform alike, are what the
// function given writes to dst. It is called from several goroutines; image
// counts from the run's first image.
func RecordedBy(given func(stream Stream, image, step int, dst []float32) error) Key {
	return Key{given: given}
}

// From returns the key of a batch whose first image is image first of the run.
// From(a).From(b) is From(a+b).
func (k Key) From(first int) Key {
	k.first += first
	return k
}

// Alike returns the key whose numbers are the same for every image: those of the run's
// image 0 under k. Chains that differ in nothing but their condition then differ by it
// alone.
func (k Key) Alike() Key {
	k.alike = true
	return k
}

// Normal fills dst with independent numbers of mean 0 and variance 1 for one
// image of the batch; a tempered key's have the variances of its map. Only recorded and
// tempered keys return an error.
func (k Key) Normal(stream Stream, image, step int, dst []float32) error {
	if k.given != nil {
		if err := k.replay(stream, image, step, dst); err != nil {
			return err
		}
		return k.temper(stream, dst)
	}
	k0, k1 := k.fold(stream, image)
	normals(k0, k1, uint32(step), dst)
	return k.temper(stream, dst)
}

// Uniform fills dst with independent numbers of [0,1), multiples of 2^-24, for
// one image of the batch. Only a recorded key returns an error.
func (k Key) Uniform(stream Stream, image, step int, dst []float32) error {
	if k.given != nil {
		return k.replay(stream, image, step, dst)
	}
	k0, k1 := k.fold(stream, image)
	for j := 0; j < len(dst); j += 2 {
		w0, w1 := threefry(k0, k1, uint32(step), uint32(j/2))
		dst[j] = float32(w0>>8) * 0x1p-24
		if j+1 < len(dst) {
			dst[j+1] = float32(w1>>8) * 0x1p-24
		}
	}
	return nil
}

// Choose returns n different numbers of 0..from-1 in random order, the same for
// every image: a draw from a buffer, or with n = from a permutation.
func (k Key) Choose(stream Stream, step, n, from int) ([]int, error) {
	if k.given != nil {
		return nil, fmt.Errorf("choose %d of %d: a recorded key has no numbers to choose by", n, from)
	}
	if n < 0 || n > from {
		return nil, fmt.Errorf("choose different numbers: found %d wanted of %d", n, from)
	}
	// Fisher and Yates' shuffle, stopped after n; only displaced entries are kept.
	moved := make(map[int]int, 2*n)
	at := func(i int) int {
		if v, ok := moved[i]; ok {
			return v
		}
		return i
	}
	k.first = 0
	k0, k1 := k.fold(stream, 0)
	chosen := make([]int, n)
	for i := range chosen {
		w0, w1 := threefry(k0, k1, uint32(step), uint32(i))
		// The high word of a 64-bit product scales without a visible bias.
		offset, _ := bits.Mul64(uint64(w1)<<32|uint64(w0), uint64(from-i))
		j := i + int(offset)
		chosen[i], moved[j] = at(j), at(i)
	}
	return chosen, nil
}

// Normals fills every picture of x with the normals of its image, on several
// processors where the batch is large.
func (k Key) Normals(stream Stream, step int, x Images) error {
	return eachImage(x, func(i int) error { return k.Normal(stream, i, step, x.Image(i)) })
}

// Uniforms fills every picture of x with uniform numbers between lo and hi.
func (k Key) Uniforms(stream Stream, step int, x Images, lo, hi float32) error {
	return eachImage(x, func(i int) error {
		dst := x.Image(i)
		if err := k.Uniform(stream, i, step, dst); err != nil {
			return err
		}
		for j, u := range dst {
			dst[j] = lo + float32((hi-lo)*u)
		}
		return nil
	})
}

func (k Key) replay(stream Stream, image, step int, dst []float32) error {
	if err := k.given(stream, k.image(image), step, dst); err != nil {
		return fmt.Errorf("recorded noise: %w", err)
	}
	return nil
}

// image is the number of a batch's image within the run.
func (k Key) image(i int) int {
	if k.alike {
		return 0
	}
	return k.first + i
}

// fold returns the Threefry key of one image.
func (k Key) fold(stream Stream, image int) (k0, k1 uint32) {
	return threefry(uint32(k.seed), uint32(k.seed>>32), uint32(stream), uint32(k.image(image)))
}

// keyParity is Skein's key schedule constant for 32-bit words.
const keyParity = 0x1BD11BDA

// threefry is Threefry-2x32 of 20 rounds: the block (c0, c1) under the key (k0, k1).
func threefry(k0, k1, c0, c1 uint32) (uint32, uint32) {
	k2 := keyParity ^ k0 ^ k1
	x0, x1 := c0+k0, c1+k1

	x0, x1 = fourRounds(x0, x1, 13, 15, 26, 6)
	x0, x1 = x0+k1, x1+k2+1
	x0, x1 = fourRounds(x0, x1, 17, 29, 16, 24)
	x0, x1 = x0+k2, x1+k0+2
	x0, x1 = fourRounds(x0, x1, 13, 15, 26, 6)
	x0, x1 = x0+k0, x1+k1+3
	x0, x1 = fourRounds(x0, x1, 17, 29, 16, 24)
	x0, x1 = x0+k1, x1+k2+4
	x0, x1 = fourRounds(x0, x1, 13, 15, 26, 6)
	return x0 + k2, x1 + k0 + 5
}

// fourRounds is small enough to be inlined, so the rotations are constants.
func fourRounds(x0, x1 uint32, r0, r1, r2, r3 int) (uint32, uint32) {
	x0 += x1
	x1 = bits.RotateLeft32(x1, r0) ^ x0
	x0 += x1
	x1 = bits.RotateLeft32(x1, r1) ^ x0
	x0 += x1
	x1 = bits.RotateLeft32(x1, r2) ^ x0
	x0 += x1
	x1 = bits.RotateLeft32(x1, r3) ^ x0
	return x0, x1
}
