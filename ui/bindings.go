package ui

import (
	"encoding/json"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// everywhere is the scope of keys that mean the same in all tasks; a task's own keys go
// before them.
const everywhere task = -1

// binding is a key with what it does. Its own name is the key that it has when nobody
// says otherwise; the code knows it by that alone.
type binding struct {
	in   task
	key  string // "S", "Left", "Ctrl+Shift+S"; "?" and the brackets are typed signs
	does string
}

// id names the binding in the preferences.
func (b binding) id() string {
	if b.in == everywhere {
		return b.key
	}
	return [taskCount]string{taskInpaint: "inpaint:", taskInterpolate: "interpolate:", taskGallery: "gallery:"}[b.in] + b.key
}

// keymap is which keys a person has chosen. The rest of the window knows keys by their
// own names: what is pressed is translated at the edge.
type keymap struct {
	w      *Window
	chosen map[string]string // by id
	do     map[string]func() // of keys with Ctrl, by their own name
	bound  []fyne.Shortcut   // as the canvas has them now
}

const keysKey = "keys"

func newKeymap(w *Window) *keymap {
	k := &keymap{w: w, chosen: map[string]string{}}
	if text := w.app.Preferences().String(keysKey); text != "" {
		var kept map[string]string
		if json.Unmarshal([]byte(text), &kept) == nil { // else: as they were
			for _, b := range bindings() {
				if key, ok := kept[b.id()]; ok && k.fits(b, key) == "" {
					k.chosen[b.id()] = key
				}
			}
		}
	}
	return k
}

// of is the key that a binding has now.
func (k *keymap) of(b binding) string {
	if key, ok := k.chosen[b.id()]; ok {
		return key
	}
	return b.key
}

// shown is the key that one everywhere has now, by its own name; "" for none.
func (k *keymap) shown(own string) string {
	if own == "" {
		return ""
	}
	return k.of(binding{in: everywhere, key: own})
}

// fits says why a key cannot be that of a binding, "" where it can.
func (k *keymap) fits(b binding, key string) string {
	if key == "" || strings.HasPrefix(b.key, "Ctrl+") != strings.HasPrefix(key, "Ctrl+") {
		if strings.HasPrefix(b.key, "Ctrl+") {
			return tr("this needs a key with Ctrl")
		}
		return tr("this needs a key without Ctrl and Alt")
	}
	for _, other := range bindings() {
		if other != b && other.in == b.in && k.of(other) == key {
			return trf("%s is taken: %s", key, other.does)
		}
	}
	for _, f := range fixedKeys() {
		if slices.Contains(strings.Split(f.keys, ", "), key) {
			return trf("%s is taken: %s", key, f.does)
		}
	}
	return ""
}

// choose gives a binding another key, its own where key is empty, and says why it cannot.
func (k *keymap) choose(b binding, key string) (problem string) {
	if key == "" {
		key = b.key
	}
	if problem = k.fits(b, key); problem != "" {
		return problem
	}
	if key == b.key {
		delete(k.chosen, b.id())
	} else {
		k.chosen[b.id()] = key
	}
	k.keep()
	return ""
}

// reset gives every binding its own key.
func (k *keymap) reset() {
	clear(k.chosen)
	k.keep()
}

func (k *keymap) keep() {
	text := ""
	if len(k.chosen) > 0 {
		data, err := json.Marshal(k.chosen)
		if err != nil {
			return // texts can always be written
		}
		text = string(data)
	}
	k.w.app.Preferences().SetString(keysKey, text)
	k.bind()
}

// meant is what a pressed key means in a task: the name by which the code knows it, ""
// for nothing, and whether it is one of the task's own.
func (k *keymap) meant(now task, pressed string) (own string, ofTask bool) {
	if len(k.chosen) == 0 {
		return pressed, true
	}
	all := bindings()
	for _, in := range []task{now, everywhere} {
		for _, b := range all {
			if b.in == in && strings.EqualFold(k.of(b), pressed) {
				return b.key, in == now
			}
		}
	}
	left := slices.ContainsFunc(all, func(b binding) bool { return (b.in == now || b.in == everywhere) && strings.EqualFold(b.key, pressed) })
	if left {
		return "", false // its meaning has another key now
	}
	return pressed, true
}

// bind puts the keys with Ctrl on the canvas, as they are chosen.
func (k *keymap) bind() {
	c := k.w.win.Canvas()
	for _, s := range k.bound {
		c.RemoveShortcut(s)
	}
	k.bound = nil
	for _, b := range bindings() {
		do := k.do[b.key]
		if do == nil {
			continue
		}
		s := shortcutOf(k.of(b))
		act := k.w.uncovered(do)
		if b.key == "Ctrl+H" || b.key == "Ctrl+Q" { // mean what is in front too
			act = func(fyne.Shortcut) { do() }
		}
		c.AddShortcut(s, act)
		k.bound = append(k.bound, s)
	}
}

var modifiers = []struct {
	name string
	mod  fyne.KeyModifier
}{{"Ctrl+", fyne.KeyModifierShortcutDefault}, {"Shift+", fyne.KeyModifierShift}, {"Alt+", fyne.KeyModifierAlt}}

// shortcutOf reads "Ctrl+Shift+S".
func shortcutOf(key string) *desktop.CustomShortcut {
	s := &desktop.CustomShortcut{}
	for _, m := range modifiers {
		if rest, ok := strings.CutPrefix(key, m.name); ok {
			key, s.Modifier = rest, s.Modifier|m.mod
		}
	}
	s.KeyName = fyne.KeyName(key)
	return s
}

// nameOf writes what shortcutOf reads.
func nameOf(s *desktop.CustomShortcut) string {
	name := ""
	for _, m := range modifiers {
		if s.Modifier&m.mod != 0 {
			name += m.name
		}
	}
	return name + string(s.KeyName)
}
