package cdrl

import (
	"math"
	"testing"

	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/sampling"
)

// What a level's pictures are noised to and proposed from is what its stage was entered
// with, and begins with.
func TestNoising(t *testing.T) {
	m := openOwn(t, enginetest.Open(t, "go"))
	key, x := sampling.NewKey(3), startOf(m, 3)
	for i, stage := range must[sampling.Plan](t)(m.Plan(nil, sampling.Settings{"steps": 2})) {
		l, _ := levelOf(stage)
		if i > 0 && math.Abs(2*l.Tether()*stage.Noising.Deviation*stage.Noising.Deviation-1) > 1e-9 {
			t.Errorf("level %d: found deviation %v, want that of the tether %v", l.I, stage.Noising.Deviation, l.Tether())
		}
		z := x.Clone()
		for j := range z.Data { // into the level's scale
			z.Data[j] *= float32(math.Sqrt(l.Shrink / l.Alpha))
		}
		mean, deviation, err := stage.Noising.Back.Propose(z)
		if err != nil {
			t.Fatal(err)
		}
		noise := sampling.NewImages(3, 1, 8, 8)
		if err := key.Normals(sampling.StreamPropose, i, noise); err != nil {
			t.Fatal(err)
		}
		for j, n := range noise.Data {
			mean.Data[j] += float32(deviation) * n
		}
		close32(t, "proposal", mean.Data, must[sampling.Images](t)(stage.Start(key, 0, x)).Data, 1e-4)
	}
}
