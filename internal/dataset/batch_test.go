package dataset

import (
	"math"
	"slices"
	"strings"
	"testing"

	"ebmstudio/sampling"
)

// numbered is a set of n pictures of 2 by 3 pixels, picture i all of level i.
func numbered(n int) *Set {
	s := &Set{Name: "numbered", C: 1, H: 2, W: 3}
	for i := range n {
		s.Levels = append(s.Levels, slices.Repeat([]uint8{uint8(i)}, 6)...)
	}
	return s
}

// draw is a batch of a fresh loader.
func draw(t testing.TB, l Loader, step int) (sampling.Images, []int) {
	t.Helper()
	x, index, err := l.At(step)
	if err != nil {
		t.Fatal(err)
	}
	return x, index
}

func TestBatchesDependOnKeyAndStepAlone(t *testing.T) {
	l := Loader{Set: numbered(50), Key: sampling.NewKey(7), Batch: 8, Noise: 0.1, Flip: true}
	var order []int
	for step := range 20 {
		x, index, err := l.At(step) // in order, with a memory of the epoch
		if err != nil {
			t.Fatal(err)
		}
		again, _ := draw(t, Loader{Set: l.Set, Key: l.Key, Batch: 8, Noise: 0.1, Flip: true}, step)
		if !slices.Equal(x.Data, again.Data) {
			t.Errorf("step %d differs where it is drawn alone", step)
		}
		order = append(order, index...)
	}
	for epoch := range 3 { // 6 batches each, two pictures are left out
		seen := map[int]bool{}
		for _, i := range order[epoch*48 : (epoch+1)*48] {
			seen[i] = true
		}
		if len(seen) != 48 {
			t.Errorf("epoch %d holds %d different pictures, want 48", epoch, len(seen))
		}
	}
	if slices.Equal(order[:48], order[48:96]) {
		t.Error("two epochs have one order")
	}
	if _, other := draw(t, Loader{Set: l.Set, Key: sampling.NewKey(8), Batch: 8}, 0); slices.Equal(other, order[:8]) {
		t.Error("another key draws the same pictures")
	}
	l.Key = sampling.NewKey(8) // and a loader that remembers an order notices
	_, fresh := draw(t, Loader{Set: l.Set, Key: l.Key, Batch: 8}, 19)
	if _, index, err := l.At(19); err != nil || !slices.Equal(index, fresh) {
		t.Errorf("after a change of key: found %v, error %v, want %v", index, err, fresh)
	}
}

func TestBatchContent(t *testing.T) {
	plain := Loader{Set: numbered(50), Key: sampling.NewKey(7), Batch: 8}
	x, index := draw(t, plain, 3)
	for i, k := range index {
		if x.Image(i)[5] != float32(k)/255 {
			t.Errorf("picture %d is %v, want %d of 255", i, x.Image(i), k)
		}
	}
	noisy := plain
	noisy.Noise = 0.05
	y, _ := draw(t, noisy, 3)
	var square float64
	for j, v := range y.Data {
		if v < 0 || v > 1 {
			t.Fatalf("found %v, want 0 to 1", v)
		}
		square += math.Pow(float64(v-x.Data[j]), 2)
	}
	// Clamping at 0 takes some of the noise away.
	if d := math.Sqrt(square / float64(len(y.Data))); d < 0.03 || d > 0.06 {
		t.Errorf("noise has deviation %v, want about 0.05", d)
	}
	for _, batch := range []int{0, 51} {
		l := Loader{Set: plain.Set, Batch: batch}
		if _, _, err := l.At(0); err == nil || !strings.Contains(err.Error(), "holds 50, want at least one batch") {
			t.Errorf("batch of %d: found error %v", batch, err)
		}
	}
}

// gradient is a batch of pictures without symmetry, in 0..1.
func gradient(n, c int) sampling.Images {
	x := sampling.NewImages(n, c, 8, 8)
	for j := range x.Data {
		x.Data[j] = float32(math.Mod(float64(j)*0.0371, 1))
	}
	return x
}

func TestAugmentations(t *testing.T) {
	k := sampling.NewKey(3)
	for _, channels := range []int{1, 3} {
		x := gradient(64, channels)
		before := slices.Clone(x.Data)
		for _, name := range []string{"flip", "weak", "strong"} {
			a, err := Strength(name)
			if err != nil {
				t.Fatal(err)
			}
			y, err := a.Apply(k, 5, x)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(x.Data, before) {
				t.Fatalf("%s changes its input", name)
			}
			if low, high := slices.Min(y.Data), slices.Max(y.Data); !(low >= 0 && high <= 1) {
				t.Errorf("%s: found %v to %v, want within 0..1", name, low, high)
			}
			again, _ := a.Apply(k, 5, x)
			later, _ := a.Apply(k, 6, x)
			if !slices.Equal(y.Data, again.Data) || slices.Equal(y.Data, later.Data) {
				t.Errorf("%s: want equal changes of one step, others of another", name)
			}
			// Picture i gets the same change whatever else is in the batch.
			half, _ := a.Apply(k, 5, x.Slice(0, 32))
			if !slices.Equal(y.Data[:len(half.Data)], half.Data) {
				t.Errorf("%s depends on the batch", name)
			}
			other, _ := a.Apply(sampling.NewKey(4), 5, x)
			if slices.Equal(y.Data, other.Data) {
				t.Errorf("%s: two keys make one view", name)
			}
		}
	}
	if _, err := Strength("cutout"); err == nil || !strings.Contains(err.Error(), `"cutout": want flip, weak or strong`) {
		t.Errorf("found error %v", err)
	}
}

func TestFlipMirrorsHalf(t *testing.T) {
	x := gradient(400, 3)
	y, err := Augmentation{Flip: true}.Apply(sampling.NewKey(1), 0, x)
	if err != nil {
		t.Fatal(err)
	}
	mirrored := 0
	for i := range x.N {
		want := slices.Clone(x.Image(i))
		if !slices.Equal(want, y.Image(i)) {
			mirrored++
			flip(want, 3*8, 8)
		}
		if !slices.Equal(want, y.Image(i)) {
			t.Fatalf("picture %d is neither itself nor its mirror image", i)
		}
	}
	if mirrored < 160 || mirrored > 240 { // four deviations of 10
		t.Errorf("%d of 400 are mirrored, want about half", mirrored)
	}
	same, err := Augmentation{}.Apply(sampling.NewKey(1), 0, x)
	if err != nil || !slices.Equal(same.Data, x.Data) {
		t.Errorf("no augmentation changes the pictures (%v)", err)
	}
}

// TestPlainPictures: what an augmentation must leave alone.
func TestPlainPictures(t *testing.T) {
	flat := sampling.NewImages(32, 3, 8, 8)
	for j := range flat.Data {
		flat.Data[j] = 0.5
	}
	for _, a := range []Augmentation{{Crop: 0.25}, {Gray: 1}, {Flip: true}} {
		y, err := a.Apply(sampling.NewKey(2), 0, flat)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range y.Data {
			if math.Abs(float64(v)-0.5) > 1e-6 {
				t.Fatalf("%+v turns a grey picture into %v", a, v)
			}
		}
	}
	x := gradient(32, 3)
	y, err := Augmentation{Gray: 1}.Apply(sampling.NewKey(2), 0, x)
	if err != nil {
		t.Fatal(err)
	}
	for i := range y.N {
		p, q := y.Image(i), x.Image(i)
		for j := range 64 {
			luma := 0.299*q[j] + 0.587*q[64+j] + 0.114*q[128+j]
			if p[j] != p[64+j] || p[j] != p[128+j] || math.Abs(float64(p[j]-luma)) > 1e-6 {
				t.Fatalf("picture %d, pixel %d: found %v %v %v, want three times the luma %v", i, j, p[j], p[64+j], p[128+j], luma)
			}
		}
	}
}

// TestCrop: a crop of the whole picture is the picture; a small one shows a part
// of it enlarged, so that neighbours differ less.
func TestCrop(t *testing.T) {
	x := sampling.NewImages(1, 1, 8, 8)
	for j := range x.Data {
		x.Data[j] = float32(j%8) / 8
	}
	dst := make([]float32, 64)
	var u [draws]float32
	u[drawAspect] = 0.5
	crop(1, u, x, dst)
	for j := range dst {
		if math.Abs(float64(dst[j]-x.Data[j])) > 1e-6 {
			t.Fatalf("pixel %d of the whole picture is %v, want %v", j, dst[j], x.Data[j])
		}
	}
	crop(0.25, u, x, dst) // the upper left quarter
	for j := range dst {
		want := math.Max((float64(j%8)+0.5)/2-0.5, 0) / 8
		if math.Abs(float64(dst[j])-want) > 1e-6 {
			t.Fatalf("pixel %d of the quarter is %v, want %v", j, dst[j], want)
		}
	}
}
