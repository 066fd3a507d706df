package faces

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/color"
	"image/png"
	"os"
	"slices"
	"testing"

	"ebmstudio/sampling"
)

func open(t testing.TB) *Set {
	t.Helper()
	s, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFacesAreTheLibrarys compares faces with those that the library itself drew.
func TestFacesAreTheLibrarys(t *testing.T) {
	list, err := os.ReadFile("testdata/faces.json")
	if err != nil {
		t.Fatal(err)
	}
	var chosen [][][2]string // of each face and group: part and colour
	if err := json.Unmarshal(list, &chosen); err != nil {
		t.Fatal(err)
	}
	picture, err := os.ReadFile("testdata/faces.png")
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	a, err := openAtlas()
	if err != nil {
		t.Fatal(err)
	}
	columns, faults := sheet.Bounds().Dx()/Size, 0
	for i, face := range chosen {
		c := a.blank()
		for g, part := range face {
			if part[0] == "" {
				continue
			}
			p, colour := slices.Index(a.groups[g].parts, part[0]), slices.Index(a.groups[g].colours, part[1])
			if p < 0 || colour < 0 {
				t.Fatalf("face %d: no %s %q in colour %q", i, a.groups[g].name, part[0], part[1])
			}
			c.draw(a.groups[g].layers[p*len(a.groups[g].colours)+colour])
		}
		for at := range Size * Size {
			want := color.NRGBAModel.Convert(sheet.At(i%columns*Size+at%Size, i/columns*Size+at/Size)).(color.NRGBA)
			if found := (color.NRGBA{c[at], c[at+Size*Size], c[at+2*Size*Size], 255}); found != want {
				if faults++; faults < 10 {
					t.Errorf("face %d %v, row %d, column %d: found %v, want %v", i, face, at/Size, at%Size, found, want)
				}
			}
		}
	}
	if len(chosen) < 100 || faults > 0 {
		t.Errorf("%d faces differ in %d pixels, want at least 100 faces without a difference", len(chosen), faults)
	}
}

func TestBatchesDependOnKeyStepAndFaceAlone(t *testing.T) {
	s := open(t).Training()
	k := sampling.NewKey(3)
	x, classes, err := s.At(k, 5, 64)
	if err != nil {
		t.Fatal(err)
	}
	if low, high := slices.Min(x.Data), slices.Max(x.Data); !(low >= 0 && high <= 1) {
		t.Errorf("found %v to %v, want within 0..1", low, high)
	}
	few, fewClasses, err := s.At(k.From(8), 5, 4)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(few.Data, x.Slice(8, 12).Data) || fmt.Sprint(fewClasses) != fmt.Sprint(classes[8:12]) {
		t.Error("faces 8 to 11 differ where they are drawn alone")
	}
	for name, draw := range map[string]func() (sampling.Images, [][]int, error){
		"step": func() (sampling.Images, [][]int, error) { return s.At(k, 6, 64) },
		"key":  func() (sampling.Images, [][]int, error) { return s.At(sampling.NewKey(4), 5, 64) },
	} {
		if y, _, err := draw(); err != nil || slices.Equal(x.Data, y.Data) {
			t.Errorf("another %s draws the same faces (error %v)", name, err)
		}
	}
	if _, _, err := s.At(k, 0, -1); err == nil {
		t.Error("a batch of -1 has no error")
	}
	if _, _, err := s.Only(func(Attributes) bool { return false }).At(k, 0, 1); err == nil {
		t.Error("a set of no combination has no error")
	}
}

// TestCombinationsAreEquallyLikely counts them; the limit is five deviations.
func TestCombinationsAreEquallyLikely(t *testing.T) {
	const n = 3600
	for _, c := range []struct {
		set          *Set
		combinations int
	}{{open(t), 16}, {open(t).Training(), 9}} {
		_, classes, err := c.set.At(sampling.NewKey(1), 0, n)
		if err != nil {
			t.Fatal(err)
		}
		counts := map[Attributes]int{}
		for _, of := range classes {
			var a Attributes
			for i, class := range of {
				if want := Pairs()[i]; class != want[0] && class != want[1] {
					t.Fatalf("class %d of a face is %d, want one of %v", i, class, want)
				}
				a[i] = class%2 == 0
			}
			if !slices.Equal(a.Classes(), of) || !a.Has(of[2]) || a.Has(of[2]^1) {
				t.Fatalf("%v: found classes %v", a, of)
			}
			counts[a]++
		}
		if len(counts) != c.combinations {
			t.Errorf("found %d combinations, want %d", len(counts), c.combinations)
		}
		for a, found := range counts {
			if want := n / c.combinations; found < want-95 || found > want+95 {
				t.Errorf("%v: found %d, want about %d", a, found, want)
			}
			if c.combinations == 9 && a.HeldOut() {
				t.Errorf("%v is held out", a)
			}
		}
	}
}

// TestLabelsCanBeSeen: no two faces that differ in one attribute alone are the same
// picture: hats leave long and short hair different, and hair hides no mouth and no
// glasses.
func TestLabelsCanBeSeen(t *testing.T) {
	s := open(t)
	chosenBy := func(name string) choice {
		return s.groups[slices.IndexFunc(s.groups, func(g choice) bool { return g.name == name })]
	}
	hair, hats, mouths, glasses := chosenBy("hair"), chosenBy("hat"), chosenBy("mouth"), chosenBy("glasses")
	plain := func(layers ...layer) canvas {
		c := s.blank
		for _, l := range layers {
			c.draw(l)
		}
		return c
	}
	first := func(c choice, part int) layer { return c.layers[part*len(c.colours)] }
	under := []layer{nil}
	for _, hat := range hats.on {
		under = append(under, first(hats, hat))
	}
	for h, hat := range under {
		short := map[canvas]string{}
		for _, p := range hair.off {
			short[plain(first(hair, p), hat)] = hair.parts[p]
		}
		for _, p := range hair.on {
			long := first(hair, p)
			if other, same := short[plain(long, hat)]; same {
				t.Errorf("hat %d: %s is %s", h, hair.parts[p], other)
			}
		}
		for _, p := range slices.Concat(hair.on, hair.off) {
			over := first(hair, p)
			sad := map[canvas]string{}
			for _, m := range mouths.off {
				sad[plain(first(mouths, m), over, hat)] = mouths.parts[m]
			}
			for _, m := range mouths.on {
				if other, same := sad[plain(first(mouths, m), over, hat)]; same {
					t.Errorf("hat %d, %s: %s is %s", h, hair.parts[p], mouths.parts[m], other)
				}
			}
			for _, g := range glasses.on {
				if plain(first(glasses, g), over, hat) == plain(over, hat) {
					t.Errorf("hat %d, %s: %s cannot be seen", h, hair.parts[p], glasses.parts[g])
				}
			}
		}
	}
}

// TestFacesAreHeldBack: no face of the test is one of the others.
func TestFacesAreHeldBack(t *testing.T) {
	s := open(t)
	const plane, dress = Size * Size, 13 * Size // from where it is
	type look [3 * (1 + plane - dress)]float32
	looks := func(s *Set, batches int) map[look]bool {
		found := map[look]bool{}
		s = s.Only(func(a Attributes) bool { return a == Attributes{} })
		for i := range 100 * batches {
			x, _, err := s.At(sampling.NewKey(1).From(i%100), i/100, 1)
			if err != nil {
				t.Fatal(err)
			}
			var l look
			for c := range 3 {
				p := x.Data[c*plane : (c+1)*plane]
				l[c] = p[8*Size+7] // between eyes and mouth
				copy(l[3+c*(plane-dress):], p[dress:])
			}
			found[l] = true
		}
		return found
	}
	seen, held := looks(s, 200), looks(s.Test(), 20)
	for l := range held {
		if seen[l] {
			t.Fatal("a face of the test is also among the others")
		}
	}
	// Two of the 23 dresses look the same.
	if len(held) != 8*22 || len(seen) != 8*22*11 {
		t.Errorf("found %d pairs of skin and dress held back and %d others, want %d and %d", len(held), len(seen), 8*22, 8*22*11)
	}
}

func BenchmarkBatch(b *testing.B) {
	s := open(b)
	for i := range b.N {
		if _, _, err := s.At(sampling.NewKey(1), i, 64); err != nil {
			b.Fatal(err)
		}
	}
}
