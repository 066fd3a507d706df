package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"ebmstudio/resources"
	"ebmstudio/studio"
)

// layerFlags say which activations are looked at, and how.
type layerFlags struct {
	Activations string `help:"A picture: list the layers of the energy network with what they make of it; with --layer the feature maps of one." placeholder:"PICTURE"`
	Layer       string `help:"With --activations: the layer whose feature maps are saved." placeholder:"NAME"`
	Strongest   bool   `help:"Feature maps with the largest mean |a| first."`
	Colours     string `help:"Colours of feature maps: diverging (0 in the middle), sequential (from least to greatest), or auto: diverging where there are both signs." enum:"auto,diverging,sequential" default:"auto"`
	Out         string `help:"Where feature maps go: a .png sheet of one layer, or the numbers of all layers as .npz or .safetensors." default:"out/layer.png" type:"path" placeholder:"FILE"`
}

// layerLine is a layer for a script.
type layerLine struct {
	Layer     string `json:"layer"`
	Shape     []int  `json:"shape"` // channels, height, width
	Min       number `json:"min"`
	Max       number `json:"max"`
	Strength  number `json:"mean_size"` // mean |a|
	NotFinite int    `json:"not_finite,omitempty"`
}

// layers lists the activations of a picture, or saves those asked for.
func (c *inspectCmd) layers(a *app) error {
	o, err := a.open(c.Checkpoint, c.modelFlags)
	if err != nil {
		return err
	}
	r, err := a.mapRecipe(o, 1, 1, c.conditionFlags, c.holeFlags, settingFlags{})
	if err != nil {
		return badInput(err)
	}
	at, err := o.AtLevel(c.Level)
	if err != nil {
		return badInput(err)
	}
	x, _, err := a.pictures(o, []string{c.Activations})
	if err != nil {
		return err
	}
	if x.N != 1 {
		return badInput(fmt.Errorf("%s: found %d pictures, want 1", c.Activations, x.N))
	}
	all, err := a.studio().Activations(a.ctx, at, r, x)
	if err != nil {
		return badInput(err)
	}
	if isArrays(c.Out) {
		if err := studio.SaveActivations(c.Out, all); err != nil {
			return badInput(err)
		}
		a.say("wrote %d layers to %s", len(all), c.Out)
		return nil
	}
	if c.Layer != "" {
		return c.saveLayer(a, o, all)
	}
	var lines []layerLine
	for _, l := range all {
		least, greatest, strength, notFinite := l.Range()
		lines = append(lines, layerLine{l.Layer, []int{l.C, l.H, l.W}, number(least), number(greatest), number(strength), notFinite})
	}
	if c.JSON {
		return a.json(lines)
	}
	for i, l := range lines {
		bad := ""
		if l.NotFinite > 0 {
			bad = fmt.Sprintf("  %d not finite", l.NotFinite)
		}
		a.say("%-32s %-26s min %-11.4g max %-11.4g mean |a| %.4g%s", l.Layer, all[i].ShapeText(), float64(l.Min), float64(l.Max), float64(l.Strength), bad)
	}
	return nil
}

// saveLayer saves the feature maps of the layer asked for.
func (c *inspectCmd) saveLayer(a *app, o *studio.Opened, all []studio.Activation) error {
	i := slices.IndexFunc(all, func(l studio.Activation) bool { return l.Layer == c.Layer })
	if i < 0 {
		return badInput(fmt.Errorf("--layer %q: %s has none of this name\nhint: ebm inspect %s --activations PICTURE lists them", c.Layer, o.Name, c.Checkpoint))
	}
	if filepath.Ext(c.Out) != ".png" {
		return badInput(fmt.Errorf("--out %q: want .png for one layer, .npz or .safetensors for the numbers of all", c.Out))
	}
	diverging, err1 := resources.Palette("signed")
	sequential, err2 := resources.Palette("density")
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	way := c.Colours
	if way == "auto" {
		way = ""
	}
	shades := all[i].Shades(way, diverging, sequential)
	if err := all[i].SaveSheet(c.Out, all[i].Order(c.Strongest), shades); err != nil {
		return badInput(err)
	}
	a.say("wrote %s: %s, %s, colours from %.4g to %.4g", c.Out, c.Layer, all[i].ShapeText(), shades.Low, shades.High)
	return nil
}
