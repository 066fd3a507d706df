package studio

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"maps"
	"math"
	"os"
	"slices"
	"time"

	"ebmstudio/internal/dataset"
	"ebmstudio/sampling"
)

// CloudRequest says which pictures are laid out, and by what they are alike.
type CloudRequest struct {
	Paths  []string             // files, and folders of pictures
	By     *Opened              // whose features tell pictures apart: a judge's, or an encoder's latents; nil: the pixels
	Dates  map[string]time.Time // by path; a file's own where it is not here
	Notify func(done, total int)
}

// Cloud are pictures that lie near each other where they are alike: by the first two
// principal components of their features, which hold Share of the variance.
type Cloud struct {
	By       string // "pixels (28x28)", "features of judge", "latents of fashion-28"
	Share    [2]float64
	Pictures []CloudPicture
	Faults   []PictureFault // files that are no pictures, left out
}

// CloudPicture is a picture of a cloud.
type CloudPicture struct {
	Path    string
	Image   *image.RGBA        // tight, at most 64 pixels a side
	At      [2]float64         // along the components
	Numbers map[string]float64 // energy, steps, seed, date (seconds since 1970), and the knobs that its recipe sets
}

// The axes that every cloud has; the others are numbers of the recipes.
const (
	CloudFirst  = "first"
	CloudSecond = "second"
)

const (
	// CloudMost is the largest number of pictures of a cloud.
	CloudMost = 5000

	cloudThumb  = 64 // largest side of a cloud's pictures
	cloudPixels = 32 // and of those that are compared pixel by pixel
	cloudDate   = "date"
)

// CloudBy says what a model tells pictures apart by, in the words of Cloud.By; empty where
// it has neither an encoder nor features.
func CloudBy(o *Opened) string {
	switch m := o.Model; {
	case m.C != 1 && m.C != 3:
	case m.Classify != nil || m.Features != nil:
		return "features of " + o.Name
	case m.Encode != nil:
		return "latents of " + o.Name
	}
	return ""
}

// Cloud lays pictures out. Files that cannot be read are left out and told; only where
// nothing can it is an error. Models compute as jobs of the lane; an ended ctx stops it
// between two pictures, two evaluations or two rounds of the search for the components.
func (s *Studio) Cloud(ctx context.Context, r CloudRequest) (Cloud, error) {
	var c Cloud
	if r.By != nil && CloudBy(r.By) == "" {
		return c, fmt.Errorf("lay out by %s: found neither an encoder nor a judge of pictures", r.By.Name)
	}
	var files []string
	for _, path := range r.Paths {
		below, err := pictureFiles(path)
		if err != nil {
			c.Faults = append(c.Faults, PictureFault{path, err})
		}
		files = append(files, below...)
	}
	if len(files) > CloudMost {
		return c, fmt.Errorf("lay out pictures: found %d, want at most %d", len(files), CloudMost)
	}
	total := len(files)
	if r.By != nil {
		total *= 2
	}
	tell := func(done int) {
		if r.Notify != nil {
			r.Notify(done, total)
		}
	}
	var whole sampling.Images // as the model wants them
	for i, file := range files {
		if err := ctx.Err(); err != nil {
			return c, err
		}
		picture, p, err := openCloudPicture(file)
		tell(i + 1)
		if err != nil {
			c.Faults = append(c.Faults, PictureFault{file, err})
			continue
		}
		if date, ok := r.Dates[file]; ok {
			p.Numbers[cloudDate] = float64(date.Unix())
		}
		c.Pictures = append(c.Pictures, p)
		if r.By != nil {
			m := r.By.Model
			one := dataset.FromPicture(picture, m.C, m.H, m.W)
			whole = sampling.Images{N: whole.N + 1, C: m.C, H: m.H, W: m.W, Data: append(whole.Data, one.Data...)}
		}
	}
	switch {
	case len(c.Pictures) == 0 && len(c.Faults) == 0:
		return c, fmt.Errorf("lay out pictures: found none")
	case len(c.Pictures) == 0:
		return c, fmt.Errorf("lay out pictures: found %d files and none that can be read; the first: %w", len(c.Faults), c.Faults[0].Err)
	}
	rows, err := c.features(ctx, s, r.By, whole, func(done int) { tell(len(files) + done) })
	if err != nil {
		return c, err
	}
	at, share, err := sampling.Components(ctx, rows)
	if err != nil {
		return c, err
	}
	c.Share = share
	for i := range c.Pictures {
		c.Pictures[i].At = at[i]
	}
	return c, nil
}

// openCloudPicture reads a picture, and its recipe's numbers where it has one.
func openCloudPicture(path string) (image.Image, CloudPicture, error) {
	p := CloudPicture{Path: path, Numbers: map[string]float64{}}
	r, info, m, err := readPicture(path)
	if err == nil {
		maps.Copy(p.Numbers, r.Settings)
		p.Numbers["steps"], p.Numbers["seed"] = float64(info.Steps), float64(r.Seed)
		if info.Energy != nil {
			p.Numbers["energy"] = float64(*info.Energy)
		}
	} else if m, err = dataset.OpenPicture(path); err != nil {
		return nil, p, plainly(path, err)
	}
	if st, err := os.Stat(path); err == nil {
		p.Numbers[cloudDate] = float64(st.ModTime().Unix())
	}
	small := m
	if w, h := m.Bounds().Dx(), m.Bounds().Dy(); max(w, h) > cloudThumb {
		small = dataset.Scaled(m, max(1, w*cloudThumb/max(w, h)), max(1, h*cloudThumb/max(w, h)))
	}
	p.Image = normal(small)
	return m, p, nil
}

// features are the rows that the components are found from.
func (c *Cloud) features(ctx context.Context, s *Studio, by *Opened, x sampling.Images, tell func(done int)) ([][]float32, error) {
	if by == nil {
		return c.pixels(), nil
	}
	c.By = CloudBy(by)
	m := by.Model
	of := m.Features
	switch {
	case m.Classify != nil:
		of = func(x sampling.Images) ([][]float32, error) {
			_, features, err := m.Classify(x)
			return features, err
		}
	case of == nil:
		of = func(x sampling.Images) ([][]float32, error) { return m.Encode(toRange(m, x)) }
	}
	var rows [][]float32
	for from := 0; from < x.N; from += scoredAtOnce {
		some := x.Slice(from, min(from+scoredAtOnce, x.N))
		got, err := inLane(ctx, s, c.By, urgencyScore, func() ([][]float32, error) { return of(some) })
		if err != nil {
			return nil, err
		}
		for i, row := range got {
			if !allFinite(row) {
				return nil, fmt.Errorf("%s: those of %q are not finite", c.By, c.Pictures[from+i].Path)
			}
		}
		rows = append(rows, got...)
		tell(len(rows))
	}
	return rows, nil
}

// pixels are the pictures at the size that most of them have, grey where all are.
func (c *Cloud) pixels() [][]float32 {
	many := map[image.Point]int{}
	channels := 1
	for _, p := range c.Pictures {
		many[p.Image.Rect.Max]++
		for i := 0; i < len(p.Image.Pix) && channels == 1; i += 4 {
			if q := p.Image.Pix[i : i+3]; q[0] != q[1] || q[0] != q[2] {
				channels = 3
			}
		}
	}
	size := slices.MaxFunc(slices.Collect(maps.Keys(many)), func(a, b image.Point) int {
		return cmp.Or(many[a]-many[b], a.X-b.X, a.Y-b.Y)
	})
	size = image.Pt(min(size.X, cloudPixels), min(size.Y, cloudPixels))
	c.By = fmt.Sprintf("pixels (%dx%d)", size.X, size.Y)
	rows := make([][]float32, len(c.Pictures))
	for i, p := range c.Pictures {
		rows[i] = dataset.FromPicture(p.Image, channels, size.Y, size.X).Data
	}
	return rows
}

// Axes are the names of what a cloud can be laid out along: the two components, and the
// numbers that some picture has.
func (c Cloud) Axes() []string {
	numbers := map[string]bool{}
	for _, p := range c.Pictures {
		for name := range p.Numbers {
			numbers[name] = true
		}
	}
	axes := []string{CloudFirst, CloudSecond}
	for _, name := range []string{"energy", "steps", "seed", cloudDate} {
		if numbers[name] {
			axes = append(axes, name)
			delete(numbers, name)
		}
	}
	return append(axes, slices.Sorted(maps.Keys(numbers))...)
}

// Along are the places of the pictures along an axis; NaN for one without that number.
func (c Cloud) Along(axis string) []float64 {
	places := make([]float64, len(c.Pictures))
	for i, p := range c.Pictures {
		v, ok := p.Numbers[axis]
		switch {
		case axis == CloudFirst:
			v = p.At[0]
		case axis == CloudSecond:
			v = p.At[1]
		case !ok:
			v = math.NaN()
		}
		places[i] = v
	}
	return places
}

// Places are the pictures' places along two axes as shares of what these span, 0 to 1 from
// the left and from the top, with the ends of the axes; all in the middle where they do not
// differ. NaN for pictures without one of the numbers.
func (c Cloud) Places(x, y string) (at [][2]float64, from, to [2]float64) {
	at = make([][2]float64, len(c.Pictures))
	for k, axis := range []string{x, y} {
		values := c.Along(axis)
		from[k], to[k] = math.Inf(1), math.Inf(-1)
		for _, v := range values {
			if v == v {
				from[k], to[k] = min(from[k], v), max(to[k], v)
			}
		}
		if from[k] == to[k] {
			from[k], to[k] = from[k]-1, to[k]+1
		}
		for i, v := range values {
			share := (v - from[k]) / (to[k] - from[k])
			if k == 1 {
				share = 1 - share
			}
			at[i][k] = share
		}
	}
	return at, from, to
}

// CloudNumber is a place along an axis in words: a day, or a number of four digits, or more
// where these stand before the point.
func CloudNumber(axis string, v float64) string {
	switch {
	case axis == cloudDate:
		return time.Unix(int64(v), 0).Format(time.DateOnly)
	case math.Abs(v) >= 1e3 && math.Abs(v) < 1e7:
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.4g", v)
}

// CloudSize is the size of the first picture below some paths that can be read.
func CloudSize(paths []string) (w, h int, err error) {
	for _, path := range paths {
		files, below := pictureFiles(path)
		err = cmp.Or(err, below)
		for _, file := range files {
			m, _, bad := openCloudPicture(file)
			if bad == nil {
				return m.Bounds().Dx(), m.Bounds().Dy(), nil
			}
			err = cmp.Or(err, bad)
		}
	}
	return 0, 0, err
}
