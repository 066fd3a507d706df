package ui

import (
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// newGallery is the gallery's place in the window: it fills the middle, and its own
// side stands where the knobs are.
func newGallery(w *Window) place {
	return place{
		title: tr("Gallery"), tip: tr("The pictures you have kept"), idle: true,
		middle: container.NewCenter(widget.NewLabel(tr("No picture is kept yet."))),
	}
}
