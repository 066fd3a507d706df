package studio

import (
	"strings"
	"testing"

	"ebmstudio/sampling"
)

// MALA on a bowl mixes: its report says so; with a step far too long every proposal is
// refused, and the report says that.
func TestMixingOfARun(t *testing.T) {
	s, o := (&fake{c: 1, h: 2, w: 2}).open(t, 0)
	r := recipe(o, 4, sampling.Settings{"steps": 4000, "delta": 0.4})
	r.Sampler = SamplerMALA
	m := run(t, s, o, r).Recording().Mixing()
	if m.From != 2000 || m.To != 4000 || m.Chains != 4 || m.Energy.RHat > 1.02 || m.Energy.BulkESS < 400 || len(m.Stuck) > 0 {
		t.Errorf("found %d chains, steps %d to %d, R-hat %v, ESS %v, stuck %v", m.Chains, m.From, m.To, m.Energy.RHat, m.Energy.BulkESS, m.Stuck)
	}
	r.Settings = sampling.Settings{"steps": 400, "delta": 1}
	r.Acts = []Act{{Step: 10, Chain: 2, Do: Kill}}
	r.Terms = []Term{{Weight: 100}}
	m = run(t, s, o, r).Recording().Mixing()
	if m.Chains != 3 || len(m.Stuck) != 3 {
		t.Errorf("found %d chains, stuck %v, want 3, all stuck", m.Chains, m.Stuck)
	}
	if text := strings.Join(m.Words(), " "); !strings.Contains(text, "Stuck: chains 1, 2 and 4") {
		t.Errorf("found %q, want the chains as they are numbered", text)
	}
}
