package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// plugin is a plugin file that was found and may be loaded.
type plugin struct {
	Pin
	Path   string
	Size   int64
	Time   int64  // modified, Unix nanoseconds
	Hash   string // SHA-256, in hex
	Pinned bool   // Hash is the pinned one
}

// label names the plugin in an Engine's Version.
func (p plugin) label() string {
	if p.Pinned {
		return p.Package + " " + p.Version
	}
	return fmt.Sprintf("unpinned plugin %s (SHA-256 %.12s...)", p.Path, p.Hash)
}

// findPlugin looks for the plugin of an XLA engine and checks it against its
// pin, without loading it. Where the engine cannot be had it returns why.
func findPlugin(ctx context.Context, name string, seen *memory) (plugin, *Passed) {
	pass := func(hint, format string, args ...any) *Passed {
		return &Passed{Name: name, Why: fmt.Sprintf(format, args...), Hint: hint}
	}
	pin, known := pins()[name]
	if !known {
		return plugin{}, pass("", "no such engine")
	}
	if name == XLACUDA && !hasNVIDIA() {
		return plugin{}, pass("", "no NVIDIA GPU here (nothing at /dev/nvidia*)")
	}
	dirs := pluginDirs(name)
	path := searchPlugin(dirs, pin.File)
	if path == "" {
		return plugin{}, pass(installHint(name), "no %s in %s", pin.File, strings.Join(dirs, ", "))
	}
	p, err := identify(ctx, path, seen)
	if err != nil {
		return plugin{}, pass(installHint(name), "read plugin: %v", err)
	}
	p.Pin, p.Pinned = pin, p.Hash == pin.SHA256
	if !p.Pinned && os.Getenv(EnvAllowUnpinned) != "1" {
		return p, pass(installHint(name)+"; or "+EnvAllowUnpinned+"=1 to load it all the same",
			"plugin %s is not %s %s: SHA-256 is %.12s..., want %.12s...", path, pin.Package, pin.Version, p.Hash, pin.SHA256)
	}
	return p, nil
}

// InstallDir is the folder the plugins live in.
func InstallDir() string {
	home, err := os.UserHomeDir()
	if err != nil {
		home = string(filepath.Separator)
	}
	return filepath.Join(home, ".local", "lib", "go-xla")
}

// pluginDirs lists where to look, first first: what go-xla would search, less
// the system's libraries.
func pluginDirs(name string) []string {
	if own := os.Getenv(EnvPluginPath); own != "" {
		return filepath.SplitList(own)
	}
	dirs := []string{InstallDir(), "/usr/local/lib/go-xla"}
	if name == XLACUDA { // beside NVIDIA's libraries, where its loader path looks
		dirs = []string{filepath.Join(dirs[0], "nvidia"), filepath.Join(dirs[1], "nvidia")}
	}
	return dirs
}

// searchPlugin returns the absolute path of the first file of that name, or "".
func searchPlugin(dirs []string, file string) string {
	for _, d := range dirs {
		path := filepath.Join(d, file)
		if filepath.Base(d) == file { // the variable may name the file itself
			path = d
		}
		path, err := filepath.Abs(path)
		if err != nil {
			continue
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return ""
}

// identify reads size, time and SHA-256 of a file. Hashing 200 MB is spared
// where seen knows a file of that path, size and time.
func identify(ctx context.Context, path string, seen *memory) (plugin, error) {
	info, err := os.Stat(path)
	if err != nil {
		return plugin{}, err
	}
	p := plugin{Path: path, Size: info.Size(), Time: info.ModTime().UnixNano()}
	if p.Hash = seen.known(p).Hash; p.Hash != "" {
		return p, nil
	}
	p.Hash, err = hashFile(ctx, path)
	if err != nil {
		return plugin{}, fmt.Errorf("hash %q: %w", path, err)
	}
	seen.keepHash(p)
	return p, nil
}

func hashFile(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	for {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if _, err := io.CopyN(h, f, 16<<20); err == io.EOF {
			return hex.EncodeToString(h.Sum(nil)), nil
		} else if err != nil {
			return "", err
		}
	}
}

// hasNVIDIA says whether a GPU is there at all, without asking a driver that
// might hang.
func hasNVIDIA() bool {
	if runtime.GOOS != "linux" {
		return false
	}
	found, err := filepath.Glob("/dev/nvidia*")
	return err == nil && len(found) > 0
}
