package paint

import (
	"cmp"
	"image"
	"math"
	"slices"
)

// Point is a place on a picture, in pixels: pixel (x, y) covers x to x+1 and y to y+1.
type Point struct{ X, Y float64 }

// Brush is the tip of a stroke.
type Brush struct {
	Size     float64 // diameter in pixels, at least 1 counts
	Hardness float64 // 1: pixels are in or out; below, the share of the radius that is solid
	Value    uint8   // what is painted: Free, Kept or between
}

// Stroke is a brush on its way over a mask. Every pixel is covered by the nearest
// that the brush came to it, whatever the number of points: a fast stroke has no
// gaps, a slow one is no harder.
type Stroke struct {
	edit  *Edit
	brush Brush
	cover []float64
	last  Point
}

// Stroke sets a brush down.
func (m *Mask) Stroke(b Brush, at Point) (*Stroke, image.Rectangle) {
	b.Size = max(b.Size, 1)
	s := &Stroke{edit: m.Edit(), brush: b, cover: make([]float64, len(m.Pix)), last: at}
	return s, s.To(at)
}

// To moves the brush in a straight line and returns the pixels that it could have
// changed.
func (s *Stroke) To(p Point) image.Rectangle {
	m, reach := s.edit.mask, s.brush.Size/2+1
	area := image.Rect(
		int(math.Floor(min(s.last.X, p.X)-reach)), int(math.Floor(min(s.last.Y, p.Y)-reach)),
		int(math.Ceil(max(s.last.X, p.X)+reach)), int(math.Ceil(max(s.last.Y, p.Y)+reach))).Intersect(m.Bounds())
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			d := distance(Point{float64(x) + 0.5, float64(y) + 0.5}, s.last, p)
			s.put(y*m.W+x, s.brush.coverage(d))
		}
	}
	if s.brush.Size < 2 { // a fine brush can pass between the centres of pixels
		along(s.last, p, func(q image.Point) {
			if q.In(m.Bounds()) {
				s.put(q.Y*m.W+q.X, 1)
			}
		})
	}
	s.last = p
	return area
}

// End lifts the brush; nil where nothing has changed.
func (s *Stroke) End() *Delta { return s.edit.End() }

func (s *Stroke) put(i int, cover float64) {
	if cover <= s.cover[i] {
		return
	}
	s.cover[i] = cover
	before := float64(s.edit.before[i])
	s.edit.mask.Pix[i] = uint8(math.Round(before + cover*(float64(s.brush.Value)-before)))
}

// coverage is how much of a pixel whose centre is that far away the brush covers:
// all within the solid part, falling smoothly to nothing at the rim.
func (b Brush) coverage(d float64) float64 {
	r := b.Size / 2
	if b.Hardness >= 1 {
		if d <= r {
			return 1
		}
		return 0
	}
	solid := r * max(b.Hardness, 0)
	t := (r - d) / (r - solid)
	t = min(max(t, 0), 1)
	return t * t * (3 - 2*t)
}

// distance is that from p to the line from a to b.
func distance(p, a, b Point) float64 {
	dx, dy := b.X-a.X, b.Y-a.Y
	t := 0.0
	if n := dx*dx + dy*dy; n > 0 {
		t = min(max(((p.X-a.X)*dx+(p.Y-a.Y)*dy)/n, 0), 1)
	}
	return math.Hypot(p.X-a.X-t*dx, p.Y-a.Y-t*dy)
}

// along visits the pixels that a line passes.
func along(a, b Point, visit func(image.Point)) {
	n := int(math.Ceil(4 * math.Max(math.Abs(b.X-a.X), math.Abs(b.Y-a.Y))))
	for i := range n + 1 {
		t := float64(i) / float64(max(n, 1))
		visit(image.Pt(int(math.Floor(a.X+t*(b.X-a.X))), int(math.Floor(a.Y+t*(b.Y-a.Y)))))
	}
}

// Box is the pixels that a drag from a to b touches, both ends included.
func Box(a, b Point) image.Rectangle {
	return image.Rect(
		int(math.Floor(min(a.X, b.X))), int(math.Floor(min(a.Y, b.Y))),
		int(math.Floor(max(a.X, b.X)))+1, int(math.Floor(max(a.Y, b.Y)))+1)
}

// Rectangle paints the pixels that a drag from a to b spans.
func (m *Mask) Rectangle(a, b Point, value uint8) {
	m.paint(Box(a, b), value, func(int, int) bool { return true })
}

// Ellipse paints the ellipse inside of the pixels that a drag from a to b spans.
func (m *Mask) Ellipse(a, b Point, value uint8) {
	box := Box(a, b)
	cx, cy := float64(box.Min.X+box.Max.X)/2, float64(box.Min.Y+box.Max.Y)/2
	rx, ry := float64(box.Dx())/2, float64(box.Dy())/2
	m.paint(box, value, func(x, y int) bool {
		return math.Hypot((float64(x)+0.5-cx)/rx, (float64(y)+0.5-cy)/ry) <= 1
	})
}

// Lasso paints what a line encloses, its ends joined, and the pixels that it passes;
// crossing itself makes no holes.
func (m *Mask) Lasso(line []Point, value uint8) {
	if len(line) == 0 {
		return
	}
	last := line[len(line)-1]
	box := Box(last, last)
	for i, p := range line {
		box = box.Union(Box(p, p))
		along(line[max(i-1, 0)], p, func(q image.Point) {
			if q.In(m.Bounds()) {
				m.Pix[q.Y*m.W+q.X] = value
			}
		})
	}
	m.enclosed(line, box.Intersect(m.Bounds()), value)
}

// crossing is where a line passes the middle of a row of pixels: upwards or downwards.
type crossing struct {
	x    float64
	turn int
}

// enclosed paints the pixels of a box whose middle a closed line goes around, row by row:
// between crossings whose turns do not add up to nothing.
func (m *Mask) enclosed(line []Point, box image.Rectangle, value uint8) {
	var found []crossing
	for y := box.Min.Y; y < box.Max.Y; y++ {
		found = crossings(found[:0], line, float64(y)+0.5)
		turns := 0
		for i, c := range found {
			if turns += c.turn; turns == 0 {
				continue
			}
			from, to := max(box.Min.X, int(math.Ceil(c.x-0.5))), min(box.Max.X, int(math.Ceil(found[i+1].x-0.5)))
			for x := from; x < to; x++ {
				m.Pix[y*m.W+x] = value
			}
		}
	}
}

// crossings are those of a closed line with a height, from the left.
func crossings(found []crossing, line []Point, y float64) []crossing {
	a := line[len(line)-1]
	for _, b := range line {
		if up := b.Y > y; (a.Y > y) != up {
			turn := 1
			if up {
				turn = -1
			}
			found = append(found, crossing{a.X + (y-a.Y)/(b.Y-a.Y)*(b.X-a.X), turn})
		}
		a = b
	}
	slices.SortFunc(found, func(a, b crossing) int { return cmp.Compare(a.x, b.x) })
	return found
}

func (m *Mask) paint(box image.Rectangle, value uint8, in func(x, y int) bool) {
	box = box.Intersect(m.Bounds())
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			if in(x, y) {
				m.Pix[y*m.W+x] = value
			}
		}
	}
}
