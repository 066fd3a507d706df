package clel

import "ebmstudio/sampling"

// Leap makes several Langevin steps at once on the device (sampling.Fused). A marginal energy
// that is scaled makes its steps one by one.
func (e *energy) Leap(l sampling.Leap) (made sampling.Leapt, ok bool, err error) {
	if _, err := e.net.input(l.X); err != nil {
		return made, false, err
	}
	if len(e.targets) == 0 {
		if e.marginal != 1 {
			return made, false, nil
		}
		return e.net.marginalLeap.Leap(l)
	}
	a, z, c, err := e.net.conditions(l.X.N, []*energy{e}, targetTile(len(e.targets)))
	if err != nil {
		return made, false, err
	}
	return e.net.conditionalLeap.Leap(l, a, z, c)
}
