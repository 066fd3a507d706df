package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
	ttwidget "github.com/dweymouth/fyne-tooltip/widget"
)

// KeyCatcher is a button that shows a key and, once it is pressed, takes the next key as
// another one. Escape leaves it as it is.
type KeyCatcher struct {
	ttwidget.Button
	// OnKey is told of the key: "S", "Left", or a shortcut with its modifiers.
	OnKey func(name string, shortcut *desktop.CustomShortcut)

	asking string // what it says while it waits for a key
	shown  string
	waits  bool
}

// NewKeyCatcher returns a button that shows a key; asking is what it says while it waits.
func NewKeyCatcher(shown, asking string) *KeyCatcher {
	k := &KeyCatcher{asking: asking, shown: shown}
	k.Text = shown
	k.OnTapped = k.ask
	k.ExtendBaseWidget(k)
	return k
}

// Put shows another key.
func (k *KeyCatcher) Put(shown string) {
	k.shown = shown
	k.rest()
}

func (k *KeyCatcher) ask() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(k); c != nil {
		c.Focus(k)
	}
	k.waits = true
	k.Importance = widget.HighImportance
	k.SetText(k.asking)
}

func (k *KeyCatcher) rest() {
	k.waits = false
	k.Importance = widget.MediumImportance
	k.SetText(k.shown)
}

// FocusLost implements fyne.Focusable.
func (k *KeyCatcher) FocusLost() {
	k.Button.FocusLost()
	if k.waits {
		k.rest()
	}
}

// TypedKey implements fyne.Focusable.
func (k *KeyCatcher) TypedKey(e *fyne.KeyEvent) {
	switch {
	case !k.waits && e.Name == fyne.KeySpace:
		k.ask()
	case !k.waits:
		k.Button.TypedKey(e)
	case e.Name == fyne.KeyEscape:
		k.rest()
	case e.Name != "":
		k.caught(string(e.Name), nil)
	}
}

// TypedShortcut implements fyne.Shortcutable.
func (k *KeyCatcher) TypedShortcut(s fyne.Shortcut) {
	if !k.waits {
		return
	}
	switch s := s.(type) {
	case *desktop.CustomShortcut:
		k.caught("", s)
	case fyne.KeyboardShortcut: // the clipboard's and undo
		k.caught("", &desktop.CustomShortcut{KeyName: s.Key(), Modifier: s.Mod()})
	}
}

func (k *KeyCatcher) caught(name string, s *desktop.CustomShortcut) {
	k.rest()
	if k.OnKey != nil {
		k.OnKey(name, s)
	}
}
