package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// captionRow has a caption on the left and what acts on its picture on the right. Where the
// caption would lack room the legend between them gives way.
type captionRow struct {
	acts   *fyne.Container
	legend *fyne.Container // among the acts
}

// captionLeast is the room that a caption needs to say which chain is looked at.
const captionLeast = 210

// bare is the width of the acts without the legend.
func (r captionRow) bare() float32 {
	width := r.acts.MinSize().Width
	if r.legend.Visible() {
		width -= r.legend.MinSize().Width + theme.Padding()
	}
	return width
}

// MinSize implements fyne.Layout.
func (r captionRow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(r.bare(), max(objects[0].MinSize().Height, r.acts.MinSize().Height))
}

// Layout implements fyne.Layout.
func (r captionRow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	setVisible(r.legend, size.Width-r.bare()-r.legend.MinSize().Width >= captionLeast)
	width := min(r.acts.MinSize().Width, size.Width)
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(fyne.NewSize(max(0, size.Width-width-theme.Padding()), size.Height))
	r.acts.Move(fyne.NewPos(size.Width-width, 0))
	r.acts.Resize(fyne.NewSize(width, size.Height))
}

// lowColumn has dials above the answers that they lead to. Where it is low the dials scroll,
// and the answers keep room for a row of pictures.
type lowColumn struct {
	width float32
	dials *container.Scroll
}

const (
	dialsLeast   = 72 // of the dials that are seen at once
	answersSpare = 70 // of the height of the answers, which do with fewer rows
)

// MinSize implements fyne.Layout.
func (c lowColumn) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(c.width, dialsLeast+objects[1].MinSize().Height-answersSpare)
}

// Layout implements fyne.Layout.
func (c lowColumn) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	dials := min(c.dials.Content.MinSize().Height, max(dialsLeast, size.Height-objects[1].MinSize().Height+answersSpare))
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(fyne.NewSize(size.Width, dials))
	objects[1].Move(fyne.NewPos(0, dials))
	objects[1].Resize(fyne.NewSize(size.Width, size.Height-dials))
}

// sharing has a column beside what it explains, which is as wide as it likes where there is
// room for both.
type sharing struct{ least, most float32 }

// MinSize implements fyne.Layout.
func (s sharing) MinSize(objects []fyne.CanvasObject) fyne.Size {
	main, side := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(main.Width+theme.Padding()+s.least, max(main.Height, side.Height))
}

// Layout implements fyne.Layout.
func (s sharing) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	side := min(s.most, max(s.least, size.Width-theme.Padding()-objects[0].MinSize().Width*sharingGrowth))
	main := size.Width - side - theme.Padding()
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(fyne.NewSize(main, size.Height))
	objects[1].Move(fyne.NewPos(size.Width-side, 0))
	objects[1].Resize(fyne.NewSize(side, size.Height))
}

// sharingGrowth is how much wider than it must be the first becomes before the column does.
const sharingGrowth = 1.2
