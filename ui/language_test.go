package ui

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/test"

	"ebmstudio/resources"
	"ebmstudio/studio/studiotest"
)

// dictionary reads a file of translations.
func dictionary(t *testing.T, path string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]string
	if err := json.Unmarshal(b, &texts); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return texts
}

func languageFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../resources/translations/*.json")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestEveryLanguageCanBeChosen: the files are those that the preferences offer.
func TestEveryLanguageCanBeChosen(t *testing.T) {
	var found, offered []string
	for _, file := range languageFiles(t) {
		found = append(found, strings.TrimSuffix(filepath.Base(file), ".json"))
	}
	for _, l := range languages() {
		offered = append(offered, l.file)
	}
	slices.Sort(offered)
	if !slices.Equal(found, offered) {
		t.Errorf("resources/translations has %v, languages() offers %v", found, offered)
	}
}

// TestTranslationsAreWhole: every language says every text of en.json, with the same verbs
// and the same white space around it.
func TestTranslationsAreWhole(t *testing.T) {
	want, formats := dictionary(t, english), textsInCode(t)
	for _, file := range languageFiles(t) {
		name, have := filepath.Base(file), dictionary(t, file)
		var missing []string
		for _, text := range slices.Sorted(maps.Keys(want)) {
			said, ok := have[text]
			switch {
			case !ok:
				missing = append(missing, text)
			case strings.TrimSpace(said) == "" && strings.TrimSpace(text) != "":
				t.Errorf("%s: %q is empty", name, text)
			case around(said) != around(text):
				t.Errorf("%s: %q is %q, want the same white space around it", name, text, said)
			case formats[text] && !maps.Equal(verbsOf(said), verbsOf(text)):
				t.Errorf("%s: %q is %q, want the same verbs, in this order or with indexes as in %%[2]s", name, text, said)
			case strings.Count(said, "\nhint: ") != strings.Count(text, "\nhint: "):
				t.Errorf("%s: %q is %q, want the line that begins with \"hint: \" too", name, text, said)
			}
		}
		if len(missing) > 0 {
			t.Errorf("%s lacks %d texts of en.json; translate them there:\n  %s", name, len(missing), strings.Join(missing, "\n  "))
		}
		for _, text := range slices.Sorted(maps.Keys(have)) {
			if _, ok := want[text]; !ok {
				t.Errorf("%s has %q, which en.json lacks: remove it", name, text)
			}
		}
	}
}

// around is the white space before and behind a text.
func around(text string) [2]string {
	return [2]string{text[:len(text)-len(strings.TrimLeftFunc(text, unicode.IsSpace))], text[len(strings.TrimRightFunc(text, unicode.IsSpace)):]}
}

var verb = regexp.MustCompile(`%(?:\[(\d+)\])?([-+# 0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?)([a-zA-Z%])`)

// verbsOf are the verbs of a format by the argument that each prints.
func verbsOf(format string) map[string]string {
	all, next := map[string]string{}, 0
	for _, m := range verb.FindAllStringSubmatch(format, -1) {
		if m[3] == "%" {
			continue
		}
		index := m[1]
		if index == "" {
			next += 1 + strings.Count(m[2], "*")
			index = string(rune('0' + next))
		}
		all[index] += m[2] + m[3]
	}
	return all
}

// speaking lets the window speak a language for the time of a test.
func speaking(t *testing.T, file string) {
	t.Helper()
	t.Setenv("LC_ALL", "C.UTF-8")
	t.Setenv("LANGUAGE", "")
	if err := useLanguage(file); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := useLanguage("en"); err != nil {
			t.Error(err)
		}
	})
}

func TestWindowSpeaksTheLanguageThatWasChosen(t *testing.T) {
	for file, want := range map[string]string{"de": "Einstellungen", "fr": "Préférences", "en": "Preferences"} {
		t.Run(file, func(t *testing.T) {
			speaking(t, file)
			if found := tr("Preferences"); found != want {
				t.Errorf("found %q, want %q", found, want)
			}
			if found := lang.SystemLocale().String(); found != file {
				t.Errorf("the toolkit's own words are asked for in %q, want %q", found, file)
			}
		})
	}
}

// A desktop without a language, as POSIX has it, gives the toolkit none: the texts come
// all the same.
func TestLanguageWithoutOneOfTheDesktop(t *testing.T) {
	if os.Getenv("EBMSTUDIO_TEST_POSIX") == "" {
		c := exec.Command(os.Args[0], "-test.run", "^TestLanguageWithoutOneOfTheDesktop$")
		c.Env = append(os.Environ(), "EBMSTUDIO_TEST_POSIX=1", "LC_ALL=C", "LANGUAGE=")
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	if err := useLanguage("fr"); err != nil {
		t.Fatal(err)
	}
	if found := tr("Preferences"); found != "Préférences" {
		t.Errorf("found %q, want the French word", found)
	}
}

func TestLanguageIsKeptForTheNextStart(t *testing.T) {
	r := newRig(t, studiotest.Options{})
	r.showPreferences()
	choice := r.preferences.language().(interface{ SetSelected(string) })
	choice.SetSelected("Deutsch")
	if found := r.app.Preferences().String(languageKey); found != "de" {
		t.Errorf("the preference is %q, want \"de\"", found)
	}
	choice.SetSelected("As the desktop says")
	if found := r.app.Preferences().String(languageKey); found != "" {
		t.Errorf("the preference is %q, want none", found)
	}
}

// TestEveryLanguageFits: at the size of the first start and at a small one, no task's text
// is cut off in any language.
func TestEveryLanguageFits(t *testing.T) {
	for _, l := range languages() {
		t.Run(l.file, func(t *testing.T) {
			speaking(t, l.file)
			r := newRig(t, studiotest.Options{}, resources.Models()...)
			r.openModel("a.safetensors")
			r.ran()
			for _, size := range []fyne.Size{{Width: 1320, Height: 860}, {Width: 1000, Height: 640}} {
				for k := range taskCount {
					if r.tasks.to(k); k == taskInpaint {
						r.editSample() // all tools are there
					}
					r.settle(time.Millisecond)
					r.win.Resize(size.AddWidthHeight(1, 1)) // so that all is laid out again
					r.win.Resize(size)
					content := r.win.Content()
					if least := content.MinSize(); least.Width > size.Width || least.Height > size.Height {
						t.Errorf("%s: the window needs %v, want at most %v: see %s", taskNames[k], least, size, widest(content))
						continue
					}
					for _, text := range clipped(content) {
						t.Errorf("%s at %v: %s is cut off", taskNames[k], size, text)
					}
				}
			}
		})
	}
}

// clipped names the widgets that are narrower than what they say. Those that end in an
// ellipsis by intent need little; what an entry says can be scrolled.
func clipped(o fyne.CanvasObject) (all []string) {
	if size := o.Size(); !o.Visible() || size.Width <= 0 || size.Height <= 0 {
		return nil
	}
	var inside []fyne.CanvasObject
	self := ""
	switch o := o.(type) {
	case *fyne.Container:
		inside = o.Objects
	case fyne.Widget:
		least, size, text := o.MinSize(), o.Size(), textOf(o)
		if text != "" && size.Width < least.Width-0.5 {
			self = fmt.Sprintf("%T with %v of %v, see %s,", o, size, least, widest(o))
		}
		if _, entry := o.(interface{ SelectedText() string }); !entry {
			inside = test.WidgetRenderer(o).Objects()
		}
	}
	for _, child := range inside {
		all = append(all, clipped(child)...)
	}
	if len(all) == 0 && self != "" { // what is inside says it better
		all = append(all, self)
	}
	return all
}

// widest says what is behind a width: the last row of objects on the way to the widest one.
func widest(o fyne.CanvasObject) string {
	row := ""
	for {
		var inside []fyne.CanvasObject
		switch o := o.(type) {
		case *fyne.Container:
			inside = o.Objects
		case *container.Scroll:
			inside = []fyne.CanvasObject{o.Content}
		case fyne.Widget:
			inside = test.WidgetRenderer(o).Objects()
		}
		var most fyne.CanvasObject
		var texts []string
		for _, child := range inside {
			if !child.Visible() {
				continue
			}
			if text := textOf(child); text != "" {
				texts = append(texts, fmt.Sprintf("%.0f %q", child.MinSize().Width, text))
			}
			if most == nil || child.MinSize().Width > most.MinSize().Width {
				most = child
			}
		}
		if len(texts) > 1 || row == "" {
			row = strings.Join(texts, ", ")
		}
		if most == nil {
			return row
		}
		o = most
	}
}

// textOf is what an object says.
func textOf(o fyne.CanvasObject) string {
	if !o.Visible() {
		return ""
	}
	switch o := o.(type) {
	case *canvas.Text:
		return o.Text
	case *fyne.Container:
		return textsOf(o.Objects)
	case fyne.Widget:
		return textsOf(test.WidgetRenderer(o).Objects())
	}
	return ""
}

func textsOf(all []fyne.CanvasObject) string {
	var texts []string
	for _, o := range all {
		if text := textOf(o); text != "" {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, " ")
}

func TestKnobsSpeakTheLanguage(t *testing.T) {
	speaking(t, "de")
	for text, want := range map[string]string{"Step size": "Schrittweite", "Steps on level 3": "Schritte auf Stufe 3", "pixel range": "Pixelskala", "Of a model that nobody knows": "Of a model that nobody knows"} {
		if found := said(text); found != want {
			t.Errorf("%q is %q, want %q", text, found, want)
		}
	}
}
