// Package sampling is the mathematics of EBM Studio: pictures, energies, the
// kernels that move pictures downhill with noise, and the plans a chain walks.
// It uses the standard library only and has no global state: every function
// gives the same result for the same arguments.
package sampling

import "fmt"

// Images is a batch of N pictures of C channels, H rows and W columns, stored
// one picture after the other, channel by channel (NCHW). A batch of 2-D points
// is a batch of pictures with C=2 and H=W=1.
type Images struct {
	N, C, H, W int
	Data       []float32 // length N*C*H*W, in the model's own pixel range
}

// NewImages returns n pictures of zeros.
func NewImages(n, c, h, w int) Images {
	return Images{N: n, C: c, H: h, W: w, Data: make([]float32, n*c*h*w)}
}

// Size is the number of values of one picture, C*H*W.
func (x Images) Size() int { return x.C * x.H * x.W }

// Image returns the values of picture i; writing to them writes to the batch.
func (x Images) Image(i int) []float32 { return x.Data[i*x.Size() : (i+1)*x.Size()] }

// Slice returns pictures i up to but not including j, sharing their values.
func (x Images) Slice(i, j int) Images {
	return Images{N: j - i, C: x.C, H: x.H, W: x.W, Data: x.Data[i*x.Size() : j*x.Size()]}
}

// Clone returns a copy that shares nothing with x.
func (x Images) Clone() Images {
	x.Data = append([]float32(nil), x.Data...)
	return x
}

// of returns some pictures of the batch, in that order; none of none.
func (x Images) of(images []int) Images {
	if x.Data == nil {
		return x
	}
	y := NewImages(len(images), x.C, x.H, x.W)
	for k, i := range images {
		copy(y.Image(k), x.Image(i))
	}
	return y
}

// Check reports the first way in which x is not a batch of c by h by w pictures
// with as many values as its shape says.
func (x Images) Check(c, h, w int) error {
	if x.C != c || x.H != h || x.W != w {
		return fmt.Errorf("pictures: found %dx%dx%d (channels, height, width), want %dx%dx%d", x.C, x.H, x.W, c, h, w)
	}
	if len(x.Data) != x.N*x.Size() {
		return fmt.Errorf("pictures: found %d values, want %d (%d pictures of %d)", len(x.Data), x.N*x.Size(), x.N, x.Size())
	}
	return nil
}
