package nn

import (
	"math"
	"math/rand/v2"
	"strings"
)

// initialPowerIterations is how often PyTorch iterates a new spectral norm.
const initialPowerIterations = 15

// Init draws the first values of a network's arrays from r, in the order of the
// specs. The u and v of a spectral norm belong to the weight named as they are
// ("weight.original", "weight.0._u", "weight.0._v", or in PyTorch's older kind
// "weight_orig", "weight_u", "weight_v") and are brought near its first singular
// vectors, as PyTorch does.
func Init(specs []Spec, r *rand.Rand) Params {
	p := make(Params, len(specs))
	at := make(map[string]int, len(specs))
	for i, s := range specs {
		p[i] = Param{s.Name, NewArray(s.Shape...)}
		at[s.Name] = i
		fill(p[i].Data, s, r)
	}
	for i, s := range specs {
		if s.Role != Right {
			continue
		}
		base, newer := strings.CutSuffix(s.Name, ".0._v")
		original, left := base+".original", base+".0._u"
		if !newer {
			base = strings.TrimSuffix(s.Name, "_v")
			original, left = base+"_orig", base+"_u"
		}
		weight, u := p[at[original]], p[at[left]]
		for range initialPowerIterations {
			powerIteration(weight.Data, u.Data, p[i].Data)
		}
	}
	return p
}

func fill(dst []float32, s Spec, r *rand.Rand) {
	for i := range dst {
		switch {
		case s.Bound != 0:
			dst[i] = float32(s.Bound * (2*r.Float64() - 1))
		case s.Deviation != 0:
			dst[i] = float32(s.Deviation * r.NormFloat64())
		case s.Role == Gain || s.Role == Var:
			dst[i] = 1
		case s.Role == Left || s.Role == Right:
			dst[i] = float32(r.NormFloat64())
		}
	}
}

// powerIteration is u <- W v / |W v|, v <- W^T u / |W^T u| with W [len(u), len(v)].
func powerIteration(weight, u, v []float32) {
	next := make([]float64, len(v))
	for o := range u {
		row := weight[o*len(v) : (o+1)*len(v)]
		var dot float64
		for i, x := range row {
			dot += float64(x) * float64(v[i])
		}
		u[o] = float32(dot)
	}
	normalise32(u)
	for o, uo := range u {
		for i, x := range weight[o*len(v) : (o+1)*len(v)] {
			next[i] += float64(x) * float64(uo)
		}
	}
	for i, x := range next {
		v[i] = float32(x)
	}
	normalise32(v)
}

func normalise32(v []float32) {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	norm := math.Max(math.Sqrt(sum), 1e-12)
	for i, x := range v {
		v[i] = float32(float64(x) / norm)
	}
}
