package studio

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"ebmstudio/evaluation"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// brightness is a stand-in for the network that FID is of: it has two features, and
// counts the pictures that it was given.
func brightness(seen *int) *Opened {
	return &Opened{Name: "brightness", SHA256: publishedInception + "00", Model: &models.Model{Features: func(x sampling.Images) (rows [][]float32, err error) {
		*seen += x.N
		for i := range x.N {
			p := x.Image(i)
			rows = append(rows, []float32{p[0] + p[1], p[2] * p[3]})
		}
		return rows, nil
	}}}
}

// TestInceptionOfReal: only the test pictures that are compared with are given to the
// network, once; the distances are those of its features, as they are.
func TestInceptionOfReal(t *testing.T) {
	const count, wanted = 40, 80 // as many pictures, and as many others
	s, _ := (&fake{}).open(t, 0)
	k := &real{pictures: sampling.NewImages(150, 1, 2, 2), classes: make([][]int, 150)}
	if err := sampling.NewKey(3).Uniforms(sampling.StreamUser, 0, k.pictures, 0, 1); err != nil {
		t.Fatal(err)
	}
	for i := range k.pictures.N {
		k.features = append(k.features, []float32{float32(i % 7)})
		k.probabilities = append(k.probabilities, nil)
	}
	q, judge := marginalRow(), &models.Model{}
	seen := 0
	var last EvalProgress
	keep := filepath.Join(t.TempDir(), "kept")
	for _, want := range []int{wanted, 0} { // made, and found again
		seen = 0
		e := &evalRun{studio: s, report: &EvalReport{Engine: "go"}, kept: keptSamples{keep}, request: EvalRequest{
			Inception: brightness(&seen), Judge: &Opened{Model: judge}, Count: count, Notify: func(p EvalProgress) { last = p },
		}}
		if err := e.inceptionOfReal(t.Context(), k, []row{q}); err != nil {
			t.Fatal(err)
		}
		if seen != want || last.Done != wanted || last.Of != wanted || last.Unit != "pictures" {
			t.Errorf("the network saw %d pictures and the progress says %+v, want %d of %d", seen, last, want, wanted)
		}
		if n := e.report.Inception; n == nil || !n.Published || n.Features != 2 {
			t.Errorf("report: found %+v, want two features of the published file", n)
		}
	}
	if k.inception[wanted-1] == nil || k.inception[wanted] != nil {
		t.Errorf("found features of other pictures than the first %d", wanted)
	}
	cell := evaluation.Cell{Samples: count}
	samples, _ := brightness(&seen).Model.Features(k.pictures.Slice(100, 100+count))
	k.compare(&cell, q, judge, k.features[100:100+count], samples)
	first, _ := k.matching(q, nil, count)
	want, err := evaluation.FD(samples, ofMatches(k.inception, first))
	if err != nil || cell.Inception == nil || cell.Inception.FD == nil || *cell.Inception.FD != want || *cell.FD == want {
		t.Errorf("found %+v, want the distance %v of the network's features, and another of the judge's (%v)", cell.Inception, want, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e := &evalRun{studio: s, report: &EvalReport{}, request: EvalRequest{Inception: brightness(&seen), Judge: &Opened{Model: judge}, Count: count, Notify: func(EvalProgress) {}}}
	if err := e.inceptionOfReal(ctx, k, []row{q}); err == nil {
		t.Error("stopped: found no error")
	}
}

// TestInceptionRefused: what the network is not, or not for, is told before anything is
// sampled.
func TestInceptionRefused(t *testing.T) {
	seen := 0
	whole := &Opened{Name: "model", Model: &models.Model{C: 1, H: 2, W: 2}}
	hole := &Opened{Name: "hole", Model: &models.Model{Hole: func(sampling.Images) *sampling.Mask { return nil }}}
	for want, r := range map[string]EvalRequest{
		"judge is no InceptionV3, want pt_inception-2015-12-05-6726825d.pth": {Model: whole, Inception: &Opened{Name: "judge", Model: &models.Model{}}},
		"hole, want a model of whole pictures":                               {Model: hole, Inception: brightness(&seen), Parts: []string{partSamples}},
		"without the part samples":                                           {Model: whole, Inception: brightness(&seen), Parts: []string{partChains}},
		"":                                                                   {Model: whole, Inception: brightness(&seen), Parts: []string{partSamples}},
	} {
		err := r.checkInception()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("found %v, want an error with %q", err, want)
		}
	}
	if err := brightness(&seen).Chains(); err == nil || !strings.Contains(err.Error(), "--inception FILE measures FID") {
		t.Errorf("chains of the network: found %v", err)
	}
}
