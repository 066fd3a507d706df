// Package resources is what the programs carry inside: the icon, the theme, the
// bundled checkpoints.
package resources

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// First is the name of the bundled model that the program opens where none is
// named.
const First = "fashion-28"

//go:embed models
var models embed.FS

// Bundled is a checkpoint that the program carries.
type Bundled struct {
	Name string // "fashion-28"
	Data []byte // a safetensors file; not to be changed
	Card string // its model card, Markdown
}

// Models lists the bundled checkpoints, every models/NAME.safetensors with the
// models/NAME.md beside it: [First] first, the others by name.
func Models() []Bundled {
	all := bundled("models")
	if i := slices.IndexFunc(all, func(b Bundled) bool { return b.Name == First }); i > 0 {
		first := all[i]
		all = slices.Insert(slices.Delete(all, i, i+1), 0, first)
	}
	return all
}

// Judges lists the bundled classifiers that samples are judged by,
// models/judges/NAME.safetensors with their cards: no models to sample from.
func Judges() []Bundled { return bundled("models/judges") }

// bundled lists the checkpoints of a folder by name.
func bundled(folder string) []Bundled {
	names, _ := fs.Glob(models, folder+"/*.safetensors") // the pattern is sound
	all := make([]Bundled, 0, len(names))
	for _, file := range names {
		data, err := models.ReadFile(file)
		if err != nil {
			continue // embedded files are always readable
		}
		card, _ := models.ReadFile(strings.TrimSuffix(file, ".safetensors") + ".md") // absent: no card
		all = append(all, Bundled{Name: strings.TrimSuffix(path.Base(file), ".safetensors"), Data: data, Card: string(card)})
	}
	return all
}
