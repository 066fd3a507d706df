package cdrl

import (
	"math/rand/v2"
	"testing"

	"ebmstudio/internal/engine"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/internal/nn"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// BenchmarkStep measures one Langevin step's evaluation, unconditional and guided,
// and one pass of the initializer, on 16 pictures of 32x32 at a quarter of the
// authors' width.
func BenchmarkStep(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	c := &contents{options: options{min: defaultMin, max: defaultMax, levels: defaultLevels, heads: 1, groups: 32}, height: 32, width: 32}
	c.net = NewNet(3, 10, 32, []int{1, 2, 2, 2}, 2)
	c.init = NewInitializer(3, 10, 64, []int{1, 1, 1}, 1, 32, []int{8, 16}, 32)
	for _, name := range []string{engine.XLACPU, engine.Go} {
		c.netParams, c.initParams = nn.Init(c.net.Specs(), r), nn.Init(c.init.Specs(), r)
		n, err := c.place(enginetest.Open(b, name))
		if err != nil {
			b.Fatal(err)
		}
		x := n.start(sampling.NewKey(1), 16)
		e, err := n.at(models.Given{Label: []int{3}})
		if err != nil {
			b.Fatal(err)
		}
		for kind, s := range map[string]sampling.Settings{"conditional": nil, "guided": {"guidance": 1}} {
			plan, err := n.plan([]sampling.Term{{Weight: 1, Energy: e}}, s)
			if err != nil {
				b.Fatal(err)
			}
			b.Run(name+"/"+kind, func(b *testing.B) {
				took, err := models.Warm(plan[:1], x.N)
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if _, _, err := plan[0].Energy.Eval(x); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(took.Seconds(), "s/compile")
			})
		}
		b.Run(name+"/initializer", func(b *testing.B) {
			for b.Loop() {
				if _, err := n.proposed(x, n.schedule.Levels[2], compose(nil, 0, false)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
