package engine

import (
	"os"
	"path/filepath"
)

func findPlugin(name string) (string, *Passed) {
	home, _ := os.UserHomeDir()
	file := map[string]string{XLACPU: "pjrt_c_api_cpu_plugin.so", XLACUDA: "pjrt_c_api_cuda_plugin.so"}[name]
	path := filepath.Join(home, ".local", "lib", "go-xla", file)
	if _, err := os.Stat(path); err != nil {
		return "", &Passed{Name: name, Why: "no plugin " + path}
	}
	return path, nil
}
