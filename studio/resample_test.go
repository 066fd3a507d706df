package studio

import (
	"strings"
	"testing"

	"ebmstudio/sampling"
)

// Chains that are drawn from one another must be alike in what is asked, and not share
// their noise.
func TestCheckWeighed(t *testing.T) {
	plan := sampling.Plan{{Weighing: &sampling.Weighing{}}}
	for _, test := range []struct {
		name   string
		plan   sampling.Plan
		recipe Recipe
		asked  []Term
		want   string
	}{
		{"alike", plan, Recipe{}, []Term{{Weight: 1, Labels: []int{2, 2, 2}}, {Weight: 1, Labels: []int{0}}, {Weight: -1}}, ""},
		{"not weighed", sampling.Plan{{}}, Recipe{SharedNoise: true}, []Term{{Labels: []int{0, 1}}}, ""},
		{"labels", plan, Recipe{}, []Term{{}, {Labels: []int{2, 1}}}, "term 2: found chains that are asked for different things"},
		{"latents", plan, Recipe{}, []Term{{Latents: [][]float32{{1, 0}, {0, 1}}}}, "term 1"},
		{"alternatives", plan, Recipe{}, []Term{{Any: [][]Term{{{Labels: []int{1}}}, {{Labels: []int{0, 1}}}}}}, "term 1"},
		{"shared noise", plan, Recipe{SharedNoise: true}, nil, "share their noise"},
		{"temperature", plan, Recipe{Temperature: &Temperature{}}, nil, "temperature map"},
		{"gibbs", plan, Recipe{Sampler: SamplerGibbs}, nil, "sampler gibbs"},
		{"descent", plan, Recipe{Sampler: SamplerDescent}, nil, "sampler descent"},
	} {
		err := checkWeighed(test.plan, test.recipe, test.asked)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: found %v, want %q", test.name, err, test.want)
		}
	}
}
