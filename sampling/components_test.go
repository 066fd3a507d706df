package sampling

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// clouds are n rows of size numbers in two groups that lie 2*apart from each other along
// one direction, with noise of deviation 1 in every number.
func clouds(n, size int, apart float64) [][]float32 {
	r := rand.New(rand.NewPCG(3, 4))
	rows := make([][]float32, n)
	for i := range rows {
		side := apart / math.Sqrt(float64(size))
		if i%2 == 1 {
			side = -side
		}
		rows[i] = make([]float32, size)
		for j := range rows[i] {
			rows[i][j] = float32(side + r.NormFloat64())
		}
	}
	return rows
}

func TestComponents(t *testing.T) {
	three := math.Sqrt(3)
	for _, c := range []struct {
		name  string
		rows  [][]float32
		at    [][2]float64 // up to the sign of the second where it is 0 in sum
		share [2]float64
	}{
		{"none", nil, nil, [2]float64{}},
		{"one", [][]float32{{3, 1, 4}}, [][2]float64{{0, 0}}, [2]float64{}},
		{"equal", [][]float32{{0.1, 0.7}, {0.1, 0.7}, {0.1, 0.7}}, [][2]float64{{}, {}, {}}, [2]float64{}},
		{"one number a row", [][]float32{{1}, {2}, {6}}, [][2]float64{{-2, 0}, {-1, 0}, {3, 0}}, [2]float64{1, 0}},
		{"on a line", [][]float32{{0, 0, 0}, {1, 1, 1}, {5, 5, 5}}, [][2]float64{{-2 * three, 0}, {-three, 0}, {3 * three, 0}}, [2]float64{1, 0}},
		{"a constant number", [][]float32{{-2, 7, 0}, {3, 7, 0}, {-1, 7, 0}, {0, 7, 0}}, [][2]float64{{-2, 0}, {3, 0}, {-1, 0}, {0, 0}}, [2]float64{1, 0}},
		{
			"a rectangle, one corner twice", [][]float32{{4, 0}, {-2, 1}, {-2, -1}}, [][2]float64{{4, 0}, {-2, 1}, {-2, -1}},
			[2]float64{24.0 / 26, 2.0 / 26},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, share, err := Components(context.Background(), c.rows)
			if err != nil || len(at) != len(c.at) {
				t.Fatalf("found %v, %v, want %v", at, err, c.at)
			}
			sign := 1.0
			for i := range at {
				if c.at[i][1]*at[i][1] < 0 {
					sign = -1
				}
			}
			for i := range at {
				if math.Abs(at[i][0]-c.at[i][0]) > 1e-6 || math.Abs(sign*at[i][1]-c.at[i][1]) > 1e-6 {
					t.Errorf("row %d lies at %v, want %v", i, at[i], c.at[i])
				}
			}
			for k := range share {
				if math.Abs(share[k]-c.share[k]) > 1e-9 {
					t.Errorf("component %d holds %g, want %g", k+1, share[k], c.share[k])
				}
			}
		})
	}
}

// Two groups fall apart along the first component, with the share of the variance that
// their distance has: apart^2 of apart^2 + size.
func TestComponentsTellGroupsApart(t *testing.T) {
	const n, size, apart = 4000, 60, 6.0
	at, share, err := Components(t.Context(), clouds(n, size, apart))
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for i := range at {
		if (at[i][0] > 0) != (at[0][0] > 0) == (i%2 == 0) {
			wrong++
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d rows lie on the other group's side", wrong, n)
	}
	if want := (apart*apart + 1) / (apart*apart + size); math.Abs(share[0]-want) > 0.02 {
		t.Errorf("the first component holds %.3f, want %.3f", share[0], want)
	}
	if share[1] <= 0 || share[1] > 0.03 {
		t.Errorf("the second component holds %.3f, want little more than 1/%d", share[1], size+36)
	}
}

// The places agree with those of the whole eigendecomposition that PrincipalPlane makes.
func TestComponentsAgreeWithThePrincipalPlane(t *testing.T) {
	rows := clouds(40, 12, 3)
	x := NewImages(len(rows), 1, 3, 4)
	for i, row := range rows {
		copy(x.Image(i), row)
	}
	plane, share, err := PrincipalPlane(x)
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := plane.Project(x)
	if err != nil {
		t.Fatal(err)
	}
	at, got, err := Components(t.Context(), rows)
	if err != nil {
		t.Fatal(err)
	}
	for i := range at {
		for k := range 2 {
			if math.Abs(math.Abs(at[i][k])-math.Abs(want[i][k])) > 1e-3 {
				t.Errorf("row %d, component %d: found %g, want %g up to its sign", i, k+1, at[i][k], want[i][k])
			}
		}
	}
	if math.Abs(got[0]-share[0])+math.Abs(got[1]-share[1]) > 1e-5 {
		t.Errorf("they hold %v, want %v", got, share)
	}
}

func TestComponentsRefuse(t *testing.T) {
	if _, _, err := Components(t.Context(), [][]float32{{1, 2}, {1}}); err == nil {
		t.Error("rows of two lengths are taken")
	}
	if _, _, err := Components(t.Context(), [][]float32{{1, 2}, {1, float32(math.NaN())}}); err == nil {
		t.Error("a number that is not finite is taken")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Components(ctx, clouds(10, 5, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: found %v", err)
	}
}

// BenchmarkComponents is of 2,000 grey pictures of 28x28 pixels.
func BenchmarkComponents(b *testing.B) {
	rows := clouds(2000, 28*28, 4)
	for b.Loop() {
		if _, _, err := Components(b.Context(), rows); err != nil {
			b.Fatal(err)
		}
	}
}
