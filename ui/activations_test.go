package ui

import (
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"ebmstudio/studio/studiotest"
)

// writePicture is a picture file of a pattern.
func writePicture(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ring.png")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, studiotest.Picture()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestActivationsFollowTheChains(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	r.tasks.to(taskTensors)
	r.inspector.to(insightLayers)
	v := r.inspector.layers
	if v.maps.Len() != 0 || !strings.Contains(v.maps.Empty(), "Draw chains") {
		t.Errorf("without chains it says %q", v.maps.Empty())
	}
	r.ran()
	r.until("the maps of the chain are shown", func() bool { return v.maps.Len() == 4 && r.now.looked.step == r.now.progress.Step })
	if len(v.layers()) != 2 || v.title.Text != "differences" || !strings.Contains(v.name.Text, "chain 1 of seed") || !strings.Contains(v.about.Text, "4 channels") {
		t.Errorf("found %d layers, %q of %q: %q", len(v.layers()), v.title.Text, v.name.Text, v.about.Text)
	}
	r.selectChain(2)
	r.until("another chain is followed", func() bool { return r.now.looked.chain == 2 && strings.Contains(v.name.Text, "chain 3") })
	r.seekFrame(0)
	r.until("an earlier step is followed", func() bool { return r.now.looked.step == 0 && strings.Contains(v.name.Text, "step 0") })

	r.key(fyne.KeyDown) // the distances to four patterns
	r.until("the other layer is shown", func() bool { return v.title.Text == "distances" && v.maps.Len() == 4 })
	v.sorted.SetChecked(true)
	r.until("the strongest come first", func() bool {
		a := v.current().Values
		return len(v.order) == 4 && a[v.order[0]] == slices.Max(a) && a[v.order[3]] == slices.Min(a)
	})
	r.key(fyne.KeyRight)
	if first := v.order[0]; r.now.looked.channel != first+1 || !strings.Contains(v.about.Text, "channel ") {
		t.Errorf("right chooses channel %d, want %d: %q", r.now.looked.channel, first+1, v.about.Text)
	}

	r.drop(writePicture(t))
	r.until("the dropped picture is shown", func() bool { return v.name.Text == "ring.png" && r.now.looked.layers != nil })
	if a := v.current().Values; a[0] > 0.01 {
		t.Errorf("the ring is %g from itself", a[0])
	}
	r.selectChain(1)
	r.settle(patience / 300)
	if v.name.Text != "ring.png" {
		t.Errorf("a picture that was chosen gives way to %q", v.name.Text)
	}
	v.takeChain()
	r.until("the chains are followed again", func() bool { return r.now.looked.chain == 1 && strings.Contains(v.name.Text, "chain 2") })
	r.drop(filepath.Join(t.TempDir(), "absent.png"))
	r.until("an absent picture is told", func() bool { return strings.Contains(r.problem, "absent.png") })
	if v.maps.Len() != 4 {
		t.Error("what was shown is lost by a picture that cannot be read")
	}
}

func TestActivationsOfAnEnergyWithoutLayers(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	studiotest.Cliff(r.now.opened, 1e9)
	r.ran()
	r.tasks.to(taskTensors)
	r.inspector.to(insightLayers)
	r.until("it is told", func() bool { return strings.Contains(r.problem, "tells nothing of its layers") })
	r.hideBanner()
	r.tasks.to(taskSample)
	r.tasks.to(taskTensors)
	r.settle(patience / 300)
	if r.problem != "" {
		t.Errorf("the same run is asked again: %q", r.problem)
	}
}

// TestActivationsOfANoiseLevel: the level chosen is what the energy is asked at, and stays
// while the chains are followed.
func TestActivationsOfANoiseLevel(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	studiotest.Levels(r.now.opened)
	asked := studiotest.Asked(r.now.opened)
	r.ran()
	r.tasks.to(taskTensors)
	r.inspector.to(insightLayers)
	v := r.inspector.layers
	r.until("the maps are shown", func() bool { return v.maps.Len() == 4 })
	if !v.level.Visible() || len(v.level.Options) != 3 || v.level.SelectedIndex() != 0 {
		t.Fatalf("the levels offered: %v", v.level.Options)
	}
	v.level.SetSelectedIndex(2)
	r.until("the noisiest level is asked", func() bool { return asked(3) && !v.busy })
	r.selectChain(3)
	r.until("another chain is followed", func() bool { return r.now.looked.chain == 3 })
	if r.now.looked.level != 3 || v.level.SelectedIndex() != 2 {
		t.Errorf("then the level is %d", r.now.looked.level)
	}
}
