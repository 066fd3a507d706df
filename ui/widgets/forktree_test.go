package widgets

import (
	"image/color"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestForkTreePicks(t *testing.T) {
	test.NewTempApp(t)
	var picked []int
	tree := NewForkTree(func(i int) { picked = append(picked, i) })
	tree.Resize(fyne.NewSize(400, 300))
	tree.SetNodes([]ForkNode{{Parent: -1, To: 10}, {Parent: -1, To: 10}, {Parent: 0, From: 2, To: 10}, {Parent: 0, From: 5, To: 10}, {Parent: 3, From: 7, To: 10}}, 0, 0)
	if want := []int{0, 3, 4, 2, 1}; !slices.Equal(tree.order, want) {
		t.Errorf("found rows %v, want %v: forks below their run, the latest first", tree.order, want)
	}
	tree.Tapped(&fyne.PointEvent{Position: fyne.NewPos(50, forkRowHeight*2+10)})
	tree.Tapped(&fyne.PointEvent{Position: fyne.NewPos(50, forkRowHeight*5+10)})
	tree.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	tree.TypedKey(&fyne.KeyEvent{Name: fyne.KeyUp})
	if want := []int{4, 3}; !slices.Equal(picked, want) {
		t.Errorf("found picks %v, want %v", picked, want)
	}
}

func TestMatrixPicks(t *testing.T) {
	test.NewTempApp(t)
	m := NewMatrix("")
	row, column := -1, -1
	m.OnPick = func(r, c int) { row, column = r, c }
	test.NewTempWindow(t, m)
	m.Resize(fyne.NewSize(304, 344))
	m.SetValues([][]float64{{0, 1, 2}, {1, 0, 3}, {2, 3, 0}}, nil, "")
	m.Tapped(&fyne.PointEvent{Position: fyne.NewPos(250, matrixTop+150)})
	if row != 1 || column != 2 {
		t.Errorf("found row %d, column %d, want 1 and 2", row, column)
	}
}

func TestACurveIsPicked(t *testing.T) {
	grey := color.Gray{128}
	d := DrawCurves(Frame{Width: 200, Height: 100, Scale: 1, Other: grey, Selected: grey, Grid: grey}, []Curve{
		{Steps: []int{0, 50, 100}, Values: []float32{0, 0, 0}}, {Steps: []int{0, 50, 100}, Values: []float32{10, 10, 10}}, {Steps: []int{0, 50}, Values: []float32{5, 5}},
	}, 0, 100)
	for _, c := range []struct {
		x, y float64
		want int
	}{{0.5, 0.96, 0}, {0.2, 0.05, 1}, {0.3, 0.5, 2}, {0.3, 0.3, -1}, {0.9, 0.5, -1}, {1.2, 0.05, -1}} {
		i, ok := d.Near(c.x, c.y, 0.05)
		if !ok {
			i = -1
		}
		if i != c.want {
			t.Errorf("at %v, %v: found curve %d, want %d", c.x, c.y, i, c.want)
		}
	}
}
