package evaluation

import (
	"reflect"
	"strings"
	"testing"
)

// TestReport: JSON reads back, and Markdown says the numbers.
func TestReport(t *testing.T) {
	kid := 0.0125
	r := Report{
		Asked:  Asked{Model: "faces", ModelSum: "0123456789abcdef", Data: "faces-all", Count: 8, Seed: 5, Sampler: "family", Settings: map[string]float64{"steps": 15, "guidance": 2}},
		Engine: "go", Complete: true,
		Judging: &Judging{Name: "faces-cnn", Features: 96, Real: Rate{99, 100}},
		Cells: []Cell{
			{Row: "seen", Column: "both", Samples: 8, Asked: Rate{6, 8}, ByAsked: []Counted{{"hat, smile", Rate{6, 8}}}, Real: Rate{9, 10}, Distances: Distances{KID: &kid}, Full: Rate{1, 4}, RealFul: Rate{1, 2}},
			{Row: "not", Column: "both", Samples: 3},
		},
	}
	text, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseReport(text)
	if err != nil || !reflect.DeepEqual(r, back) {
		t.Errorf("read back: found %+v (%v), want %+v", back, err, r)
	}
	md := r.Markdown()
	for _, want := range []string{
		"8 samples a row, seed 5, sampler family, guidance=2 steps=15; go.",
		"right on 0.9900 of 100",
		"KID, faces-cnn (x 1000)",
		"| seen | both | 8 | 0.750 (0.409 to 0.929) | 0.900 | 0.833 | 12.5 | - | 0.250 | 0.500 |",
		"hat, smile 0.750",
	} {
		if !strings.Contains(md, want) {
			t.Errorf("Markdown lacks %q:\n%s", want, md)
		}
	}
	other := back.Asked
	other.Seed = 6
	if !r.Same(back.Asked) || r.Same(other) {
		t.Error("want the same question to be the same, and another seed not")
	}
	if _, err := ParseReport([]byte("{")); err == nil {
		t.Error("half a report: want an error")
	}
}

// TestReportOfFID: the word stands where the network's features are, with the file, N and
// what is done to the pictures beside it, and nowhere else.
func TestReportOfFID(t *testing.T) {
	fid, kid := 41.25, 0.03
	r := Report{
		Asked: Asked{Model: "faces"}, Judging: &Judging{Name: "faces-cnn", Features: 96},
		Inception: &Inception{Sum: "6726825d0af5f729", Published: true, Features: 2048},
		Cells: []Cell{{
			Row: "all", Column: "both", Samples: 100, Matched: 90, Distances: Distances{FD: &kid},
			Inception: &Distances{FD: &fid, KID: &kid, Places: &Manifold{Precision: 0.5}},
		}},
	}
	md := r.Markdown()
	for _, want := range []string{
		"| all | both | 100, 90 | 41.2 | - | 30.0 | - | 0.500 | - |",
		"- FID: Fréchet inception distance (Heusel et al., 2017)", "InceptionV3 pool3, 2048 numbers (file sha256 6726825d0af5; pictures resized bilinearly to 299x299, grey ones repeated to three channels); N 100, real 90",
		"- KID, InceptionV3 pool3: unbiased", "of the features as they are", "- precision, InceptionV3 pool3: share of samples within", "- FD, faces-cnn: ",
	} {
		if !strings.Contains(md, want) {
			t.Errorf("Markdown lacks %q:\n%s", want, md)
		}
	}
	if strings.Contains(md, "not the one that") {
		t.Error("the published file is said to be another")
	}
	r.Inception.Published = false
	if md := r.Markdown(); !strings.Contains(md, "is not the one that pytorch-fid published") {
		t.Error("another file is not told of")
	}
	for _, f := range r.Figures() {
		if f.Definition == "" || f.Features == "" && f.Measure != "saturated pixels" {
			t.Errorf("figure %+v lacks its definition or features", f)
		}
	}
	r.Inception, r.Cells[0].Inception = nil, nil
	if strings.Contains(r.Markdown(), "FID") {
		t.Error("the word FID stands in a report without the network")
	}
}
