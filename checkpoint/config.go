package checkpoint

import (
	"bytes"
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
		config, err := parseConfig(name, text)
		if err != nil {
			return nil, fmt.Errorf("%s beside it: %w", name, err)
		}
		return config, nil
	}
	return nil, nil
}

// parseConfig reads YAML or JSON, told by the name. It must hold a mapping.
func parseConfig(name string, text []byte) (map[string]any, error) {
	var v any
	if filepath.Ext(name) == ".yaml" {
		if err := yaml.Unmarshal(text, &v); err != nil {
			return nil, err
		}
	} else {
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber() // keeps integers apart from floats, as YAML does
		if err := dec.Decode(&v); err != nil {
			return nil, err
		}
	}
	config, ok := plain(v).(map[string]any)
	if !ok {
		return nil, errors.New("want a mapping")
	}
	return config, nil
}

// plain brings the values of YAML and JSON to the types of File.Tree.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = plain(x)
		}
		return v
	case map[any]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[fmt.Sprint(k)] = plain(x)
		}
		return out
	case []any:
		for i, x := range v {
			v[i] = plain(x)
		}
		return v
	case int:
		return int64(v)
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	case nil, string, bool, int64, float64:
		return v
	}
	return fmt.Sprint(v) // dates, integers above the range of int64
}
