//go:build nogtk

package ui

// newChooser asks with Fyne's own dialogs: this build has no GTK.
func newChooser(w *Window) chooser { return fyneChooser{w} }
