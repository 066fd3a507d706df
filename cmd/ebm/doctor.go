package main

import (
	"fmt"
	"slices"
	"strings"

	"ebmstudio/internal/engine"
	"ebmstudio/resources"
)

type doctorCmd struct {
	Install bool `help:"Install the XLA plugin for the processor first (from PyPI, pinned and checked)."`
	JSON    bool `help:"Answer in JSON."`
}

func (doctorCmd) Help() string {
	return `Tries every engine and says what was found, why a better one was passed over and what to type to get it.
An XLA plugin is checked against its pinned SHA-256 and tried in a child process, so a broken one stops nothing.
Fails where the engine asked for does not work.

Examples:
  ebm doctor
  ebm doctor --install
  ebm doctor --json | jq -r .chosen
  EBMSTUDIO_ENGINE=go ebm doctor`
}

// Run lists the engines, best first.
func (c *doctorCmd) Run(a *app) error {
	if c.Install {
		if err := engine.Install(a.ctx, func(line string) { a.note("%s", line) }); err != nil {
			return err
		}
	}
	r := engine.Doctor(a.ctx)
	if err := a.ctx.Err(); err != nil {
		return err
	}
	if a.engineName != engine.Auto {
		r.Chosen = a.engineName
	}
	var names []string
	for _, b := range resources.Models() {
		names = append(names, b.Name)
	}
	if c.JSON {
		if err := a.json(struct {
			Version string `json:"version"`
			engine.Report
			Bundled []string `json:"bundled_models"`
		}{version, r, names}); err != nil {
			return err
		}
	} else {
		a.say("ebm %s", version)
		a.say("%s", strings.TrimSuffix(r.String(), "\n"))
		if len(names) > 0 {
			a.say("models    bundled: %s", strings.Join(names, ", "))
		}
	}
	i := slices.IndexFunc(r.Engines, func(e engine.EngineReport) bool { return e.Name == r.Chosen })
	if i >= 0 && !r.Engines[i].Works {
		e := r.Engines[i]
		if e.Hint == "" {
			return fmt.Errorf("engine %s, which was asked for, does not work: %s", e.Name, e.Why)
		}
		return fmt.Errorf("engine %s, which was asked for, does not work: %s\nhint: %s", e.Name, e.Why, e.Hint)
	}
	return nil
}
