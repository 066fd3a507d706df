package studio

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// ProjectLandscape is a session's landscape: what spans the map, the map as far as it was
// computed, and bookmarks.
type ProjectLandscape struct {
	View      *ProjectView    `json:"view,omitempty"` // what is shown; nil before there was a plane
	Corners   []ProjectCorner `json:"corners,omitempty"`
	Cells     int             `json:"cells,omitempty"`     // along each side at the end
	Principal bool            `json:"principal,omitempty"` // the plane is that of a chain
	Chain     int             `json:"chain,omitempty"`     // that one, counted from 0
	Map       ProjectFile     `json:"map"`                 // see MapFile
	Bookmarks []ProjectView   `json:"bookmarks,omitempty"`
}

// ProjectCorner is a picture that spans a plane.
type ProjectCorner struct {
	Place int         `json:"place"` // 0 to 2: A, B or C
	Name  string      `json:"name"`
	X     ProjectFile `json:"x"` // see PictureFile
}

// ProjectView is a view of a landscape with its name.
type ProjectView struct {
	Name  string      `json:"name,omitempty"`
	Level int         `json:"level,omitempty"` // of the noise, see Opened.AtLevel
	Frame Frame       `json:"frame"`
	Marks []MapMark   `json:"marks,omitempty"`
	Plane ProjectFile `json:"plane"` // arrays: origin float32 [1,C,H,W], u and v float64 [C*H*W]
}

const arraysExtension = ".safetensors"

// apart copies what names are given to.
func (l *ProjectLandscape) apart() *ProjectLandscape {
	if l == nil {
		return nil
	}
	c := *l
	if c.View != nil {
		v := *c.View
		c.View = &v
	}
	c.Corners, c.Bookmarks = slices.Clone(c.Corners), slices.Clone(c.Bookmarks)
	return &c
}

// parts visits the parts that are files of their own.
func (l *ProjectLandscape) parts(session int, visit func(f *ProjectFile, kind, name string)) {
	if l == nil {
		return
	}
	name := func(format string, a ...any) string {
		return fmt.Sprintf("landscapes/%d-", session) + fmt.Sprintf(format, a...) + arraysExtension
	}
	visit(&l.Map, partArrays, name("map"))
	if l.View != nil {
		visit(&l.View.Plane, partArrays, name("plane"))
	}
	for i := range l.Corners {
		visit(&l.Corners[i].X, partArrays, name("corner-%d", i))
	}
	for i := range l.Bookmarks {
		visit(&l.Bookmarks[i].Plane, partArrays, name("bookmark-%d", i))
	}
}

// arraysFile is arrays as a part of a project.
func arraysFile(named ...checkpoint.Named) ProjectFile {
	data, err := checkpoint.EncodeSafeTensors(named, nil)
	if err != nil {
		return ProjectFile{} // only arrays that do not fit their shape
	}
	return ProjectFile{Data: data}
}

// arraysOf reads a part of a project.
func (f ProjectFile) arraysOf() (Arrays, error) {
	if len(f.Data) == 0 {
		return nil, fmt.Errorf("%s: found no arrays", f.Name)
	}
	file, err := guard(func() (*checkpoint.File, error) { return checkpoint.Read(f.Name, f.Data) })
	if err != nil {
		return nil, err
	}
	return file.Tensors, nil
}

// numbersOf are n numbers of an array.
func (f ProjectFile) numbersOf(a Arrays, name string, n int) ([]float32, error) {
	t, ok := a[name]
	if !ok || t.DType != "float32" || t.Len() != n {
		return nil, fmt.Errorf("%s: array %s: found %d numbers (%s), want %d of float32", f.Name, name, t.Len()*min(1, len(t.Data)), t.DType, n)
	}
	return t.Float32s()
}

// axisOf is a unit vector of a plane.
func (f ProjectFile) axisOf(a Arrays, name string, n int) ([]float64, error) {
	t, ok := a[name]
	if !ok || t.DType != "float64" || t.Len() != n || len(t.Data) != 8*n {
		return nil, fmt.Errorf("%s: array %s: found %s %v, want %d numbers of float64", f.Name, name, t.DType, t.Shape, n)
	}
	axis, length := make([]float64, n), 0.0
	for i := range axis {
		axis[i] = math.Float64frombits(binary.LittleEndian.Uint64(t.Data[8*i:]))
		length += axis[i] * axis[i]
	}
	if !(math.Abs(length-1) < 1e-6) {
		return nil, fmt.Errorf("%s: array %s: found a length of %g, want a unit vector", f.Name, name, math.Sqrt(length))
	}
	return axis, nil
}

// ViewFile is a view for a project.
func ViewFile(v MapView, name string, level int) ProjectView {
	x, n := v.Plane.Origin, len(v.Plane.U)
	return ProjectView{Name: name, Level: level, Frame: v.Frame, Marks: v.Marks, Plane: arraysFile(
		checkpoint.Named{Name: "origin", Tensor: checkpoint.Float32Tensor([]int{1, x.C, x.H, x.W}, x.Data)},
		checkpoint.Named{Name: "u", Tensor: checkpoint.Float64Tensor([]int{n}, v.Plane.U)},
		checkpoint.Named{Name: "v", Tensor: checkpoint.Float64Tensor([]int{n}, v.Plane.V)},
	)}
}

// MapView reads the view back for a model, whose size and levels it must fit.
func (p ProjectView) MapView(o *Opened) (MapView, error) {
	m := o.Model
	bad := func(err error) (MapView, error) { return MapView{}, fmt.Errorf("landscape: %w", err) }
	if err := p.Frame.check(); err != nil {
		return bad(err)
	}
	if _, err := o.AtLevel(p.Level); err != nil {
		return bad(err)
	}
	x, err := p.Plane.Picture(m)
	if err != nil {
		return bad(err)
	}
	a, err := p.Plane.arraysOf()
	if err != nil {
		return bad(err)
	}
	v := MapView{Frame: p.Frame, Marks: p.Marks, Plane: sampling.Plane{Origin: x}}
	if v.Plane.U, err = p.Plane.axisOf(a, "u", x.Size()); err != nil {
		return bad(err)
	}
	if v.Plane.V, err = p.Plane.axisOf(a, "v", x.Size()); err != nil {
		return bad(err)
	}
	return v, nil
}

// PictureFile is a picture to the bit as a part of a project.
func PictureFile(x sampling.Images) ProjectFile {
	return arraysFile(checkpoint.Named{Name: "origin", Tensor: checkpoint.Float32Tensor([]int{1, x.C, x.H, x.W}, x.Data)})
}

// Picture reads a picture of a model's size back.
func (f ProjectFile) Picture(m *models.Model) (sampling.Images, error) {
	x := sampling.NewImages(1, m.C, m.H, m.W)
	a, err := f.arraysOf()
	if err != nil {
		return x, err
	}
	x.Data, err = f.numbersOf(a, "origin", x.Size())
	return x, err
}

// MapFile is the energies of a map as a part of a project, an array energy float32
// [Cells+1, Cells+1]; nothing where there is no point yet.
func MapFile(l Landscape) ProjectFile {
	if l.Cells == 0 {
		return ProjectFile{}
	}
	n := l.Cells + 1
	return arraysFile(checkpoint.Named{Name: "energy", Tensor: checkpoint.Float32Tensor([]int{n, n}, l.Energy)})
}

// MapOf reads the energies of a view's map back; false where there are none.
func (l *ProjectLandscape) MapOf(v MapView) (Landscape, bool, error) {
	land := Landscape{Plane: v.Plane, Frame: v.Frame}
	if len(l.Map.Data) == 0 {
		return land, false, nil
	}
	a, err := l.Map.arraysOf()
	if err != nil {
		return land, false, err
	}
	shape := a["energy"].Shape
	if len(shape) != 2 || shape[0] != shape[1] || shape[0] < coarsest+1 || shape[0] > 257 {
		return land, false, fmt.Errorf("landscape: %s: found energies %v, want a square of 9 to 257 points a side", l.Map.Name, shape)
	}
	land.Cells = shape[0] - 1
	land.Energy, err = l.Map.numbersOf(a, "energy", shape[0]*shape[0])
	return land, err == nil, err
}
