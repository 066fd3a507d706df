package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// NewThinBar shows a progress bar a few units high: its number is told elsewhere.
func NewThinBar(bar fyne.CanvasObject) fyne.CanvasObject {
	return container.New(thinBar{}, bar)
}

type thinBar struct{}

func (thinBar) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(40, 6) }

func (thinBar) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Resize(size)
	}
}
