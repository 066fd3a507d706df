package studio

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"ebmstudio/checkpoint"
)

// Likeness says how a tensor of one file is to the one of the same name in another.
type Likeness int

// The likenesses, in the order in which they are told.
const (
	OtherValues Likeness = iota // of one shape, with other values
	OtherShape
	OnlyInA
	OnlyInB
	Identical
	Likenesses // their number
)

// String names the likeness for scripts.
func (d Likeness) String() string {
	return [...]string{"other values", "other shape", "only in a", "only in b", "identical"}[d]
}

// TensorPair is what two files have under one name.
type TensorPair struct {
	Name         string
	Likeness     Likeness
	A, B         []int  // shapes; nil where there is no such tensor
	TypeA, TypeB string // "" where there is none
	// Of two tensors of one shape, over the places where both are finite: the largest
	// |b - a|; the relative distance |b - a| / |a| of all values as one vector, infinite
	// where a is 0 and b is not, or where one has a finite value and the other has not;
	// the cosine between the two, NaN where one is 0.
	Largest, Relative, Cosine float64
	NotFinite                 int   // places where one of them is not finite
	Err                       error // why the values could not be compared
}

// WeightComparison is what two sets of weights have in common and what not.
type WeightComparison struct {
	A, B string // what was compared, for people
	// Pairs are ordered by likeness, those of other values by relative distance, the
	// largest first, the others as they are in the files.
	Pairs []TensorPair
}

// Count is the number of pairs of a likeness.
func (c WeightComparison) Count(d Likeness) (n int) {
	for _, p := range c.Pairs {
		if p.Likeness == d {
			n++
		}
	}
	return n
}

// Of are the pairs of a likeness.
func (c WeightComparison) Of(d Likeness) []TensorPair {
	return slices.DeleteFunc(slices.Clone(c.Pairs), func(p TensorPair) bool { return p.Likeness != d })
}

// CompareWeights compares two sets of weights tensor by tensor. It ends with the context.
func CompareWeights(ctx context.Context, a, b Weights) (WeightComparison, error) {
	c := WeightComparison{A: a.Title, B: b.Title}
	for _, name := range a.names {
		pair, err := pairOf(ctx, name, a.tensors, b.tensors)
		if err != nil {
			return WeightComparison{}, err
		}
		c.Pairs = append(c.Pairs, pair)
	}
	for _, name := range b.names {
		if _, common := a.tensors[name]; !common {
			t := b.tensors[name]
			c.Pairs = append(c.Pairs, TensorPair{Name: name, Likeness: OnlyInB, B: t.Shape, TypeB: t.DType})
		}
	}
	slices.SortStableFunc(c.Pairs, func(p, q TensorPair) int {
		return cmp.Or(cmp.Compare(p.Likeness, q.Likeness), cmp.Compare(q.Relative, p.Relative))
	})
	return c, nil
}

// pairOf compares the tensors of a name that a has.
func pairOf(ctx context.Context, name string, a, b map[string]checkpoint.Tensor) (TensorPair, error) {
	s, t := a[name], b[name]
	p := TensorPair{Name: name, A: s.Shape, TypeA: s.DType}
	if _, common := b[name]; !common {
		p.Likeness = OnlyInA
		return p, ctx.Err()
	}
	p.B, p.TypeB = t.Shape, t.DType
	if !slices.Equal(s.Shape, t.Shape) {
		p.Likeness = OtherShape
		return p, ctx.Err()
	}
	v, err := s.Float32s()
	w, err2 := t.Float32s()
	if err = errors.Join(err, err2); err != nil {
		p.Err = err
		return p, nil
	}
	if err := p.measure(ctx, v, w); err != nil {
		return p, err
	}
	same := s.DType == t.DType && bytes.Equal(s.Data, t.Data)
	if same || s.DType != t.DType && p.Relative == 0 { // of one type bytes differ where a float32 may not
		p.Likeness = Identical
	}
	return p, nil
}

// measure fills in the distances between values of one shape.
func (p *TensorPair) measure(ctx context.Context, v, w []float32) error {
	var apart, ofA, ofB, product float64
	unlike := false
	for i := range v {
		if i%cancelEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		x, y := float64(v[i]), float64(w[i])
		if !finite(x) || !finite(y) {
			p.NotFinite++
			unlike = unlike || x != y && !(math.IsNaN(x) && math.IsNaN(y))
			continue
		}
		d := y - x
		p.Largest = max(p.Largest, math.Abs(d))
		apart, ofA, ofB, product = apart+d*d, ofA+x*x, ofB+y*y, product+x*y
	}
	p.Cosine = min(1, product/math.Sqrt(ofA*ofB)) // 0/0 is NaN
	switch {
	case unlike || ofA == 0 && apart > 0:
		p.Relative = math.Inf(1)
	case apart > 0:
		p.Relative = math.Sqrt(apart / ofA)
	}
	return nil
}

// Weights are tensors to be compared, by name.
type Weights struct {
	Title   string // for people: "last.ckpt", "last.ckpt (ema)"
	names   []string
	tensors map[string]checkpoint.Tensor
}

// The kinds of weights of a file.
const (
	WeightsEMA = "ema" // averaged over training
	WeightsRaw = "raw" // as the optimiser left them
)

// WeightsOf are the tensors of a file: all under their own names where kind is "", or the
// averaged ones ("ema") under the names of what they are averages of, or all others
// ("raw"). A file without averages is all raw, and has no "ema".
func (s *Studio) WeightsOf(o *Opened, kind string) (Weights, error) {
	if o.File == nil {
		return Weights{}, fmt.Errorf("weights of %s: it is several models as one and has no file of its own", o.Name)
	}
	w := Weights{Title: o.Name, names: o.File.Names, tensors: o.File.Tensors}
	if kind == "" {
		return w, nil
	}
	if kind != WeightsEMA && kind != WeightsRaw {
		return Weights{}, fmt.Errorf("weights of %s: found %q, want %s or %s", o.Name, kind, WeightsEMA, WeightsRaw)
	}
	averages := s.averages(o)
	if len(averages) == 0 && kind == WeightsEMA {
		return Weights{}, fmt.Errorf("weights of %s: found no averaged (ema) tensors among %d\nhint: compare the file as it is", o.Name, len(o.File.Names))
	}
	w = Weights{Title: o.Name + " (" + kind + ")", tensors: map[string]checkpoint.Tensor{}}
	for _, name := range o.File.Names {
		as, averaged := averages[name]
		if averaged != (kind == WeightsEMA) {
			continue
		}
		if !averaged {
			as = name
		}
		w.names, w.tensors[as] = append(w.names, as), o.File.Tensors[name]
	}
	return w, nil
}

// BothKinds reports whether a file holds averaged weights and the raw ones.
func (s *Studio) BothKinds(o *Opened) bool {
	if o.File == nil {
		return false
	}
	for _, raw := range s.averages(o) {
		if _, there := o.File.Tensors[raw]; there {
			return true
		}
	}
	return false
}

// averages are the names of a file's averaged tensors, and of what each is the average
// of: as the family says, otherwise the name without its "ema_".
func (s *Studio) averages(o *Opened) map[string]string {
	if f, err := s.familyOf(o.Name, o.File); err == nil && f.Averages != nil {
		if found := f.Averages(o.File); len(found) > 0 {
			return found
		}
	}
	found := map[string]string{}
	for _, name := range o.File.Names {
		if raw, averaged := withoutAverage(name); averaged {
			found[name] = raw
		}
	}
	return found
}

// withoutAverage is a tensor's name without the "ema_" that begins it or one of its parts.
func withoutAverage(name string) (raw string, averaged bool) {
	const mark = "ema_"
	if strings.HasPrefix(name, mark) {
		return name[len(mark):], true
	}
	if i := strings.Index(name, "."+mark); i >= 0 {
		return name[:i+1] + name[i+1+len(mark):], true
	}
	return name, false
}
