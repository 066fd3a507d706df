package sampling

import (
	"errors"
	"math"
	"strings"
	"testing"
)

var quartic = pointwise(func(v float64) (float64, float64) { return v*v*v*v/4 - v, v*v*v - 1 })

// broken is an energy that fails.
type broken struct{}

func (broken) Value(Images) ([]float32, error)        { return nil, errBroken }
func (broken) Eval(Images) ([]float32, Images, error) { return nil, Images{}, errBroken }

func TestGradientsAgainstFiniteDifferences(t *testing.T) {
	x := noise(t, 21, 3, 2, 2, 3)
	anchor, anchors := noise(t, 22, 1, 2, 2, 3), noise(t, 23, 3, 2, 2, 3)
	skew := pointwise(gumbel)
	for name, e := range map[string]Energy{
		"sum":           Sum{{1.5, quartic}, {-0.5, skew}, {0, broken{}}},
		"any":           Any{Terms: []Term{{1, quartic}, {0.7, skew}, {-0.2, gaussian(0, 1)}}, Beta: 0.8},
		"tether to one": Tether{To: anchor, K: 0.7},
		"tether to all": Tether{To: anchors, K: 0.7},
		"affine":        Affine{Of: skew, Scale: -0.6, Shift: 0.3},
		"range":         InRange(quartic, 0, 1, -1, 1),
		"nested":        Sum{{2, Any{Terms: []Term{{1, skew}, {1, quartic}}, Beta: 2}}, {1, Tether{anchor, 0.1}}, {0.5, Affine{quartic, 0.5, 0}}},
	} {
		t.Run(name, func(t *testing.T) {
			energies, grad, err := e.Eval(x)
			if err != nil {
				t.Fatal(err)
			}
			values, err := e.Value(x)
			if err != nil || !sameBits(values, energies) {
				t.Errorf("Value: found %v, %v, want the energies of Eval, %v", values, err, energies)
			}
			// Central differences with h = 0.01: rounding of energies of order 10 gives
			// 1e-6/h = 1e-4, the third derivative h^2/6 times some 10, 2e-4.
			const h = 0.01
			for j := range x.Data {
				up, down := x.Clone(), x.Clone()
				up.Data[j] += h
				down.Data[j] -= h
				eu, _ := e.Value(up)
				ed, _ := e.Value(down)
				i := j / x.Size()
				slope := float64(eu[i]-ed[i]) / float64(up.Data[j]-down.Data[j])
				near(t, "slope", float64(grad.Data[j]), slope, 1e-3*(1+math.Abs(slope)))
			}
		})
	}
}

func TestValues(t *testing.T) {
	x := Images{N: 2, C: 1, H: 1, W: 2, Data: []float32{1, 2, 3, 4}}
	constant := func(c float64) Energy {
		return pointwise(func(float64) (float64, float64) { return c / 2, 0 })
	}
	for name, c := range map[string]struct {
		e    Energy
		want float64 // of the first picture
	}{
		"sum":               {Sum{{2, constant(3)}, {-1, constant(1)}}, 5},
		"guidance":          {Sum{{1 + 0.5, constant(3)}, {-0.5, constant(1)}}, 4},
		"any of equals":     {Any{[]Term{{1, constant(3)}, {1, constant(3)}}, 2}, 3 - math.Ln2/2},
		"any, stable":       {Any{[]Term{{1, constant(-4e6)}, {1, constant(5e6)}}, 100}, -4e6},
		"any, one infinite": {Any{[]Term{{1, constant(2)}, {1, constant(math.Inf(1))}}, 1}, 2},
		"tether":            {Tether{Images{N: 1, C: 1, H: 1, W: 2, Data: []float32{0, 0}}, 2}, 2 * (1 + 4)},
		"affine":            {Affine{gaussian(0, 1), 2, -1}, (1 + 9) / 2.},
		"range":             {InRange(gaussian(0, 1), -1, 1, 0, 2), (0 + 1) / 2.},
	} {
		e, err := c.e.Value(x)
		if err != nil {
			t.Fatal(err)
		}
		near(t, name, float64(e[0]), c.want, 1e-6*(1+math.Abs(c.want)))
	}
}

// A term that is out of the running must not spoil the gradient of the others.
func TestAnyIgnoresTheGradientOfAnImpossibleTerm(t *testing.T) {
	impossible := pointwise(func(float64) (float64, float64) { return math.Inf(1), math.NaN() })
	_, grad, err := Any{[]Term{{1, gaussian(0, 1)}, {1, impossible}}, 1}.Eval(filled(1, 0.5))
	if err != nil || grad.Data[0] != 0.5 {
		t.Errorf("found gradient %v, %v, want 0.5", grad.Data, err)
	}
}

// head is one output of a network that can evaluate several as one batch.
type head struct {
	pointwise
	net *network
}

type network struct {
	calls  int
	widest int
	fails  bool
}

func (h head) Network() any { return h.net }

func (h head) ValueTerms(x Images, terms []Energy) ([][]float32, error) {
	e, _, err := h.EvalTerms(x, terms)
	return e, err
}

func (h head) EvalTerms(x Images, terms []Energy) ([][]float32, []Images, error) {
	h.net.calls++
	h.net.widest = max(h.net.widest, len(terms))
	if h.net.fails {
		return nil, nil, errBroken
	}
	e, g := make([][]float32, len(terms)), make([]Images, len(terms))
	for t, term := range terms {
		e[t], g[t], _ = term.(head).pointwise.Eval(x)
	}
	return e, g, nil
}

func TestTermsOfOneNetworkAreOneBatch(t *testing.T) {
	one, two := &network{}, &network{}
	terms := []Term{{1, head{quartic, one}}, {2, gaussian(0, 1)}, {-0.5, head{gumbel, one}}, {1, head{quartic, two}}, {0.1, head{gaussian(1, 1), one}}}
	plain := []Term{{1, quartic}, {2, gaussian(0, 1)}, {-0.5, pointwise(gumbel)}, {1, quartic}, {0.1, gaussian(1, 1)}}
	x := noise(t, 3, 2, 1, 2, 2)
	for name, pair := range map[string][2]Energy{
		"sum": {Sum(terms), Sum(plain)},
		"any": {Any{terms, 0.5}, Any{plain, 0.5}},
	} {
		*one, *two = network{}, network{}
		e, grad, err := pair[0].Eval(x)
		if err != nil {
			t.Fatal(err)
		}
		wantE, wantGrad, _ := pair[1].Eval(x)
		if !sameBits(e, wantE) || !sameBits(grad.Data, wantGrad.Data) {
			t.Errorf("%s: found %v, want %v as without a batch", name, e, wantE)
		}
		if one.calls != 1 || one.widest != 3 || two.calls != 0 {
			t.Errorf("%s: found %d calls of %d terms and %d calls for a lone term, want 1 of 3 and 0", name, one.calls, one.widest, two.calls)
		}
		if e, err := pair[0].Value(x); err != nil || !sameBits(e, wantE) {
			t.Errorf("%s: Value found %v, %v, want %v", name, e, err, wantE)
		}
	}
	one.fails = true
	_, _, err := Sum(terms).Eval(x)
	if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "sum: terms 0, 2, 4: ") {
		t.Errorf("found error %v", err)
	}
}

func TestErrorsNameTheTerm(t *testing.T) {
	x := noise(t, 3, 2, 1, 2, 2)
	short := flat{make([]float32, 1), x}
	narrow := flat{make([]float32, 2), NewImages(2, 1, 2, 1)}
	for want, e := range map[string]Energy{
		"sum: term 1: the network is broken":                                    Sum{{1, quartic}, {1, broken{}}},
		"any: term 2: the network is broken":                                    Any{[]Term{{1, quartic}, {1, quartic}, {1, broken{}}}, 1},
		"sum: term 2: the network":                                              Sum{{1, quartic}, {0, quartic}, {1, broken{}}},
		"sum: found no terms, want at least one":                                Sum{},
		"any: found no terms":                                                   Any{Beta: 1},
		"any: found beta 0, want":                                               Any{Terms: []Term{{1, quartic}}},
		"sum: term 0: found no energy":                                          Sum{{Weight: 1}},
		"sum: term 1: found weight NaN":                                         Sum{{1, quartic}, {math.NaN(), quartic}},
		"sum: term 0: energies: found 1, want one for each of 2 pictures":       Sum{{1, short}},
		"sum: term 0: gradient: pictures: found 1x2x1":                          Sum{{1, narrow}},
		"tether: pictures: found 1x1x1":                                         Tether{To: filled(1, 0), K: 1},
		"tether: found 3 pictures to hold on to, want 1 or 2":                   Tether{To: NewImages(3, 1, 2, 2), K: 1},
		"the network is broken":                                                 Affine{Of: broken{}, Scale: 1},
		"evaluate an energy: found none":                                        Affine{Scale: 1},
		"sum: term 1: any: term 0: sum: term 0: tether: pictures: found 1x1x1 ": Sum{{1, quartic}, {1, Any{[]Term{{1, Sum{{1, Tether{To: filled(1, 0), K: 1}}}}}, 1}}},
	} {
		if _, _, err := e.Eval(x); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("found error %v, want %q", err, want)
		}
	}
}
