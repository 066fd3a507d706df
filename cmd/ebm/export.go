package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ebmstudio/studio"
)

type exportCmd struct {
	From       string   `arg:"" help:"A checkpoint file or the name of a bundled model; or a picture that EBM Studio saved."`
	To         string   `arg:"" help:"From a checkpoint: .safetensors or .npz. From a picture: .json (its recipe) or .gif, .apng, .y4m (its chains, run again)."`
	Only       []string `help:"Only the tensors whose name begins so, such as model.ema_ebm.; may be repeated." sep:"none" placeholder:"PREFIX"`
	Checkpoint string   `help:"For an animation: the picture's checkpoint, where it is not the bundled model." placeholder:"FILE"`
}

func (exportCmd) Help() string {
	return `Writes weights in a form that other programs read, without running anything from the file; or takes
the recipe out of a picture; or runs it again as an animation.

Examples:
  ebm export last.ckpt weights.safetensors --only model.ema_ebm.
  ebm export out/sheet.png recipe.json && ebm sample --recipe recipe.json
  ebm export out/sheet.png chains.gif`
}

// Run exports by the target's extension.
func (c *exportCmd) Run(a *app) error {
	switch ext := strings.ToLower(filepath.Ext(c.To)); ext {
	case ".safetensors", ".npz":
		return c.tensors(a)
	case ".json":
		return c.recipe(a)
	case ".gif", ".apng", ".y4m":
		return c.animation(a)
	default:
		return badInput(fmt.Errorf("export to %q: found extension %q, want .safetensors, .npz, .json, .gif, .apng or .y4m", c.To, ext))
	}
}

func (c *exportCmd) tensors(a *app) error {
	o, err := look(c.From)
	if err != nil {
		return err
	}
	n, err := o.SaveTensors(c.To, c.Only)
	if err != nil {
		return err
	}
	a.say("wrote %s: %d of %d tensors", c.To, n, len(o.File.Names))
	return nil
}

func (c *exportCmd) recipe(a *app) error {
	r, _, _, err := studio.ReadPicture(c.From)
	if err != nil {
		return badInput(err)
	}
	if err := studio.SaveRecipe(c.To, r); err != nil {
		return err
	}
	a.say("wrote %s", c.To)
	return nil
}

func (c *exportCmd) animation(a *app) error {
	r, info, _, err := studio.ReadPicture(c.From)
	if err != nil {
		return badInput(err)
	}
	if err := checkFolder(filepath.Dir(c.To)); err != nil {
		return err
	}
	var paths []string
	if c.Checkpoint != "" {
		paths = append(paths, c.Checkpoint)
	}
	o, err := a.openFor(r, paths, joinFlags{})
	if err != nil {
		return err
	}
	job := a.studio().Sample(o, r, nil)
	runErr := a.follow(job)
	if runErr != nil && !errors.Is(runErr, errInterrupted) {
		return runErr
	}
	var options studio.GIFOptions
	if info.Chain >= 0 {
		options.Chains = []int{info.Chain}
	}
	if err := studio.SaveGIF(c.To, job.Recording(), options); err != nil {
		return errors.Join(runErr, err)
	}
	a.say("wrote %s", c.To)
	return runErr
}

// checkFolder reports a folder that cannot be written to, before hours of work
// and not after. The folder is made where it is missing.
func checkFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write to folder %q: %w", dir, cause(err))
	}
	f, err := os.CreateTemp(dir, ".ebm-*")
	if err != nil {
		return fmt.Errorf("write to folder %q: %w", dir, cause(err))
	}
	_ = f.Close()
	return os.Remove(f.Name())
}

// checkFiles reports files of a flag that cannot be written, likewise; an empty name is no
// file. Where endings are given their names must end in one of them.
func checkFiles(flag string, paths []string, endings ...string) error {
	for _, path := range paths {
		if path == "" {
			continue
		}
		if ext := filepath.Ext(path); len(endings) > 0 && !slices.Contains(endings, strings.ToLower(ext)) {
			return badInput(fmt.Errorf("%s %q: found the extension %q, want %s", flag, path, ext, strings.Join(endings, " or ")))
		}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return badInput(fmt.Errorf("%s %q: found a folder, want a file", flag, path))
		}
		if err := checkFolder(filepath.Dir(path)); err != nil {
			return fmt.Errorf("%s: %w", flag, err)
		}
	}
	return nil
}

// cause is a file system's error without the path, which the caller says.
func cause(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}
