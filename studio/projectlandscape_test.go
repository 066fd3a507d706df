package studio

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"

	"ebmstudio/sampling"
)

// someLandscape is a landscape of the analytic model, with a map that is not finite
// everywhere.
func someLandscape(t testing.TB, o *Opened) (*ProjectLandscape, MapView, Landscape) {
	t.Helper()
	x := sampling.NewImages(3, o.Model.C, o.Model.H, o.Model.W)
	for i := range x.Data {
		x.Data[i] = float32(i*i%17) / 16
	}
	v, err := ViewThrough(x, [3]string{"a.png", "b.png", "chain 3"}, ViewMargin)
	if err != nil {
		t.Fatal(err)
	}
	land := Landscape{Plane: v.Plane, Frame: v.Frame, Cells: 8, Energy: make([]float32, 81)}
	for i := range land.Energy {
		land.Energy[i] = float32(math.Inf(i - 40))
		if i > 3 {
			land.Energy[i] = float32(i) / 3
		}
	}
	view := ViewFile(v, "", 0)
	return &ProjectLandscape{
		View: &view, Cells: 64, Map: MapFile(land), Corners: []ProjectCorner{{2, "chain 3", PictureFile(Pick(x, 2))}},
		Bookmarks: []ProjectView{ViewFile(v, "the valley", 0)},
	}, v, land
}

func TestALandscapeInAProject(t *testing.T) {
	_, o := (&fake{}).open(t, 0)
	p := someProject(t)
	var v MapView
	var land Landscape
	p.Sessions[0].Landscape, v, land = someLandscape(t, o)
	data, err := p.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseProject(data)
	if err != nil {
		t.Fatal(err)
	}
	second, _ := again.Bytes()
	if !bytes.Equal(data, second) || p.Sessions[0].Landscape.View.Plane.Name != "" {
		t.Error("written, read and written again it is another file, or writing has changed the project")
	}
	l := again.Sessions[0].Landscape
	got, err := l.View.MapView(o)
	if err != nil || !reflect.DeepEqual(got, v) {
		t.Errorf("found the view %+v, %v, want %+v", got, err, v)
	}
	energies, ok, err := l.MapOf(got)
	if err != nil || !ok || !reflect.DeepEqual(energies, land) {
		t.Errorf("found the map %+v, %v", energies, err)
	}
	if x, err := l.Corners[0].X.Picture(o.Model); err != nil || x.Data[3] != float32((2*20+3)*(2*20+3)%17)/16 {
		t.Errorf("the corner: %v", err)
	}
	if l.Bookmarks[0].Name != "the valley" {
		t.Error("the bookmark is lost")
	}
	// What comes by itself is no change; what a person chose is.
	sum := p.Sum()
	q := p.apart()
	q.Sessions[0].Landscape.Map = ProjectFile{}
	q.Sessions[0].Landscape.View = nil
	if q.Sum() != sum {
		t.Error("a map that was computed counts as a change")
	}
	q.Sessions[0].Landscape.Bookmarks = nil
	if q.Sum() == sum || p.Sessions[0].Landscape.View == nil {
		t.Error("a bookmark less is no change")
	}
}

func TestALandscapeThatDoesNotFit(t *testing.T) {
	_, o := (&fake{}).open(t, 0)
	_, other := (&fake{c: 1, h: 2, w: 2}).open(t, 0)
	l, v, _ := someLandscape(t, o)
	cases := map[string]struct {
		change func(*ProjectLandscape)
		of     *Opened
		want   string
	}{
		"another size": {func(*ProjectLandscape) {}, other, "want 4 of float32"},
		"a level":      {func(l *ProjectLandscape) { l.View.Level = 3 }, o, "has no noise levels"},
		"a frame":      {func(l *ProjectLandscape) { l.View.Frame.U1 = math.NaN() }, o, "want finite ends"},
		"no plane":     {func(l *ProjectLandscape) { l.View.Plane = ProjectFile{} }, o, "found no arrays"},
		"no arrays":    {func(l *ProjectLandscape) { l.View.Plane.Data = []byte("hello") }, o, "open"},
		"a bent plane": {func(l *ProjectLandscape) {
			p := v.Plane
			p.U = append([]float64{2}, p.U[1:]...)
			l.View.Plane = ViewFile(MapView{Plane: p}, "", 0).Plane
		}, o, "want a unit vector"},
		"a strange map": {func(l *ProjectLandscape) { l.Map = PictureFile(v.Plane.Origin) }, o, "want a square"},
	}
	for name, c := range cases {
		l := l.apart()
		c.change(l)
		got, err := l.View.MapView(c.of)
		if err == nil {
			_, _, err = l.MapOf(got)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: found %v, want %q", name, err, c.want)
		}
	}
}
