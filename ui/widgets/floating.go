package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
)

// Floating is a panel that lies over others: it has an edge, and what the mouse does on it
// does not reach what is below.
type Floating struct{ Panel }

var (
	_ fyne.Tappable          = (*Floating)(nil)
	_ fyne.SecondaryTappable = (*Floating)(nil)
	_ fyne.Draggable         = (*Floating)(nil)
	_ fyne.Scrollable        = (*Floating)(nil)
	_ desktop.Mouseable      = (*Floating)(nil)
	_ desktop.Hoverable      = (*Floating)(nil)
)

// NewFloating returns content on the colour of overlays, margin units away from the edge.
func NewFloating(margin float32, content fyne.CanvasObject) *Floating {
	f := &Floating{Panel{color: theme.ColorNameOverlayBackground, edge: theme.ColorNameInputBorder, margin: margin, content: content}}
	f.ExtendBaseWidget(f)
	return f
}

// Tapped implements fyne.Tappable.
func (f *Floating) Tapped(*fyne.PointEvent) {}

// TappedSecondary implements fyne.SecondaryTappable.
func (f *Floating) TappedSecondary(*fyne.PointEvent) {}

// Dragged implements fyne.Draggable.
func (f *Floating) Dragged(*fyne.DragEvent) {}

// DragEnd implements fyne.Draggable.
func (f *Floating) DragEnd() {}

// Scrolled implements fyne.Scrollable.
func (f *Floating) Scrolled(*fyne.ScrollEvent) {}

// MouseDown implements desktop.Mouseable.
func (f *Floating) MouseDown(*desktop.MouseEvent) {}

// MouseUp implements desktop.Mouseable.
func (f *Floating) MouseUp(*desktop.MouseEvent) {}

// MouseIn implements desktop.Hoverable.
func (f *Floating) MouseIn(*desktop.MouseEvent) {}

// MouseMoved implements desktop.Hoverable.
func (f *Floating) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (f *Floating) MouseOut() {}
