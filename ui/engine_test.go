package ui

import (
	"testing"

	"fyne.io/fyne/v2/test"

	"ebmstudio/studio/studiotest"
)

// TestPreferredEngineIsToldAtTheNextStart chooses an engine in one window and reads
// the choice in the next, before that one opens its engine.
func TestPreferredEngineIsToldAtTheNextStart(t *testing.T) {
	a := test.NewTempApp(t)
	var told []string
	open := func() *Window {
		o := Options{
			Studio: studiotest.New(t, studiotest.Options{}), Version: "test", Engines: []string{"xla:cpu", "go"},
			Prefer: func(name string, _ int) { told = append(told, name) },
		}
		w, err := newWindow(a, o, func(func()) {})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	first := open()
	first.preferEngine("go")
	if !first.banner.box.Visible() {
		t.Error("the window says nothing about the choice")
	}
	first.close()
	second := open()
	second.preferEngine("")
	second.close()
	open().close()
	if len(told) != 3 || told[0] != "" || told[1] != "go" || told[2] != "" {
		t.Errorf("found preferences %q, want none, go, none", told)
	}
}
