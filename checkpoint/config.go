package checkpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"
)

// maxConfig bounds the configuration beside a checkpoint, which has a few kilobytes.
const maxConfig = 1 << 20

// readConfig reads config.yaml or, where there is none, config.json of a folder. It
// returns nil where there is neither.
func readConfig(dir string) (map[string]any, error) {
	for _, name := range []string{"config.yaml", "config.json"} {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, fmt.Errorf("%s beside it: %w", name, cause(err))
		case !info.Mode().IsRegular() || info.Size() > maxConfig:
			return nil, fmt.Errorf("%s beside it: want a file of at most %d bytes", name, maxConfig)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("%s beside it: %w", name, cause(err))
		}
		config := map[string]any{}
		if name == "config.yaml" {
			err = yaml.Unmarshal(text, &config)
		} else {
			err = json.Unmarshal(text, &config)
		}
		if err != nil {
			return nil, fmt.Errorf("%s beside it: %w", name, err)
		}
		return config, nil
	}
	return nil, nil
}
