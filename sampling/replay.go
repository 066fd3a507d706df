package sampling

import (
	"fmt"
	"math"
)

// Replay is the buffer of chains that training continues (persistent contrastive
// divergence; Du and Mordatch, 2019). It stores pictures as 8-bit levels from the
// start, so that what is saved is what is in memory and a resumed training equals
// an uninterrupted one. A Replay belongs to one goroutine.
type Replay struct {
	n, c, h, w int
	lo, hi     float32
	reinit     float64
	levels     []uint8 // n*c*h*w
}

// NewReplay returns a buffer of n pictures of uniform noise in lo..hi. Each
// picture drawn later is replaced by fresh noise with probability reinit.
func NewReplay(k Key, n, c, h, w int, lo, hi float32, reinit float64) (*Replay, error) {
	switch {
	case n < 1 || c < 1 || h < 1 || w < 1:
		return nil, fmt.Errorf("replay buffer: found %d pictures of %dx%dx%d, want at least 1 of each", n, c, h, w)
	case !(lo < hi):
		return nil, fmt.Errorf("replay buffer: found pixel range %v..%v, want the lower number first", lo, hi)
	case !(reinit >= 0 && reinit <= 1):
		return nil, fmt.Errorf("replay buffer: found probability of fresh noise %v, want 0 to 1", reinit)
	}
	r := &Replay{n: n, c: c, h: h, w: w, lo: lo, hi: hi, reinit: reinit, levels: make([]uint8, n*c*h*w)}
	one := NewImages(1, c, h, w)
	for slot := range n {
		if err := k.From(slot).Uniforms(StreamStart, 0, one, lo, hi); err != nil {
			return nil, fmt.Errorf("replay buffer: %w", err)
		}
		r.store(slot, one.Data)
	}
	return r, nil
}

// Len is the number of pictures kept.
func (r *Replay) Len() int { return r.n }

// Draw returns n different pictures and their slots, some of them fresh uniform
// noise. What is drawn depends on the key, the step and the contents alone, and
// changes nothing: after the chains have walked, Put them back.
func (r *Replay) Draw(k Key, step, n int) (slots []int, x Images, err error) {
	if slots, err = k.Choose(StreamReplay, step, n, r.n); err != nil {
		return nil, Images{}, fmt.Errorf("draw from the replay buffer: %w", err)
	}
	x = r.At(slots)
	err = eachImage(x, func(i int) error {
		var coin [1]float32
		if err := k.Uniform(StreamReplay, 1+i, step, coin[:]); err != nil {
			return err
		}
		if float64(coin[0]) >= r.reinit {
			return nil
		}
		dst := x.Slice(i, i+1)
		return k.From(i).Uniforms(StreamReinit, step, dst, r.lo, r.hi)
	})
	return slots, x, err
}

// At returns the pictures in the given slots.
func (r *Replay) At(slots []int) Images {
	x := NewImages(len(slots), r.c, r.h, r.w)
	scale := (r.hi - r.lo) / 255
	for i, slot := range slots {
		dst := x.Image(i)
		for j, level := range r.image(slot) {
			dst[j] = r.lo + float32(scale*float32(level))
		}
	}
	return x
}

// Put stores pictures in slots, rounded to the nearest of 256 levels. A picture
// with a pixel that is not finite is left out: its slot keeps what it has.
func (r *Replay) Put(slots []int, x Images) error {
	if len(slots) != x.N {
		return fmt.Errorf("put into the replay buffer: found %d slots for %d pictures", len(slots), x.N)
	}
	if err := x.Check(r.c, r.h, r.w); err != nil {
		return fmt.Errorf("put into the replay buffer: %w", err)
	}
	for _, slot := range slots {
		if slot < 0 || slot >= r.n {
			return fmt.Errorf("put into the replay buffer: found slot %d, want 0 to %d", slot, r.n-1)
		}
	}
	for i, slot := range slots {
		if finiteAt(State{X: x}, i) {
			r.store(slot, x.Image(i))
		}
	}
	return nil
}

// Bytes returns a copy of all pictures as levels, 0 for lo and 255 for hi, n
// pictures of c*h*w.
func (r *Replay) Bytes() []byte { return append([]byte(nil), r.levels...) }

// FromBytes replaces all pictures by those that Bytes returned.
func (r *Replay) FromBytes(b []byte) error {
	if len(b) != len(r.levels) {
		return fmt.Errorf("restore the replay buffer: found %d bytes, want %d (%d pictures of %dx%dx%d)",
			len(b), len(r.levels), r.n, r.c, r.h, r.w)
	}
	copy(r.levels, b)
	return nil
}

func (r *Replay) image(slot int) []uint8 {
	size := r.c * r.h * r.w
	return r.levels[slot*size : (slot+1)*size]
}

func (r *Replay) store(slot int, values []float32) {
	scale := 255 / (r.hi - r.lo)
	dst := r.image(slot)
	for j, v := range values {
		level := math.RoundToEven(float64(float32((v - r.lo) * scale)))
		dst[j] = uint8(min(max(level, 0), 255))
	}
}
