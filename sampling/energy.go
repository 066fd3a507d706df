package sampling

import "fmt"

// Energy says how unlikely pictures are and which way is downhill. Lower is
// likelier, whatever sign a paper uses: p(x) is proportional to exp(-E(x)).
// Conditions (labels, latents, noise level) are bound before; see models.Model.
// Implementations are safe for concurrent use, do not write to x, and return
// values that the caller may keep and change.
type Energy interface {
	// Value returns one energy a picture, without paying for gradients.
	Value(x Images) (e []float32, err error)
	// Eval returns the energies and their gradients dE/dx, of the shape of x.
	Eval(x Images) (e []float32, grad Images, err error)
}

// Batch is what an Energy may offer besides: to evaluate several energies of its
// network at the same pictures as one batch, or in one pass where they share
// work. Sum and Any use it.
type Batch interface {
	Energy
	// Network says which energies may go together: those whose networks are
	// equal (==). A pointer to the network will do.
	Network() any
	// ValueTerms returns the energies of every term, ValueTerms(...)[t][image].
	ValueTerms(x Images, terms []Energy) (e [][]float32, err error)
	// EvalTerms returns the energies and gradients of every term.
	EvalTerms(x Images, terms []Energy) (e [][]float32, grad []Images, err error)
}

// Term is one energy of a sum with its weight: 1 asks for the concept, a
// negative weight pushes it away.
type Term struct {
	Weight float64
	Energy Energy
}

// value is Energy.Value with the answer's length checked.
func value(e Energy, x Images) ([]float32, error) {
	if e == nil {
		return nil, fmt.Errorf("evaluate an energy: found none")
	}
	energy, err := e.Value(x)
	if err != nil {
		return nil, err
	}
	return energy, checkAnswer(x, energy, x)
}

// evaluate is Energy.Eval with the answer's shape checked.
func evaluate(e Energy, x Images) ([]float32, Images, error) {
	if e == nil {
		return nil, Images{}, fmt.Errorf("evaluate an energy: found none")
	}
	energy, grad, err := e.Eval(x)
	if err != nil {
		return nil, Images{}, err
	}
	return energy, grad, checkAnswer(x, energy, grad)
}

func checkAnswer(x Images, energy []float32, grad Images) error {
	if len(energy) != x.N {
		return fmt.Errorf("energies: found %d, want one for each of %d pictures", len(energy), x.N)
	}
	if grad.N != x.N {
		return fmt.Errorf("gradient: found %d pictures, want %d", grad.N, x.N)
	}
	if err := grad.Check(x.C, x.H, x.W); err != nil {
		return fmt.Errorf("gradient: %w", err)
	}
	return nil
}

// Tether is the energy K |x-To|^2: a spring to given pictures (CDRL's tie to the
// noisier level, a reference Gaussian of variance 1/(2K)). To has one picture an
// image, or one for all.
type Tether struct {
	To Images
	K  float64
}

// Value returns K |x-To|^2 of every picture.
func (t Tether) Value(x Images) ([]float32, error) {
	if err := t.check(x); err != nil {
		return nil, err
	}
	e := make([]float32, x.N)
	for i := range e {
		e[i] = float32(t.K * squaredDistance(x.Image(i), t.to(i)))
	}
	return e, nil
}

// Eval returns K |x-To|^2 and its gradient 2K (x-To).
func (t Tether) Eval(x Images) ([]float32, Images, error) {
	e, err := t.Value(x)
	if err != nil {
		return nil, Images{}, err
	}
	grad := NewImages(x.N, x.C, x.H, x.W)
	slope := float32(2 * t.K)
	for i := range x.N {
		to, g := t.to(i), grad.Image(i)
		for j, v := range x.Image(i) {
			g[j] = slope * (v - to[j])
		}
	}
	return e, grad, nil
}

func (t Tether) to(i int) []float32 {
	if t.To.N == 1 {
		i = 0
	}
	return t.To.Image(i)
}

func (t Tether) check(x Images) error {
	if err := t.To.Check(x.C, x.H, x.W); err != nil {
		return fmt.Errorf("tether: %w", err)
	}
	if t.To.N != 1 && t.To.N != x.N {
		return fmt.Errorf("tether: found %d pictures to hold on to, want 1 or %d", t.To.N, x.N)
	}
	return nil
}

func squaredDistance(a, b []float32) float64 {
	var sum float64
	for j, v := range a {
		d := float64(v) - float64(b[j])
		sum += d * d
	}
	return sum
}

// Affine is an energy seen through another pixel range: E(Scale x + Shift) as a
// function of x. It lets models of different ranges be mixed in one Sum.
type Affine struct {
	Of           Energy
	Scale, Shift float64
}

// InRange returns e, whose pixels lie in lo..hi, as an energy of pixels in
// fromLo..fromHi.
func InRange(e Energy, lo, hi, fromLo, fromHi float64) Affine {
	scale := (hi - lo) / (fromHi - fromLo)
	return Affine{Of: e, Scale: scale, Shift: lo - scale*fromLo}
}

// Value returns E(Scale x + Shift).
func (a Affine) Value(x Images) ([]float32, error) { return value(a.Of, a.Inner(x)) }

// Eval returns E(Scale x + Shift) and, by the chain rule, Scale times the
// gradient there.
func (a Affine) Eval(x Images) ([]float32, Images, error) {
	e, inner, err := evaluate(a.Of, a.Inner(x))
	if err != nil {
		return nil, Images{}, err
	}
	grad := NewImages(x.N, x.C, x.H, x.W)
	for j, g := range inner.Data {
		grad.Data[j] = float32(a.Scale) * g
	}
	return e, grad, nil
}

// Inner are the pictures that the energy within sees, Scale x + Shift.
func (a Affine) Inner(x Images) Images {
	y := NewImages(x.N, x.C, x.H, x.W)
	scale, shift := float32(a.Scale), float32(a.Shift)
	for j, v := range x.Data {
		y.Data[j] = float32(scale*v) + shift
	}
	return y
}
