package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"ebmstudio/studio"
)

// pictures reads what a person names: arrays with x, or pictures and folders of
// pictures, scaled to the model's size. The names are for the lines of an answer.
func (a *app) pictures(o *studio.Opened, paths []string) (studio.Images, []string, error) {
	if len(paths) != 1 || !isArrays(paths[0]) {
		x, names, err := o.ReadPictures(paths...)
		return x, names, badInput(err)
	}
	arrays, err := studio.ReadArrays(paths[0])
	if err != nil {
		return studio.Images{}, nil, badInput(err)
	}
	x, err := o.Pictures(arrays)
	if err != nil {
		return x, nil, badInput(fmt.Errorf("%s: %w", paths[0], err))
	}
	names := make([]string, x.N)
	for i := range names {
		names[i] = fmt.Sprintf("%s[%d]", paths[0], i)
	}
	return x, names, nil
}

// isArrays tells arrays from pictures by extension.
func isArrays(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".npz" || ext == ".safetensors"
}

// latentLike is the aggregated latent of one --like: arrays with z or x, a picture,
// or a folder of pictures.
func (a *app) latentLike(o *studio.Opened, path string) ([]float32, error) {
	var rows [][]float32
	if isArrays(path) {
		arrays, err := studio.ReadArrays(path)
		if err != nil {
			return nil, err
		}
		if _, ok := arrays["z"]; ok {
			if rows, err = o.Latents(arrays); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			return studio.Aggregate(rows)
		}
	}
	x, _, err := a.pictures(o, []string{path})
	if err != nil {
		return nil, err
	}
	if rows, err = a.studio().Encode(a.ctx, o, x); err != nil {
		return nil, err
	}
	return studio.Aggregate(rows)
}
