package studio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"ebmstudio/sampling"
)

// RecipeVersion is the version of the recipes that this program writes; it reads
// this one and all before. Version 2 added expressions, known pixels, initial
// pictures and disjunctions, version 3 checkpoints of several parts, version 4 local
// temperatures, noise that chains share, guidance by noise level, forks and acts; what
// earlier versions said they still say.
const RecipeVersion = 4

// MaxChains is the largest number of chains of one recipe.
const MaxChains = 4096

// maxFused bounds the steps of one program, which grows with them.
const maxFused = 64

const maxRecipeBytes = 64 << 20

// Recipe is everything a picture depends on: picture = f(checkpoint, recipe).
// Two runs of a recipe on one engine and machine give the same pictures.
type Recipe struct {
	Version    int               `json:"version"`
	Checkpoint CheckpointRef     `json:"checkpoint"`
	Seed       uint64            `json:"seed"`
	Chains     int               `json:"chains"`
	Sampler    string            `json:"sampler"`            // "family", "mala", "hmc" or "descent"
	Settings   sampling.Settings `json:"settings,omitempty"` // knobs that differ from their default
	// Expression is what the terms were read from (see ExpressionTerms). A recipe with
	// an expression and no terms asks for the expression's; with both, they must agree.
	Expression string   `json:"expression,omitempty"`
	Terms      []Term   `json:"terms,omitempty"`   // none: the marginal energy
	Known      *Known   `json:"known,omitempty"`   // pixels that the chains keep
	Initial    *Initial `json:"initial,omitempty"` // what the chains begin with; none: noise
	// Temperature multiplies the noise pixel by pixel; none: as the plan says.
	Temperature *Temperature `json:"temperature,omitempty"`
	// SharedNoise gives every chain the noise of the first, from its start to its last
	// step: chains then differ by what is asked of each alone (see Interpolation).
	SharedNoise bool `json:"shared_noise,omitempty"`
	// Fused is how many Langevin steps are made at once on the engine's device where the
	// model offers it; the frames between are not seen. 0 and 1: none.
	Fused  int    `json:"fused,omitempty"`
	Fork   *Fork  `json:"fork,omitempty"`   // the run that the chains go on from; none: they begin afresh
	Acts   []Act  `json:"acts,omitempty"`   // what was done to single chains on the way, in order
	Engine string `json:"engine,omitempty"` // the engine and version that made it
}

// CheckpointRef says which weights a recipe is for. The file is known by its
// SHA-256; the name is for people. Several models as one (see Studio.Join and
// Studio.Mix) have an operation and parts, and a sum that is made of theirs.
type CheckpointRef struct {
	Name    string            `json:"name"`
	SHA256  string            `json:"sha256,omitempty"`
	Weights string            `json:"weights,omitempty"` // "ema" or "raw"
	Net     map[string]string `json:"net,omitempty"`
	Op      string            `json:"op,omitempty"` // "mix", or "and", "not", "or" of Join
	Parts   []PartRef         `json:"parts,omitempty"`
}

// PartRef is one of several models.
type PartRef struct {
	CheckpointRef
	As    string `json:"as,omitempty"`    // its name in a mixture's expressions
	Label string `json:"label,omitempty"` // the class that a mixture asks of it
}

// same reports whether two references mean the same weights, read alike.
func (r CheckpointRef) same(other CheckpointRef) bool {
	return r.SHA256 == other.SHA256 && r.Weights == other.Weights && r.Op == other.Op && maps.Equal(r.Net, other.Net)
}

func (r CheckpointRef) clone() CheckpointRef {
	r.Net, r.Parts = maps.Clone(r.Net), slices.Clone(r.Parts)
	for i := range r.Parts {
		r.Parts[i].CheckpointRef = r.Parts[i].CheckpointRef.clone()
	}
	return r
}

// DefaultRecipe is the recipe that a freshly opened model runs: 16 chains of the
// family's own sampler from seed 1, every knob at its default.
func DefaultRecipe(o *Opened) Recipe {
	return Recipe{Version: RecipeVersion, Checkpoint: o.Ref(), Seed: 1, Chains: 16, Sampler: SamplerFamily}
}

// noise is where the recipe's randomness comes from, before a temperature map.
func (r Recipe) noise() sampling.Key {
	k := sampling.NewKey(r.Seed)
	if r.SharedNoise {
		return k.Alike()
	}
	return k
}

// Clone returns a copy that shares nothing with r.
func (r Recipe) Clone() Recipe {
	r.Checkpoint = r.Checkpoint.clone()
	r.Settings = maps.Clone(r.Settings)
	r.Terms = cloneTerms(r.Terms)
	r.Known, r.Initial, r.Temperature = r.Known.clone(), r.Initial.clone(), r.Temperature.clone()
	r.Fork, r.Acts = r.Fork.clone(), slices.Clone(r.Acts)
	return r
}

// JSON writes the recipe for a file; ParseRecipe reads it.
func (r Recipe) JSON() []byte {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil { // a number that is not finite; Validate refuses those by name
		return nil
	}
	return append(b, '\n')
}

// ParseRecipe reads a recipe. Unknown fields, recipes of a newer version and
// anything behind the recipe are errors. What a recipe asks of a model is
// checked by Validate.
func ParseRecipe(data []byte) (Recipe, error) {
	var r Recipe
	if len(data) > maxRecipeBytes {
		return r, fmt.Errorf("recipe: found %d bytes, want at most %d", len(data), maxRecipeBytes)
	}
	var head struct {
		Version *int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return r, fmt.Errorf("recipe: not valid JSON: %w", err)
	}
	switch {
	case head.Version == nil:
		return r, errors.New("recipe: found no version, want one")
	case *head.Version > RecipeVersion:
		return r, fmt.Errorf("recipe: version %d was written by a newer program, this one reads up to %d", *head.Version, RecipeVersion)
	case *head.Version < 1:
		return r, fmt.Errorf("recipe: found version %d, want 1 to %d", *head.Version, RecipeVersion)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return Recipe{}, fmt.Errorf("recipe: %w", err)
	}
	if err := r.checkAlone(); err != nil {
		return Recipe{}, err
	}
	return r, nil
}
