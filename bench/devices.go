package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/gomlx/compute"

	"ebmstudio/internal/engine"
	"ebmstudio/models"
	"ebmstudio/resources"
)

// devices is figure 23: evaluations of one batch that the devices which XLA divides a
// processor into share, against one device, by turns.
func (b *bench) devices(ctx context.Context) error {
	if b.xla == nil || b.xla.Backend.NumDevices() < 2 {
		skipped("devices that share a batch", "", b.noXLA+" one device").write(b.out)
		return nil
	}
	two, err := engine.Open(ctx, engine.Options{Name: engine.XLACPU, Devices: strconv.Itoa(2)})
	if err != nil {
		return err
	}
	defer two.Close()
	for _, n := range b.nets {
		for _, batch := range b.batches() {
			if err := b.devicesOf(n.name, batch, n.open, two); err != nil {
				return err
			}
		}
	}
	for _, r := range resources.Models() {
		open := func(backend compute.Backend) (*models.Model, error) { return openBundled(backend, r) }
		if err := b.devicesOf(r.Name, b.batches()[0], open, two); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) devicesOf(name string, batch int, open func(compute.Backend) (*models.Model, error), two *engine.Engine) error {
	var turns []turn
	for _, e := range []*engine.Engine{two, b.xla} {
		m, err := open(e.Backend)
		if err != nil {
			return err
		}
		t, err := b.evaluation(m, batch)
		if err != nil {
			return err
		}
		turns = append(turns, t)
	}
	here, one, err := interleave(b.rounds, turns[0], turns[1])
	if err != nil {
		return err
	}
	row{fmt.Sprintf("two devices of a processor, %s, %d chains", name, batch), ms(here), ms(one) + " (one)", times(float64(one)/float64(here)) + " as fast", "", ""}.write(b.out)
	return nil
}
