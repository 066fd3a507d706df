package engine

import (
	"context"
	"fmt"
)

func openXLA(ctx context.Context, name string) (*Engine, *Passed) {
	path, passed := findPlugin(name)
	if passed != nil {
		return nil, passed
	}
	// The absolute path keeps go-xla from searching, and from downloading by itself.
	b, err := newBackend("xla:" + path)
	if err != nil {
		return nil, &Passed{Name: name, Why: fmt.Sprintf("open plugin %q: %v", path, err)}
	}
	return &Engine{Name: name, Device: cpuName(), Version: b.Description(), Backend: b}, nil
}
