package studio

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ebmstudio/models"
	"ebmstudio/sampling"
)

// TestOutliersOfFaces: a model whose energy is the total variation must agree with the
// score of that name; another that knows nothing is at chance.
func TestOutliersOfFaces(t *testing.T) {
	f := &fake{c: 3, h: 16, w: 16}
	s, o := f.open(t, 0)
	constant := false
	o.Model.Score = func(x sampling.Images, _ sampling.Settings) ([]float32, map[string][]float32, error) {
		score := make([]float32, x.N)
		for i := range score {
			var sum float32
			for j, v := range x.Image(i) {
				if j%16 < 15 && !constant {
					sum += max(v-x.Image(i)[j+1], x.Image(i)[j+1]-v)
				}
			}
			score[i] = sum
		}
		return score, nil, nil
	}
	black := sampling.NewImages(3, 3, 16, 16)
	ask := OutlierRequest{Models: []*Opened{o}, In: PictureSource{Spec: facesData}, Count: 24, Seed: 1, Out: []PictureSource{{Spec: "black", Given: &black}}}
	for _, made := range MadeSets() {
		ask.Out = append(ask.Out, PictureSource{Spec: made})
	}
	told := 0
	ask.Notify = func(done, total int) { told = total - done }
	report, err := s.Outliers(deadline(t), ask)
	if err != nil || told != 0 {
		t.Fatalf("%v, %d pictures left", err, told)
	}
	if names := scoreNames(report); !slices.Equal(names, []string{o.Name, ScoreGaussian, ScoreVariation}) {
		t.Fatalf("scores %q", names)
	}
	for i, set := range report.Out {
		model, gaussian, variation := report.Scores[0].Areas[i].Value, report.Scores[1].Areas[i].Value, report.Scores[2].Areas[i].Value
		switch set.Name {
		case "black", setConstant:
			if model != 0 || variation != 0 {
				t.Errorf("%s: %v, %v: want pictures of one colour below all others", set.Name, model, variation)
			}
		case setFlipped:
			// A sum in another order rounds otherwise, which parts what is equal.
			if math.Abs(model-0.5) > 0.02 || math.Abs(variation-0.5) > 0.02 {
				t.Errorf("%s: %v, %v: want chance, since upside down the variation is the same", set.Name, model, variation)
			}
		case setNoise:
			if model != 1 || gaussian != 1 || variation != 1 {
				t.Errorf("%s: %v, %v, %v: want noise above all faces", set.Name, model, gaussian, variation)
			}
		}
	}
	constant = true
	report, err = s.Outliers(deadline(t), ask)
	if err != nil || slices.ContainsFunc(report.Scores[0].Areas, func(a Area) bool { return a.Value != 0.5 }) {
		t.Errorf("a constant score: %+v (%v), want chance", report.Scores[0].Areas, err)
	}
	ask.In = PictureSource{Spec: "moons"}
	if _, err := s.Outliers(deadline(t), ask); err == nil {
		t.Error("points are taken for pictures")
	}
}

func scoreNames(r OutlierReport) (names []string) {
	for _, s := range r.Scores {
		names = append(names, s.Name)
	}
	return names
}

// meanScore is a score that is a sum of two terms: the brightness, and minus a tenth of
// the first pixel.
func meanScore(x sampling.Images, _ sampling.Settings) ([]float32, map[string][]float32, error) {
	score, mean, first := make([]float32, x.N), make([]float32, x.N), make([]float32, x.N)
	for i := range score {
		for _, v := range x.Image(i) {
			mean[i] += v / float32(x.Size())
		}
		first[i] = -0.1 * x.Image(i)[0]
		score[i] = mean[i] + first[i]
	}
	return score, map[string][]float32{"energy": mean, "similarity": first}, nil
}

// greyFolder writes n pictures of grey levels from lo to hi, and as many damaged files.
func greyFolder(t *testing.T, n, damaged int, lo, hi float64) string {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		m := image.NewGray(image.Rect(0, 0, 20, 20))
		for k := range m.Pix {
			m.Pix[k] = uint8(255 * (lo + (hi-lo)*float64(i)/float64(n)))
		}
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("grey-%03d.png", i)), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i := range damaged {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("bad-%04d.png", i)), []byte("\x89PNG\r\n\x1a\nno more"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestTwoFolders scores a folder against another that has a thousand damaged pictures,
// under three models: one with terms, one of another size, a judge.
func TestTwoFolders(t *testing.T) {
	s, o := (&fake{c: 3, h: 16, w: 16}).open(t, 0)
	o.Model.Score = meanScore
	_, other := (&fake{c: 1, h: 8, w: 8}).open(t, 0)
	other.Model.Score = func(x sampling.Images, set sampling.Settings) ([]float32, map[string][]float32, error) {
		score, _, err := meanScore(x, set)
		for i := range score {
			score[i] *= -1000
		}
		return score, nil, err
	}
	judge := &Opened{Model: &models.Model{C: 3, H: 16, W: 16}, Name: "judge"}
	dim, glare := greyFolder(t, 30, 0, 0, 0.5), greyFolder(t, 20, 1000, 0.4, 1)
	r, err := s.Outliers(deadline(t), OutlierRequest{
		Models: []*Opened{o, other, judge}, In: PictureSource{Spec: dim}, Out: []PictureSource{{Spec: glare}}, Count: 500, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{o.Name, o.Name + ": energy", o.Name + ": similarity", other.Name, ScoreGaussian, ScoreVariation}
	if names := scoreNames(r); !slices.Equal(names, want) || len(r.LeftOut) != 1 || !strings.Contains(r.LeftOut[0], "judge") {
		t.Fatalf("scores %q, left out %q, want %q and the judge", names, r.LeftOut, want)
	}
	if a, b := r.Scores[0].Areas[0].Value, r.Scores[3].Areas[0].Value; a < 0.9 || math.Abs(a+b-1) > 1e-9 {
		t.Errorf("areas %v and, of the score turned round, %v", a, b)
	}
	out := r.Out[0]
	if out.Pictures.N != 20 || len(out.Faults) != 1000 {
		t.Fatalf("%d pictures, %d faults", out.Pictures.N, len(out.Faults))
	}
	line := FaultLine(out.Faults, out.Pictures.N+len(out.Faults))
	if !strings.HasPrefix(line, "1000 of 1020 pictures cannot be read") || !strings.HasSuffix(line, "and 997 more") || strings.Contains(line, "\n") {
		t.Errorf("found %q", line)
	}
	if list := FaultList(out.Faults); strings.Count(list, "\n") != 1000 {
		t.Errorf("the list has %d lines", strings.Count(list, "\n"))
	}
	most := r.Disagreements(0, 3)
	if len(most) != 3 || most[0].Width < 0.95 || most[0].Width < most[2].Width {
		t.Errorf("models that say the opposite disagree by %+v", most)
	}
	score := r.Scores[0]
	at := score.BestThreshold(0)
	if wrong, right := score.At(0, at); wrong.Value() > 0.25 || right.Value() < 0.75 {
		t.Errorf("at %v: %+v wrong, %+v right", at, wrong, right)
	}
	for _, p := range score.Borderline(0, at, 6) {
		if p.Score < at-0.1 || p.Score > at+0.1 {
			t.Errorf("borderline %+v at %v", p, at)
		}
	}
	var scores, curves bytes.Buffer
	if err := errors.Join(r.WriteScores(&scores), r.WriteROC(&curves)); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&scores).ReadAll()
	if err != nil || len(rows) != 51 || len(rows[0]) != 2+6+2 || rows[1][0] != dim || !strings.HasPrefix(rows[50][1], glare) {
		t.Errorf("scores: %d rows, %v", len(rows), err)
	}
	if lines, err := csv.NewReader(&curves).ReadAll(); err != nil || len(lines) < 100 {
		t.Errorf("curves: %d rows, %v", len(lines), err)
	}
	_, err = s.Outliers(deadline(t), OutlierRequest{Models: []*Opened{o}, In: PictureSource{Spec: dim}, Out: []PictureSource{{Spec: greyFolder(t, 0, 4, 0, 1)}}, Count: 9})
	if err == nil || !strings.Contains(err.Error(), "found 4 files and none that can be read") {
		t.Errorf("nothing but damaged pictures: %v", err)
	}
}
