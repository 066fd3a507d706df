package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// besideGap is the space between objects that lie beside each other.
const besideGap = 8

// NewBeside lays objects beside each other, equally wide; those that are hidden leave
// their room to the others.
func NewBeside(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(beside{}, objects...)
}

type beside struct{}

func seen(objects []fyne.CanvasObject) (all []fyne.CanvasObject) {
	for _, o := range objects {
		if o.Visible() {
			all = append(all, o)
		}
	}
	return all
}

// MinSize implements fyne.Layout.
func (beside) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	visible := seen(objects)
	for _, o := range visible {
		size = size.Max(o.MinSize())
	}
	n := float32(len(visible))
	return fyne.NewSize(size.Width*n+besideGap*max(0, n-1), size.Height)
}

// Layout implements fyne.Layout.
func (beside) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	visible := seen(objects)
	n := float32(len(visible))
	width := (size.Width - besideGap*max(0, n-1)) / max(1, n)
	for i, o := range visible {
		o.Move(fyne.NewPos(float32(i)*(width+besideGap), 0))
		o.Resize(fyne.NewSize(width, size.Height))
	}
}
