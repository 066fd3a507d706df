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
	colour := func(q image.Point) []uint8 {
		i := p.PixOffset(p.Rect.Min.X+q.X, p.Rect.Min.Y+q.Y)
		return p.Pix[i : i+3]
	}
	seed, seen := colour(at), make([]bool, len(m.Pix))
	alike := func(q image.Point) bool {
		for k, v := range colour(q) {
			if d := int(v) - int(seed[k]); d > tolerance || -d > tolerance {
				return false
			}
		}
		return true
	}
	return m.edited(func(m *Mask) {
		todo := []image.Point{at}
		for len(todo) > 0 {
			q := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if !q.In(m.Bounds()) || seen[q.Y*m.W+q.X] || !alike(q) {
				continue
			}
			seen[q.Y*m.W+q.X] = true
			m.Pix[q.Y*m.W+q.X] = value
			todo = append(todo, q.Add(image.Pt(1, 0)), q.Add(image.Pt(-1, 0)), q.Add(image.Pt(0, 1)), q.Add(image.Pt(0, -1)))
		}
	})
}
