package cdrl

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"ebmstudio/checkpoint"
	"ebmstudio/sampling"
)

// arrays computes this family's row of docs/arrays.md: the schedule, and of x on
// every level the network's output and gradient, the proposal and the energy.
// Classes come as y, one a picture, or as compose, all of them for every picture.
func (n *network) arrays(in map[string]checkpoint.Tensor, s sampling.Settings) (map[string]checkpoint.Tensor, error) {
	k := n.sampler
	knobs := []sampling.Knob{k.min, k.max}
	if k.conditional {
		knobs = append(knobs, k.guidance, k.product, k.initializer, k.guidanceLow, k.guidanceHigh)
	}
	c, err := n.choose(s, knobs)
	if err != nil {
		return nil, err
	}
	if err := onlyArrays(in, "x", "y", "compose"); err != nil {
		return nil, err
	}
	x, err := n.pictures(in, "x")
	if err != nil {
		return nil, err
	}
	classes, composed, err := n.classArrays(in, x.N)
	if err != nil {
		return nil, err
	}
	out := scheduleArrays(c.schedule)
	r := newStack(out)
	apart := composed || c.guided()
	for _, l := range c.schedule.Levels {
		// Level i's energy is asked at the log-SNR of level i-1: so is net.
		e := newTraced(n, classes, c, l, apart)
		f, grad, err := e.evaluate(x)
		if err != nil {
			return nil, err
		}
		r.add("net", f.net)
		r.add("grad", grad)
		if apart {
			r.add("net_cond", f.cond)
			r.add("net_uncond", f.uncond)
		}
		mean, err := n.initial(c, l, n.asks(classes), x)
		if err != nil {
			return nil, err
		}
		r.add("init", mean.Data)
		own := &energy{net: n, mix: compose(classes, c.guidance[l.I-1], c.product), level: l, scale: math.Sqrt(l.Shrink)}
		values, err := own.Value(x)
		if err != nil {
			return nil, err
		}
		r.add("energy", values)
	}
	r.finish(x, n.pictureShape(), "grad", "init")
	return out, nil
}

// scheduleArrays are the numbers of the levels, by the names of docs/arrays.md.
func scheduleArrays(s *Schedule) map[string]checkpoint.Tensor {
	column := func(f func(Level) float64) checkpoint.Tensor {
		v := make([]float32, len(s.Levels))
		for i, l := range s.Levels {
			v[i] = float32(f(l))
		}
		return checkpoint.Float32Tensor([]int{len(v)}, v)
	}
	logSNR, alphaBar := make([]float32, len(s.LogSNR)), make([]float32, len(s.LogSNR))
	for i, v := range s.LogSNR {
		logSNR[i], alphaBar[i] = float32(v), float32(sigmoid(v))
	}
	return map[string]checkpoint.Tensor{
		"logsnr":            checkpoint.Float32Tensor([]int{len(logSNR)}, logSNR),
		"sched.alpha_bar":   checkpoint.Float32Tensor([]int{len(alphaBar)}, alphaBar),
		"sched.as_t":        column(func(l Level) float64 { return l.Alpha }),
		"sched.as_t_mul":    column(func(l Level) float64 { return l.Shrink }),
		"sched.sigma_cum":   column(func(l Level) float64 { return l.SigmaCum }),
		"sched.init_std":    column(func(l Level) float64 { return l.InitStd }),
		"sched.ct_square":   column(func(l Level) float64 { return l.CtSquare }),
		"sched.langevin_s2": column(func(l Level) float64 { return l.S2 }),
		"sched.quad_coef":   column(func(l Level) float64 { return l.Pull }),
		"sched.final_s2":    column(Level.FinalS2),
	}
}

// stack gathers arrays level by level.
type stack struct {
	out    map[string]checkpoint.Tensor
	levels map[string][][]float32
}

func newStack(out map[string]checkpoint.Tensor) *stack {
	return &stack{out, map[string][][]float32{}}
}

func (r *stack) add(name string, v []float32) { r.levels[name] = append(r.levels[name], v) }

// finish stacks the levels; the named arrays hold pictures, the others one number a
// picture.
func (r *stack) finish(x sampling.Images, picture []int, pictures ...string) {
	for name, levels := range r.levels {
		shape := []int{len(levels), x.N}
		if slices.Contains(pictures, name) {
			shape = append(shape, picture...)
		}
		r.out[name] = checkpoint.Float32Tensor(shape, slices.Concat(levels...))
	}
}

// classArrays reads the classes asked for: y, one a picture, or compose, all of them
// for every picture; composed reports the latter. Both count from 1; y may be 0 for
// no class.
func (n *network) classArrays(in map[string]checkpoint.Tensor, count int) (classes mixture, composed bool, err error) {
	y, hasY := in["y"]
	list, hasList := in["compose"]
	switch {
	case hasY && hasList:
		return nil, false, fmt.Errorf("arrays \"y\" and \"compose\": found both, want one or the other")
	case (hasY || hasList) && n.net.Classes == 0:
		return nil, false, fmt.Errorf("array %q: the model is unconditional, it knows no classes", map[bool]string{true: "y", false: "compose"}[hasY])
	case hasY:
		l, err := n.classNumbers("y", y, 0, count)
		return mixture{{l, 1}}, false, err
	case hasList:
		l, err := n.classNumbers("compose", list, 1, -1)
		if err != nil {
			return nil, false, err
		}
		for _, set := range l {
			classes = append(classes, part{labels{set}, 1})
		}
		return classes, true, nil
	}
	return nil, false, nil
}

// classNumbers reads classes counted from 1 as labels counted from 0.
func (n *network) classNumbers(name string, t checkpoint.Tensor, lowest, count int) (labels, error) {
	if t.DType != "int64" || len(t.Shape) != 1 || t.Shape[0] < 1 || count > 0 && t.Shape[0] != count {
		want := "[N]"
		if count > 0 {
			want = fmt.Sprintf("[%d]", count)
		}
		return nil, fmt.Errorf("array %q: found %s %v, want int64 %s", name, t.DType, t.Shape, want)
	}
	v, err := t.Int64s()
	if err != nil {
		return nil, fmt.Errorf("array %q: %w", name, err)
	}
	numbers := make([]int, len(v))
	for i, class := range v {
		if class < int64(lowest) || class > int64(n.net.Classes) {
			return nil, fmt.Errorf("array %q: found class %d, want %d to %d", name, class, lowest, n.net.Classes)
		}
		numbers[i] = int(class) - 1
	}
	return classesEach(numbers...), nil
}

// onlyArrays refuses arrays of other names.
func onlyArrays(in map[string]checkpoint.Tensor, known ...string) error {
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("array %q: not known here, want %s", name, strings.Join(known, ", "))
		}
	}
	return nil
}

// pictureShape is the shape of a picture in arrays; points are pairs.
func (n *network) pictureShape() []int {
	if n.net.Points {
		return []int{n.net.Channels}
	}
	return []int{n.net.Channels, n.height, n.width}
}

// pictures reads an array of pictures of this model's size with the given leading
// sizes, -1 for any size from 1; leading axes become one.
func (n *network) pictures(in map[string]checkpoint.Tensor, name string, leading ...int) (sampling.Images, error) {
	if len(leading) == 0 {
		leading = []int{-1}
	}
	want := append(slices.Clone(leading), n.pictureShape()...)
	text := strings.ReplaceAll(fmt.Sprint(want), "-1", "N")
	t, ok := in[name]
	if !ok {
		return sampling.Images{}, fmt.Errorf("array %q: missing, want float32 %s", name, text)
	}
	fits := t.DType == "float32" && len(t.Shape) == len(want)
	for i := 0; fits && i < len(want); i++ {
		fits = t.Shape[i] == want[i] || want[i] == -1 && t.Shape[i] > 0
	}
	if !fits {
		return sampling.Images{}, fmt.Errorf("array %q: found %s %v, want float32 %s", name, t.DType, t.Shape, text)
	}
	v, err := t.Float32s()
	if err != nil {
		return sampling.Images{}, fmt.Errorf("array %q: %w", name, err)
	}
	x := sampling.Images{C: n.net.Channels, H: n.height, W: n.width, Data: v}
	x.N = len(v) / x.Size()
	return x, nil
}
