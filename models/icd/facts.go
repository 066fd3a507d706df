package icd

import (
	"fmt"
	"strconv"
	"strings"

	"ebmstudio/internal/nn"
	"ebmstudio/models"
)

// facts are what a person may want to read about the model, the FLAGS that make it
// what it is among them.
func (c *contents) facts() []models.Fact {
	large := c.net.Branches[len(c.net.Branches)-1]
	var widths []string
	for _, b := range large.Blocks {
		widths = append(widths, strconv.Itoa(b.Width))
	}
	facts := []models.Fact{
		{Name: "weights", Value: c.source.weights},
		{Name: "model", Value: fmt.Sprintf("%d of %s", c.source.model, numbers(c.source.models))},
		{Name: "network", Value: c.net.Class},
		{Name: "widths", Value: strings.Join(widths, " ")},
		{Name: "energies", Value: strings.Join(c.net.Columns(), ", ")},
		{Name: "self-attention", Value: c.attentionFact()},
		{Name: "condition", Value: c.conditionFact()},
		{Name: "norm", Value: c.normFact(large)},
		{Name: "convolutions", Value: c.convolutionFact(large)},
		{Name: "halving", Value: c.halvingFact()},
		{Name: "parameters", Value: strconv.Itoa(nn.Trainable(c.net.Specs()))},
		{Name: "FLAGS", Value: c.flags.describe()},
	}
	if c.flags.StepLR > 0 || c.flags.NumSteps > 0 {
		facts = append(facts, models.Fact{Name: "trained with", Value: fmt.Sprintf("%d steps of step_lr %g", c.flags.NumSteps, c.flags.StepLR)})
	}
	if c.iterations > 0 {
		facts = append(facts, models.Fact{Name: "training iterations", Value: strconv.Itoa(c.iterations)})
	}
	if c.bestScore != "" {
		facts = append(facts, models.Fact{Name: "best inception score", Value: c.bestScore})
	}
	return facts
}

// describe lists the FLAGS that make the network what it is.
func (f Flags) describe() string {
	return fmt.Sprintf("dataset=%s filter_dim=%d multiscale=%t self_attn=%t cond=%t spec_norm=%t norm=%t alias=%t square_energy=%t sigmoid=%t",
		f.Dataset, f.FilterDim, f.Multiscale, f.SelfAttn, f.Cond, f.SpecNorm, f.Norm, f.Alias, f.SquareEnergy, f.Sigmoid)
}

func (c *contents) attentionFact() string {
	large := c.net.Branches[len(c.net.Branches)-1]
	switch {
	case large.Attention == 0:
		return "none"
	case !c.net.Attend:
		return "stored, not used"
	}
	return "after " + large.Blocks[large.Attention-1].Name
}

func (c *contents) conditionFact() string {
	switch {
	case !c.net.Conditional:
		return "none"
	case len(c.labels) > 0:
		return strings.Join(c.labels, ", ")
	}
	return fmt.Sprintf("%d classes", c.net.Classes)
}

func (c *contents) normFact(large Branch) string {
	if !large.Blocks[0].Norm {
		return "none"
	}
	return fmt.Sprintf("instance norm, group norm above %d channels", instanceLimit)
}

func (c *contents) halvingFact() string {
	switch {
	case c.flags.Alias:
		return "blur [1 2 1]"
	case c.net.Class == Small:
		return "average of 2x2, of odd sides of 3x3"
	}
	return "average of 3x3"
}

func (c *contents) convolutionFact(large Branch) string {
	switch {
	case large.Blocks[0].Plain:
		return "plain weights"
	case !large.Blocks[0].Spectral:
		return "standardised weights"
	case c.source.weights == "ema":
		// The authors average parameters only.
		return "spectral norm, with u and v as they were before training (averaged weights carry no others)"
	}
	return "spectral norm"
}
