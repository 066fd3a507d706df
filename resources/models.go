// Package resources is what the programs carry inside: the icon, the theme, the
// bundled checkpoints.
package resources

import (
	"embed"
	"io/fs"
	"path"
	"strings"
)

//go:embed models
var models embed.FS

// Bundled is a checkpoint that the program carries.
type Bundled struct {
	Name string // "fashion-28"
	Data []byte // a safetensors file; not to be changed
	Card string // its model card, Markdown
}

// Models lists the bundled checkpoints by name: every models/NAME.safetensors
// with the models/NAME.md beside it.
func Models() []Bundled {
	names, _ := fs.Glob(models, "models/*.safetensors") // the pattern is sound
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
