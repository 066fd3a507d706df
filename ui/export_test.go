package ui

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
	"ebmstudio/studio/studiotest"
)

func TestSavingAndRecalling(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("patterns.safetensors")
	r.controls.knobs["steps"].Entry.SetText("9")
	r.controls.seed.SetText("77")
	r.ran()
	r.selectChain(2)
	dir := t.TempDir()
	*r.asked = answers{path: dir}
	saved := func(name string) {
		t.Helper()
		r.until("it is saved", func() bool { return strings.HasPrefix(r.banner.title.Text, "Saved") || r.problem != "" })
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil || r.problem != "" {
			t.Errorf("saved nothing: %v, error shown %q", err, r.problem)
		}
		r.hideBanner()
		r.banner.title.SetText("")
	}
	r.savePicture()
	saved("patterns-seed77-chain3.png")
	r.saveGIF()
	saved("patterns-seed77.gif")
	r.saveGallery()
	saved("patterns-seed77/sheet.png")

	r.controls.resetAll()
	r.controls.seed.SetText("5")
	r.drop(filepath.Join(dir, "patterns-seed77-chain3.png"))
	r.until("the recipe is back", func() bool { return r.now.recipe.Seed == 77 })
	if r.now.recipe.Settings["steps"] != 9 || r.controls.knobs["steps"].Value() != 9 || !r.now.locked || r.controls.seed.Text != "77" {
		t.Errorf("recalled %+v, knob %g, seed %q", r.now.recipe, r.controls.knobs["steps"].Value(), r.controls.seed.Text)
	}

	r.controls.seed.SetText("5")
	r.asked.path = filepath.Join(dir, "patterns-seed77-chain3.png")
	r.openDialog() // opened it is as dropped
	r.until("the recipe of the opened picture is back", func() bool { return r.now.recipe.Seed == 77 })
}

func TestAPictureOfAnotherModelIsRefused(t *testing.T) {
	s := studiotest.New(t, studiotest.Options{})
	path := studiotest.WriteCheckpoint(t, "other.safetensors")
	o, err := s.Open(t.Context(), path, studio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	job := s.Sample(o, studio.DefaultRecipe(o), nil)
	if err := job.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	res, err := job.Result()
	if err != nil {
		t.Fatal(err)
	}
	picture := filepath.Join(t.TempDir(), "p.png")
	if err := studio.SavePicture(picture, res, 0); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, studiotest.Options{})
	r.drop(picture)
	r.until("the error is shown", func() bool { return strings.Contains(r.problem, "other.safetensors") })
}

func TestSavingThatCannotBe(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	r.savePicture()
	if !strings.Contains(r.problem, "start a run") {
		t.Errorf("without a run: %q", r.problem)
	}
	r.ran()
	r.savePicture() // the person cancels
	r.until("the dialog is answered", func() bool { return !r.choosing })
	if r.problem != "" || r.banner.box.Visible() {
		t.Errorf("after cancelling: %q", r.problem)
	}
	*r.asked = answers{path: filepath.Join(t.TempDir(), "no", "such", "folder")}
	r.savePicture()
	r.until("the error is shown", func() bool { return r.problem != "" })
	if !strings.Contains(r.problem, "folder") || r.now.frames != 121 {
		t.Errorf("error %q, %d frames left", r.problem, r.now.frames)
	}
	*r.asked = answers{err: errFake}
	r.openDialog()
	r.until("the dialog's error is shown", func() bool { return strings.Contains(r.problem, errFake.Error()) })
}

func TestSavingIntoAFolderThatCannotBeWritten(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	r.ran()
	file := filepath.Join(t.TempDir(), "a-file") // no user, not even root, can write into it
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	*r.asked = answers{path: file}
	for _, save := range []func(){r.savePicture, r.saveGallery, r.saveGIF} {
		r.hideBanner()
		save()
		r.until("the error is shown", func() bool {
			return strings.Contains(r.problem, "a-file") || strings.Contains(r.problem, "could not be saved")
		})
	}
	if entries, err := os.ReadDir(filepath.Dir(file)); err != nil || len(entries) != 1 {
		t.Errorf("something was left behind: %v, %v", entries, err)
	}
}

// TestTheToolkitsOwnDialogs are what is shown where there are no native ones.
func TestTheToolkitsOwnDialogs(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.openModel("a.safetensors")
	r.ran()
	r.chooser = fyneChooser{r.Window}
	for name, ask := range map[string]func(){"open": r.openDialog, "picture": r.savePicture, "gallery": r.saveGallery} {
		ask()
		overlays := r.win.Canvas().Overlays()
		r.until("the dialog to "+name+" is shown", func() bool { return overlays.Top() != nil && overlays.Top().Visible() })
		tapButton(t, overlays.Top(), "Cancel")
		r.until("the dialog to "+name+" is answered", func() bool { return !r.choosing })
		if r.problem != "" {
			t.Errorf("cancelling the dialog to %s is an error: %q", name, r.problem)
		}
	}
}

// tapButton taps the button of that text among what an object shows.
func tapButton(t *testing.T, in fyne.CanvasObject, text string) {
	t.Helper()
	var find func(o fyne.CanvasObject) bool
	find = func(o fyne.CanvasObject) bool {
		if b, ok := o.(*widget.Button); ok && b.Text == text {
			test.Tap(b)
			return true
		}
		var inside []fyne.CanvasObject
		switch o := o.(type) {
		case *fyne.Container:
			inside = o.Objects
		case fyne.Widget:
			inside = test.WidgetRenderer(o).Objects()
		}
		return slices.ContainsFunc(inside, find)
	}
	if !find(in) {
		t.Fatalf("found no button %q", text)
	}
}

func TestATakenNameGetsANumber(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.png")
	for _, want := range []string{"a.png", "a-2.png", "a-3.png"} {
		free := unusedPath(path)
		if filepath.Base(free) != want {
			t.Errorf("found %q, want %q", free, want)
		}
		if err := os.WriteFile(free, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
