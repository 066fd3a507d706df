package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"ebmstudio/checkpoint"
	"ebmstudio/models"
	"ebmstudio/models/cdrl"
	"ebmstudio/sampling"
)

// comparedLevel is the noise level on which networks are compared and timed.
const comparedLevel = 3

// atLevel are settings of chains that stay on that level.
func atLevel(more sampling.Settings) sampling.Settings {
	s := sampling.Settings{"steps": manySteps, "from_level": comparedLevel, "step_rule": 0}
	for name, v := range more {
		s[name] = v
	}
	return s
}

// cdrlAgainstTwin is figure 6: a Langevin step, and a pass of the initializer.
func (b *bench) cdrlAgainstTwin(ctx context.Context) error {
	nets, err := b.cdrlNets()
	if err != nil {
		return err
	}
	for _, n := range nets {
		if b.xla == nil || b.twin == nil {
			skipped("CDRL Langevin step and initializer, "+n.name, wantedOfRest.String(), b.noXLA+b.noTwin).write(b.out)
			continue
		}
		if err := b.cdrlNet(ctx, n); err != nil {
			return fmt.Errorf("%s: %w", n.name, err)
		}
	}
	return nil
}

func (b *bench) cdrlNet(ctx context.Context, n cdrlNet) error {
	m, err := n.open(b.xla.Backend)
	if err != nil {
		return err
	}
	if err := n.writeTwin(m, b.dir); err != nil {
		return err
	}
	energy, err := m.At(models.Given{Level: comparedLevel})
	if err != nil {
		return err
	}
	added, err := proposal(m, n.x)
	if err != nil {
		return err
	}
	if err := b.agreement(b.twin, n.net, energy, &added); err != nil {
		return err
	}
	for _, batch := range b.batchesOf(n) {
		if _, err := b.stepAgainst(ctx, "CDRL Langevin step", b.twin, n.net, m, atLevel(nil), batch, wantedOfRest); err != nil {
			return err
		}
		plan, err := m.Plan(nil, atLevel(nil))
		if err != nil {
			return err
		}
		key := sampling.NewKey(1)
		x, number := m.Start(key, batch), 0
		propose := func() error {
			number++
			_, err := plan[0].Start(key, number, x)
			return err
		}
		if _, err := b.race("CDRL initializer", propose, b.twin, "propose", n.net, batch, wantedOfRest); err != nil {
			return err
		}
	}
	return nil
}

// proposal is what the initializer adds to pictures of the compared level.
func proposal(m *models.Model, x sampling.Images) (sampling.Images, error) {
	plan, err := m.Plan(nil, atLevel(sampling.Settings{"proposal_noise": 0}))
	if err != nil {
		return x, err
	}
	mean, err := plan[0].Start(sampling.NewKey(1), 0, x)
	for i := range mean.Data {
		mean.Data[i] -= x.Data[i]
	}
	return mean, err
}

// writeTwin writes what the twin needs of our file: averaged weights, what no tensor
// tells, and the numbers of the compared level.
func (n *cdrlNet) writeTwin(m *models.Model, dir string) error {
	f, err := checkpoint.Open(n.checkpoint)
	if err != nil {
		return err
	}
	option := func(name string, otherwise float64) float64 {
		v, err := strconv.ParseFloat(f.Metadata[name], 64)
		if err != nil {
			return otherwise
		}
		return v
	}
	truth := map[bool]float64{true: 1}
	schedule, err := cdrl.NewSchedule(int(option("levels", 6)), option("logsnr_min", -5.1), option("logsnr_max", 9.8), false)
	if err != nil {
		return err
	}
	l := schedule.Levels[comparedLevel-1]
	n.twin = filepath.Join(dir, n.name+".npz")
	n.x = sampling.NewImages(parityPictures, m.C, m.H, m.W)
	if err := sampling.NewKey(3).Uniforms(sampling.StreamStart, 0, n.x, -1, 1); err != nil {
		return err
	}
	list := []checkpoint.Named{pictures(n.x)}
	for _, name := range f.Names {
		if rest, ok := strings.CutPrefix(name, cdrl.PrefixNetEMA); ok {
			list = append(list, checkpoint.Named{Name: "energy." + rest, Tensor: f.Tensors[name]})
		}
		if rest, ok := strings.CutPrefix(name, cdrl.PrefixInitializerEMA); ok {
			list = append(list, checkpoint.Named{Name: "initializer." + rest, Tensor: f.Tensors[name]})
		}
	}
	for name, v := range map[string]float64{
		"patch": option("patch", 1), "init_patch": option("init_patch", 1), "groups": option("init_groups", 32),
		"swish": truth[f.Metadata["activation"] == "swish"], "add_q": truth[f.Metadata["add_q"] == "true"],
		"logsnr": l.LogSNR, "below": l.Below, "scale": math.Sqrt(l.Shrink), "s2": l.S2, "pull": l.Pull, "deviation": l.InitStd,
	} {
		data := binary.LittleEndian.AppendUint64(nil, math.Float64bits(v))
		list = append(list, checkpoint.Named{Name: "number." + name, Tensor: checkpoint.Tensor{DType: "float64", Data: data}})
	}
	return checkpoint.Write(n.twin, list, nil)
}
