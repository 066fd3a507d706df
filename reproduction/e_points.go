package reproduction

import (
	"fmt"
	"strconv"

	"ebmstudio/sampling"
)

// The points of the plane: E1 to E4.

const points = "checkerboard"

// pointDefinitions are the measures of Points.
var pointDefinitions = map[string]Measure{
	inSupport:    {inSupport, "the share of samples on the checkerboard's eight squares; uniform points have 0.44 there", 3},
	variation:    {variation, "half the summed difference of the samples' shares of 34x34 cells from the exact masses; as many exact draws have their own, larger than 0", 3},
	kl:           {kl, "true log-likelihood less the model's, log Z by a sum over 136x136 cells; of the cleanest level", 3},
	samplingTime: {samplingTime, "processor time to draw and measure the samples of a seed, compilation included, on the machine of the run", 2},
}

// pointModel is a training on the checkerboard, with settings beside the defaults.
func pointModel(name string, iterations int, settings ...string) Training {
	t := Training{Name: name, Family: "cdrl", Data: points, Settings: map[string]string{"iterations": strconv.Itoa(iterations)}}
	for i := 0; i < len(settings); i += 2 {
		t.Settings[settings[i]] = settings[i+1]
	}
	return t
}

func checkerboard() Experiment {
	var rows []Row
	var names []string
	for level := 6; level >= 1; level-- {
		name := fmt.Sprintf("level %d", level)
		names = append(names, name)
		rows = append(rows, Row{name, points, []Probe{Points{Data: points, Level: level}}})
	}
	rows = append(rows, Row{"samples", points, []Probe{Points{Data: points}}})
	return Experiment{
		ID: "E1", Title: "The checkerboard's density, level by level", Source: "CDRL, Figure 3",
		Does:  "A CDRL model of points (T = 6, K = 15) is trained with each seed; its densities are summed over a grid, its samples counted in cells.",
		Paper: Paper{Columns: []string{"shown"}, Rows: []PaperRow{{"", "level 6", []string{"as pictures, no figures"}}, {"", "level 1", []string{"eight squares"}}}},
		Measures: []Measure{
			{likelihood, "mean of -E(x) - log Z over the data, as noisy as the level; the cleanest level's over the clean data, whose own is -log 128 = -4.852", 3},
			{kl, "the highest log-likelihood that any density has on the level's data, less the model's", 3},
			{variation, "of the level's density from the exact one, as noisy; in the row of samples, of the samples' shares of 34x34 cells", 3},
			pointDefinitions[inSupport],
		},
		Claims: []Claim{
			{Says: "the cleaner the level, the harder its density", Ours: true, Measure: kl, Rises: names},
			{Says: "the samples lie on the squares (uniform points: 0.44)", Measure: inSupport, Within: []string{"samples"}, Low: 0.7, High: 1},
			{Says: "on no level the density is far from the data's", Measure: kl, Within: names, Low: -0.1, High: 1},
		},
		Small: Preset{Cost: "4 minutes", Seeds: 3, Count: 8000, Trainings: []Training{pointModel(points, 3000)}, Rows: rows},
		Full:  Preset{Cost: "40 minutes", Seeds: 3, Count: 8000, Trainings: []Training{pointModel(points, 12000, "width", "96", "batch", "512")}, Rows: rows},
	}
}

// stepRules are the values of the knob step_rule, the paper's first.
var stepRules = []struct {
	name  string
	value float64
}{{"s ~ K^-1/2 (the paper's rule)", 1}, {"s ~ K^-1/4", 2}, {"s unchanged", 0}}

func fewerSteps() Experiment {
	row := func(rule string, k int) string { return fmt.Sprintf("K = %d, %s", k, rule) }
	var rows []Row
	counts := []int{30, 15, 8, 5, 3}
	for _, rule := range stepRules {
		for _, k := range counts {
			if k == 15 && rule.value != 1 {
				continue // the rules agree there
			}
			rows = append(rows, Row{row(rule.name, k), points, []Probe{Points{Data: points, Settings: sampling.Settings{"steps": float64(k), "step_rule": rule.value}}}})
		}
	}
	rows = append(rows, Row{"K = 0, the initializer alone", points, []Probe{Points{Data: points, Settings: sampling.Settings{"steps": 0}}}})
	papers := stepRules[0].name
	var falls []string
	for _, k := range []int{3, 5, 8, 15} {
		falls = append(falls, row(papers, k))
	}
	claims := []Claim{
		{Says: "fewer steps, fewer samples on the squares", Measure: inSupport, Rises: falls},
		{Says: "fewer steps, further from the data", Measure: variation, Rises: []string{row(papers, 15), row(papers, 8), row(papers, 5), row(papers, 3)}},
		{Says: "fewer steps, less time", Measure: samplingTime, Rises: falls},
		{Says: "the steps are worth their time: K = 3 is nearer to the data than the initializer alone", Measure: variation, Rises: []string{row(papers, 3), "K = 0, the initializer alone"}},
	}
	for _, k := range []int{8, 5, 3} {
		claims = append(claims, Claim{
			Says: fmt.Sprintf("at K = %d the fourth root beats the paper's rule", k), Ours: true,
			Measure: variation, Rises: []string{row(stepRules[1].name, k), row(papers, k)},
		}, Claim{
			Says: fmt.Sprintf("at K = %d the fourth root beats unchanged steps", k), Ours: true,
			Measure: variation, Rises: []string{row(stepRules[1].name, k), row(stepRules[2].name, k)},
		})
	}
	return Experiment{
		ID: "E2", Title: "Fewer Langevin steps", Source: "CDRL, Tables 3 and 11 (CIFAR-10; section 4.2)",
		Does: "A CDRL model of the checkerboard that was trained with K = 15 steps a level is sampled with others, the step size s growing by three rules as K falls.",
		Paper: Paper{Columns: []string{"FID", "seconds"}, Rows: []PaperRow{
			{"K = 15", row(papers, 15), []string{"4.31", "12.2"}},
			{"K = 8", row(papers, 8), []string{"4.58", "6.5"}},
			{"K = 5", row(papers, 5), []string{"5.37", "4.2"}},
			{"K = 3", row(papers, 3), []string{"9.67", "2.6"}},
		}},
		Measures: []Measure{pointDefinitions[inSupport], pointDefinitions[variation], pointDefinitions[samplingTime]},
		Claims:   claims,
		Remarks:  "The paper's rule keeps K s^2, the time that the chain walks, and with it the step that is longest where gradients are steepest: at few steps chains leave the squares again. The fourth root is a compromise, found here; any recipe may ask for it by the knob step_rule (`ebm sample checkerboard --set steps=5 --set step_rule=2`). The share on the squares alone does not see whether all squares are met, and the initializer alone is good at it; total variation does.",
		Small:    Preset{Cost: "1 minute", Seeds: 3, Count: 8000, Rows: rows},
		Full:     Preset{Cost: "15 minutes", Seeds: 3, Count: 8000, Trainings: []Training{pointModel(points, 3000)}, Rows: rows},
	}
}

func cooperation() Experiment {
	models := []struct {
		name     string
		settings []string
	}{
		{"full", nil},
		{"without the initializer", []string{"initializer", "false"}},
		{"without shared noise", []string{"shared-noise", "false"}},
		{"initializer learns the data", []string{"init-data", "1"}},
	}
	plan := func(iterations int) (trainings []Training, rows []Row) {
		for i, m := range models {
			t := pointModel("checkerboard-"+[]string{"full", "alone", "noise", "data"}[i], iterations, m.settings...)
			if i == 0 {
				t = pointModel(points, iterations)
			}
			trainings = append(trainings, t)
			for _, k := range []int{15, 5, 3, 0} {
				rows = append(rows, Row{fmt.Sprintf("%s, K = %d", m.name, k), t.Name, []Probe{Points{Data: points, Settings: sampling.Settings{"steps": float64(k), "step_rule": 0}}}})
			}
		}
		return trainings, rows
	}
	smallTrainings, smallRows := plan(3000)
	fullTrainings, fullRows := plan(12000)
	difference := func(k int) string {
		return fmt.Sprintf("full, K = %d%swithout the initializer, K = %d", k, minus, k)
	}
	return Experiment{
		ID: "E3", Title: "Cooperative training and shared noise", Source: "CDRL, Table 9 and appendix D.4 (CIFAR-10)",
		Does: "CDRL models of the checkerboard are trained in full, without an initializer, without the shared noise of Eq. 9, and with an initializer that learns the data instead of revised samples; each is sampled with K steps of the trained size.",
		Paper: Paper{Columns: []string{"FID"}, Rows: []PaperRow{
			{"CDRL (full)", "full, K = 15", []string{"4.31"}},
			{"without cooperative training", "without the initializer, K = 15", []string{"6.47"}},
			{"without noise reduction", "without shared noise, K = 15", []string{"5.51"}},
			{"initializer that learns from the data", "initializer learns the data, K = 15", []string{"5.95"}},
			{"original DRL", "", []string{"9.58"}},
		}},
		Measures: []Measure{pointDefinitions[inSupport], pointDefinitions[variation], pointDefinitions[kl]},
		Claims: []Claim{
			{Says: "the full model beats the one without cooperation", Measure: inSupport, Rises: []string{"without the initializer, K = 15", "full, K = 15"}},
			{Says: "the full model beats the one without noise reduction", Measure: inSupport, Rises: []string{"without shared noise, K = 15", "full, K = 15"}},
			{Says: "energy and initializer beat the initializer alone (D.4)", Measure: inSupport, Rises: []string{"full, K = 0", "full, K = 15"}},
			{Says: "the gap between the two opens as K falls", Ours: true, Measure: inSupport, Rises: []string{difference(15), difference(5), difference(3)}},
		},
		Remarks: "In the plane noise alone finds the squares, so the initializer saves steps more than it saves quality; on pictures the paper's gap is wider.",
		Small:   Preset{Cost: "20 minutes", Seeds: 3, Count: 8000, Trainings: smallTrainings, Rows: smallRows},
		Full:    Preset{Cost: "80 minutes", Seeds: 3, Count: 8000, Trainings: fullTrainings, Rows: fullRows},
	}
}

func levelsAndSteps() Experiment {
	row := func(t, k int) string { return fmt.Sprintf("T = %d, K = %d", t, k) }
	plan := func(iterations int) (trainings []Training, rows []Row) {
		for _, at := range [][2]int{{3, 15}, {4, 15}, {5, 15}, {6, 15}, {6, 5}, {6, 30}} {
			t := pointModel(fmt.Sprintf("checkerboard-T%d-K%d", at[0], at[1]), iterations, "levels", strconv.Itoa(at[0]), "langevin-steps", strconv.Itoa(at[1]))
			if at == [2]int{6, 15} {
				t = pointModel(points, iterations)
			}
			trainings = append(trainings, t)
			rows = append(rows, Row{row(at[0], at[1]), t.Name, []Probe{Points{Data: points, Settings: sampling.Settings{"steps": float64(at[1]), "step_rule": 0}}, Health{}}})
		}
		return trainings, rows
	}
	smallTrainings, smallRows := plan(3000)
	fullTrainings, fullRows := plan(12000)
	return Experiment{
		ID: "E4", Title: "Noise levels and Langevin steps in training", Source: "CDRL, Table 10 (CIFAR-10)",
		Does: "CDRL models of the checkerboard are trained with T noise levels and K steps a level, and sampled with as many.",
		Paper: Paper{Columns: []string{"FID"}, Rows: []PaperRow{
			{"T = 4", row(4, 15), []string{"not converge"}},
			{"T = 5", row(5, 15), []string{"5.08"}},
			{"T = 6", row(6, 15), []string{"4.31"}},
			{"K = 10", "", []string{"4.50"}},
			{"K = 15", row(6, 15), []string{"4.31"}},
			{"K = 30", row(6, 30), []string{"5.08"}},
		}},
		Measures: []Measure{
			pointDefinitions[inSupport], pointDefinitions[variation], pointDefinitions[kl],
			{stable, "the share of trainings that do not diverge", 2},
			{perIteration, "processor time of an iteration of training, the median, on the machine of the run", 4},
		},
		Claims: []Claim{
			{Says: "more levels, better samples", Measure: inSupport, Rises: []string{row(4, 15), row(5, 15), row(6, 15)}},
			{Says: "K = 15 is the best", Measure: variation, Dips: []string{row(6, 5), row(6, 15), row(6, 30)}},
		},
		Remarks: "With fewer levels every one has a wider range of noise to bridge. In the plane that range is short, and chains of 15 steps bridge it where on pictures they do not.",
		Small:   Preset{Cost: "12 minutes", Seeds: 1, Count: 8000, Trainings: smallTrainings, Rows: smallRows},
		Full:    Preset{Cost: "3 hours", Seeds: 3, Count: 8000, Trainings: fullTrainings, Rows: fullRows},
	}
}
