package main

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"ebmstudio/studio"
)

// outlierFlags are those of ebm score --auroc.
type outlierFlags struct {
	AUROC     string   `help:"Instead of scores: how well they tell other pictures from these: the held-out ones of data (fashion, digits, faces, a folder in MNIST's layout), or a folder of pictures." name:"auroc" placeholder:"DATA"`
	Count     int      `help:"With --auroc: most pictures of a set." default:"500"`
	Seed      uint64   `help:"With --auroc: of what is random in the sets." default:"1"`
	Only      bool     `help:"With --auroc: the sets that are named alone, none made from the held-out pictures."`
	With      []string `help:"With --auroc: another model that scores the same pictures; may be repeated." placeholder:"MODEL"`
	Threshold string   `help:"With --auroc: what the model's score tells apart at a threshold, and the pictures nearest to it: a number, best (Youden's), or the share of the outliers to be found, such as 95%." placeholder:"T"`
	Scores    string   `help:"With --auroc: write every picture's scores and ranks to this file, as CSV." type:"path" placeholder:"FILE"`
	Roc       string   `help:"With --auroc: write the ROC curves to this file, as CSV." type:"path" placeholder:"FILE"`
}

// outlierLine is a row of the answer for a script.
type outlierLine struct {
	Set      string `json:"set"`
	Pictures int    `json:"pictures"`
	Score    string `json:"score"`
	Kind     string `json:"kind"`
	AUROC    number `json:"auroc"`
	Low      number `json:"low"`
	High     number `json:"high"`
}

// outliers prints how well scores tell sets of pictures from held-out ones.
func (c *scoreCmd) outliers(a *app, o *studio.Opened, set map[string]float64) error {
	at, err := threshold(cmp.Or(c.Threshold, "best"))
	if err != nil {
		return err
	}
	r := studio.OutlierRequest{Models: []*studio.Opened{o}, In: studio.PictureSource{Spec: c.AUROC}, Count: c.Count, Seed: c.Seed, Settings: set}
	for _, path := range c.With {
		other, err := a.open(path, c.modelFlags)
		if err != nil {
			return err
		}
		r.Models = append(r.Models, other)
	}
	for _, path := range c.Pictures {
		from := studio.PictureSource{Spec: path}
		if isArrays(path) {
			x, _, err := a.pictures(o, []string{path})
			if err != nil {
				return err
			}
			from.Given = &x
		}
		r.Out = append(r.Out, from)
	}
	if !c.Only {
		for _, made := range studio.MadeSets() {
			r.Out = append(r.Out, studio.PictureSource{Spec: made})
		}
	}
	report, err := a.studio().Outliers(a.ctx, r)
	if err != nil {
		if a.ctx.Err() != nil {
			return empty(errInterrupted)
		}
		return badInput(err)
	}
	for _, why := range report.LeftOut {
		a.note("left out: %s", why)
	}
	var faults []studio.PictureFault
	for _, of := range append([]studio.PictureSet{report.In}, report.Out...) {
		if line := studio.FaultLine(of.Faults, len(of.Faults)+of.Pictures.N); line != "" {
			a.note("%s", line)
		}
		faults = append(faults, of.Faults...)
	}
	for path, save := range map[string]func(string) error{c.Scores: report.SaveScores, c.Roc: report.SaveROC, c.Damaged: listOf(faults)} {
		if path == "" {
			continue
		}
		if err := save(path); err != nil {
			return err
		}
	}
	if err := c.areas(a, report); err != nil || c.Threshold == "" {
		return err
	}
	split(a, report, at)
	return nil
}

// listOf writes files that are no pictures, with reasons.
func listOf(faults []studio.PictureFault) func(string) error {
	return func(path string) error { return studio.SaveFaults(path, faults) }
}

// areas prints the table.
func (c *scoreCmd) areas(a *app, report studio.OutlierReport) error {
	var lines []outlierLine
	for i, set := range report.Out {
		for _, s := range report.Scores {
			at := s.Areas[i]
			lines = append(lines, outlierLine{set.Name, set.Pictures.N, s.Name, string(s.Kind), number(at.Value), number(at.Low), number(at.High)})
		}
	}
	switch {
	case c.JSON:
		return a.json(lines)
	case c.CSV:
		w := csv.NewWriter(a.out)
		_ = w.Write([]string{"set", "pictures", "score", "kind", "auroc", "low", "high"}) // errors stay in w until Flush
		text := func(v number) string { return strconv.FormatFloat(float64(v), 'f', 4, 64) }
		for _, l := range lines {
			_ = w.Write([]string{l.Set, strconv.Itoa(l.Pictures), l.Score, l.Kind, text(l.AUROC), text(l.Low), text(l.High)})
		}
		w.Flush()
		return w.Error()
	}
	wide, long := len("AUROC against"), len("score")
	for _, l := range lines {
		wide, long = max(wide, len(l.Set)), max(long, len(l.Score))
	}
	a.say("%-*s  %8s  %-*s  %5s  95 %% interval", wide, "AUROC against", "pictures", long, "score", "AUROC")
	last := ""
	for _, l := range lines {
		set, n := "", ""
		if l.Set != last {
			set, n, last = l.Set, strconv.Itoa(l.Pictures), l.Set
		}
		a.say("%-*s  %8s  %-*s  %.3f  %.3f to %.3f", wide, set, n, long, l.Score, float64(l.AUROC), float64(l.Low), float64(l.High))
	}
	return nil
}

// borderline is how many pictures are named at a threshold.
const borderline = 8

// split prints what the first model's score tells apart at a threshold.
func split(a *app, report studio.OutlierReport, where func(s studio.OutlierScore, set int) float32) {
	s := report.Scores[0]
	for i, set := range report.Out {
		at := where(s, i)
		wrong, right := s.At(i, at)
		a.note("%s above %.6g: %d of %d of %s (TPR %.3f), %d of %d of %s (FPR %.3f); nearest to it:", s.Name, at, right.Right, right.Of, set.Name, right.Value(), wrong.Right, wrong.Of, report.In.Name, wrong.Value())
		for _, p := range s.Borderline(i, at, borderline) {
			of := report.In
			if p.Out {
				of = set
			}
			a.note("%12.6g  %s", p.Score, of.Names[p.Index])
		}
	}
}

// threshold reads --threshold: where a score tells a set of outliers apart.
func threshold(text string) (at func(s studio.OutlierScore, set int) float32, err error) {
	if text == "best" {
		return studio.OutlierScore.BestThreshold, nil
	}
	digits, share := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(digits, 32)
	switch {
	case err != nil || share && !(v > 0 && v <= 100):
		return nil, badInput(fmt.Errorf("--threshold: found %q, want a number, best, or a share such as 95%%", text))
	case share:
		return func(s studio.OutlierScore, set int) float32 { return s.ThresholdAt(set, v/100) }, nil
	}
	return func(studio.OutlierScore, int) float32 { return float32(v) }, nil
}
