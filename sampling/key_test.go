package sampling

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// The vectors of Random123's kat_vectors for threefry2x32 with 20 rounds.
func TestThreefryKnownAnswers(t *testing.T) {
	for _, v := range []struct{ k0, k1, c0, c1, want0, want1 uint32 }{
		{0, 0, 0, 0, 0x6b200159, 0x99ba4efe},
		{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7},
		{0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xc4923a9c, 0x483df7a0},
	} {
		if w0, w1 := threefry(v.k0, v.k1, v.c0, v.c1); w0 != v.want0 || w1 != v.want1 {
			t.Errorf("key %08x %08x, counter %08x %08x: found %08x %08x, want %08x %08x",
				v.k0, v.k1, v.c0, v.c1, w0, w1, v.want0, v.want1)
		}
	}
}

// The layout of keys and counters is a promise: devices and old recipes rely on it.
func TestNormalIsBoxMullerOfThreefry(t *testing.T) {
	const seed, first, image, step = 0x0123456789abcdef, 5, 2, 7
	for _, length := range []int{1, 2, 15, 16, 17, 3 * 32 * 32, 333} {
		found := make([]float32, length)
		if err := NewKey(seed).From(first).Normal(StreamPropose, image, step, found); err != nil {
			t.Fatal(err)
		}
		k0, k1 := threefry(0x89abcdef, 0x01234567, uint32(StreamPropose), first+image)
		for j, v := range found {
			w0, w1 := threefry(k0, k1, step, uint32(j/2))
			radius := math.Sqrt(-2 * math.Log(float64(1+w0>>8)/(1<<24)))
			sin, cos := math.Sincos(2 * math.Pi * float64(w1>>8) / (1 << 24))
			want := radius * [2]float64{cos, sin}[j%2]
			// A few units in the last place of the radius, at most 5.77.
			near(t, "normal", float64(v), want, 2e-6)
		}
		if t.Failed() {
			t.Fatalf("length %d", length)
		}
	}
}

func TestWideNormalsEqualScalarOnes(t *testing.T) {
	k0, k1 := threefry(1, 2, 3, 4)
	wide := make([]float32, 1<<20)
	normals(k0, k1, 9, wide)
	for j := 0; j < len(wide); j += 2 {
		a, b := boxMuller(threefry(k0, k1, 9, uint32(j/2)))
		if math.Float32bits(a) != math.Float32bits(wide[j]) || math.Float32bits(b) != math.Float32bits(wide[j+1]) {
			t.Fatalf("elements %d, %d: found %v, %v, want %v, %v", j, j+1, wide[j], wide[j+1], a, b)
		}
	}
}

func TestElementaryFunctions(t *testing.T) {
	// Every multiple of 7 and the ends: relative to the logarithm itself, since the
	// square root that follows keeps relative errors.
	for m := uint32(1); m <= 1<<24; m += 7 {
		want := math.Log(float64(m) / (1 << 24))
		if found := float64(lnFraction(m)); math.Abs(found-want) > 2e-7*math.Abs(want) {
			t.Fatalf("ln(%d/2^24): found %v, want %v", m, found, want)
		}
	}
	if found := lnFraction(1 << 24); found != 0 {
		t.Errorf("ln(1): found %v, want 0", found)
	}
	for v := uint32(0); v < 1<<24; v += 7 {
		sin, cos := math.Sincos(2 * math.Pi * float64(v) / (1 << 24))
		c, s := turn(v)
		if math.Abs(float64(c)-cos) > 1.2e-7 || math.Abs(float64(s)-sin) > 1.2e-7 {
			t.Fatalf("turn %d: found %v, %v, want %v, %v", v, c, s, cos, sin)
		}
	}
}

// Tolerances are five standard errors of the moments of n independent normals.
func TestNormalMoments(t *testing.T) {
	const images, size = 64, 1 << 14
	const n = float64(images * size)
	x := NewImages(images, 1, 128, 128)
	if err := NewKey(20261101).Normals(StreamStep, 3, x); err != nil {
		t.Fatal(err)
	}
	mean, variance, skewness, kurtosis := moments(x.Data)
	near(t, "mean", mean, 0, 5/math.Sqrt(n))
	near(t, "variance", variance, 1, 5*math.Sqrt(2/n))
	near(t, "skewness", skewness, 0, 5*math.Sqrt(6/n))
	near(t, "excess kurtosis", kurtosis, 0, 5*math.Sqrt(24/n))

	beyond := 0.0
	for _, v := range x.Data {
		if math.Abs(float64(v)) > 3 {
			beyond++
		}
	}
	p := math.Erfc(3 / math.Sqrt2)
	near(t, "share beyond 3", beyond/n, p, 5*math.Sqrt(p/n))
}

// The normals of neighbours, streams, images, steps and seeds are uncorrelated,
// and so are their squares.
func TestNormalsAreUncorrelated(t *testing.T) {
	const n = 1 << 18
	draw := func(k Key, stream Stream, image, step int) []float32 {
		v := make([]float32, n)
		if err := k.Normal(stream, image, step, v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	k := NewKey(7)
	base := draw(k, StreamStep, 0, 0)
	shifted := append(append([]float32(nil), base[1:]...), base[0])
	for name, other := range map[string][]float32{
		"neighbour": shifted,
		"stream":    draw(k, StreamStart, 0, 0),
		"image":     draw(k, StreamStep, 1, 0),
		"step":      draw(k, StreamStep, 0, 1),
		"seed":      draw(NewKey(8), StreamStep, 0, 0),
		"high seed": draw(NewKey(7|1<<32), StreamStep, 0, 0),
	} {
		var product, squares float64
		for j := range base {
			a, b := float64(base[j]), float64(other[j])
			product += a * b / n
			squares += (a*a - 1) * (b*b - 1) / 2 / n
		}
		near(t, "correlation with another "+name, product, 0, 5/math.Sqrt(n))
		near(t, "correlation of squares with another "+name, squares, 0, 5/math.Sqrt(n))
	}
}

func TestUniformMoments(t *testing.T) {
	const n = 1 << 20
	v := make([]float32, n)
	if err := NewKey(3).Uniform(StreamReinit, 0, 0, v); err != nil {
		t.Fatal(err)
	}
	for _, u := range v {
		if !(u >= 0 && u < 1) {
			t.Fatalf("found %v, want a number of [0,1)", u)
		}
	}
	mean, variance, skewness, _ := moments(v)
	near(t, "mean", mean, 0.5, 5*math.Sqrt(1./12/n))
	near(t, "variance", variance, 1./12, 5*math.Sqrt(1./180/n))
	near(t, "skewness", skewness, 0, 5*math.Sqrt(6./n))
}

func TestNoiseBelongsToTheImage(t *testing.T) {
	k := NewKey(11)
	whole := NewImages(32, 3, 32, 32) // large enough to be shared among processors
	if err := k.Normals(StreamStep, 4, whole); err != nil {
		t.Fatal(err)
	}
	for i := range whole.N {
		one := NewImages(1, 3, 32, 32)
		if err := k.From(i).Normals(StreamStep, 4, one); err != nil {
			t.Fatal(err)
		}
		if !sameBits(one.Data, whole.Image(i)) {
			t.Fatalf("image %d differs from the one drawn alone", i)
		}
	}
}

func TestChoose(t *testing.T) {
	k := NewKey(5)
	const from, draws = 10, 20000
	counts := make([]float64, from)
	for step := range draws {
		chosen, err := k.Choose(StreamReplay, step, 3, from)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[int]bool{}
		for _, c := range chosen {
			if c < 0 || c >= from || seen[c] {
				t.Fatalf("found %v, want 3 different numbers below %d", chosen, from)
			}
			seen[c] = true
			counts[c]++
		}
	}
	for c, count := range counts {
		near(t, "share of number "+string(rune('0'+c)), count/draws, 0.3, 5*math.Sqrt(0.3*0.7/draws))
	}
	all, err := k.Choose(StreamReplay, 0, from, from)
	if err != nil || len(all) != from {
		t.Errorf("permutation: found %v, %v", all, err)
	}
	if _, err := k.Choose(StreamReplay, 0, 11, from); err == nil {
		t.Error("11 different numbers of 10: found no error")
	}
}

func TestRecordedNoise(t *testing.T) {
	steps := []Images{noise(t, 1, 2, 1, 2, 2), noise(t, 2, 2, 1, 2, 2)}
	k := Recorded(steps)
	found := make([]float32, 4)
	if err := k.From(1).Normal(StreamStep, 0, 1, found); err != nil || !sameBits(found, steps[1].Image(1)) {
		t.Errorf("found %v, %v, want %v", found, err, steps[1].Image(1))
	}
	for want, call := range map[string]func() error{
		"found 2 steps, want step 2": func() error { return k.Normal(StreamStep, 0, 2, found) },
		"found 2 images at step 0, want image 2": func() error {
			return k.Normal(StreamStep, 2, 0, found)
		},
		`none for the stream "accept"`: func() error { return k.Uniform(StreamAccept, 0, 0, found[:1]) },
		"found 4 values an image at step 0, want 3": func() error {
			return k.Normal(StreamStep, 0, 0, found[:3])
		},
		"no numbers to choose by": func() error { _, err := k.Choose(StreamReplay, 0, 1, 2); return err },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("found error %v, want one with %q", err, want)
		}
	}
}

func BenchmarkNormal(b *testing.B) {
	dst := make([]float32, 3*32*32)
	k := NewKey(1)
	b.SetBytes(64 * int64(len(dst)) * 4)
	for step := range b.N {
		for i := range 64 {
			if err := k.Normal(StreamStep, i, step, dst); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// TestAlikeKeysGiveEveryImageTheFirstsNumbers in whatever batch it is.
func TestAlikeKeysGiveEveryImageTheFirstsNumbers(t *testing.T) {
	k := NewKey(3)
	want := make([]float32, 6)
	if err := k.Normal(StreamStep, 0, 4, want); err != nil {
		t.Fatal(err)
	}
	for _, alike := range []Key{k.Alike(), k.From(7).Alike(), k.Alike().From(7)} {
		x := NewImages(3, 1, 2, 3)
		if err := alike.Normals(StreamStep, 4, x); err != nil {
			t.Fatal(err)
		}
		for i := range x.N {
			if !slices.Equal(x.Image(i), want) {
				t.Errorf("image %d: found %v, want %v", i, x.Image(i), want)
			}
		}
	}
}
