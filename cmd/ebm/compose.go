package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"ebmstudio/studio"
)

type composeCmd struct {
	Expression string `arg:"" help:"Models with AND, OR, NOT, parentheses and weights."`
	Seed       uint64 `help:"The seed: same seed, same pictures." default:"1"`
	Chains     int    `help:"How many chains, one picture each." default:"16"`
	Sampler    string `help:"family (that of the first model), preconditioned (scales from gradients), mala (Metropolis-adjusted Langevin), hmc (Hamiltonian Monte Carlo), gibbs (diffusive: noise up, walk down) or descent (no noise)." enum:"family,preconditioned,mala,hmc,gibbs,descent" default:"family"`
	Out        string `help:"Folder for the gallery." default:"out"`
	filmFlags
	Curves string   `help:"Save the energy and the gradient's norm of every chain and step, and which steps a jump led from." placeholder:"FILE.csv" type:"path"`
	Ledger bool     `help:"Print what the energy of the pictures is made of."`
	At     []string `help:"Sample nothing: print the ledger of these pictures, folders of pictures, or arrays with x." placeholder:"PICTURE" sep:"none"`
	JSON   bool     `help:"Answer in JSON."`
	initialFlags
	modelFlags
	settingFlags
}

func (composeCmd) Help() string {
	return `Joins independent models and samples pictures of all of them together: each is a file or the name of
a bundled model, with :CLASS where one of its classes is meant. AND adds their energies, a weight stands
before its model, NOT and minus make it negative; OR is the soft minimum, taken for every scale by itself
where the models have several (ICD). OR binds less than AND. Names end at a space; quotes keep them whole.
A negated energy pulls without end: give it a small weight. Chains walk by the sampler of the model that
is named first. The models must be of one picture size; models with noise levels (CDRL) go with models of
the same levels, on each of which their energies are added.

Examples:
  ebm compose "hat.safetensors AND glasses.safetensors"
  ebm compose "hat.safetensors AND NOT 0.01*glasses.safetensors" --chains 64 --ledger
  ebm compose "hat.safetensors OR smile.safetensors" --set steps=400
  ebm compose "male.pth:with + 0.5*old.pth:with" --weights raw
  ebm compose "hat.safetensors - 0.01*smile.safetensors" --at faces/
  ebm sample --from out/003.png hat.safetensors glasses.safetensors    the same picture again`
}

// Run samples a mixture, or prints its ledger at pictures.
func (c *composeCmd) Run(a *app) error {
	names, terms, err := studio.ReadMixture(c.Expression)
	if err != nil {
		return badInput(err)
	}
	set, err := c.settings()
	if err != nil {
		return err
	}
	o, err := a.openMixture(names, c.modelFlags)
	if err != nil {
		return err
	}
	r := studio.DefaultRecipe(o)
	r.Seed, r.Chains, r.Sampler, r.Settings = c.Seed, c.Chains, c.Sampler, set
	if err := r.AskMixture(o, terms); err != nil {
		return badInput(err)
	}
	if err := c.initialFlags.ask(o, &r); err != nil {
		return badInput(err)
	}
	if err := o.Check(r); err != nil {
		return badInput(err)
	}
	if len(c.At) == 0 {
		if err := checkFolder(c.Out); err != nil {
			return err
		}
		return a.runGallery(o, r, gallery{folder: c.Out, filmFlags: c.filmFlags, curves: c.Curves, json: c.JSON, ledger: c.Ledger})
	}
	x, _, err := a.pictures(o, c.At)
	if err != nil {
		return err
	}
	l, err := a.studio().Ledger(a.ctx, o, r, x)
	if err != nil {
		return err
	}
	if c.JSON {
		return a.json(ledgerForm(l))
	}
	a.sayLedger(l, x.N)
	return nil
}

// openMixture opens models by name and makes one of them.
func (a *app) openMixture(names []string, f modelFlags) (*studio.Opened, error) {
	parts := make([]studio.Part, len(names))
	for i, name := range names {
		path, label := name, ""
		if at := strings.LastIndexByte(name, ':'); at > 0 && !isModel(name) && isModel(name[:at]) {
			path, label = name[:at], name[at+1:]
		}
		o, err := a.open(path, f)
		if err != nil {
			wrong, asked := errors.AsType[inputError](err)
			if asked {
				err = wrong.error
			}
			if err = fmt.Errorf("compose: term %d (%s): %w", i+1, name, err); asked {
				err = badInput(err)
			}
			return nil, err
		}
		parts[i] = studio.Part{Opened: o, Label: label}
	}
	o, err := a.studio().Mix(parts)
	return o, badInput(err)
}

// isModel reports whether there is a file of this name, or a bundled model.
func isModel(name string) bool {
	if _, ours, err := bundled(name); ours && err == nil {
		return true
	}
	_, err := os.Stat(name)
	return err == nil
}
