package paint

import "image"

// Bucket paints the pixels around a place that are joined to it by pixels of about
// its colour: of the picture, no channel of which may be further away than the
// tolerance, 0 to 255. A picture of another size than the mask's, and a place
// outside of it, change nothing.
func (m *Mask) Bucket(p *image.RGBA, at image.Point, tolerance int, value uint8) *Delta {
	if p == nil || p.Rect.Size() != m.Bounds().Size() || !at.In(m.Bounds()) {
		return nil
	}
	first := p.PixOffset(p.Rect.Min.X, p.Rect.Min.Y)
	seed := first + at.Y*p.Stride + 4*at.X
	alike := func(i int) bool {
		pixel := first + i/m.W*p.Stride + 4*(i%m.W)
		for k := range 3 {
			if d := int(p.Pix[pixel+k]) - int(p.Pix[seed+k]); d > tolerance || -d > tolerance {
				return false
			}
		}
		return true
	}
	return m.edited(func(m *Mask) {
		seen := make([]bool, len(m.Pix))
		todo := []int{at.Y*m.W + at.X}
		visit := func(i int) {
			if !seen[i] {
				seen[i] = true
				todo = append(todo, i)
			}
		}
		for seen[todo[0]] = true; len(todo) > 0; {
			i := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if !alike(i) {
				continue
			}
			m.Pix[i] = value
			if x := i % m.W; x > 0 {
				visit(i - 1)
			}
			if x := i % m.W; x < m.W-1 {
				visit(i + 1)
			}
			if i >= m.W {
				visit(i - m.W)
			}
			if i < len(m.Pix)-m.W {
				visit(i + m.W)
			}
		}
	})
}
