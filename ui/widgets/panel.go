package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Panel is a rounded area of a theme colour with a margin around its content. It
// follows the theme when that changes, which a bare canvas.Rectangle does not.
type Panel struct {
	widget.BaseWidget
	color   fyne.ThemeColorName
	edge    fyne.ThemeColorName // empty: none
	margin  float32
	content fyne.CanvasObject
}

// NewPanel returns content on the theme's colour of that name, margin units away
// from the edge.
func NewPanel(color fyne.ThemeColorName, margin float32, content fyne.CanvasObject) *Panel {
	p := &Panel{color: color, margin: margin, content: content}
	p.ExtendBaseWidget(p)
	return p
}

// CreateRenderer implements fyne.Widget.
func (p *Panel) CreateRenderer() fyne.WidgetRenderer {
	r := &panelRenderer{panel: p, back: canvas.NewRectangle(colorOf(p, p.color))}
	r.Refresh()
	return r
}

type panelRenderer struct {
	panel *Panel
	back  *canvas.Rectangle
}

func (r *panelRenderer) Layout(size fyne.Size) {
	m := r.panel.margin
	r.back.Resize(size)
	r.panel.content.Move(fyne.NewPos(m, m))
	r.panel.content.Resize(size.SubtractWidthHeight(2*m, 2*m))
}

func (r *panelRenderer) MinSize() fyne.Size {
	return r.panel.content.MinSize().AddWidthHeight(2*r.panel.margin, 2*r.panel.margin)
}

func (r *panelRenderer) Refresh() {
	r.back.FillColor = colorOf(r.panel, r.panel.color)
	if r.panel.edge != "" {
		r.back.StrokeColor, r.back.StrokeWidth = colorOf(r.panel, r.panel.edge), 1
	}
	r.back.CornerRadius = r.panel.Theme().Size(theme.SizeNameInputRadius) + 2
	r.back.Refresh()
	r.panel.content.Refresh()
}

func (r *panelRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.back, r.panel.content}
}

func (r *panelRenderer) Destroy() {}
