package main

import (
	"errors"
	"fmt"

	"ebmstudio/studio"
)

// conditionFlags say what the pictures should show.
type conditionFlags struct {
	Label    []string `help:"A class, by name or number, that the samples should belong to; give it again to compose." sep:"none" placeholder:"CLASS"`
	Compose  string   `help:"Classes with AND, OR, NOT, parentheses and weights, such as \"smile AND NOT hat\" or \"smile + 0.5*glasses\"; see docs/cli.md." placeholder:"EXPRESSION"`
	Guidance *float64 `help:"How far beyond the asked classes, short for --set guidance=W: 0 is the trained conditional model." placeholder:"W"`
	Schedule string   `help:"How guidance changes over the noise levels: constant, rising, falling, an interval of log-SNR such as 0..5, or a factor a level, the noisiest first, such as 0,0.5,1,1,1,0." name:"guidance-schedule" placeholder:"SCHEDULE"`
	Like     []string `help:"Pictures (or arrays with z or x) whose aggregated latent the samples should be like; give it again to compose." sep:"none" placeholder:"PICTURE"`
}

// given reports whether any of the flags is there.
func (f conditionFlags) given() bool {
	return len(f.Label)+len(f.Like) > 0 || f.Compose != "" || f.Guidance != nil || f.Schedule != ""
}

// initialFlags say what the chains begin with instead of noise, and how much noise each
// pixel gets on the way.
type initialFlags struct {
	Init        string   `help:"A picture for the chains to begin with instead of noise." placeholder:"PICTURE"`
	FromLevel   *float64 `help:"With --init: the noise level it is carried up to, short for --set from_level=K. Lower keeps more of it." placeholder:"K"`
	Temperature string   `help:"Local temperatures, a factor of the noise's variance pixel by pixel: black 0 (pure descent), grey of 128 as it is, white 2." placeholder:"PICTURE"`
	Scale       bool     `help:"Scale pictures and masks of another size to the model's; otherwise they are refused."`
}

func (f initialFlags) given() bool {
	return f.Init != "" || f.FromLevel != nil || f.Temperature != "" || f.Scale
}

// ask puts the conditions into a recipe.
func (f conditionFlags) ask(a *app, o *studio.Opened, r *studio.Recipe) error {
	if f.Compose != "" && len(f.Label) > 0 {
		return errors.New("--compose: found --label beside it, want the class in the expression: --compose \"A AND B\"")
	}
	if f.Compose != "" && len(f.Like) == 0 { // the recipe keeps the words
		if err := r.Ask(o.Model, f.Compose); err != nil {
			return err
		}
		return f.guide(o, r)
	}
	var terms []studio.Term
	var err error
	if f.Compose != "" {
		if terms, err = studio.ExpressionTerms(o.Model, f.Compose); err != nil {
			return err
		}
	}
	for _, class := range f.Label {
		t, err := studio.ClassTerm(o.Model, class)
		if err != nil {
			return err
		}
		terms = append(terms, t)
	}
	for _, path := range f.Like {
		z, err := a.latentLike(o, path)
		if err != nil {
			return err
		}
		terms = append(terms, studio.Term{Weight: 1, Name: path, Latents: [][]float32{z}})
	}
	if len(terms) > 0 {
		r.Terms = studio.Composed(o.Model, terms)
	}
	return f.guide(o, r)
}

// guide turns the guidance.
func (f conditionFlags) guide(o *studio.Opened, r *studio.Recipe) error {
	if f.Schedule != "" {
		factors, err := studio.GuidanceSchedule(o.Model, f.Schedule)
		if err == nil {
			err = r.SetGuidance(o.Model, factors)
		}
		if err != nil {
			return fmt.Errorf("--guidance-schedule: %w", err)
		}
	}
	if f.Guidance == nil {
		return nil
	}
	if err := r.Turn(o.Model, "guidance", *f.Guidance); err != nil {
		if len(o.Model.Labels) == 0 {
			return errors.New("--guidance: this model knows no classes to guide to")
		}
		for _, k := range o.Model.Knobs {
			if k.Name == "guidance" {
				return fmt.Errorf("--guidance: %w", err)
			}
		}
		return fmt.Errorf("--guidance: found none in %s, want a model trained with and without classes (CDRL)", o.Name)
	}
	if len(r.Terms) == 0 {
		return errors.New("--guidance: found no class to guide to\nhint: name one with --label or --compose")
	}
	return nil
}

// ask puts the picture that chains begin with and the temperatures into a recipe.
func (f initialFlags) ask(o *studio.Opened, r *studio.Recipe) error {
	if f.Temperature != "" {
		var err error
		if r.Temperature, err = studio.ReadTemperature(o.Model, f.Temperature, f.Scale); err != nil {
			return fmt.Errorf("--temperature: %w", err)
		}
	}
	if f.FromLevel != nil {
		if f.Init == "" {
			return errors.New("--from-level: found no --init, want the picture that is carried up to the level")
		}
		if err := r.Turn(o.Model, "from_level", *f.FromLevel); err != nil {
			return fmt.Errorf("--from-level: %w", err)
		}
	}
	if f.Init == "" {
		return nil
	}
	initial, err := studio.ReadInitial(o.Model, f.Init, f.Scale)
	if err != nil {
		return fmt.Errorf("--init: %w", err)
	}
	r.Initial = initial
	return nil
}
