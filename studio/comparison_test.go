package studio

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
)

// compared compares two files as they are.
func compared(t *testing.T, a, b *Opened) WeightComparison {
	t.Helper()
	s := New(Config{})
	defer s.Close()
	wa, err1 := s.WeightsOf(a, "")
	wb, err2 := s.WeightsOf(b, "")
	c, err3 := CompareWeights(t.Context(), wa, wb)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestComparePairs(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	doubles := checkpoint.Named{Name: "w", Tensor: checkpoint.Tensor{DType: "float64", Shape: []int{1}, Data: []byte{0, 0, 0, 0, 0, 0, 0xf0, 0x3f}}} // 1
	almost := checkpoint.Named{Name: "w", Tensor: checkpoint.Tensor{DType: "float64", Shape: []int{1}, Data: []byte{1, 0, 0, 0, 0, 0, 0xf0, 0x3f}}}
	short := checkpoint.Named{Name: "w", Tensor: checkpoint.Tensor{DType: "float32", Shape: []int{3}, Data: make([]byte, 4)}}
	for _, c := range []struct {
		name                      string
		a, b                      checkpoint.Named
		want                      Likeness
		largest, relative, cosine float64
		notFinite                 int
	}{
		{"the same", floats("w", 3, 4), floats("w", 3, 4), Identical, 0, 0, 1, 0},
		{"scaled", floats("w", 3, 4), floats("w", 6, 8), OtherValues, 4, 1, 1, 0},
		{"turned", floats("w", 3, 4), floats("w", -4, 3), OtherValues, 7, math.Sqrt2, 0, 0},
		{"from zero", floats("w", 0, 0), floats("w", 0, 1), OtherValues, 1, math.Inf(1), math.NaN(), 0},
		{"to zero", floats("w", 0, 2), floats("w", 0, 0), OtherValues, 2, 1, math.NaN(), 0},
		{"zeros", floats("w", 0, 0), floats("w", 0, 0), Identical, 0, 0, math.NaN(), 0},
		{"both damaged alike", floats("w", nan, inf, 1), floats("w", nan, inf, 1), Identical, 0, 0, 1, 2},
		{"one damaged", floats("w", 1, 2), floats("w", nan, 2), OtherValues, 0, math.Inf(1), 1, 1},
		{"other shape", floats("w", 1, 2), floats("w", 1, 2, 3), OtherShape, 0, 0, 0, 0},
		{"other type, same number", floats("w", 1), doubles, Identical, 0, 0, 1, 0},
		{"beyond a float32", doubles, almost, OtherValues, 0, 0, 1, 0},
		{"empty", floats("w"), floats("w"), Identical, 0, 0, math.NaN(), 0},
		{"unreadable", short, floats("w", 1, 2, 3), OtherValues, 0, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := compared(t, fileOf("a", c.a), fileOf("b", c.b)).Pairs[0]
			near := func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) < 1e-12 }
			if p.Likeness != c.want || !near(p.Largest, c.largest) || !near(p.Relative, c.relative) || !near(p.Cosine, c.cosine) || p.NotFinite != c.notFinite {
				t.Errorf("found %+v, want %v, largest %v, relative %v, cosine %v, %d not finite", p, c.want, c.largest, c.relative, c.cosine, c.notFinite)
			}
			if (p.Err != nil) != (c.name == "unreadable") {
				t.Errorf("found the error %v", p.Err)
			}
		})
	}
}

func TestCompareOrders(t *testing.T) {
	a := fileOf("a.npz", floats("same", 1), floats("near", 10), floats("gone", 1), floats("far", 1), floats("shape", 1))
	b := fileOf("b.npz", floats("far", 3), floats("new", 1), floats("near", 11), floats("same", 1), floats("shape", 1, 2))
	c := compared(t, a, b)
	var names []string
	for _, p := range c.Pairs {
		names = append(names, p.Name+": "+p.Likeness.String())
	}
	want := []string{"far: other values", "near: other values", "shape: other shape", "gone: only in a", "new: only in b", "same: identical"}
	if !slices.Equal(names, want) || c.A != "a.npz" || c.B != "b.npz" || c.Count(OtherValues) != 2 || len(c.Of(Identical)) != 1 {
		t.Errorf("found %q of %q and %q, want %q", names, c.A, c.B, want)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := CompareWeights(ended, Weights{names: []string{"x"}}, Weights{}); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: found %v", err)
	}
}

// TestWeightsOf: averaged and raw weights meet under one name, by the rule for names and
// by what a family says.
func TestWeightsOf(t *testing.T) {
	lists := models.Family{
		Name: "lists", Title: "Lists", Knows: func(f *checkpoint.File) bool { return f.Tensors["shadow.0"].DType != "" },
		Averages: func(*checkpoint.File) map[string]string { return map[string]string{"shadow.0": "net.w"} },
	}
	s := New(Config{Families: []models.Family{lists}})
	defer s.Close()
	for _, c := range []struct {
		name     string
		file     *Opened
		ema, raw []string
		both     bool
	}{
		{"at the beginning", fileOf("a", floats("ebm.w", 1), floats("ema_ebm.w", 2), floats("steps", 3)), []string{"ebm.w"}, []string{"ebm.w", "steps"}, true},
		{"inside", fileOf("a", floats("model.ebm.w", 1), floats("model.ema_ebm.w", 2)), []string{"model.ebm.w"}, []string{"model.ebm.w"}, true},
		{"averages alone", fileOf("a", floats("ema_ebm.w", 1)), []string{"ebm.w"}, nil, false},
		{"no averages", fileOf("a", floats("ebm.schema_w", 1)), nil, []string{"ebm.schema_w"}, false},
		{"as the family says", fileOf("a", floats("net.w", 1), floats("net.u", 1), floats("shadow.0", 2)), []string{"net.w"}, []string{"net.w", "net.u"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			ema, err := s.WeightsOf(c.file, WeightsEMA)
			if c.ema == nil {
				if err == nil || !strings.Contains(err.Error(), "found no averaged (ema) tensors among 1\nhint: ") {
					t.Errorf("found the error %v", err)
				}
			} else if err != nil || !slices.Equal(ema.names, c.ema) || ema.Title != "a (ema)" {
				t.Errorf("averaged: found %q of %q, %v, want %q", ema.names, ema.Title, err, c.ema)
			}
			if raw, err := s.WeightsOf(c.file, WeightsRaw); err != nil || !slices.Equal(raw.names, c.raw) {
				t.Errorf("raw: found %q, %v, want %q", raw.names, err, c.raw)
			}
			if found := s.BothKinds(c.file); found != c.both {
				t.Errorf("both kinds: found %v", found)
			}
		})
	}
	if _, err := s.WeightsOf(&Opened{Name: "a and b"}, ""); err == nil || !strings.Contains(err.Error(), "has no file of its own") {
		t.Errorf("several models: found %v", err)
	}
	if _, err := s.WeightsOf(fileOf("a"), "best"); err == nil || !strings.Contains(err.Error(), `found "best", want ema or raw`) {
		t.Errorf("another kind: found %v", err)
	}
}
