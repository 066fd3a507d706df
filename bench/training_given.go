package main

import (
	"math"

	"ebmstudio/checkpoint"
	"ebmstudio/models/cdrl"
	"ebmstudio/sampling"
)

// kept are the samples of a buffer in the given slots; nil: all.
func (p pupil) kept(slots []int) []float32 {
	levels, size := p.state["sampler.levels"].Data, p.data.C*p.data.H*p.data.W
	if slots == nil {
		for i := range len(levels) / size {
			slots = append(slots, i)
		}
	}
	var v []float32
	for _, slot := range slots {
		for _, level := range levels[slot*size : (slot+1)*size] {
			v = append(v, float32(level)/255)
		}
	}
	return v
}

// ofCLEL: the buffer holds a batch, so that all of it walks on.
func (p pupil) ofCLEL() ([]checkpoint.Named, error) {
	return arrays([]int{0, p.data.C, p.data.H, p.data.W}, map[string][]float32{"start": p.kept(nil)}), nil
}

// ofICD: the buffer holds a batch and the pictures that neighbours are sought among.
func (p pupil) ofICD() ([]checkpoint.Named, error) {
	n, m := p.number("batch"), p.number("entropy-pictures")
	slots, err := lessonKey.Choose(sampling.StreamReplay, p.i, n+m, n+m)
	if err != nil {
		return nil, err
	}
	return arrays([]int{0, p.data.C, p.data.H, p.data.W}, map[string][]float32{"start": p.kept(slots[:n]), "others": p.kept(slots[n:])}), nil
}

// ofVAE: latents, and the noise of inferred ones.
func (p pupil) ofVAE() ([]checkpoint.Named, error) {
	n, latent := p.number("batch"), p.number("latent")
	z, noise := sampling.NewImages(n, latent, 1, 1), sampling.NewImages(n, latent, 1, 1)
	if err := lessonKey.Normals(sampling.StreamStart, p.i, z); err != nil {
		return nil, err
	}
	if err := lessonKey.Normals(sampling.StreamUser+1, p.i, noise); err != nil {
		return nil, err
	}
	return arrays([]int{0, latent}, map[string][]float32{"latents": z.Data, "noise": noise.Data}), nil
}

// ofCDRL: pictures at two neighbouring noise levels (Eq. 9) and the noise of the steps.
func (p pupil) ofCDRL() ([]checkpoint.Named, error) {
	n, steps := p.number("batch"), p.number("langevin-steps")
	x, err := p.data.Batch(lessonKey, p.i, n, 0, false)
	if err != nil {
		return nil, err
	}
	schedule, err := cdrl.NewSchedule(p.number("levels"), p.value("logsnr-min"), p.value("logsnr-max"), false)
	if err != nil {
		return nil, err
	}
	noise := x.Clone()
	if err := lessonKey.Normals(sampling.StreamUser+1, p.i, noise); err != nil {
		return nil, err
	}
	noisy, clean, columns := x.Clone(), x.Clone(), map[string][]float32{}
	for i := range n {
		var u [3]float32
		if err := lessonKey.Uniform(sampling.StreamUser, i, p.i, u[:]); err != nil {
			return nil, err
		}
		l := schedule.Levels[int(float64(u[0])*float64(len(schedule.Levels)))]
		mixed := func(alphaBar float64, j int) float64 {
			return math.Sqrt(alphaBar)*(2*float64(x.Image(i)[j])-1) + math.Sqrt(1-alphaBar)*float64(noise.Image(i)[j])
		}
		for j := range x.Image(i) {
			noisy.Image(i)[j] = float32(mixed(l.AlphaBar, j))
			clean.Image(i)[j] = float32(math.Sqrt(l.Shrink) * mixed(l.AlphaBarBelow, j))
		}
		for name, v := range map[string]float64{"level": l.LogSNR, "below": l.Below, "pull": l.Pull, "s2": l.S2} {
			columns[name] = append(columns[name], float32(v))
		}
	}
	var ofSteps []float32
	for s := range steps {
		if err := lessonKey.Normals(sampling.StreamStep, p.i*steps+s, noise); err != nil {
			return nil, err
		}
		ofSteps = append(ofSteps, noise.Data...)
	}
	list := append(arrays([]int{0}, columns), arrays([]int{0, x.C, x.H, x.W}, map[string][]float32{"noisy": noisy.Data, "clean": clean.Data})...)
	return append(list, arrays([]int{0, n, x.C, x.H, x.W}, map[string][]float32{"noise": ofSteps})...), nil
}
