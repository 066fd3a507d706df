package main

import (
	"image"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"ebmstudio/studio"
)

// TestAKilledTrainingOfTheQueueGoesOn opens a project whose queue holds a training of
// points of the plane and a grid, kills the window once the training was saved, and lets
// the recovered one go on: the training ends where it was to end without beginning anew,
// and the grid after it is made.
func TestAKilledTrainingOfTheQueueGoesOn(t *testing.T) {
	const iterations = 2000
	d := newDesk(t)
	kill := d.start(faces)
	d.until("the model is open", d.canStart)
	d.recovers("the model", func(p *studio.Project) bool { return len(p.Sessions) == 1 })
	p := d.recovery()
	kill()
	if err := os.RemoveAll(d.stateFolder()); err != nil {
		t.Fatal(err)
	}
	base, err := p.Sessions[0].Recipe.Recipe()
	if err != nil {
		t.Fatal(err)
	}
	base.Chains, base.Engine = 2, ""
	run, cells := filepath.Join(d.dir, "run"), filepath.Join(d.dir, "cells")
	request := studio.TrainRequest{
		Family: "cdrl", Data: "moons", Channels: 1,
		Settings: map[string]string{"iterations": strconv.Itoa(iterations), "batch": "16", "width": "4", "init-width": "4", "init-groups": "2", "levels": "2", "langevin-steps": "1", "embedding": "4"},
		Options:  studio.TrainOptions{Dir: run, SaveEvery: 300 * time.Millisecond},
	}
	p.PutQueue([]studio.Work{
		{Title: "Train moons", Task: studio.TrainTask{Request: request}, Steps: iterations, State: studio.QueueWaiting},
		{Title: "Grid", Task: studio.GridTask{Model: p.Models[0], Grid: studio.GridFile{Version: studio.GridFileVersion, X: "seed=1..2", Recipe: base}, Into: cells}, State: studio.QueueWaiting},
	})
	path := filepath.Join(d.dir, "night.ebmproj")
	if _, err := studio.SaveProject(path, *p, "", false); err != nil {
		t.Fatal(err)
	}
	kill = d.start(path)
	saved := func() int {
		saves, err := studio.TrainSaves(run)
		if err != nil || len(saves) == 0 {
			return 0 // not yet, or it is just being replaced
		}
		return saves[0].Iterations
	}
	d.until("the training is saved", func(*image.RGBA) bool { return saved() > 0 })
	d.recovers("the training that runs", func(p *studio.Project) bool { return len(p.Queue) == 2 && p.Queue[0].State == studio.QueueRunning })
	kill()
	at := saved()
	t.Logf("killed with %d of %d iterations saved", at, iterations)
	if at >= iterations {
		t.Fatal("the training was over before the program was killed")
	}

	d.start(path)
	d.until("recovery is offered", func(m *image.RGBA) bool { return count(m, question, overlay) > 20_000 })
	d.do("key", "space")
	d.until("the training is at its end and the grid is made", func(*image.RGBA) bool {
		_, err := os.Stat(filepath.Join(cells, "grid.png"))
		return err == nil && saved() == iterations
	})
	d.recovers("that both are over", func(p *studio.Project) bool { return len(p.Queue) == 0 })
}
