package sampling

import (
	"slices"
	"strings"
	"testing"
)

func TestMaskFill(t *testing.T) {
	m := NewMask(NewImages(1, 1, 2, 3)).Fill(-5, 1, 1, 99, 1).Fill(1, 0, 2, 1, 0.25)
	if want := []float32{0, 1, 1, 0.25, 0, 0}; !slices.Equal(m.M, want) {
		t.Errorf("found %v, want %v", m.M, want)
	}
}

func TestMaskErrors(t *testing.T) {
	x := NewImages(2, 3, 2, 2)
	for want, m := range map[string]*Mask{
		"mask: found 4 rows of 5, want 2 rows of 2":                    NewMask(NewImages(1, 3, 4, 5)),
		"mask: found 3 values, want 4 (2 rows of 2)":                   {H: 2, W: 2, M: make([]float32, 3), Known: x},
		"mask: found 1.5 at row 1, column 0, want 0 (known)":           NewMask(x).Fill(1, 0, 2, 1, 1.5),
		"mask of 2 rows of 2: known pictures: found 3x1x1":             {H: 2, W: 2, M: make([]float32, 4), Known: NewImages(1, 3, 1, 1)},
		"mask: found known pictures of 1 channels, want 3":             NewMask(NewImages(1, 1, 2, 2)),
		"mask: found 5 known pictures, want 1 or 2":                    NewMask(NewImages(5, 3, 2, 2)),
		"mask of 2 rows of 2: known pictures: found 0 values, want 12": NewMask(Images{N: 1, C: 3, H: 2, W: 2}),
	} {
		if _, err := m.Apply(x); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("found error %v, want %q", err, want)
		}
	}
}
