package main

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// displayError says why no window can be opened, nil where one can. Only systems
// with X11 or Wayland can lack a display.
func displayError(getenv func(string) string) error {
	switch runtime.GOOS {
	case "windows", "darwin":
		return nil
	}
	if name := getenv("WAYLAND_DISPLAY"); name != "" {
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(getenv("XDG_RUNTIME_DIR"), name)
		}
		if answers(path) {
			return nil
		}
	}
	display := getenv("DISPLAY")
	if display == "" {
		return errors.New("no display: neither DISPLAY nor WAYLAND_DISPLAY names one")
	}
	host, number, found := strings.Cut(display, ":")
	if !found || number == "" {
		return fmt.Errorf("no display: found DISPLAY=%q, want [host]:number", display)
	}
	number, _, _ = strings.Cut(number, ".")
	if (host == "" || host == "unix") && !answers("/tmp/.X11-unix/X"+number) && !answers("@/tmp/.X11-unix/X"+number) {
		return fmt.Errorf("no display: nothing answers at DISPLAY=%q", display)
	}
	return nil // a forwarded display is the window toolkit's to reach
}

// answers reports whether something listens on a local socket; @ begins a name
// that is not in the file system.
func answers(path string) bool {
	c, err := net.DialTimeout("unix", path, time.Second)
	if err != nil {
		return false
	}
	return c.Close() == nil
}
