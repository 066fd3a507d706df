package main

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"

	"github.com/alecthomas/kong"

	"ebmstudio/models/zoo"
	"ebmstudio/studio"
)

// trainFamilyCmd trains a model of one family. Its settings are flags that the family
// lists, as texts, so that one that was not given keeps the default, or with --resume the
// value that the run was started with.
type trainFamilyCmd struct {
	Out  string `help:"Folder of the run: model, training state, curves, sample sheets." default:"${out}" type:"path"`
	Data string `help:"fashion (Debian's dataset-fashion-mnist), digits (once fetched: ebm data digits --fetch), pixel faces with attributes (faces: held-out pairs left out; faces-all), for CDRL points of the plane (checkerboard, rings, spirals, moons), or a folder with idx files in MNIST's layout or with pictures, whose folders are classes; ./moons is a folder." default:"fashion"`
	trainRun
	kong.Plugins

	family string
	names  []string
	values reflect.Value // a struct of texts, one a name
}

// describe adds the family's settings as flags.
func (c *trainFamilyCmd) describe(family string) {
	c.family = family
	var flags []reflect.StructField
	form, _ := studio.TrainingForm(zoo.Families(), studio.TrainRequest{Family: family}) // defaults are no error
	for _, s := range form {
		c.names = append(c.names, s.Name)
		flags = append(flags, reflect.StructField{
			Name: "F" + strconv.Itoa(len(flags)), Type: reflect.TypeFor[string](),
			Tag: reflect.StructTag(fmt.Sprintf(`name:%q help:%q group:%q placeholder:%q`, s.Name, s.Help, s.Group, s.Default)),
		})
	}
	values := reflect.New(reflect.StructOf(flags))
	c.values, c.Plugins = values.Elem(), kong.Plugins{values.Interface()}
}

// Run trains.
func (c *trainFamilyCmd) Run(a *app) error {
	data, err := namedData(c.Data)
	if err != nil {
		return err
	}
	given := map[string]string{}
	for i, name := range c.names {
		if v := c.values.Field(i).String(); v != "" {
			given[name] = v
		}
	}
	return c.train(a, c.family, c.Out, data, given)
}

// namedData is what the studio calls the data that --data names: "" for fashion, the
// name of a set that is made here, or a folder's absolute path.
func namedData(data string) (string, error) {
	if data == "fashion" || data == "" {
		return "", nil
	}
	if slices.Contains(studio.NamedData(), data) {
		return data, nil
	}
	return filepath.Abs(data)
}
