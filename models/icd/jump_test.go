package icd

import (
	"slices"
	"testing"

	"ebmstudio/sampling"
)

// TestJump: a change is the same for a picture whatever batch it is in, differs from
// picture to picture and from step to step, and keeps to 0..1.
func TestJump(t *testing.T) {
	for _, kind := range append([]string{"crop,blur,colour"}, jumpKinds...) {
		j, err := parseJump(kind, 1)
		if err != nil {
			t.Fatal(err)
		}
		k, x := sampling.NewKey(4), sampling.NewImages(16, 3, 6, 5)
		if err := k.Uniforms(sampling.StreamStart, 0, x, 0, 1); err != nil {
			t.Fatal(err)
		}
		was := x.Clone()
		all, err := j.Apply(k, 2, x)
		if err != nil {
			t.Fatal(err)
		}
		one, err := j.Apply(k.From(3), 2, x.Slice(3, 4))
		if err != nil {
			t.Fatal(err)
		}
		later, err := j.Apply(k, 3, x)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case !slices.Equal(one.Data, all.Image(3)):
			t.Errorf("%s: a picture alone is changed otherwise than in a batch", kind)
		case !slices.Equal(x.Data, was.Data):
			t.Errorf("%s: the pictures given were written to", kind)
		case slices.Equal(all.Data, x.Data) || slices.Equal(all.Data, later.Data):
			t.Errorf("%s: nothing changed, or the same at two steps", kind)
		case slices.Min(all.Data) < 0 || slices.Max(all.Data) > 1:
			t.Errorf("%s: found %v to %v, want 0 to 1", kind, slices.Min(all.Data), slices.Max(all.Data))
		}
	}
}

// TestJumpFlip: mirrored pictures are exact, and mirrored again they are the first ones.
func TestJumpFlip(t *testing.T) {
	x := sampling.NewImages(1, 1, 2, 3)
	copy(x.Data, []float32{1, 2, 3, 4, 5, 6})
	out := x.Clone()
	view{height: 1, width: -1}.resample(x, out)
	if want := []float32{3, 2, 1, 6, 5, 4}; !slices.Equal(out.Data, want) {
		t.Errorf("found %v, want %v", out.Data, want)
	}
}

// TestJumpBlur: [1 2 1]/4 along both axes, the border repeated.
func TestJumpBlur(t *testing.T) {
	x := sampling.NewImages(1, 1, 3, 3)
	x.Data[4] = 16
	blur(x, 1)
	if want := []float32{1, 2, 1, 2, 4, 2, 1, 2, 1}; !slices.Equal(x.Data, want) {
		t.Errorf("found %v, want %v", x.Data, want)
	}
}
