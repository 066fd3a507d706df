package studio

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"ebmstudio/evaluation"
	"ebmstudio/internal/dataset"
	"ebmstudio/sampling"
)

// PictureSource names pictures: those that are held back of data ("fashion",
// "fashion-test", "faces", "digits", a folder in MNIST's layout), a picture file or a folder of
// them, or, of outliers, one of [MadeSets].
type PictureSource struct {
	Spec  string
	Given *sampling.Images // the pictures themselves, in the first model's range; nil: as Spec says
}

// PictureSet is what was found.
type PictureSet struct {
	Name     string
	Names    []string        // of each picture: its file, or its number
	Pictures sampling.Images // in 0..1, of the first model's size
	Faults   []PictureFault  // files that are no pictures, left out
}

// The sets that are made from the pictures that a model is used to.
const (
	setPairs    = "mean pairs" // (a + b)/2, b being 100 pictures on (the interpolations of ICD, Table 3)
	setFlipped  = "flipped"    // upside down
	setPermuted = "permuted"   // the pixels in another order, the same for all pictures
	setNoise    = "noise"      // uniform
	setConstant = "constant"   // one colour a picture
)

// MadeSets are the names of the sets of outliers that are made from the pictures that a
// model is used to, the hardest first.
func MadeSets() []string {
	return []string{setPairs, setFlipped, setPermuted, setNoise, setConstant}
}

// HeldBack are the names of data that comes with the program or the system, or is fetched by
// it, and keeps pictures for tests.
func HeldBack() []string { return []string{fashionTest, facesData, allFacesData, digitsData} }

// fashionTest names the test pictures of Fashion-MNIST, as "fashion" does.
const fashionTest = "fashion-test"

// HeldBackFor names the held-back data of a model's size, empty where there is none.
func HeldBackFor(o *Opened) string {
	switch frameSizeOf(o.Model) {
	case frameSize{1, 28, 28}:
		return fashionTest
	case frameSize{3, 16, 16}:
		return facesData
	}
	return ""
}

// Streams of the sets' random numbers.
const (
	streamPermuted = sampling.StreamUser + 0x20 + iota
	streamNoise
	streamConstant
	streamFiles
)

// outlierSets are the pictures of a bench.
type outlierSets struct {
	in  source
	out []source
	// trained are pictures of the training's kind that are none of in; none where in is
	// but a folder.
	trained sampling.Images
}

// source is a set at every size that models want.
type source struct {
	set PictureSet
	at  map[frameSize]sampling.Images // in 0..1
}

func (s *outlierSets) all() []source { return append([]source{s.in}, s.out...) }

func (s *outlierSets) pictures() (n int) {
	for _, of := range s.all() {
		n += of.set.Pictures.N
	}
	return n
}

func openSets(ctx context.Context, r OutlierRequest, able []*Opened) (*outlierSets, error) {
	p := picker{ctx: ctx, first: able[0], count: r.Count, key: sampling.NewKey(r.Seed)}
	for _, o := range able {
		if s := frameSizeOf(o.Model); !slices.Contains(p.sizes, s) {
			p.sizes = append(p.sizes, s)
		}
	}
	var sets outlierSets
	var err error
	if sets.in, sets.trained, err = p.open(r.In); err != nil {
		return nil, fmt.Errorf("outliers: %w", err)
	}
	if n := sets.in.set.Pictures.N; n < 2 {
		return nil, fmt.Errorf("outliers: found %d picture in %s, want at least 2", n, sets.in.set.Name)
	}
	for _, out := range r.Out {
		var of source
		if out.Given == nil && slices.Contains(MadeSets(), out.Spec) {
			of, err = p.made(out.Spec, sets.in)
		} else {
			of, _, err = p.open(out)
		}
		if err != nil {
			return nil, fmt.Errorf("outliers: %w", err)
		}
		sets.out = append(sets.out, of)
	}
	return &sets, nil
}

// picker opens sources.
type picker struct {
	ctx   context.Context
	first *Opened
	sizes []frameSize
	count int
	key   sampling.Key
}

func (p picker) open(from PictureSource) (s source, trained sampling.Images, err error) {
	switch data, is := heldBackData(from.Spec); {
	case from.Given != nil:
		x := fromRange(p.first.Model, *from.Given)
		s, err = p.single(from.Spec, x.Slice(0, min(x.N, p.count)))
	case is:
		s, trained, err = p.data(from.Spec, data)
	default:
		s, err = p.files(from.Spec)
	}
	return s, trained, err
}

// heldBackData is the data that a name means, as [TrainRequest] names it; false where it
// is the path of pictures.
func heldBackData(spec string) (string, bool) {
	if idx, _ := filepath.Glob(filepath.Join(spec, "*-ubyte*")); len(idx) > 0 {
		return spec, true
	}
	if _, err := os.Stat(spec); err == nil {
		return "", false
	}
	if spec == "fashion" || spec == fashionTest {
		return "", true
	}
	return spec, slices.Contains(NamedData(), spec)
}

// single is a source of one size.
func (p picker) single(name string, x sampling.Images) (source, error) {
	s := source{set: PictureSet{Name: name}, at: map[frameSize]sampling.Images{{x.C, x.H, x.W}: x}}
	if _, ok := s.at[p.sizes[0]]; !ok {
		return s, fmt.Errorf("%s has pictures of %v, want the model's %v", name, frameSize{x.C, x.H, x.W}, p.sizes[0])
	}
	s.set.Pictures = x
	for i := range x.N {
		s.set.Names = append(s.set.Names, fmt.Sprintf("%s %d", name, i))
	}
	return s, nil
}

func (p picker) data(name, data string) (source, sampling.Images, error) {
	none := sampling.Images{}
	d, err := openLearningData(data, p.sizes[0].c, p.sizes[0].h)
	switch {
	case err != nil:
		return source{}, none, err
	case d.H*d.W == 1:
		return source{}, none, fmt.Errorf("the data %q has points of the plane, want pictures", name)
	}
	x, trained := none, none
	if d.Test != nil {
		if x, _, err = d.Test(p.count); err != nil {
			return source{}, none, err
		}
		if trained, err = d.Batch(p.key, 0, min(gaussianPictures, d.Count), 0, false); err != nil {
			return source{}, none, err
		}
	} else if x, err = d.Batch(sampling.NewKey(0), 0, min(p.count, d.Count), 0, false); err != nil {
		return source{}, none, err
	}
	s, err := p.single(name, x)
	return s, trained, err
}

// files reads up to count pictures of a file or a folder, which ones depends on the key;
// those that cannot be read are left out and told.
func (p picker) files(path string) (s source, err error) {
	files, err := pictureFiles(path)
	if err != nil {
		return s, err
	}
	order, err := p.key.Choose(streamFiles, 0, len(files), len(files))
	if err != nil {
		return s, err
	}
	s = source{set: PictureSet{Name: path}, at: map[frameSize]sampling.Images{}}
	rows := map[frameSize][]float32{}
	usable := []int{}
	for _, i := range order {
		if err := p.ctx.Err(); err != nil {
			return s, err
		}
		picture, err := dataset.OpenPicture(files[i])
		if err != nil {
			s.set.Faults = append(s.set.Faults, PictureFault{files[i], plainly(files[i], err)})
			continue
		}
		for _, of := range p.sizes {
			rows[of] = append(rows[of], dataset.FromPicture(picture, of.c, of.h, of.w).Data...)
		}
		if usable = append(usable, i); len(usable) == p.count {
			break
		}
	}
	if len(usable) == 0 {
		return s, noneUsable(path, s.set.Faults)
	}
	for of, data := range rows {
		s.at[of] = sampling.Images{N: len(usable), C: of.c, H: of.h, W: of.w, Data: data}
	}
	s.set.Pictures = s.at[p.sizes[0]]
	for _, i := range usable {
		s.set.Names = append(s.set.Names, files[i])
	}
	return s, nil
}

// made is a set that is made of others, at each of their sizes.
func (p picker) made(name string, of source) (source, error) {
	s := source{set: PictureSet{Name: name}, at: map[frameSize]sampling.Images{}}
	for size, x := range of.at {
		y, err := madeSet(p.key, name, x)
		if err != nil {
			return s, err
		}
		s.at[size] = y
	}
	s.set.Pictures = s.at[p.sizes[0]]
	for i := range s.set.Pictures.N {
		s.set.Names = append(s.set.Names, fmt.Sprintf("%s %d", name, i))
	}
	return s, nil
}

// madeSet makes a set of pictures in 0..1.
func madeSet(k sampling.Key, name string, x sampling.Images) (sampling.Images, error) {
	y, plane := x.Clone(), x.H*x.W
	switch name {
	case setNoise:
		return y, k.Uniforms(streamNoise, 0, y, 0, 1)
	case setPairs:
		apart := 100
		if x.N <= apart {
			apart = x.N / 2
		}
		for i := range x.N {
			other := x.Image((i + apart) % x.N)
			for j, v := range x.Image(i) {
				y.Image(i)[j] = (v + other[j]) / 2
			}
		}
	case setFlipped, setPermuted:
		order, err := k.Choose(streamPermuted, 0, plane, plane)
		if err != nil {
			return y, err
		}
		for i := range x.N {
			for j := range x.Image(i) {
				at := j % plane
				to := (x.H-1-at/x.W)*x.W + at%x.W
				if name == setPermuted {
					to = order[at]
				}
				y.Image(i)[j] = x.Image(i)[j-at+to]
			}
		}
	case setConstant:
		colour := make([]float32, x.C)
		for i := range x.N {
			if err := k.Uniform(streamConstant, i, 0, colour); err != nil {
				return y, err
			}
			for j := range y.Image(i) {
				y.Image(i)[j] = colour[j/plane]
			}
		}
	default:
		return y, fmt.Errorf("set %q: unknown", name)
	}
	return y, nil
}

// gaussian is the score of independent normal pixels, of every set: fitted to pictures
// of the training's kind, or, where in is but a folder, for each half of it to the other
// half, so that no picture is scored by a fit that knows it.
func (s *outlierSets) gaussian() (rows [][]float32, err error) {
	in := s.in.set.Pictures
	if s.trained.N > 0 {
		if s.trained.Size() != in.Size() {
			return nil, errors.New("outliers: the data's training and test pictures differ in size")
		}
		g := evaluation.FitGaussian(s.trained.Data, s.trained.Size())
		for _, of := range s.all() {
			rows = append(rows, gaussianScores(of.set.Pictures, g))
		}
		return rows, nil
	}
	half := in.N / 2
	a := evaluation.FitGaussian(in.Slice(0, half).Data, in.Size())
	b := evaluation.FitGaussian(in.Slice(half, in.N).Data, in.Size())
	rows = append(rows, append(gaussianScores(in.Slice(0, half), b), gaussianScores(in.Slice(half, in.N), a)...))
	for _, of := range s.out {
		byA, byB := gaussianScores(of.set.Pictures, a), gaussianScores(of.set.Pictures, b)
		for i := range byA {
			byA[i] = (byA[i] + byB[i]) / 2
		}
		rows = append(rows, byA)
	}
	return rows, nil
}

func gaussianScores(x sampling.Images, g evaluation.Gaussian) []float32 {
	scores := make([]float32, x.N)
	for i := range scores {
		scores[i] = g.Score(x.Image(i))
	}
	return scores
}
