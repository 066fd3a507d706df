package reproduction

import (
	"fmt"
	"strings"

	"ebmstudio/sampling"
	"ebmstudio/studio"
)

// What is sampled from bundled models: E5, E6, E8, E11, E14, E15.

// pictureDefinitions are the measures of Pictures and Asked.
var pictureDefinitions = map[string]Measure{
	right:        {right, "the share of samples that the bundled judge finds to be all that was asked", 3},
	kid:          {kid, "the unbiased kernel distance (x.y/d + 1)^3 of the judge's features, scaled to a mean square of 1, from as many test pictures, times 1000; it is no FID", 1},
	coverage:     {coverage, "the share of test pictures within whose five nearest neighbours, by the judge's features, a sample lies (Naeem et al., 2020): the figure of mode collapse", 3},
	fd:           {fd, "the Fréchet distance of the judge's features, from as many test pictures; it depends on N and is no FID", 2},
	saturated:    {saturated, "the share within two levels of black or white", 3},
	samplingTime: {samplingTime, "processor time of the row, compilation included, on the machine of the run", 1},
}

func guidance() Experiment {
	weights := []float64{0, 0.7, 1.5, 3}
	more := []float64{0, 0.3, 0.7, 1, 1.5, 2, 3}
	row := func(w float64) string { return fmt.Sprintf("w = %g", w) }
	rows := func(weights []float64) (rows []Row) {
		for _, w := range weights {
			rows = append(rows, Row{row(w), "cdrl-fashion-28", []Probe{Pictures{Ask: "classes", Column: "both", Settings: sampling.Settings{"guidance": w}}}})
		}
		return rows
	}
	var all []string
	for _, w := range weights {
		all = append(all, row(w))
	}
	return Experiment{
		ID: "E5", Title: "Guidance", Source: "CDRL, Figure 2 (ImageNet32)",
		Does: "The bundled CDRL model of garments is asked for each class with growing guidance w of (1+w) conditional - w unconditional.",
		Paper: Paper{Columns: []string{"Inception Score", "FID"}, Rows: []PaperRow{
			{"w = 0", row(0), []string{"lowest", "above the best"}},
			{"w = 0.7", row(0.7), []string{"-", "6.18, the best"}},
			{"larger w", row(3), []string{"highest", "rises"}},
		}},
		Measures: []Measure{pictureDefinitions[right], pictureDefinitions[kid], pictureDefinitions[coverage], pictureDefinitions[saturated]},
		Claims: []Claim{
			{Says: "samples are named ever better as w grows", Measure: right, Rises: all},
			{Says: "the distance falls, then rises", Measure: kid, Dips: all},
			{Says: "diversity falls", Measure: coverage, Rises: []string{row(3), row(1.5), row(0)}},
		},
		Remarks: "Where a model names its classes well without guidance, the dip of the distance may vanish: nothing is gained that would pay for what diversity loses.",
		Small:   Preset{Cost: "15 minutes", Seeds: 3, Count: 250, Rows: rows(weights)},
		Full:    Preset{Cost: "4 hours", Seeds: 3, Count: 2000, Rows: rows(more)},
	}
}

func outliers() Experiment {
	probe := func(score string, settings sampling.Settings) []Probe {
		return []Probe{Outliers{Others: []string{studio.FetchedData}, Score: score, Settings: settings}}
	}
	const joint, plain, baseline = "CLEL, joint score (Eq. 14)", "CLEL, energy alone", "EBM without latents, energy"
	const icd, cdrl = "Improved CD, energy", "CDRL, energy of level 1 (the paper's)"
	rows := []Row{
		{joint, "fashion-28", probe("", nil)},
		{plain, "fashion-28", probe("energy", nil)},
		{icd, "icd-fashion-28", probe("", nil)},
		{cdrl, "cdrl-fashion-28", probe("", sampling.Settings{"level": 1})},
		{"CDRL, energy of level 2", "cdrl-fashion-28", probe("", sampling.Settings{"level": 2})},
		{"VAE-EBM, energy", "vaeebm-fashion-28", probe("", nil)},
		{"normal pixels, no model", "fashion-28", probe(studio.ScoreGaussian, nil)},
		{"total variation, no model", "fashion-28", probe(studio.ScoreVariation, nil)},
	}
	settings := map[string]string{"iterations": "2000"}
	with := func(more ...string) map[string]string { return merged(settings, more...) }
	trained := append([]Row{
		{joint + ", trained", "clel-full", probe("", nil)},
		{plain + ", trained", "clel-full", probe("energy", nil)},
		{baseline, "clel-baseline", probe("", nil)},
	}, rows...)
	sets := append(studio.MadeSets(), studio.FetchedData)
	measures := make([]Measure, 0, len(sets)+1)
	for _, set := range sets {
		measures = append(measures, Measure{set, "AUROC: how often a picture of the set has the higher score than a test picture, " + setMeans[set], 3})
	}
	measures = append(measures, Measure{fpr(sets[0]), "the share of mean pairs that pass where 95 % of the test pictures do", 3})
	claims := []Claim{
		{Says: "mean pairs are harder than shuffled pixels", Across: joint, Rises: []string{sets[0], "permuted"}},
		{Says: "mean pairs are harder than digits (the papers': than SVHN)", Across: joint, Rises: []string{sets[0], studio.FetchedData}},
		{Says: "flipped garments are harder than shuffled pixels", Ours: true, Across: joint, Rises: []string{"flipped", "permuted"}},
	}
	for _, set := range []string{sets[0], sets[1], studio.FetchedData} {
		ours := set == sets[1] // the papers have no set like it
		claims = append(claims, Claim{Says: set + ": the joint score beats the energy alone", Ours: ours, Measure: set, Rises: []string{plain, joint}},
			Claim{Says: set + ": CLEL beats normal pixels", Ours: ours, Measure: set, Rises: []string{"normal pixels, no model", joint}},
			Claim{Says: set + ": CLEL beats Improved CD", Ours: ours, Measure: set, Rises: []string{icd, joint}})
	}
	claims = append(claims, Claim{Says: "mean pairs: CDRL beats CLEL", Measure: sets[0], Rises: []string{joint, cdrl}},
		Claim{Says: "digits: CLEL beats CDRL (SVHN)", Measure: studio.FetchedData, Rises: []string{cdrl, joint}},
		Claim{Says: "mean pairs: CDRL's second level beats the paper's first", Ours: true, Measure: sets[0], Rises: []string{cdrl, "CDRL, energy of level 2"}})
	return Experiment{
		ID: "E6", Title: "Outliers", Source: "CLEL, Table 4; Improved CD, Table 3; CDRL, Tables 4 and 8 (CIFAR-10 against others)",
		Does: "Models of garments score held-out garments, sets made from them, and digits where they are fetched (`ebm data digits --fetch`); beside them two scores that know no model. Seeds choose the pictures.",
		Paper: Paper{Columns: []string{"SVHN", "Textures", "CIFAR-10 interpolated", "CIFAR-100"}, Rows: []PaperRow{
			{"CLEL-Base", joint, []string{"0.98", "0.94", "0.72", "0.72"}},
			{"Improved CD", icd, []string{"0.91", "0.88", "0.65", "0.83"}},
			{"CDRL", cdrl, []string{"0.82", "0.65", "0.75", "0.78"}},
			{"VAEBM (Xiao et al., 2021)", "", []string{"0.83", "-", "0.70", "0.62"}},
			{"IGEBM", "", []string{"0.63", "0.48", "0.70", "0.50"}},
			{"Glow", "", []string{"0.24", "0.27", "0.51", "0.55"}},
		}},
		Measures: measures, Claims: claims,
		Remarks: "Shuffled pixels and noise prove nothing: scores that know no model tell them too. Mean pairs, the counterpart of the papers' interpolations, are where an energy is worth something. Digits are the counterpart of the papers' SVHN, but simpler pictures than garments, as their total variation says, and simple pictures look likely to many models (Nalisnick et al., 2019). The paper's level 1 of CDRL is never trained against pictures far from the data; see [eval.md](eval.md). The bundled models were trained once each, with networks of their own, so that an order between families is one between these checkpoints.",
		Small:   Preset{Cost: "2 minutes", Seeds: 3, Count: 300, Rows: rows},
		Full: Preset{Cost: "3 hours", Seeds: 3, Count: 2000, Rows: trained, Trainings: []Training{
			{Name: "clel-full", Family: "clel", Settings: with()}, {Name: "clel-baseline", Family: "clel", Settings: with("latent", "false")},
		}},
	}
}

// setMeans says what the sets hold.
var setMeans = map[string]string{
	"mean pairs": "of means of two of them", "flipped": "of the same upside down", "permuted": "of the same with pixels in another order",
	"noise": "of uniform noise", "constant": "of one grey each",
	studio.FetchedData: "of handwritten digits (MNIST's; test pictures)",
}

// merged is a copy with more settings, name after value.
func merged(settings map[string]string, more ...string) map[string]string {
	all := map[string]string{}
	for name, v := range settings {
		all[name] = v
	}
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

// asking is a question whose labels are joined by a word.
func asking(word string, labels ...string) Question {
	quoted := make([]string, len(labels))
	for i, l := range labels {
		quoted[i] = `"` + l + `"`
	}
	q := Question{Expression: strings.Join(quoted, " "+word+" ")}
	if word == "OR" {
		q.Any = labels
	} else {
		q.All = labels
	}
	return q
}

func composition() Experiment {
	var (
		one   = []Question{asking("AND", "hat"), asking("AND", "glasses"), asking("AND", "long hair"), asking("AND", "smile")}
		two   = []Question{asking("AND", "hat", "long hair"), asking("AND", "hat", "smile"), asking("AND", "glasses", "long hair"), asking("AND", "glasses", "smile")}
		held  = []Question{asking("AND", "hat", "glasses"), asking("AND", "long hair", "smile")}
		three = []Question{asking("AND", "hat", "no glasses", "smile"), asking("AND", "hat", "long hair", "no smile"), asking("AND", "glasses", "no hat", "long hair"), asking("AND", "glasses", "short hair", "smile")}
		or    = []Question{asking("OR", "hat", "glasses"), asking("OR", "long hair", "smile")}
		not   = []Question{
			{Expression: `hat AND NOT "long hair"`, All: []string{"hat", "short hair"}},
			{Expression: `smile AND NOT hat`, All: []string{"smile", "no hat"}},
			{Expression: `glasses AND NOT smile`, All: []string{"glasses", "no smile"}},
			{Expression: `"long hair" AND NOT glasses`, All: []string{"long hair", "no glasses"}},
		}
	)
	// The initializer is told nothing, so that the energy alone does the steering.
	settings := func(w float64, more ...any) sampling.Settings {
		s := sampling.Settings{"initializer": 0, "guidance": w}
		for i := 0; i < len(more); i += 2 {
			s[more[i].(string)] = more[i+1].(float64)
		}
		return s
	}
	const model = "cdrl-faces-16"
	base := settings(3)
	rows := []Row{
		{"one attribute", model, []Probe{Asked{Questions: one, Settings: base}}},
		{"two", model, []Probe{Asked{Questions: two, Settings: base}}},
		{"two, never seen together", model, []Probe{Asked{Questions: held, Settings: base}}},
		{"three", model, []Probe{Asked{Questions: three, Settings: base}}},
		{"OR", model, []Probe{Asked{Questions: or, Settings: base}}},
		{"AND NOT", model, []Probe{Asked{Questions: not, Settings: base}}},
		{"two, w = 0", model, []Probe{Asked{Questions: two, Settings: settings(0)}}},
		{"two, w = 10", model, []Probe{Asked{Questions: two, Settings: settings(10)}}},
		{"two, plain product", model, []Probe{Asked{Questions: two, Settings: settings(0, "product", 1.0)}}},
		{"two, MALA", model, []Probe{Asked{Questions: two, Sampler: studio.SamplerMALA, Settings: base}}},
		{"two, HMC of 5 leaps, a fifth of the steps", model, []Probe{Asked{Questions: two, Sampler: studio.SamplerHMC, Settings: settings(3, "steps", 3.0, "step_rule", 0.0)}}},
		{"two, twice the step", model, []Probe{Asked{Questions: two, Settings: settings(3, "step_scale", 2.0)}}},
		{"two, MALA, twice the step", model, []Probe{Asked{Questions: two, Sampler: studio.SamplerMALA, Settings: settings(3, "step_scale", 2.0)}}},
		{"two, diffusive Gibbs", model, []Probe{Asked{Questions: two, Sampler: studio.SamplerGibbs, Settings: base}}},
		{"two, preconditioned", model, []Probe{Asked{Questions: two, Sampler: studio.SamplerPreconditioned, Settings: base}}},
		{"two, resampled (SMC)", model, []Probe{Asked{Questions: two, Settings: settings(3, "resample", 1.0)}}},
	}
	return Experiment{
		ID: "E8", Title: "Composition", Source: "CLEL, Figure 4; CDRL, Figure 4 and section 3.6; Improved CD, Figure 10; Du et al., 2023 (corrected samplers)",
		Does: "The bundled CDRL model of faces is asked for one to three attributes whose energies are added up by Eq. 13, its initializer being told nothing; then with other weights, without the equation's negative term, and by other samplers at as many gradients (HMC's fifth of the steps has five each).",
		Paper: Paper{Columns: []string{"shown"}, Rows: []PaperRow{
			{"compositions of attributes", "two", []string{"pictures; most are right"}},
			{"without the unconditional term", "two, plain product", []string{"worse"}},
		}},
		Measures: []Measure{pictureDefinitions[right], pictureDefinitions[samplingTime]},
		Claims: []Claim{
			{Says: "the more attributes, the fewer right", Measure: right, Rises: []string{"three", "two", "one attribute"}},
			{Says: "pairs that were never seen together are harder", Measure: right, Rises: []string{"two, never seen together", "two"}},
			{Says: "a larger weight gets more right", Measure: right, Rises: []string{"two, w = 0", "two", "two, w = 10"}},
			{Says: "Eq. 13 beats the plain product", Measure: right, Rises: []string{"two, plain product", "two, w = 0"}},
			{Says: "MALA beats unadjusted steps (Du et al., 2023)", Measure: right, Rises: []string{"two", "two, MALA"}},
			{Says: "HMC beats unadjusted steps (Du et al., 2023)", Measure: right, Rises: []string{"two", "two, HMC of 5 leaps, a fifth of the steps"}},
			{Says: "MALA beats unadjusted steps of twice the length", Ours: true, Measure: right, Rises: []string{"two, twice the step", "two, MALA, twice the step"}},
			{Says: "diffusive Gibbs beats unadjusted steps", Ours: true, Measure: right, Rises: []string{"two", "two, diffusive Gibbs"}},
			{Says: "preconditioned steps beat plain ones", Ours: true, Measure: right, Rises: []string{"two", "two, preconditioned"}},
			{Says: "resampling beats walking alone", Ours: true, Measure: right, Rises: []string{"two", "two, resampled (SMC)"}},
		},
		Remarks: "The judge is right on nearly every real face, so what is missing is the samples'. The model was trained with unadjusted steps of this length, fifteen a level: a proposal that is refused is a step less of a short chain, and that costs more here than the correction brings; Du et al. walk far longer chains. The questions of three attributes ask for absent ones too, since of any three that are present two were never seen together, and absence is easier.",
		Small:   Preset{Cost: "6 minutes", Seeds: 3, Count: 64, Rows: rows},
		Full:    Preset{Cost: "1 hour", Seeds: 3, Count: 1000, Rows: rows},
	}
}

func transitions() Experiment {
	row := func(steps int, jumps string) string { return fmt.Sprintf("%d steps, %s", steps, jumps) }
	rows := func(all ...int) (rows []Row) {
		for _, steps := range all {
			for _, every := range []float64{0, 20} {
				name := row(steps, "no jumps")
				if every > 0 {
					name = row(steps, "a jump every 20")
				}
				rows = append(rows, Row{name, "icd-fashion-28", []Probe{Modes{Settings: sampling.Settings{"steps": float64(steps), "jump_every": every}}}})
			}
		}
		return rows
	}
	return Experiment{
		ID: "E11", Title: "Augmented transitions between modes", Source: "Improved CD, Figures 6 and 7; CLEL, appendix (a jump every 60 steps)",
		Does: "64 chains of the bundled Improved CD model begin with one garment and walk with and without small changes of the picture every 20 steps.",
		Paper: Paper{Columns: []string{"shown"}, Rows: []PaperRow{
			{"with augmentation", row(200, "a jump every 20"), []string{"chains change class; Inception Score falls more slowly"}},
			{"without", row(200, "no jumps"), []string{"chains stay in their mode"}},
		}},
		Measures: []Measure{
			{classes, "different classes that the judge finds among the chains' last pictures", 1},
			{moved, "the share of chains whose last picture is of another class than the first", 3},
			{rHat, "split R-hat of the energy over the second half of the chains' steps; near 1: they have mixed", 2},
		},
		Claims: []Claim{
			{Says: "with jumps more modes are met", Measure: classes, Rises: []string{row(200, "no jumps"), row(200, "a jump every 20")}},
			{Says: "with jumps more chains leave the first class", Measure: moved, Rises: []string{row(200, "no jumps"), row(200, "a jump every 20")}},
			{Says: "with jumps the chains mix better", Measure: rHat, Rises: []string{row(200, "a jump every 20"), row(200, "no jumps")}},
		},
		Remarks: "Of grey pictures the jumps are small crops and blurs alone: the paper's colours and flips do not fit garments.",
		Small:   Preset{Cost: "3 minutes", Seeds: 3, Count: 64, Rows: rows(200)},
		Full:    Preset{Cost: "30 minutes", Seeds: 10, Count: 64, Rows: rows(200, 1000)},
	}
}

func inpainting() Experiment {
	var rows []Row
	name := func(data, mask string, mean bool) string {
		if mean {
			return data + ", " + mask + ", mean of the known pixels"
		}
		return data + ", " + mask
	}
	var filled []string
	claims := []Claim{}
	for _, at := range []struct{ data, studio, model string }{{"faces", "faces-all", "cdrl-faces-16"}, {"garments", "", "cdrl-fashion-28"}} {
		for _, mask := range []string{square, brush} {
			filled = append(filled, name(at.data, mask, false))
			for _, mean := range []bool{false, true} {
				rows = append(rows, Row{name(at.data, mask, mean), at.model, []Probe{Inpaint{Data: at.studio, Mask: mask, Chains: 4, Mean: mean}}})
			}
			claims = append(claims, Claim{Says: name(at.data, mask, false) + ": chains beat the mean of the known pixels", Measure: psnr, Rises: []string{name(at.data, mask, true), name(at.data, mask, false)}})
		}
	}
	const trained, generator, centre = "garments, centre, VAE-EBM trained for it", "garments, centre, its generator alone", "garments, centre, mean of the known pixels"
	rows = append(rows,
		Row{trained, "vaeebm-hole-28", []Probe{Completion{Way: withChains}}},
		Row{generator, "vaeebm-hole-28", []Probe{Completion{Way: generatorAlone}}},
		Row{centre, "vaeebm-hole-28", []Probe{Completion{Way: meanOfKnown}}})
	claims = append(claims,
		Claim{Says: "a model trained for the hole beats the mean of the known pixels", Measure: psnr, Rises: []string{centre, trained}},
		Claim{Says: "its chains improve on its generator", Measure: ssim, Rises: []string{generator, trained}},
		Claim{Says: "answers differ", Measure: answers, Within: filled, Low: 0.001, High: 1},
		Claim{Says: "known pixels come back to the bit", Measure: unchanged, Within: filled, Low: 1, High: 1})
	return Experiment{
		ID: "E14", Title: "Inpainting", Source: "CDRL, Figure 7; VAE-EBM, Table 3 (facades, street views)",
		Does: "Holes of test pictures are filled four times over by the bundled CDRL models, without a label: the middle square, half of the sides wide, or a stroke from corner to corner; and the centre by the bundled VAE-EBM that was trained to fill it.",
		Paper: Paper{Columns: []string{"PSNR (Facade)", "SSIM (Facade)"}, Rows: []PaperRow{
			{"VAE-EBM", trained, []string{"21.62", "0.78"}}, {"cCoopNets", "", []string{"20.47", "0.77"}}, {"pix2pix", "", []string{"19.34", "0.74"}},
		}},
		Measures: []Measure{
			{psnr, "within the hole, mean of answers and pictures; N counts answers, four a picture", 2},
			{ssim, "the same, windows of 11x11 pixels", 3},
			{answers, "standard deviation of a hole's pixel over the answers, root mean square, of a range of 1", 3},
			{unchanged, "the share of values outside of the hole that are the picture's, in 256 levels", 4},
		},
		Claims:  claims,
		Remarks: "Likely answers need not be near the original: of a mouth the model may draw another one. The CDRL models were trained on whole pictures alone, the VAE-EBM on this hole.",
		Small:   Preset{Cost: "10 minutes", Seeds: 3, Count: 32, Rows: rows},
		Full:    Preset{Cost: "3 hours", Seeds: 3, Count: 800, Rows: rows},
	}
}

func instances() Experiment {
	row := func(n int, beta float64) string { return fmt.Sprintf("%d pictures, beta = %g", n, beta) }
	var rows []Row
	for _, n := range []int{1, 8, 64} {
		rows = append(rows, Row{row(n, 0.1), "fashion-28", []Probe{Instances{Pictures: n, Settings: sampling.Settings{"beta": 0.1}}}})
	}
	rows = append(rows, Row{row(64, 0.01), "fashion-28", []Probe{Instances{Pictures: 64, Settings: sampling.Settings{"beta": 0.01}}}})
	return Experiment{
		ID: "E15", Title: "Instances and classes as conditions", Source: "CLEL, Figure 3 and section 4.3 (CIFAR-10)",
		Does: "The latents of some test pictures of a class are summed and normalised; chains of the bundled CLEL model begin with noise under the joint energy, and the judge names the class.",
		Paper: Paper{Columns: []string{"shown"}, Rows: []PaperRow{
			{"confusion matrix", row(64, 0.1), []string{"the diagonal is dark; dogs are taken for cats"}},
		}},
		Measures: []Measure{
			{diagonal, "the share of samples in which the judge finds the pictures' class; chance is 0.1", 3},
			{similar, "the share of other answers that are of the same group: tops, or shoes", 3},
		},
		Claims: []Claim{
			{Says: "the class is found far above chance", Measure: diagonal, Within: []string{row(64, 0.1)}, Low: 0.3, High: 1},
			{Says: "more pictures, surer class", Measure: diagonal, Rises: []string{row(1, 0.1), row(8, 0.1), row(64, 0.1)}},
			{Says: "a larger beta draws more to the class", Measure: diagonal, Rises: []string{row(64, 0.01), row(64, 0.1)}},
			{Says: "mistakes are among similar classes", Measure: similar, Within: []string{row(64, 0.1)}, Low: 0.5, High: 1},
		},
		Small: Preset{Cost: "30 minutes", Seeds: 3, Count: 160, Rows: rows},
		Full:  Preset{Cost: "4 hours", Seeds: 3, Count: 1000, Rows: rows},
	}
}
