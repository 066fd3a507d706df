package studio_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/models"
	"ebmstudio/models/zoo"
	"ebmstudio/resources"
	"ebmstudio/sampling"
)

// layers are activations by name.
type layers struct {
	*testing.T
	of   map[string][]float32
	file *checkpoint.File
}

func (l layers) at(name string) []float32 {
	l.Helper()
	v, ok := l.of[name]
	if !ok {
		l.Fatalf("there is no layer %q", name)
	}
	return v
}

func (l layers) weight(name string) []float32 {
	l.Helper()
	v, err := l.file.Tensors[name].Float32s()
	if err != nil {
		l.Fatal(err)
	}
	return v
}

// linear is W x + b of the file's arrays, after act on every number of x.
func (l layers) linear(name string, x []float32, act func(float64) float64) []float64 {
	l.Helper()
	w, y := l.weight(name+".weight"), []float64(nil)
	for i, b := range l.weight(name + ".bias") {
		sum := float64(b)
		for j, v := range x {
			sum += float64(w[i*len(x)+j]) * act(float64(v))
		}
		y = append(y, sum)
	}
	return y
}

func same(v float64) float64  { return v }
func relu(v float64) float64  { return max(v, 0) }
func leaky(v float64) float64 { return max(v, 0.2*v) }

// TestActivationsOfFamilies: of every family, the energy computed by hand from the last layers'
// activations and the file's weights is the model's, and every layer is the same on all
// engines within 1e-5 of its largest number (measured: 1.5e-6 at most).
func TestActivationsOfFamilies(t *testing.T) {
	for name, byHand := range map[string]func(l layers) float64{
		"fashion-28": func(l layers) float64 { // CLEL: |f|^2 / 2 with f = head.2
			var e float64
			for i, f := range l.linear("ema_ebm.head.2", l.at("head.0"), leaky) {
				e += f * f / 2
				if g := float64(l.at("head.2")[i]); math.Abs(f-g) > 1e-5*(0.01+math.Abs(f)) {
					l.Errorf("f[%d]: %g by hand, %g tapped", i, f, g)
				}
			}
			return e
		},
		"icd-fashion-28": func(l layers) (e float64) { // the sum of the three columns
			for _, prefix := range []string{"small_", "mid_", ""} {
				v := l.linear("ema_model_state_dict_0."+prefix+"energy_map", l.at(prefix+"pooled"), same)[0]
				if g := float64(l.at(prefix + "energy_map")[0]); math.Abs(v-g) > 1e-5*(0.01+math.Abs(v)) {
					l.Errorf("%senergy_map: %g by hand, %g tapped", prefix, v, g)
				}
				e += v
			}
			return e
		},
		"vaeebm-fashion-28": func(l layers) float64 { // the linear head of the flattened last convolution
			last := ""
			for name := range l.of {
				if strings.HasPrefix(name, "conv.") && name > last {
					last = name
				}
			}
			prefix := "ebm."
			if _, averaged := l.file.Tensors["ema_ebm.fc.weight"]; averaged {
				prefix = "ema_ebm."
			}
			return l.linear(prefix+"fc", l.at(last), relu)[0]
		},
	} {
		t.Run(name, func(t *testing.T) { sameOnEngines(t, name, byHand) })
	}
	t.Run("cdrl-fashion-28", func(t *testing.T) {
		// F is the sum of the pooled features times their weights; E = -F / s^2, and s is
		// the level's: the ratio of two pictures' F is that of their energies.
		sameOnEngines(t, "cdrl-fashion-28", nil)
	})
}

// sameOnEngines opens a bundled model on every engine and compares.
func sameOnEngines(t *testing.T, name string, byHand func(l layers) float64) {
	var first []checkpoint.Named
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		m, file := bundledModel(t, b, name)
		x := sampling.NewImages(2, m.C, m.H, m.W)
		if err := sampling.NewKey(7).Normals(sampling.StreamUser, 0, x); err != nil {
			t.Fatal(err)
		}
		e, err := m.At(models.Given{})
		if err != nil {
			t.Fatal(err)
		}
		want, err := e.Value(x)
		if err != nil {
			t.Fatal(err)
		}
		all, err := models.Activations(e, x.Slice(0, 1))
		if err != nil {
			t.Fatal(err)
		}
		l := layers{t, byName(t, all), file}
		found := 0.0
		if byHand != nil {
			found = byHand(l)
		} else {
			second, err := models.Activations(e, x.Slice(1, 2))
			if err != nil {
				t.Fatal(err)
			}
			found = float64(want[1]) * weighed(l) / weighed(layers{t, byName(t, second), file})
		}
		if math.Abs(found-float64(want[0])) > 1e-4*math.Abs(found) { // float32 sums of up to 5,000 products
			t.Errorf("energy %g by hand from the last layers, %g of the model", found, want[0])
		}
		if _, err := models.Activations(e, x); err == nil || !strings.Contains(err.Error(), "found 2 pictures, want one") {
			t.Errorf("two pictures: found the error %v", err)
		}
		if first == nil {
			first = all
			return
		}
		differ(t, first, all)
	})
}

// weighed is CDRL's F by hand.
func weighed(l layers) (f float64) {
	w := l.at("temb_final")
	for i, v := range l.at("pooled") {
		f += float64(v) * float64(w[i])
	}
	return f
}

func byName(t *testing.T, all []checkpoint.Named) map[string][]float32 {
	t.Helper()
	m := map[string][]float32{}
	for _, a := range all {
		v, err := a.Float32s()
		if err != nil {
			t.Fatal(err)
		}
		if m[a.Name] != nil {
			t.Errorf("two layers are called %q", a.Name)
		}
		m[a.Name] = v
	}
	return m
}

// differ reports layers that are not the same.
func differ(t *testing.T, first, second []checkpoint.Named) {
	t.Helper()
	if len(first) != len(second) {
		t.Fatalf("found %d layers, on the first engine %d", len(second), len(first))
	}
	one, other := byName(t, first), byName(t, second)
	for i, a := range first {
		if second[i].Name != a.Name {
			t.Fatalf("layer %d is %q, on the first engine %q", i, second[i].Name, a.Name)
		}
		var most, apart float64
		for j, v := range one[a.Name] {
			most = max(most, math.Abs(float64(v)))
			apart = max(apart, math.Abs(float64(v-other[a.Name][j])))
		}
		if !(apart <= 1e-5*most) {
			t.Errorf("%s: engines differ by %g where the largest number is %g", a.Name, apart, most)
		}
	}
}

func bundledModel(t *testing.T, b compute.Backend, name string) (*models.Model, *checkpoint.File) {
	t.Helper()
	for _, bundled := range resources.Models() {
		if bundled.Name != name {
			continue
		}
		file, err := checkpoint.Read(name, bundled.Data)
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range zoo.Families() {
			if family.Knows(file) {
				m, err := family.Open(b, file, models.Options{})
				if err != nil {
					t.Fatal(err)
				}
				return m, file
			}
		}
	}
	t.Fatalf("no model %q is bundled", name)
	return nil, nil
}

// TestActivationsOfALevel: the time embedding of CDRL is that of the level asked for.
func TestActivationsOfALevel(t *testing.T) {
	m, _ := bundledModel(t, enginetest.Open(t, "go"), "cdrl-faces-16")
	x := sampling.NewImages(1, m.C, m.H, m.W)
	var first []float32
	for _, level := range []int{1, len(m.Levels)} {
		e, err := m.At(models.Given{Level: level})
		if err != nil {
			t.Fatal(err)
		}
		all, err := models.Activations(e, x)
		if err != nil {
			t.Fatal(err)
		}
		embedding := byName(t, all)["temb"]
		if len(embedding) == 0 || slices.Equal(embedding, first) {
			t.Errorf("level %d: found %d numbers, equal to those of the cleanest level: %v", level, len(embedding), first != nil)
		}
		first = embedding
	}
}
