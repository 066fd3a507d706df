package ui

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"

	"ebmstudio/resources"
)

// languageKey is the preference of the window's language: the name of its file of
// translations, empty where the desktop's is wanted.
const languageKey = "language"

// translations is the folder of the files, one a language.
const translations = "translations"

// language is one that the window speaks.
type language struct{ file, name string } // "de", "Deutsch": as it calls itself

func languages() []language {
	return []language{{"en", "English"}, {"de", "Deutsch"}, {"fr", "Français"}}
}

// useLanguage lets the window speak a language, empty: that of the desktop, English where
// there is no translation. It is called before the first text is made.
func useLanguage(file string) error {
	if file != "" {
		// The toolkit's own words and the desktop's dialogs ask this too.
		if err := os.Setenv("LANGUAGE", file); err != nil {
			return fmt.Errorf("choose the language %q: %w", file, err)
		}
	}
	if err := lang.AddTranslationsFS(resources.Translations, translations); err != nil {
		return fmt.Errorf("read the translations: %w", err)
	}
	system := lang.SystemLocale()
	if file == "" || strings.HasPrefix(system.String(), file) {
		return nil
	}
	// A system that does not ask the environment finds the texts under its own language.
	data, err := resources.Translations.ReadFile(translations + "/" + file + ".json")
	if err != nil {
		return fmt.Errorf("choose the language %q: %w", file, err)
	}
	if err := lang.AddTranslationsForLocale(data, system); err != nil {
		return fmt.Errorf("read the translation %q: %w", file, err)
	}
	return nil
}

// language is the choice among them in the preferences.
func (p *preferences) language() fyne.CanvasObject {
	kept, names, files := p.w.app.Preferences(), []string{tr("As the desktop says")}, []string{""}
	for _, l := range languages() {
		names, files = append(names, l.name), append(files, l.file)
	}
	choice := ttwidget.NewSelect(names, nil)
	choice.SetSelectedIndex(max(0, slices.Index(files, kept.String(languageKey))))
	choice.OnChanged = func(string) { kept.SetString(languageKey, files[choice.SelectedIndex()]) }
	choice.SetToolTip(tr("The language of the window"))
	return choice
}

// tr is a text in the person's language; the English text is its name.
func tr(text string) string { return lang.L(text) }

// trf is tr for a text with verbs.
func trf(format string, a ...any) string { return fmt.Sprintf(lang.L(format), a...) }

// said is a text of a model, as those of its knobs, in the person's language; one that no
// translation knows stays as it is. A number at its end is no part of it: "Steps on level 3".
func said(text string) string {
	stem := strings.TrimRight(text, "0123456789")
	if number := text[len(stem):]; number != "" && strings.HasSuffix(stem, " ") {
		return said(strings.TrimSpace(stem)) + " " + number
	}
	if !translated()[text] {
		return text // the toolkit would call it an error
	}
	return lang.L(text)
}

// translated are the texts that there are translations of.
var translated = sync.OnceValue(func() map[string]bool {
	known := map[string]bool{}
	data, err := resources.Translations.ReadFile(translations + "/en.json")
	texts := map[string]string{}
	if err == nil {
		err = json.Unmarshal(data, &texts)
	}
	if err != nil {
		fyne.LogError("the translations cannot be read", err)
	}
	for text := range texts {
		known[text] = true
	}
	return known
})
