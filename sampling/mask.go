package sampling

import "fmt"

// Mask says which pixels a chain may change: after every step
// x <- m*x + (1-m)*known. M is 1 where free, 0 where known; a value between is
// the pixel's stiffness.
type Mask struct {
	H, W  int
	M     []float32 // H*W, 0..1, shared by all channels and images
	Known Images    // one picture for all, or one an image
}

// NewMask returns a mask that holds every pixel of the known pictures.
func NewMask(known Images) *Mask {
	return &Mask{H: known.H, W: known.W, M: make([]float32, known.H*known.W), Known: known}
}

// Fill sets rows top..bottom-1 and columns left..right-1, as far as they lie
// inside, to m and returns the mask.
func (m *Mask) Fill(top, left, bottom, right int, value float32) *Mask {
	for r := max(top, 0); r < min(bottom, m.H); r++ {
		for c := max(left, 0); c < min(right, m.W); c++ {
			m.M[r*m.W+c] = value
		}
	}
	return m
}

// Check reports the first way in which the mask contradicts itself.
func (m *Mask) Check() error {
	if m.H < 1 || m.W < 1 || len(m.M) != m.H*m.W {
		return fmt.Errorf("mask: found %d values, want %d (%d rows of %d)", len(m.M), m.H*m.W, m.H, m.W)
	}
	for j, v := range m.M {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("mask: found %v at row %d, column %d, want 0 (known) to 1 (free)", v, j/m.W, j%m.W)
		}
	}
	if err := m.Known.Check(m.Known.C, m.H, m.W); err != nil {
		return fmt.Errorf("mask of %d rows of %d: known %w", m.H, m.W, err)
	}
	return nil
}

// fits reports the first way in which the mask does not suit pictures x.
func (m *Mask) fits(x Images) error {
	if m.H != x.H || m.W != x.W {
		return fmt.Errorf("mask: found %d rows of %d, want %d rows of %d as the pictures have", m.H, m.W, x.H, x.W)
	}
	if m.Known.C != x.C {
		return fmt.Errorf("mask: found known pictures of %d channels, want %d", m.Known.C, x.C)
	}
	if m.Known.N != 1 && m.Known.N != x.N {
		return fmt.Errorf("mask: found %d known pictures, want 1 or %d", m.Known.N, x.N)
	}
	return nil
}

// Apply returns m*x + (1-m)*known. Where m is 1 a pixel is x, where it is 0 it is
// the known one, to the bit. x is not written to.
func (m *Mask) Apply(x Images) (Images, error) {
	if err := m.Check(); err != nil {
		return Images{}, err
	}
	if err := m.fits(x); err != nil {
		return Images{}, err
	}
	out := x.Clone()
	plane := m.H * m.W
	for i := range x.N {
		known := m.Known.Image(0)
		if m.Known.N > 1 {
			known = m.Known.Image(i)
		}
		dst := out.Image(i)
		for j := range dst {
			switch free := m.M[j%plane]; free {
			case 1:
			case 0:
				dst[j] = known[j]
			default:
				dst[j] = float32(free*dst[j]) + float32((1-free)*known[j])
			}
		}
	}
	return out, nil
}
