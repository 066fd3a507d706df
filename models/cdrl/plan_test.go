package cdrl

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/internal/engine/enginetest"
	"ebmstudio/models"
	"ebmstudio/sampling"
)

// TestCompose: the one formula gives the paper's.
func TestCompose(t *testing.T) {
	a, b := classesEach(0), classesEach(1)
	weights := func(m mixture) string {
		var list []string
		for _, p := range m {
			list = append(list, fmt.Sprintf("%v:%.3g", slices.Concat(p.labels...), p.weight))
		}
		slices.Sort(list)
		return strings.Join(list, " ")
	}
	for _, test := range []struct {
		name    string
		classes mixture
		w       float64
		product bool
		want    string
	}{
		{"no class", nil, 0, false, "[]:1"},
		{"no class, guided", nil, 3, false, "[]:1"},
		{"no class, product", nil, 3, true, "[]:1"},
		{"a class", mixture{{a, 1}}, 0, false, "[0]:1"},
		{"Eq. 11", mixture{{a, 1}}, 0.5, false, "[0]:1.5 []:-0.5"},
		{"Eq. 13", mixture{{a, 1}, {b, 1}}, 0, false, "[0]:1 [1]:1 []:-1"},
		{"Eq. 14", mixture{{a, 1}, {b, 1}}, 1, false, "[0]:2 [1]:2 []:-3"},
		{"and not", mixture{{a, 1}, {b, -0.5}}, 0, false, "[0]:1 [1]:-0.5 []:0.5"},
		{"product", mixture{{a, 1}, {b, 1}}, 0, true, "[0]:1 [1]:1"},
		{"guidance -1", mixture{{a, 1}}, -1, false, "[]:1"},
		{"said twice", mixture{{a, 1}, {a, 1}}, 0, false, "[0]:2 []:-1"},
		{"explicit guidance", mixture{{a, 3}, {nil, -2}}, 0, false, "[0]:3 []:-2"},
	} {
		if found := weights(compose(test.classes, test.w, test.product)); found != test.want {
			t.Errorf("%s: found %s, want %s", test.name, found, test.want)
		}
	}
}

// TestGuidanceIsASum: guidance by the knob is the sum of terms with its weights.
func TestGuidanceIsASum(t *testing.T) {
	m := openOwn(t, enginetest.Open(t, "go"))
	at := func(label ...int) sampling.Energy { return must[sampling.Energy](t)(m.At(models.Given{Label: label})) }
	plan := must[sampling.Plan](t)(m.Plan([]sampling.Term{{Weight: 1, Energy: at(0)}, {Weight: -1, Energy: at(1)}}, sampling.Settings{"guidance": 2, "from_level": 1}))
	x := startOf(m, 2)
	got := must[[]float32](t)(plan[0].Energy.Value(x))
	// The plan's pictures are sqrt(alpha) times those of At.
	scale := 1 / math.Sqrt(plan[0].Energy.(*energy).level.Shrink)
	sum := sampling.Sum{{Weight: 3, Energy: at(0)}, {Weight: -3, Energy: at(1)}, {Weight: 1, Energy: at()}}
	want := must[[]float32](t)(sampling.Affine{Of: sum, Scale: scale}.Value(x))
	close32(t, "guided energy", got, want, 1e-4)
}

// run walks a plan to its end and counts the states.
func run(t *testing.T, k sampling.Key, x sampling.Images, p sampling.Plan) (sampling.State, int) {
	t.Helper()
	var last sampling.State
	count := 0
	for s, err := range sampling.Run(t.Context(), k, x, p) {
		if err != nil {
			t.Fatal(err)
		}
		last, count = s, count+1
	}
	return last, count
}

// TestChains: a batch is its chains one by one, and every choice runs.
func TestChains(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, b compute.Backend) {
		m := openOwn(t, b)
		key := sampling.NewKey(3)
		hat := []sampling.Term{{Weight: 1, Energy: must[sampling.Energy](t)(m.At(models.Given{Label: []int{0}}))}}
		for _, s := range []sampling.Settings{
			{"steps": 2},
			{"steps": 2, "guidance": 1.5, "guidance_low": 2, "initializer": 1},
			{"steps": 0, "proposal_noise": 0, "initializer": 0, "denoise": 0},
			{"steps": 1, "from_level": 2, "product": 1, "step_rule": 0, "logsnr_max": 5},
		} {
			plan := must[sampling.Plan](t)(m.Plan(hat, s))
			whole, count := run(t, key, startOf(m, 3), plan)
			if count != plan.Steps() {
				t.Errorf("%v: found %d states, want %d", s, count, plan.Steps())
			}
			one, _ := run(t, key.From(1), m.Start(sampling.NewKey(5).From(1), 1), plan)
			close32(t, fmt.Sprint(s), one.X.Data, whole.X.Image(1), 1e-3)
		}
	})
}

// TestInitializerAlone: without steps the proposals are the chain, whatever noise
// there is between.
func TestInitializerAlone(t *testing.T) {
	m := openOwn(t, enginetest.Open(t, "go"))
	plan := must[sampling.Plan](t)(m.Plan(nil, sampling.Settings{"steps": 0, "from_level": 2, "denoise": 0}))
	x := startOf(m, 2)
	state, _ := run(t, sampling.NewKey(1), x, plan)
	want := x
	for _, stage := range plan {
		y, err := stage.Start(sampling.NewKey(1), 0, want)
		if err != nil {
			t.Fatal(err)
		}
		if want, err = stage.Finish(sampling.NewKey(1), 0, y); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(state.X.Data, want.Data) {
		t.Error("the steps of no size have moved the pictures")
	}
	if state.Energy == nil {
		t.Error("the proposal's energy is not shown")
	}
}

// TestKeep: known pixels follow the ladder and end as they are, to the bit; free
// ones do as if there were no mask at first.
func TestKeep(t *testing.T) {
	m := openOwn(t, enginetest.Open(t, "go"))
	known := m.Start(sampling.NewKey(8), 1)
	mask := sampling.NewMask(known).Fill(0, 0, 4, 8, 1).Fill(4, 0, 5, 8, 0.25)
	key := sampling.NewKey(2)
	plan := must[sampling.Plan](t)(m.Plan(nil, sampling.Settings{"steps": 2}))
	kept := must[sampling.Plan](t)(m.Keep(plan, key, 3, mask))
	noise := sampling.NewImages(3, 1, 8, 8)
	if err := key.Normals(sampling.StreamMask, 0, noise); err != nil {
		t.Fatal(err)
	}
	var last sampling.State
	for s, err := range sampling.Run(t.Context(), key, startOf(m, 3), kept) {
		if err != nil {
			t.Fatal(err)
		}
		last = s
		l, ladder := levelOf(kept[s.Stage])
		if !ladder || s.Step%2 == 0 {
			continue // a level's last state is rescaled
		}
		for i := range 3 {
			for j := 5 * 8; j < 64; j++ {
				want := math.Sqrt(l.Shrink) * (math.Sqrt(l.AlphaBarBelow)*float64(known.Data[j]) + math.Sqrt(1-l.AlphaBarBelow)*float64(noise.Image(i)[j]))
				if d := math.Abs(want - float64(s.X.Image(i)[j])); d > 1e-5 {
					t.Fatalf("level %d, chain %d, pixel %d: found %g, want %g", l.I, i, j, s.X.Image(i)[j], want)
				}
			}
		}
	}
	for i := range 3 {
		if !slices.Equal(last.X.Image(i)[5*8:], known.Data[5*8:]) {
			t.Errorf("chain %d: the known pixels are not the picture's to the bit", i)
		}
		if slices.Equal(last.X.Image(i)[:4*8], known.Data[:4*8]) {
			t.Errorf("chain %d: the free pixels are the picture's", i)
		}
	}
	for name, bad := range map[string]*sampling.Mask{
		"size":     sampling.NewMask(sampling.NewImages(1, 1, 4, 8)),
		"channels": sampling.NewMask(sampling.NewImages(1, 3, 8, 8)),
		"number":   sampling.NewMask(sampling.NewImages(2, 1, 8, 8)),
	} {
		if _, err := m.Keep(plan, key, 3, bad); err == nil || !strings.HasPrefix(err.Error(), "mask: found ") {
			t.Errorf("%s: found error %v", name, err)
		}
	}
}

// TestDiffuse: pictures carried up have the signal and the noise of their level.
func TestDiffuse(t *testing.T) {
	m, err := Open(enginetest.Open(t, "go"), pointFile(t), models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const n = 4000
	x := sampling.NewImages(n, 2, 1, 1)
	for i := range x.Data {
		x.Data[i] = 3
	}
	schedule, err := NewSchedule(defaultLevels, defaultMin, defaultMax, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, level := range []int{1, 3, 6} {
		y := must[sampling.Images](t)(m.Diffuse(sampling.NewKey(1), x, sampling.Settings{"from_level": float64(level)}))
		var sum, square float64
		for _, v := range y.Data {
			sum += float64(v)
			square += float64(v) * float64(v)
		}
		mean := sum / (2 * n)
		alphaBar := schedule.Levels[level-1].AlphaBar
		if variance := square/(2*n) - mean*mean; math.Abs(variance-(1-alphaBar)) > 0.05 || math.Abs(mean-3*math.Sqrt(alphaBar)) > 0.05 {
			t.Errorf("level %d: found mean %.3f, variance %.3f, want %.3f, %.3f", level, mean, variance, 3*math.Sqrt(alphaBar), 1-alphaBar)
		}
	}
}

// TestRefusals holds the errors of what a model cannot do.
func TestRefusals(t *testing.T) {
	m := openOwn(t, enginetest.Open(t, "go"))
	at := func(g models.Given) error { _, err := m.At(g); return err }
	plan := func(s sampling.Settings) error { _, err := m.Plan(nil, s); return err }
	arrays := func(in map[string]checkpoint.Tensor, s sampling.Settings) error {
		_, err := m.Arrays(in, s)
		return err
	}
	replay := func(in map[string]checkpoint.Tensor, s sampling.Settings) error {
		_, err := m.Replay(in, s)
		return err
	}
	x := checkpoint.Float32Tensor([]int{2, 1, 8, 8}, make([]float32, 128))
	chain := map[string]checkpoint.Tensor{"xT": x, "noise_init": checkpoint.Float32Tensor([]int{3, 2, 1, 8, 8}, make([]float32, 3*128)), "noise": checkpoint.Float32Tensor([]int{3, 2, 2, 1, 8, 8}, make([]float32, 6*128))}
	for want, err := range map[string]error{
		"condition: found label 2, want 0 to 1":                 at(models.Given{Label: []int{2}}),
		"condition: found level 4, want 1 (cleanest) to 3":      at(models.Given{Level: 4}),
		"condition: cdrl has no latents":                        at(models.Given{Latent: [][]float32{{1}}}),
		"condition: cdrl has no similarity to weigh by beta":    at(models.Given{Beta: 1}),
		`setting "guidance": found NaN, want a finite number`:   plan(sampling.Settings{"guidance": math.NaN()}),
		`setting "steps": found 1.5, want a whole number`:       plan(sampling.Settings{"steps": 1.5}),
		`setting "steps": found -1, want a number from 0`:       plan(sampling.Settings{"steps": -1}),
		`setting "speed": want one of steps, guidance`:          plan(sampling.Settings{"speed": 1}),
		"schedule: found log-SNR from 7 to 6, want the lower":   plan(sampling.Settings{"logsnr_min": 7}),
		"found level 5, want 1 to 3":                            plan(sampling.Settings{"from_level": 5}),
		`settings "guidance_low" and "guidance_high"`:           plan(sampling.Settings{"guidance_low": 3, "guidance_high": 2}),
		`array "x": missing, want float32 [N 1 8 8]`:            arrays(nil, nil),
		`array "z": not known here`:                             arrays(map[string]checkpoint.Tensor{"x": x, "z": x}, nil),
		`array "y": found float32 [2 1 8 8], want int64 [2]`:    arrays(map[string]checkpoint.Tensor{"x": x, "y": x}, nil),
		`array "y": found class 3, want 0 to 2`:                 arrays(map[string]checkpoint.Tensor{"x": x, "y": checkpoint.Int64Tensor([]int{2}, []int64{0, 3})}, nil),
		`array "compose": found class 0, want 1 to 2`:           arrays(map[string]checkpoint.Tensor{"x": x, "compose": checkpoint.Int64Tensor([]int{1}, []int64{0})}, nil),
		`setting "denoise": want one of`:                        arrays(map[string]checkpoint.Tensor{"x": x}, sampling.Settings{"denoise": 1}),
		`setting "steps": found 3, but the array "noise" has 2`: replay(chain, sampling.Settings{"steps": 3}),
		`array "noise_init": found float32 [3 2 1 8 8], want`:   replay(chain, sampling.Settings{"from_level": 2}),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("found error %v, want %q", err, want)
		}
	}
	out, err := m.Replay(chain, sampling.Settings{"steps": 2})
	if err != nil {
		t.Fatal(err)
	}
	if found := fmt.Sprint(out["net"].Shape, out["x_final"].Shape, out["x_t"].Shape); found != "[3 2 2] [2 1 8 8] [3 2 1 8 8]" {
		t.Errorf("found shapes %s", found)
	}
}

// TestStepRule: fewer steps are longer, as s_15 sqrt(15/K).
func TestStepRule(t *testing.T) {
	m := openOwn(t, enginetest.Open(t, "go"))
	size := func(s sampling.Settings) float64 {
		return must[sampling.Plan](t)(m.Plan(nil, s))[0].Kernel.(sampling.Langevin).Noise
	}
	trained := size(nil)
	for _, k := range []float64{3, 5, 8} {
		if ratio := size(sampling.Settings{"steps": k}) / trained; math.Abs(ratio-math.Sqrt(15/k)) > 1e-12 {
			t.Errorf("%v steps: found %v times the trained size, want %v", k, ratio, math.Sqrt(15/k))
		}
		if ratio := size(sampling.Settings{"steps": k, "step_rule": 2}) / trained; math.Abs(ratio-math.Sqrt(math.Sqrt(15/k))) > 1e-12 {
			t.Errorf("%v steps, rule 2: found %v times the trained size, want %v", k, ratio, math.Sqrt(math.Sqrt(15/k)))
		}
	}
	if size(sampling.Settings{"steps": 3, "step_rule": 0}) != trained || math.Abs(size(sampling.Settings{"step_scale": 2})/trained-2) > 1e-12 {
		t.Error("the rule or the factor of the step size does not act as said")
	}
}
