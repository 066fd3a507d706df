package sampling

// Energy says how unlikely pictures are and which way is downhill. Lower is
// likelier, whatever sign a paper uses: p(x) is proportional to exp(-E(x)).
// Conditions (labels, latents, noise level) are bound before; see models.Model.
// Implementations are safe for concurrent use.
type Energy interface {
	// Value returns one energy a picture, without paying for gradients.
	Value(x Images) (e []float32, err error)
	// Eval returns the energies and their gradients dE/dx, of the shape of x.
	Eval(x Images) (e []float32, grad Images, err error)
}

// Term is one energy of a sum with its weight: 1 asks for the concept, a
// negative weight pushes it away.
type Term struct {
	Weight float64
	Energy Energy
}
