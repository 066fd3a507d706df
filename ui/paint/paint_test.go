package paint

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// ascii draws a mask: . kept, # free, a digit for tenths between.
func ascii(m *Mask) string {
	var b strings.Builder
	for i, v := range m.Pix {
		switch v {
		case Kept:
			b.WriteByte('.')
		case Free:
			b.WriteByte('#')
		default:
			b.WriteByte('0' + byte(int(v)*10/256))
		}
		if i%m.W == m.W-1 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func picture(rows ...string) string { return strings.Join(rows, "\n") + "\n" }

func stroke(b Brush, points ...Point) func(*Mask) {
	return func(m *Mask) {
		s, _ := m.Stroke(b, points[0])
		for _, p := range points[1:] {
			s.To(p)
		}
		s.End()
	}
}

func TestShapes(t *testing.T) {
	hard := func(size float64) Brush { return Brush{Size: size, Hardness: 1, Value: Free} }
	for _, c := range []struct {
		name string
		do   func(*Mask)
		want string
	}{
		{"one pixel, wherever in it", stroke(hard(1), Point{2.99, 1.01}), picture(".......", "..#....", ".......", ".......", ".......")},
		{"a dab of three", stroke(hard(3), Point{3.5, 2.5}), picture(".......", "..###..", "..###..", "..###..", ".......")},
		{"a dab of four between pixels", stroke(hard(4), Point{3, 2}), picture("..##...", ".####..", ".####..", "..##...", ".......")},
		{"a fast thin stroke has no gaps", stroke(hard(1), Point{0.5, 0.5}, Point{6.5, 4.5}), picture("##.....", ".##....", "..###..", "....##.", ".....##")},
		{"a soft dab", stroke(Brush{Size: 6, Value: Free}, Point{3.5, 2.5}), picture(".01210.", ".15751.", ".27#72.", ".15751.", ".01210.")},
		{"half free", stroke(Brush{Size: 1, Hardness: 1, Value: 128}, Point{1, 1}), picture(".......", ".5.....", ".......", ".......", ".......")},
		{"a stroke from outside", stroke(hard(2), Point{-4, 2}, Point{1, 2}), picture(".......", "##.....", "##.....", ".......", ".......")},
		{"rectangle", func(m *Mask) { m.Rectangle(Point{4.2, 3.9}, Point{1.8, 1.1}, Free) }, picture(".......", ".####..", ".####..", ".####..", ".......")},
		{"rectangle over the edge", func(m *Mask) { m.Rectangle(Point{5, 3}, Point{50, 30}, Free) }, picture(".......", ".......", ".......", ".....##", ".....##")},
		{"ellipse", func(m *Mask) { m.Ellipse(Point{0, 0}, Point{6.9, 4.9}, Free) }, picture(".#####.", "#######", "#######", "#######", ".#####.")},
		{"ellipse of one pixel", func(m *Mask) { m.Ellipse(Point{3.1, 2.2}, Point{3.4, 2.2}, Free) }, picture(".......", ".......", "...#...", ".......", ".......")},
		{"lasso", func(m *Mask) { m.Lasso([]Point{{0.5, 0.5}, {6.5, 0.5}, {3.5, 4.5}}, Free) }, picture("#######", ".######", "..####.", "...##..", "...#...")},
		{"a lasso that crosses itself", func(m *Mask) { m.Lasso([]Point{{0.5, 0.5}, {6.5, 4.5}, {6.5, 0.5}, {0.5, 4.5}}, Free) }, picture("##....#", "###.###", "#######", "###.###", "##...##")},
		{"a lasso beyond the edge", func(m *Mask) { m.Lasso([]Point{{-9, -9}, {3.4, -9}, {3.4, 20}, {-9, 20}}, Free) }, picture("####...", "####...", "####...", "####...", "####...")},
		{"lasso around twice has no hole", func(m *Mask) {
			loop := []Point{{1.5, 0.5}, {5.5, 0.5}, {5.5, 4.5}, {1.5, 4.5}}
			m.Lasso(append(loop, loop...), Free)
		}, picture(".#####.", ".#####.", ".#####.", ".#####.", ".#####.")},
	} {
		m := NewMask(7, 5)
		c.do(m)
		if got := ascii(m); got != c.want {
			t.Errorf("%s: found\n%swant\n%s", c.name, got, c.want)
		}
	}
}

// TestStrokeIsItsLine: neither the number of points nor where they lie on a straight
// line makes a difference.
func TestStrokeIsItsLine(t *testing.T) {
	b := Brush{Size: 5, Hardness: 0.4, Value: Free}
	fast, slow := NewMask(40, 30), NewMask(40, 30)
	stroke(b, Point{3, 4}, Point{35, 24})(fast)
	var points []Point
	for i := range 401 {
		f := float64(i) / 400
		points = append(points, Point{3 + 32*f, 4 + 20*f})
	}
	stroke(b, points...)(slow)
	for i := range fast.Pix {
		if math.Abs(float64(fast.Pix[i])-float64(slow.Pix[i])) > 1 {
			t.Fatalf("pixel %d: found %d for one line, %d for 400", i, fast.Pix[i], slow.Pix[i])
		}
	}
}

func TestBucketTakesOneColour(t *testing.T) {
	p := image.NewRGBA(image.Rect(0, 0, 6, 4))
	for i := range 24 {
		p.Set(i%6, i/6, color.Gray{Y: uint8(200 + i%3)})
	}
	for y := range 4 {
		p.Set(3, y, color.RGBA{200, 0, 0, 255})
	}
	m := NewMask(6, 4)
	d := m.Bucket(p, image.Pt(0, 0), 4, Free)
	if want := picture("###...", "###...", "###...", "###..."); ascii(m) != want || d.Rect != image.Rect(0, 0, 3, 4) {
		t.Errorf("found\n%s in %v, want\n%s", ascii(m), d.Rect, want)
	}
	if m.Bucket(p, image.Pt(9, 9), 4, Free) != nil || m.Bucket(nil, image.Pt(0, 0), 4, Free) != nil {
		t.Error("a bucket outside of a picture has changed something")
	}
}

func TestFeatherKeepsTheWholeAndSoftensTheBorder(t *testing.T) {
	m := NewMask(32, 32)
	m.Rectangle(Point{8, 8}, Point{23, 23}, Free)
	before := m.Share()
	m.Feather(4)
	if math.Abs(m.Share()-before) > 0.002 {
		t.Errorf("found a share of %.4f after feathering, want %.4f", m.Share(), before)
	}
	if m.At(16, 16) != Free || m.At(0, 0) != Kept || !m.Soft() || m.At(7, 16) == Kept || m.At(8, 16) == Free {
		t.Errorf("found middle %d, corner %d, border %d|%d", m.At(16, 16), m.At(0, 0), m.At(7, 16), m.At(8, 16))
	}
	full := NewMask(9, 9)
	full.Fill(Free)
	full.Feather(3)
	if full.Soft() {
		t.Error("a full mask has become soft at the picture's edge")
	}
}

// TestUndoTakesEverythingBack does 300 random things and walks back and forth.
func TestUndoTakesEverythingBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	m, h := NewMask(28, 28), &History{}
	at := func() Point { return Point{rng.Float64() * 28, rng.Float64() * 28} }
	states := [][]uint8{slices.Clone(m.Pix)}
	for len(states) < 300 {
		var d *Delta
		switch rng.IntN(5) {
		case 0:
			d = m.Invert()
		case 1:
			e := m.Edit()
			e.Again(func(m *Mask) { m.Ellipse(at(), at(), uint8(rng.IntN(256))) })
			e.Again(func(m *Mask) { m.Rectangle(at(), at(), uint8(rng.IntN(256))) })
			d = e.End()
		case 2:
			e := m.Edit()
			m.Feather(2)
			d = e.End()
		default:
			s, _ := m.Stroke(Brush{Size: 1 + 6*rng.Float64(), Hardness: rng.Float64(), Value: uint8(rng.IntN(256))}, at())
			s.To(at())
			d = s.End()
		}
		h.Add(d)
		if d != nil {
			states = append(states, slices.Clone(m.Pix))
		}
	}
	for i := len(states) - 2; i >= 0; i-- {
		if !h.Undo() || !slices.Equal(m.Pix, states[i]) {
			t.Fatalf("undo to state %d failed", i)
		}
	}
	if h.Undo() {
		t.Error("something was taken back before the beginning")
	}
	for _, want := range states[1:] {
		if !h.Redo() || !slices.Equal(m.Pix, want) {
			t.Fatal("redo differs from what was done")
		}
	}
	h.Undo()
	h.Add(m.Invert())
	if h.CanRedo() {
		t.Error("what was taken back is still there after something else was done")
	}
}

func TestInvertTwiceIsNothing(t *testing.T) {
	m := NewMask(9, 7)
	stroke(Brush{Size: 5, Hardness: 0.2, Value: 200}, Point{2, 2}, Point{7, 5})(m)
	before := slices.Clone(m.Pix)
	m.Invert()
	m.Invert()
	if !slices.Equal(before, m.Pix) {
		t.Error("inverting twice has changed the mask")
	}
	if m.Fill(Kept) == nil || m.Fill(Kept) != nil || !m.Empty() {
		t.Error("clearing twice: want one change, then none")
	}
}

func TestHistoryForgetsTheOldest(t *testing.T) {
	m, h := NewMask(2, 2), &History{}
	for range Steps + 50 {
		h.Add(m.Invert())
	}
	n := 0
	for h.Undo() {
		n++
	}
	if n != Steps {
		t.Errorf("found %d steps to take back, want %d", n, Steps)
	}
}

func TestPNG(t *testing.T) {
	m := NewMask(12, 8)
	stroke(Brush{Size: 5, Hardness: 0.3, Value: Free}, Point{3, 3}, Point{9, 5})(m)
	var file bytes.Buffer
	if err := m.Write(&file); err != nil {
		t.Fatal(err)
	}
	data := file.Bytes()
	back, err := Read(bytes.NewReader(data), 12, 8)
	if err != nil || !slices.Equal(back.Pix, m.Pix) {
		t.Errorf("another mask came back: %v", err)
	}
	if _, err := Read(bytes.NewReader(data), 8, 12); err == nil || !strings.Contains(err.Error(), "found 12x8 pixels, want 8x12") {
		t.Errorf("found %v for a mask of another size", err)
	}
	if _, err := Read(strings.NewReader("no picture"), 8, 12); err == nil {
		t.Error("what is no picture was read")
	}
	clear := image.NewNRGBA(image.Rect(0, 0, 1, 1))
	clear.SetNRGBA(0, 0, color.NRGBA{255, 255, 255, 0})
	if !FromImage(clear).Empty() {
		t.Error("transparent white is free, want kept")
	}
}

// TestABrushIsFast holds a move of a large brush on a canvas of 512 pixels below a
// frame; a person's moves are shorter.
func TestABrushIsFast(t *testing.T) {
	m := NewMask(512, 512)
	s, _ := m.Stroke(Brush{Size: 60, Hardness: 0.5, Value: Free}, Point{100, 100})
	best := time.Hour
	for i := range 20 {
		began := time.Now()
		s.To(Point{100 + 15*float64(i), 120 + 10*float64(i%2)})
		best = min(best, time.Since(began))
	}
	if best > 8*time.Millisecond {
		t.Errorf("a move of the brush took %s, want less than 8ms", best)
	}
}
