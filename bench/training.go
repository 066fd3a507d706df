package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
	"ebmstudio/models/cdrl"
	"ebmstudio/models/clel"
	"ebmstudio/models/icd"
	"ebmstudio/models/vaeebm"
	"ebmstudio/sampling"
)

// lesson is a training of a family with its default sizes on 28x28 grey pictures.
// Where the family can, noise of its chains is multiplied by 0, which costs as much, so
// that the twin can make the same iteration; changes of pictures are left out here and
// there.
type lesson struct {
	title    string
	family   models.Family
	settings map[string]string
	small    map[string]string // those of a quick run besides
	before   int               // iterations before the one that is compared
	measures []string          // what is compared, in the twin's order
	given    func(p pupil) ([]checkpoint.Named, error)
}

// pupil is a training under way and its state before iteration i.
type pupil struct {
	*models.Learner
	state map[string]checkpoint.Tensor
	data  models.Data
	i     int
}

// lessons are those of all families.
func lessons() []lesson {
	return []lesson{
		{
			"CLEL", clel.Family(),
			map[string]string{"step-noise": "0", "reinit": "0", "data-noise": "0", "buffer": "64"},
			map[string]string{"width": "4,8", "batch": "8", "buffer": "8", "langevin-steps": "3", "hidden": "8", "features": "8", "encoder-width": "4,8"},
			2,
			[]string{"energy_data", "energy_samples", "similarity", "gradient_norm", "latent_loss"},
			pupil.ofCLEL,
		},
		{
			"CDRL", cdrl.Family(),
			map[string]string{"proposal-noise": "0", "data-noise": "0"},
			map[string]string{"width": "4", "batch": "8", "langevin-steps": "3", "init-width": "8", "init-groups": "4"},
			2,
			[]string{"energy_data", "energy_samples", "gradient_norm", "initializer_loss", "initializer_gradient_norm"},
			pupil.ofCDRL,
		},
		{
			"ICD", icd.Family(),
			map[string]string{"step-noise": "0", "reinit": "0", "data-noise": "0", "jump": "none", "buffer": "264"},
			map[string]string{"width": "4,8", "batch": "8", "buffer": "40", "entropy-pictures": "32", "langevin-steps": "3"},
			// All chains before began with noise, so that no sample is beside its own past:
			// such a distance is a small difference of large squares.
			5,
			[]string{"energy_data", "energy_samples", "cd_gradient_norm", "kl_gradient_norm", "log_neighbour"},
			pupil.ofICD,
		},
		{
			"VAE-EBM", vaeebm.Family(),
			map[string]string{"noise": "0", "data-noise": "0", "vae-first": "0"},
			map[string]string{"energy-widths": "4,8", "batch": "8", "langevin-steps": "3", "generator-widths": "8,4", "encoder-widths": "4,8"},
			2,
			[]string{"energy_data", "energy_samples", "gradient_norm", "kl", "vae_gradient_norm"},
			pupil.ofVAE,
		},
	}
}

// lessonKey is the key of every training here: seed 1.
var lessonKey = sampling.NewKey(1)

// noisePictures is data of random pictures, none of which a View changes.
func noisePictures() models.Data {
	d := models.Data{Name: "noise", C: 1, H: 28, W: 28, Count: 1000, Mean: []float32{0.5}, Std: []float32{0.3}}
	d.Batch = func(k sampling.Key, step, n int, _ float64, _ bool) (sampling.Images, error) {
		x := sampling.NewImages(n, d.C, d.H, d.W)
		return x, k.Uniforms(sampling.StreamUser+99, step, x, 0, 1)
	}
	d.View = func(_ sampling.Key, _ string, _ int, x sampling.Images) (sampling.Images, error) {
		return x.Clone(), nil
	}
	return d
}

// training is figure 11: an iteration of every family's training against PyTorch's.
func (b *bench) training(ctx context.Context) error {
	for _, l := range lessons() {
		figure := l.title + " training iteration"
		if b.xla == nil || b.twin == nil {
			skipped(figure, wantedOfRest.String(), b.noXLA+b.noTwin).write(b.out)
			continue
		}
		if err := b.lesson(ctx, figure, l); err != nil {
			return fmt.Errorf("%s: %w", figure, err)
		}
	}
	return nil
}

// lesson compares an iteration with the twin's, which begins with the same state, and
// races those that follow.
func (b *bench) lesson(ctx context.Context, figure string, l lesson) error {
	settings := maps.Clone(l.settings)
	if b.quick {
		maps.Copy(settings, l.small)
	}
	p := pupil{data: noisePictures()}
	var err error
	if p.Learner, err = l.family.Learn(b.xla.Backend, p.data, settings); err != nil {
		return err
	}
	for ; p.i < l.before; p.i++ {
		if _, err := p.Step(ctx, p.i); err != nil {
			return err
		}
	}
	path := filepath.Join(b.dir, l.family.Name+"-training.npz")
	if err := p.write(path, l.given); err != nil {
		return err
	}
	found, err := p.Step(ctx, p.i)
	if err != nil {
		return err
	}
	p.i++
	n := net{family: l.family, name: l.family.Name + "-training", twin: path}
	theirs, err := b.twin.study(n)
	if err != nil {
		return err
	}
	var ours []float32
	for _, name := range l.measures {
		ours = append(ours, float32(found[name]))
	}
	d, err := agree(n.name+": "+strings.Join(l.measures, ", "), ours, theirs, gradTolerance)
	if err != nil {
		return err
	}
	row{
		figure: "agreement with the twin, " + n.name, here: fmt.Sprintf("energies, losses, gradients %.1g", d),
		wanted: fmt.Sprintf("≤ %g", gradTolerance), verdict: verdict(true),
	}.write(b.out)
	iterate := func() error {
		_, err := p.Step(ctx, p.i)
		p.i++
		return err
	}
	_, err = b.race(figure, iterate, b.twin, "iterate", n, p.number("batch"), wantedOfRest)
	return err
}

func (p pupil) number(setting string) int { return int(p.value(setting)) }

func (p pupil) value(setting string) float64 {
	v, err := strconv.ParseFloat(p.Config[setting], 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

// write writes the weights, the settings, the real pictures of the next iteration and
// what it draws besides.
func (p *pupil) write(path string, given func(pupil) ([]checkpoint.Named, error)) error {
	state, err := p.State()
	if err != nil {
		return err
	}
	p.state = map[string]checkpoint.Tensor{}
	var list []checkpoint.Named
	for _, t := range state {
		p.state[t.Name] = t.Tensor
		if !strings.HasPrefix(t.Name, "adam_") && !strings.HasPrefix(t.Name, "sgd_") && !strings.HasPrefix(t.Name, "sampler.") {
			list = append(list, t)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Config)) {
		if v := p.value(name); !math.IsNaN(v) {
			data := binary.LittleEndian.AppendUint64(nil, math.Float64bits(v))
			list = append(list, checkpoint.Named{Name: "number." + name, Tensor: checkpoint.Tensor{DType: "float64", Data: data}})
		}
	}
	x, err := p.data.Batch(lessonKey, p.i, p.number("batch"), 0, false)
	if err != nil {
		return err
	}
	more, err := given(*p)
	if err != nil {
		return err
	}
	return checkpoint.Write(path, append(append(list, pictures(x)), more...), nil)
}

// arrays makes named ones of rows.
func arrays(shape []int, rows map[string][]float32) []checkpoint.Named {
	var list []checkpoint.Named
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		own := slices.Clone(shape)
		own[0] = len(rows[name])
		for _, d := range shape[1:] {
			own[0] /= d
		}
		list = append(list, checkpoint.Named{Name: name, Tensor: checkpoint.Float32Tensor(own, rows[name])})
	}
	return list
}
