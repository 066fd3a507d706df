package dataset

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"ebmstudio/sampling"
)

// Points is a distribution of points of the plane, within about -8 to 8 in both
// coordinates: the classroom data of energy-based models.
type Points struct {
	Name string
	// point makes a point of four uniform numbers of [0,1) and two normals.
	point func(u [4]float64, z [2]float64) (x, y float64)
	// noise is the deviation of what the normals add, the same everywhere.
	noise float64
	// grid is how finely each of the first three uniform numbers is walked to integrate
	// over them.
	grid [3]int
}

// pointSets lists the distributions.
var pointSets = []Points{
	{"checkerboard", checkerboard, 0, [3]int{8, 96, 96}},
	{"rings", rings, pointNoise, [3]int{100, 720, 1}},
	{"spirals", spirals, pointNoise, [3]int{2000, 2, 1}},
	{"moons", moons, pointNoise, [3]int{2000, 2, 1}},
}

// PointNames lists the names that [OpenPoints] knows.
func PointNames() []string {
	names := make([]string, len(pointSets))
	for i, p := range pointSets {
		names[i] = p.Name
	}
	return names
}

// OpenPoints returns the distribution of a name.
func OpenPoints(name string) (Points, error) {
	i := slices.IndexFunc(pointSets, func(p Points) bool { return p.Name == name })
	if i < 0 {
		return Points{}, fmt.Errorf("points %q: want one of %s", name, strings.Join(PointNames(), ", "))
	}
	return pointSets[i], nil
}

// At draws n points (C = 2, H = W = 1) of a step: point i depends on (key, i, step)
// alone.
func (p Points) At(k sampling.Key, step, n int) (sampling.Images, error) {
	x := sampling.NewImages(n, 2, 1, 1)
	for i := range n {
		var u [4]float32
		var z [2]float32
		if err := k.Uniform(StreamPoint, i, step, u[:]); err != nil {
			return x, err
		}
		if err := k.Normal(StreamPointNoise, i, step, z[:]); err != nil {
			return x, err
		}
		a, b := p.point([4]float64{float64(u[0]), float64(u[1]), float64(u[2]), float64(u[3])}, [2]float64{float64(z[0]), float64(z[1])})
		x.Image(i)[0], x.Image(i)[1] = float32(a), float32(b)
	}
	return x, nil
}

// checkerboard is uniform over 8 of the 16 squares of side 4 between -8 and 8, the one
// at the lower left among them.
func checkerboard(u [4]float64, _ [2]float64) (x, y float64) {
	square := int(8 * u[0])
	row, column := square/2, 2*(square%2)+square/2%2
	return 4*(float64(column)+u[1]) - 8, 4*(float64(row)+u[2]) - 8
}

// pointNoise is the deviation of the noise across rings, spirals and moons.
const pointNoise = 0.25

// rings are four circles of radius 1.75, 3.5, 5.25 and 7, equally dense along them.
func rings(u [4]float64, z [2]float64) (x, y float64) {
	ring := 1.0
	for share := 0.1; u[0] >= share && ring < 4; share += ring / 10 {
		ring++
	}
	angle := 2 * math.Pi * u[1]
	return 1.75*ring*math.Cos(angle) + pointNoise*z[0], 1.75*ring*math.Sin(angle) + pointNoise*z[1]
}

// spirals are two arms of one and a half turns each, 7 long from the centre.
func spirals(u [4]float64, z [2]float64) (x, y float64) {
	along := math.Sqrt(u[0])
	angle := 3 * math.Pi * along
	if u[1] < 0.5 {
		angle += math.Pi
	}
	return 7*along*math.Cos(angle) + pointNoise*z[0], 7*along*math.Sin(angle) + pointNoise*z[1]
}

// moons are two half circles of radius 4.5 that reach into each other.
func moons(u [4]float64, z [2]float64) (x, y float64) {
	angle := math.Pi * u[0]
	x, y = 4.5*math.Cos(angle)-2.25, 4.5*math.Sin(angle)-1.125
	if u[1] < 0.5 {
		x, y = -x, -y
	}
	return x + pointNoise*z[0], y + pointNoise*z[1]
}
