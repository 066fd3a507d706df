package studio

import (
	"fmt"
	"image"
	"image/color"
)

// Difference says how two pictures of one size differ.
type Difference struct {
	// Picture shows where: black where they agree, through red and yellow to white where
	// the largest difference is. Tight, of the pictures' size.
	Picture *image.RGBA
	Largest int     // largest difference of a colour value, 0 to 255
	Mean    float64 // of the absolute differences, 0 to 255
	Pixels  int     // how many differ
}

// Differ compares two pictures pixel by pixel. Pictures of different size are an error.
func Differ(a, b image.Image) (Difference, error) {
	ra, rb := a.Bounds(), b.Bounds()
	if ra.Dx() != rb.Dx() || ra.Dy() != rb.Dy() {
		return Difference{}, fmt.Errorf("compare pictures: found %dx%d and %dx%d pixels, want one size", ra.Dx(), ra.Dy(), rb.Dx(), rb.Dy())
	}
	d := Difference{Picture: image.NewRGBA(image.Rect(0, 0, ra.Dx(), ra.Dy()))}
	each := make([]int, ra.Dx()*ra.Dy()) // the largest of the colours
	sum := 0
	for i := range each {
		x, y := i%ra.Dx(), i/ra.Dx()
		p := color.NRGBAModel.Convert(a.At(ra.Min.X+x, ra.Min.Y+y)).(color.NRGBA)
		q := color.NRGBAModel.Convert(b.At(rb.Min.X+x, rb.Min.Y+y)).(color.NRGBA)
		for _, v := range [...]int{int(p.R) - int(q.R), int(p.G) - int(q.G), int(p.B) - int(q.B)} {
			v = max(v, -v)
			sum += v
			each[i] = max(each[i], v)
		}
		d.Largest = max(d.Largest, each[i])
		if each[i] > 0 {
			d.Pixels++
		}
	}
	d.Mean = float64(sum) / float64(max(1, 3*len(each)))
	for i, v := range each {
		d.Picture.SetRGBA(i%ra.Dx(), i/ra.Dx(), heat(float64(v)/float64(max(1, d.Largest))))
	}
	return d, nil
}

// heat is black at 0, red, yellow, white at 1.
func heat(v float64) color.RGBA {
	part := func(from float64) uint8 { return uint8(255*min(max(3*v-from, 0), 1) + 0.5) }
	return color.RGBA{part(0), part(1), part(2), 255}
}
