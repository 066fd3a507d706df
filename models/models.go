// Package models says what a checkpoint becomes. Each family (CLEL, ...) is a
// folder below; models/zoo lists them. Foreign conventions (sign of the energy,
// key names, spectral norm) end where a checkpoint is opened.
package models

import (
	"time"

	"github.com/gomlx/compute"

	"ebmstudio/checkpoint"
	"ebmstudio/sampling"
)

// Given is the condition an energy is bound to. A family reads the fields it
// knows and refuses the others. Several labels or latents are all of them targets
// of every picture (composition: the marginal term once); with PerImage they are
// one for each picture instead.
type Given struct {
	Level    int              // noise level (CDRL), counted from 1, the cleanest; 0: the cleanest
	Label    []int            // classes, counted from 0; empty: no class
	Latent   [][]float32      // unit vectors (CLEL), what a chain's start is decoded from (VAE-EBM); empty: none
	PerImage bool             // label or latent i belongs to picture i
	Beta     float64          // weight of the similarity (CLEL); 0: the plan's knob
	Picture  *sampling.Images // the masked picture of completion (VAE-EBM)
}

// Model is an opened checkpoint: what it can do, as values and functions. The
// functions are nil where the family has no such ability.
type Model struct {
	Family, Name string // "clel", "fashion-28"
	C, H, W      int
	Lo, Hi       float32 // the model's own pixel range, kept throughout
	Labels       []string
	Attributes   [][2]int // pairs of labels that exclude each other: an attribute on, and off
	// Experts says that labels are not classes of one model but models of their own:
	// their composition is the plain weighted sum (a product of experts), from which
	// nothing that they share is taken off.
	Experts      bool
	Levels       []float64   // log-SNR at which the energy of each noise level is asked, the cleanest first; nil without such
	LatentSize   int         // length of a latent, 0 where there is none
	LabelLatents [][]float32 // unit vectors, that of each label (CLEL); nil where the file keeps none
	Parameters   int         // trainable numbers of the energy
	TrainedSteps int         // Langevin steps a chain walked in training, 0 if unknown
	Facts        []Fact
	Knobs        []sampling.Knob

	// At binds a condition and returns the energy under it.
	At func(Given) (sampling.Energy, error)
	// Plan lists the stages of the family's sampler for a sum of terms.
	Plan func(terms []sampling.Term, s sampling.Settings) (sampling.Plan, error)
	// Start draws the n pictures a chain begins with.
	Start func(k sampling.Key, n int) sampling.Images
	// Keep makes a plan for n chains hold known pixels: of the mask's pictures as they
	// are, or noised as much as the chain's are in each stage, always with the same
	// noise of the key. What the plan ends with has them to the bit. Nil: a mask on
	// every stage will do.
	Keep func(p sampling.Plan, k sampling.Key, n int, m *sampling.Mask) (sampling.Plan, error)
	// Diffuse adds noise to pictures until they are what the plan under the same
	// settings begins with (CDRL: carried up its ladder to a chosen level).
	Diffuse func(k sampling.Key, x sampling.Images, s sampling.Settings) (sampling.Images, error)
	// Encode turns pictures into latents, one row a picture: unit vectors (CLEL), or
	// the means of the latents that a picture may come from (VAE-EBM).
	Encode func(sampling.Images) ([][]float32, error)
	// Decode turns latents into pictures, one a row; given holds what else the
	// generator depends on (completion: Picture). Points of sampling.Path between two
	// latents make an interpolation.
	Decode func(latents [][]float32, given Given) (sampling.Images, error)
	// Hole is the mask of the part that the model was trained to fill, with x as the
	// known pictures: applied to pictures of 0 it gives Given.Picture, applied to
	// filled ones it puts the known pixels back. Nil: the model completes nothing.
	Hole func(x sampling.Images) *sampling.Mask
	// Score returns the out-of-distribution score of each picture, higher = more
	// out of distribution, and the terms it is the sum of by name.
	Score func(x sampling.Images, s sampling.Settings) (score []float32, terms map[string][]float32, err error)
	// Classify judges pictures: a row of probabilities a picture, one a label (with
	// Attributes the two of a pair add up to 1), and a row of features, by which
	// distances between sets of pictures are measured. Of judges alone, whose other
	// functions are nil.
	Classify func(x sampling.Images) (probabilities, features [][]float32, err error)
	// Features gives a row of numbers for each picture in 0..1, of any size and of 1 or 3
	// channels, by which distances between sets of pictures are measured. Of networks that
	// do nothing else, whose other functions are nil.
	Features func(x sampling.Images) ([][]float32, error)
	// Arrays computes every array of the family's row of docs/arrays.md ("ebm energy").
	Arrays func(in map[string]checkpoint.Tensor, s sampling.Settings) (map[string]checkpoint.Tensor, error)
	// Replay runs the family's sampler with given start and noise ("ebm sample --replay").
	Replay func(in map[string]checkpoint.Tensor, s sampling.Settings) (map[string]checkpoint.Tensor, error)
	// Compiled returns how many programs were compiled for the device so far and
	// the time spent on it; see also Warm.
	Compiled func() (programs int, spent time.Duration)
}

// Warmer is what an energy may offer besides: to compile ahead what an evaluation
// needs, so that the wait is a phase of its own.
type Warmer interface {
	// Warm compiles what Eval (or, without grad, Value) of n pictures needs and
	// returns how long that took: about 0 where it was compiled before.
	Warm(n int, grad bool) (time.Duration, error)
}

// Warm compiles ahead what a plan on n pictures needs, where its energies offer it.
func Warm(p sampling.Plan, n int) (time.Duration, error) {
	var total time.Duration
	for _, stage := range p {
		took, err := warm(stage.Energy, n)
		total += took
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// WarmValues compiles ahead what the energies, without gradients, of n pictures need,
// where the terms offer it.
func WarmValues(terms []sampling.Term, n int) (total time.Duration, err error) {
	for _, t := range terms {
		w, ok := t.Energy.(Warmer)
		if !ok {
			continue
		}
		took, err := w.Warm(n, false)
		total += took
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

func warm(e sampling.Energy, n int) (time.Duration, error) {
	switch e := e.(type) {
	case Warmer:
		return e.Warm(n, true)
	case sampling.Sum:
		return warmTerms(e, n)
	case sampling.Any:
		return warmTerms(e.Terms, n)
	case sampling.Affine:
		return warm(e.Of, n)
	}
	return 0, nil
}

func warmTerms(terms []sampling.Term, n int) (total time.Duration, err error) {
	for _, t := range terms {
		took, err := warm(t.Energy, n)
		total += took
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// Fact is a line about a model that a person may want to read, such as
// {"widths", "64 64 128 128"}.
type Fact struct{ Name, Value string }

// Options are what a person adds when opening a checkpoint.
type Options struct {
	Weights string            // "ema" (default) or "raw"
	Net     map[string]string // what the file does not tell
}

// Family is one kind of model: how to know its files and how to open them.
type Family struct {
	Name, Title string
	// Knows reports whether a file's tensors look like this family's.
	Knows func(*checkpoint.File) bool
	// Open builds the model; it names every missing, unused or misshapen tensor in
	// one error.
	Open func(compute.Backend, *checkpoint.File, Options) (*Model, error)
	// Averages pairs the names of a file's averaged tensors with those of the raw ones
	// that they are averages of; nil: the names are those of the raw ones after "ema_".
	Averages func(*checkpoint.File) map[string]string
	// Compose joins several models of this family into one by an operation: "and",
	// "not" (negates the last) or "or". nil: this family composes terms of one model.
	Compose func(op string, parts []*Model) (*Model, error)
	// Learn starts a training from scratch, configured by settings by name; unknown
	// ones are errors. nil: this family cannot be trained here.
	Learn func(compute.Backend, Data, map[string]string) (*Learner, error)
	// Settings lists what Learn can be told, with the defaults for such data, of which
	// only sizes and attributes are looked at, and beside what is asked; the error is
	// what Learn would say of the settings asked.
	Settings func(d Data, asked map[string]string) ([]SettingField, error)
}
