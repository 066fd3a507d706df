package main

import (
	"maps"
	"slices"

	"ebmstudio/studio"
)

// arrayInfo is an array that was written.
type arrayInfo struct {
	Name  string `json:"name"`
	DType string `json:"dtype"`
	Shape []int  `json:"shape"`
}

// listArrays says what a file now holds.
func (a *app) listArrays(path string, arrays studio.Arrays, inJSON bool) error {
	list := []arrayInfo{}
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		t := arrays[name]
		list = append(list, arrayInfo{name, t.DType, t.Shape})
	}
	if inJSON {
		return a.json(struct {
			Path   string      `json:"path"`
			Arrays []arrayInfo `json:"arrays"`
		}{path, list})
	}
	a.say("wrote %s", path)
	for _, i := range list {
		a.say("  %-18s %-8s %s", i.Name, i.DType, dims(i.Shape))
	}
	return nil
}
