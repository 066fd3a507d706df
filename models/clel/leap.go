package clel

import "ebmstudio/sampling"

// Leap makes several Langevin steps at once on the device (sampling.Fused). A marginal energy
// that is scaled makes its steps one by one.
func (e *energy) Leap(k sampling.Key, step int, x sampling.Images, l sampling.Langevin, n int) (leap sampling.Leap, ok bool, err error) {
	if _, err := e.net.input(x); err != nil {
		return leap, false, err
	}
	if len(e.targets) == 0 {
		if e.marginal != 1 {
			return leap, false, nil
		}
		return e.net.marginalLeap.Leap(k, step, x, l, n)
	}
	a, z, c, err := e.net.conditions(x.N, []*energy{e}, targetTile(len(e.targets)))
	if err != nil {
		return leap, false, err
	}
	return e.net.conditionalLeap.Leap(k, step, x, l, n, a, z, c)
}
