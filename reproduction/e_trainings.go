package reproduction

import (
	"fmt"
	"strconv"

	"ebmstudio/sampling"
)

// What has to be trained on garments: E7, E9, E10, E12, E13.

// healthDefinitions are the measures of Health.
var healthDefinitions = map[string]Measure{
	stable:       {stable, "the share of trainings that do not diverge", 2},
	gap:          {gap, "the distance of the mean energies of samples and of data, mean of the last tenth of the training", 3},
	perIteration: {perIteration, "processor time of an iteration of training, the median, compilation left out, on the machine of the run", 3},
}

// drawn measures samples of a model as they come.
func drawn(column string, settings sampling.Settings) Probe {
	return Pictures{Ask: "all", Column: column, Settings: settings}
}

// version is a training with settings beside those of its experiment.
type version struct {
	row, name string
	settings  []string
}

// trainings are one a version.
func trainings(family string, common map[string]string, versions []version) (all []Training) {
	for _, v := range versions {
		all = append(all, Training{Name: v.name, Family: family, Settings: merged(common, v.settings...)})
	}
	return all
}

// rowsOf are the rows of versions.
func rowsOf(versions []version, probes ...Probe) (rows []Row) {
	for _, v := range versions {
		rows = append(rows, Row{v.row, v.name, probes})
	}
	return rows
}

func latents() Experiment {
	const (
		baseline = "(a) baseline, no latents"
		positive = "(b) without samples' latents as negatives"
		whole    = "(c) CLEL, beta = 0.01"
		identity = "(d) no projection"
		linear   = "(e) linear projection"
	)
	few := []version{
		{baseline, "clel-a", []string{"latent", "false"}},
		{whole, "clel-c", nil},
		{identity, "clel-d", []string{"projection", "none"}},
		{"(c) with beta = 0.1", "clel-beta-0.1", []string{"beta", "0.1"}},
	}
	many := append([]version{
		{positive, "clel-b", []string{"negatives", "false"}},
		{linear, "clel-e", []string{"projection", "linear"}},
		{"(c) with beta = 0", "clel-beta-0", []string{"beta", "0"}},
		{"(c) with beta = 0.001", "clel-beta-0.001", []string{"beta", "0.001"}},
	}, few...)
	quick := map[string]string{"iterations": "600", "batch": "32", "width": "16,32,64", "langevin-steps": "15", "encoder-width": "8,16,32", "buffer": "2000", "lr": "1e-3"}
	set := "mean pairs"
	probes := []Probe{drawn("both", sampling.Settings{"steps": 200}), Outliers{}, Health{}}
	return Experiment{
		ID: "E7", Title: "What each part of CLEL is good for", Source: "CLEL, Table 7 (CIFAR-10, 50,000 iterations)",
		Does: "Small CLEL models of garments are trained with parts left out or changed, and chains of 200 steps begin with noise under the energy alone.",
		Paper: Paper{Columns: []string{"FID", "OOD (SVHN)"}, Rows: []PaperRow{
			{"(a)", baseline, []string{"42.46", "0.8532"}},
			{"(b)", positive, []string{"36.29", "0.8580"}},
			{"(c)", whole, []string{"35.73", "0.8723"}},
			{"(d)", identity, []string{"86.02", "0.8474"}},
			{"(e)", linear, []string{"37.35", "0.8540"}},
			{"beta = 0", "(c) with beta = 0", []string{"42.46", "-"}},
			{"beta = 0.001", "(c) with beta = 0.001", []string{"37.44", "-"}},
			{"beta = 0.1", "(c) with beta = 0.1", []string{"56.39", "-"}},
		}},
		Measures: []Measure{
			pictureDefinitions[kid], pictureDefinitions[fd], pictureDefinitions[coverage],
			{set, "AUROC of the model's score (with latents the joint one) against means of two test pictures", 3},
			healthDefinitions[stable], healthDefinitions[perIteration],
		},
		Claims: []Claim{
			{Says: "latents help, and a projection they need", Measure: kid, Rises: []string{whole, baseline, identity}},
			{Says: "beta = 0.01 is better than 0.1", Measure: kid, Rises: []string{whole, "(c) with beta = 0.1"}},
			{Says: "latents help to tell outliers", Measure: set, Rises: []string{baseline, whole}},
			{Says: "an iteration with latents takes longer", Measure: perIteration, Rises: []string{baseline, whole}},
		},
		Remarks: "Trainings of minutes end long before the paper's differences show: it compares after 50,000 iterations.",
		Small:   Preset{Cost: "40 minutes", Seeds: 3, Count: 256, Trainings: trainings("clel", quick, few), Rows: rowsOf(few, probes...)},
		Full:    Preset{Cost: "two days", Seeds: 3, Count: 2000, Trainings: trainings("clel", map[string]string{"iterations": "6000"}, many), Rows: rowsOf(many, probes...)},
	}
}

func divergence() Experiment {
	versions := []version{
		{"nothing", "icd-nothing", []string{"jump", "none", "kl", "0", "entropy", "0", "multiscale", "false", "reservoir", "false"}},
		{"+ augmentation", "icd-augmentation", []string{"kl", "0", "entropy", "0", "multiscale", "false", "reservoir", "false"}},
		{"+ L_opt", "icd-opt", []string{"entropy", "0", "multiscale", "false", "reservoir", "false"}},
		{"+ L_ent", "icd-ent", []string{"multiscale", "false", "reservoir", "false"}},
		{"+ multi-scale energies", "icd-scales", []string{"reservoir", "false"}},
		{"+ reservoir", "icd-reservoir", nil},
	}
	common := func(iterations int) map[string]string {
		return map[string]string{"iterations": strconv.Itoa(iterations), "alpha": "0.01", "lr": "2e-3", "lr-final": "1"}
	}
	probes := []Probe{drawn("both", nil), Health{}}
	var names []string
	for _, v := range versions {
		names = append([]string{v.row}, names...)
	}
	return Experiment{
		ID: "E9", Title: "What stabilises contrastive divergence", Source: "Improved CD, Table 2 and Figure 9 (CIFAR-10)",
		Does: "Energies of garments are trained by contrastive divergence, each row with one part more than the one before. The rate is high and the squared energies weigh little, so that what is unstable has a chance to show it; the terms have the weights of ebm train icd.",
		Paper: Paper{Columns: []string{"FID", "stable"}, Rows: []PaperRow{
			{"nothing", "nothing", []string{"253.1", "no"}},
			{"augmentation", "+ augmentation", []string{"61.3", "no"}},
			{"L_opt", "+ L_opt", []string{"59.8", "yes"}},
			{"L_ent", "+ L_ent", []string{"54.3", "yes"}},
			{"multi-scale", "+ multi-scale energies", []string{"50.8", "yes"}},
			{"reservoir", "+ reservoir", []string{"35.4", "yes"}},
		}},
		Measures: []Measure{pictureDefinitions[kid], pictureDefinitions[fd], pictureDefinitions[coverage], pictureDefinitions[saturated], healthDefinitions[stable], healthDefinitions[gap], healthDefinitions[perIteration]},
		Claims: []Claim{
			{Says: "every part makes samples better", Measure: kid, Rises: names},
			{Says: "with the KL terms trainings are stable", Measure: stable, Within: []string{"+ L_opt", "+ L_ent", "+ multi-scale energies", "+ reservoir"}, Low: 1, High: 1},
			{Says: "without them they are not", Measure: stable, Within: []string{"nothing", "+ augmentation"}, Low: 0, High: 0.99},
			{Says: "L_opt keeps the energies together", Measure: gap, Rises: []string{"+ L_opt", "+ augmentation"}},
			{Says: "with L_opt an iteration costs more", Measure: perIteration, Rises: []string{"+ augmentation", "+ L_opt"}},
		},
		Remarks: "Grey garments of 28x28 pixels are easier than CIFAR-10, and a short training may be stable without any of the terms. What ours do at the paper's weights is in [kl-term.md](kl-term.md).",
		Small:   Preset{Cost: "40 minutes", Seeds: 3, Count: 256, Trainings: trainings("icd", common(400), versions), Rows: rowsOf(versions, probes...)},
		Full:    Preset{Cost: "a day", Seeds: 3, Count: 2000, Trainings: trainings("icd", common(4000), versions), Rows: rowsOf(versions, probes...)},
	}
}

func backpropagation() Experiment {
	versions := []version{{"through the last step", "icd-last", []string{"kl-steps", "last"}}, {"through all steps", "icd-all", []string{"kl-steps", "all"}}}
	common := func(iterations int) map[string]string {
		return map[string]string{"iterations": strconv.Itoa(iterations), "langevin-steps": "5", "width": "8,16,32", "batch": "16"}
	}
	probes := []Probe{drawn("both", nil), Health{}}
	return Experiment{
		ID: "E10", Title: "L_opt through one Langevin step or all", Source: "Improved CD, appendix A.4 (MNIST)",
		Does: "Energies of garments are trained with L_opt going through the last of five Langevin steps, or through all.",
		Paper: Paper{Columns: []string{"FID"}, Rows: []PaperRow{
			{"one step", "through the last step", []string{"90.54"}}, {"all steps", "through all steps", []string{"94.85"}},
		}},
		Measures: []Measure{pictureDefinitions[kid], pictureDefinitions[fd], healthDefinitions[stable], healthDefinitions[gap], healthDefinitions[perIteration]},
		Claims: []Claim{
			{Says: "one step is no worse than all", Measure: kid, Rises: []string{"through the last step", "through all steps"}},
			{Says: "one step is cheaper", Measure: perIteration, Rises: []string{"through the last step", "through all steps"}},
		},
		Remarks: "The memory of a step is not measured: the engine keeps what it has once taken, so that the second training of a run would show the first one's.",
		Small:   Preset{Cost: "10 minutes", Seeds: 2, Count: 256, Trainings: trainings("icd", common(200), versions), Rows: rowsOf(versions, probes...)},
		Full:    Preset{Cost: "3 hours", Seeds: 3, Count: 2000, Trainings: trainings("icd", common(2000), versions), Rows: rowsOf(versions, probes...)},
	}
}

func stepsAndSizes() Experiment {
	row := func(steps int, delta float64) string { return fmt.Sprintf("%d steps of delta %g", steps, delta) }
	grid := func(steps []int, deltas []float64) (versions []version) {
		for _, k := range steps {
			for _, d := range deltas {
				size := strconv.FormatFloat(d, 'g', -1, 64)
				versions = append(versions, version{row(k, d), fmt.Sprintf("vaeebm-K%d-d%s", k, size), []string{"langevin-steps", strconv.Itoa(k), "delta", size}})
			}
		}
		return versions
	}
	corners := grid([]int{5, 30}, []float64{0.05, 0.4})
	nine := grid([]int{5, 15, 30}, []float64{0.05, 0.2, 0.4})
	common := func(iterations, alone int) map[string]string {
		return map[string]string{"iterations": strconv.Itoa(iterations), "vae-first": strconv.Itoa(alone)}
	}
	probes := []Probe{drawn("both", nil), Health{}}
	return Experiment{
		ID: "E12", Title: "Number and size of Langevin steps with a generator", Source: "VAE-EBM, Table 4 (CIFAR-10)",
		Does: "VAE-EBMs of garments are trained with few and many, short and long Langevin steps, and sampled alike. Our energies are smaller than the paper's by orders of magnitude, so steps are longer: what compares is the corner of the table.",
		Paper: Paper{Columns: []string{"IS"}, Rows: []PaperRow{
			{"5 steps of .001", row(5, 0.05), []string{"3.606"}},
			{"60 steps of .001", row(30, 0.05), []string{"6.143"}},
			{"5 steps of .008", row(5, 0.4), []string{"5.146"}},
			{"60 steps of .008", row(30, 0.4), []string{"3.482"}},
			{"15 steps of .002", "", []string{"6.075"}},
		}},
		Measures: []Measure{pictureDefinitions[kid], pictureDefinitions[fd], pictureDefinitions[coverage], healthDefinitions[stable], healthDefinitions[gap], healthDefinitions[perIteration]},
		Claims: []Claim{
			{Says: "of short steps many are better than few", Measure: kid, Rises: []string{row(30, 0.05), row(5, 0.05)}},
			{Says: "of long steps many are worse than few", Measure: kid, Rises: []string{row(5, 0.4), row(30, 0.4)}},
		},
		Remarks: "The generator learns from the chains' results, but mostly from data here, which keeps it from the paper's collapse.",
		Small:   Preset{Cost: "20 minutes", Seeds: 1, Count: 256, Trainings: trainings("vaeebm", common(300, 150), corners), Rows: rowsOf(corners, probes...)},
		Full:    Preset{Cost: "a day", Seeds: 3, Count: 2000, Trainings: trainings("vaeebm", common(5000, 1500), nine), Rows: rowsOf(nine, probes...)},
	}
}

// Measures of teaching.
const (
	reconstruction = "reconstruction"
	carried        = "carried"
	course         = "carried, course"
)

func teaching() Experiment {
	const (
		refined = "VAE-EBM, refined"
		raw     = "VAE-EBM, its generator alone"
		alone   = "VAE alone"
		coop    = "without inference (CoopNets), refined"
	)
	health := Health{Means: map[string]string{reconstruction: "reconstruction", carried: "moved"}, Courses: map[string]string{course: "moved"}}
	plan := func(iterations, first int) Preset {
		common := map[string]string{"iterations": strconv.Itoa(iterations), "vae-first": strconv.Itoa(first), "vae-data": "0.5"}
		list := trainings("vaeebm", common, []version{
			{"", "vaeebm-taught", nil}, {"", "vaeebm-alone", []string{"vae-data", "1"}}, {"", "vaeebm-coop", []string{"variational", "false", "vae-data", "0", "vae-first", "0"}},
		})
		return Preset{Trainings: list, Rows: []Row{
			{refined, "vaeebm-taught", []Probe{drawn("both", nil), health}},
			{raw, "vaeebm-taught", []Probe{drawn("initializer", nil)}},
			{alone, "vaeebm-alone", []Probe{drawn("initializer", nil), health}},
			{coop, "vaeebm-coop", []Probe{drawn("both", nil), health}},
		}}
	}
	small, full := plan(500, 200), plan(5000, 1500)
	small.Cost, small.Seeds, small.Count = "15 minutes", 3, 256
	full.Cost, full.Seeds, full.Count = "12 hours", 3, 2000
	return Experiment{
		ID: "E13", Title: "Variational MCMC teaching", Source: "VAE-EBM, Tables 1 and 6 (MNIST, CIFAR-10)",
		Does: "A generator of garments is trained with its energy, as an auto-encoder on data alone, and without the inference network; samples are the generator's pictures, refined by Langevin steps or not.",
		Paper: Paper{Columns: []string{"FID (MNIST)"}, Rows: []PaperRow{
			{"VAE-EBM", refined, []string{"8.95"}}, {"CoopNets", coop, []string{"9.70"}}, {"VAE", alone, []string{"21.85"}}, {"Triangle", "", []string{"6.77"}},
		}},
		Measures: []Measure{
			pictureDefinitions[fd], pictureDefinitions[kid], pictureDefinitions[coverage],
			{reconstruction, "of the auto-encoder, root mean square a pixel of a range of 2", 3},
			{carried, "how far the chains carry the generator's pictures, root mean square a pixel of a range of 2, mean of the last tenth of the training", 3},
			{course, "that mean over the one of the first tenth in which chains walk: below 1 it falls", 2},
			healthDefinitions[stable],
		},
		Claims: []Claim{
			{Says: "refined samples beat the auto-encoder alone", Measure: kid, Rises: []string{refined, alone}},
			{Says: "refining helps", Measure: kid, Rises: []string{refined, raw}},
			{Says: "with inference it is better than without", Measure: kid, Rises: []string{refined, coop}},
			{Says: "the generator catches up with the chains", Measure: course, Within: []string{refined}, Low: 0, High: 0.999},
		},
		Remarks: "The paper's FID is of other features; its order alone compares. Five tenths of the auto-encoder's targets are data here, where the paper's are all revised samples.",
		Small:   small, Full: full,
	}
}
