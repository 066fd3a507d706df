package icd

import "ebmstudio/sampling"

// Scales names the energy's columns by the picture they look at, the same of all parts:
// "full", and of a multi-scale network "half" and "quarter".
func (e *energy) Scales() []string {
	var names []string
	for _, b := range e.parts[0].net.net.Branches {
		names = append(names, []string{"full", "half", "quarter"}[b.Halved])
	}
	return names
}

// OfScales returns the energies of the columns and, with grad, their gradients.
func (e *energy) OfScales(x sampling.Images, grad bool) ([][]float32, []sampling.Images, error) {
	values := make([][][]float32, len(e.parts)) // [part][picture][column]
	slopes := make([][]sampling.Images, len(e.parts))
	for p, part := range e.parts {
		var err error
		if values[p], slopes[p], err = part.net.evaluate(x, part.labels, grad); err != nil {
			return nil, nil, e.named(p, err)
		}
	}
	columns := len(e.Scales())
	scales, grads := make([][]float32, columns), []sampling.Images(nil)
	of := make([]float64, len(e.parts))
	for c := range scales {
		scales[c] = make([]float32, x.N)
		if grad {
			grads = append(grads, sampling.NewImages(x.N, x.C, x.H, x.W))
		}
		for i := range x.N {
			for p := range of {
				of[p] = float64(values[p][i][c])
			}
			value, share := join(e.op, of)
			scales[c][i] = float32(value)
			for p := range slopes {
				if grad {
					add(grads[c].Image(i), float32(share[p]), slopes[p][c].Image(i))
				}
			}
		}
	}
	return scales, grads, nil
}

// energies counts the networks' energies in a sum: what the authors divide the step
// size of a composition by.
func energies(e sampling.Energy) int {
	count := 0
	switch e := e.(type) {
	case *energy:
		return len(e.parts)
	case sampling.Sum:
		for _, t := range e {
			count += energies(t.Energy)
		}
	case sampling.Any:
		for _, t := range e.Terms {
			count += energies(t.Energy)
		}
	}
	return max(count, 1)
}
