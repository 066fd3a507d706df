package studio_test

import (
	"math"
	"slices"
	"testing"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine"
	"ebmstudio/models"
	"ebmstudio/models/zoo"
	"ebmstudio/resources"
	"ebmstudio/sampling"
)

// answer is what a model says of ten pictures that its chains begin with.
type answer struct {
	energies []float32
	gradient sampling.Images
}

// answers asks the bundled models of these names, or all, on an engine opened with such options.
func answers(t *testing.T, o engine.Options, names ...string) map[string]answer {
	t.Helper()
	o.Name, o.Untried = engine.XLACPU, true
	e, err := engine.Open(t.Context(), o)
	if err != nil {
		t.Skipf("ENGINE ABSENT, NOT TESTED: %v", err)
	}
	all := map[string]answer{}
	for _, r := range resources.Models() {
		if names != nil && !slices.Contains(names, r.Name) {
			continue
		}
		f, err := checkpoint.Read(r.Name+".safetensors", r.Data)
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range zoo.Families() {
			if !family.Knows(f) {
				continue
			}
			m, err := family.Open(e.Backend, f, models.Options{})
			if err != nil {
				t.Fatal(err)
			}
			all[r.Name] = ask(t, m)
			break
		}
	}
	return all
}

func ask(t *testing.T, m *models.Model) answer {
	t.Helper()
	x, given := m.Start(sampling.NewKey(1), 10), models.Given{}
	if m.Hole != nil {
		masked, err := m.Hole(x).Apply(sampling.NewImages(x.N, x.C, x.H, x.W))
		if err != nil {
			t.Fatal(err)
		}
		given.Picture = &masked
	}
	e, err := m.At(given)
	if err != nil {
		t.Fatal(err)
	}
	energies, gradient, err := e.Eval(x)
	if err != nil {
		t.Fatal(err)
	}
	return answer{energies, gradient}
}

// away is how far values are from those wanted, as a share of the wanted ones' length.
func away(got, want []float32) float64 {
	var d, n float64
	for i, v := range want {
		d += math.Pow(float64(got[i])-float64(v), 2)
		n += math.Pow(float64(v), 2)
	}
	return math.Sqrt(d / n)
}

// What a network of bfloat16 factors may be away from the same of float32: 8 bits are
// 0.4 % a factor, which some ten layers carry on.
const (
	mostEnergyAway   = 0.02
	mostGradientAway = 0.08
)

// TestVariants: three of the devices that XLA divides a processor into give the energies
// and gradients of one on a model of every family, each its own pictures (other batch sizes round sums
// differently); and the error of bfloat16 is stated and bounded, and there, on every bundled model.
func TestVariants(t *testing.T) {
	plain := answers(t, engine.Options{})
	three := answers(t, engine.Options{Devices: "3"}, "fashion-28", "cdrl-faces-16", "icd-hat-16", "vaeebm-fashion-28", "moons")
	half := answers(t, engine.Options{Precision: engine.BFloat16})
	for name, got := range three {
		want := plain[name]
		if e, g := away(got.energies, want.energies), away(got.gradient.Data, want.gradient.Data); !(e <= 1e-5 && g <= 1e-4) {
			t.Errorf("%s on three devices: energies %.2g and gradients %.2g away, want at most 1e-5 and 1e-4", name, e, g)
		}
	}
	for name, want := range plain {
		got := half[name]
		e, g := away(got.energies, want.energies), away(got.gradient.Data, want.gradient.Data)
		t.Logf("%s: energies %.2g, gradients %.2g away", name, e, g)
		if !(e <= mostEnergyAway && g <= mostGradientAway) {
			t.Errorf("%s in bfloat16: energies %.2g and gradients %.2g away, want at most %g and %g", name, e, g, mostEnergyAway, mostGradientAway)
		}
		if g == 0 {
			t.Errorf("%s: found the gradients of float32, want those of bfloat16", name)
		}
	}
}
