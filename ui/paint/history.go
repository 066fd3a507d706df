package paint

import (
	"bytes"
	"image"
)

// Step is something that was done and can be taken back.
type Step interface {
	Undo()
	Redo()
}

// Steps is how many steps a history keeps. A step is what it has changed: a
// stroke over a whole mask of 64 pixels is 4 KiB.
const Steps = 1000

// History is what was done, and what was taken back. The zero value is empty.
type History struct{ done, undone []Step }

// Add takes note of a step that was done; nil is none. What was taken back before
// is forgotten, and so is the oldest step where there are too many.
func (h *History) Add(s Step) {
	if d, ok := s.(*Delta); s == nil || ok && d == nil {
		return
	}
	h.undone = nil
	h.done = append(h.done, s)
	if n := len(h.done) - Steps; n > 0 {
		h.done = append([]Step(nil), h.done[n:]...)
	}
}

// Undo takes the newest step back; false where there is none.
func (h *History) Undo() bool {
	if !h.CanUndo() {
		return false
	}
	s := h.done[len(h.done)-1]
	h.done, h.undone = h.done[:len(h.done)-1], append(h.undone, s)
	s.Undo()
	return true
}

// Redo does again what was taken back last; false where there is nothing.
func (h *History) Redo() bool {
	if !h.CanRedo() {
		return false
	}
	s := h.undone[len(h.undone)-1]
	h.undone, h.done = h.undone[:len(h.undone)-1], append(h.done, s)
	s.Redo()
	return true
}

// CanUndo reports whether there is a step to take back, CanRedo one to do again.
func (h *History) CanUndo() bool { return len(h.done) > 0 }

// CanRedo reports whether there is a step to do again.
func (h *History) CanRedo() bool { return len(h.undone) > 0 }

// Delta is a change of a mask: inside of a rectangle, the bits that differ, so that
// applying it twice changes nothing.
type Delta struct {
	mask *Mask
	Rect image.Rectangle // the pixels that have changed lie in it
	bits []uint8
}

// difference is what has changed since the mask was as before; nil for nothing.
func difference(m *Mask, before []uint8) *Delta {
	var box image.Rectangle
	for y := range m.H {
		now, was := m.Pix[y*m.W:(y+1)*m.W], before[y*m.W:(y+1)*m.W]
		if bytes.Equal(now, was) {
			continue
		}
		left, right := 0, m.W
		for now[left] == was[left] {
			left++
		}
		for now[right-1] == was[right-1] {
			right--
		}
		box = box.Union(image.Rect(left, y, right, y+1))
	}
	if box.Empty() {
		return nil
	}
	d := &Delta{mask: m, Rect: box, bits: make([]uint8, 0, box.Dx()*box.Dy())}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for i := y*m.W + box.Min.X; i < y*m.W+box.Max.X; i++ {
			d.bits = append(d.bits, m.Pix[i]^before[i])
		}
	}
	return d
}

// Undo implements Step.
func (d *Delta) Undo() { d.flip() }

// Redo implements Step.
func (d *Delta) Redo() { d.flip() }

func (d *Delta) flip() {
	for i, b := range d.bits {
		d.mask.Pix[(d.Rect.Min.Y+i/d.Rect.Dx())*d.mask.W+d.Rect.Min.X+i%d.Rect.Dx()] ^= b
	}
}
