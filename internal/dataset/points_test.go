package dataset

import (
	"math"
	"slices"
	"strings"
	"testing"

	"ebmstudio/sampling"
)

// TestPoints: a point depends on key, step and number alone, and all stay in the
// model's window.
func TestPoints(t *testing.T) {
	for _, name := range PointNames() {
		p, err := OpenPoints(name)
		if err != nil {
			t.Fatal(err)
		}
		k := sampling.NewKey(3)
		many, err := p.At(k, 7, 2000)
		if err != nil {
			t.Fatal(err)
		}
		few, _ := p.At(k.From(5), 7, 3)
		other, _ := p.At(k, 8, 2000)
		again, _ := p.At(k, 7, 2000)
		if !slices.Equal(few.Data, many.Data[10:16]) || !slices.Equal(again.Data, many.Data) || slices.Equal(other.Data, many.Data) {
			t.Errorf("%s: points are not those of their key, step and number", name)
		}
		var mean [2]float64
		for i := range many.N {
			for c, v := range many.Image(i) {
				mean[c] += float64(v) / float64(many.N)
				if math.Abs(float64(v)) > 8.5 {
					t.Errorf("%s: found the coordinate %v", name, v)
				}
			}
		}
		if math.Abs(mean[0]) > 0.5 || math.Abs(mean[1]) > 0.5 {
			t.Errorf("%s: found the mean %v, want 0", name, mean)
		}
	}
	if _, err := OpenPoints("square"); err == nil || !strings.Contains(err.Error(), `points "square": want one of checkerboard, rings, spirals, moons`) {
		t.Errorf("found error %v", err)
	}
}

// TestCheckerboard: exactly the 8 squares are reached, about equally often.
func TestCheckerboard(t *testing.T) {
	p, _ := OpenPoints("checkerboard")
	const n = 8000
	x, err := p.At(sampling.NewKey(1), 0, n)
	if err != nil {
		t.Fatal(err)
	}
	var counts [4][4]int
	for i := range n {
		counts[int(x.Image(i)[1]+8)/4][int(x.Image(i)[0]+8)/4]++
	}
	for row := range counts {
		for column, found := range counts[row] {
			want := 0
			if (row+column)%2 == 0 {
				want = n / 8
			}
			// 5 deviations of a binomial count.
			if math.Abs(float64(found-want)) > 5*math.Sqrt(float64(want)) {
				t.Errorf("square %d, %d: found %d points, want %d", row, column, found, want)
			}
		}
	}
}

// TestRings: the share of a ring grows with its radius.
func TestRings(t *testing.T) {
	p, _ := OpenPoints("rings")
	const n = 10000
	x, err := p.At(sampling.NewKey(1), 0, n)
	if err != nil {
		t.Fatal(err)
	}
	var counts [6]int
	for i := range n {
		counts[int(math.Round(math.Hypot(float64(x.Image(i)[0]), float64(x.Image(i)[1]))/1.75))]++
	}
	for ring := 1; ring <= 4; ring++ {
		if d := counts[ring] - ring*n/10; d < -200 || d > 200 {
			t.Errorf("ring %d: found %d points, want about %d", ring, counts[ring], ring*n/10)
		}
	}
}
