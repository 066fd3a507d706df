package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPackage packs both programs as "make package" does, unpacks them into a folder as on
// a machine without Go, installs them for a user, and lets them run from there.
func TestPackage(t *testing.T) {
	needXvfb(t)
	for _, tool := range []string{"xz", "make", "tar"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIPPED: %s is not installed, so the package was NOT tested", tool)
		}
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	said := func(c *exec.Cmd) string {
		t.Helper()
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", c.Args, err, out)
		}
		return string(out)
	}
	version := strings.TrimSpace(said(exec.Command(filepath.Join(root, "scripts", "version.sh"))))
	dir := t.TempDir()
	out, home := filepath.Join(dir, "out"), filepath.Join(dir, "home")
	bin := filepath.Dir(program(t, "ebm"))
	program(t, "ebmstudio")
	pack := exec.Command(filepath.Join(root, "scripts", "package.sh"), out, bin)
	pack.Env = append(os.Environ(), "XZ_OPT=-T0 -0")
	path := strings.Fields(said(pack))
	archive := path[len(path)-1]
	if want := "ebmstudio-" + version + "-"; !strings.HasPrefix(filepath.Base(archive), want) || !strings.HasSuffix(archive, ".tar.xz") {
		t.Errorf("found the package %q, want %s….tar.xz", archive, want)
	}
	said(exec.Command("tar", "-xJf", archive, "-C", dir))
	tree := filepath.Join(dir, strings.TrimSuffix(filepath.Base(archive), ".tar.xz"))
	// A machine without Go: nothing of this one's environment, and no path to it.
	bare := func(name string, args ...string) *exec.Cmd {
		c := exec.Command(name, args...)
		c.Dir, c.Env = dir, []string{"PATH=/usr/bin:/bin", "HOME=" + home, "XDG_RUNTIME_DIR=" + dir}
		return c
	}
	t.Run("AppImage", func(t *testing.T) { testAppImage(t, root, out, bare) })
	install := bare("make", "-C", tree, "user-install")
	said(install)
	installed := filepath.Join(home, ".local", "bin")
	for name, want := range map[string]string{"ebm": "ebm " + version, "ebmstudio": "ebmstudio " + version} {
		if got := strings.TrimSpace(said(bare(filepath.Join(installed, name), "--version"))); got != want {
			t.Errorf("found %q, want %q: both programs of a package have the version of FyneApp.toml", got, want)
		}
	}
	desktop, err := os.ReadFile(filepath.Join(home, ".local", "share", "applications", "io.ebmstudio.studio.desktop"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Name=EBM Studio\n", "Exec=" + filepath.Join(installed, "ebmstudio") + " %f\n", "Icon=io.ebmstudio.studio\n"} {
		if !strings.Contains(string(desktop), want) {
			t.Errorf("the desktop file lacks %q:\n%s", want, desktop)
		}
	}
	if _, err := os.Stat(filepath.Join(home, ".local", "share", "icons", "io.ebmstudio.studio.png")); err != nil {
		t.Error(err)
	}
	said(bare(filepath.Join(installed, "ebm"), "--engine", "go", "sample", "--chains", "1", "--set", "steps=2", "--out", "pictures"))
	if _, err := os.Stat(filepath.Join(dir, "pictures", "000.png")); err != nil {
		t.Error(err)
	}
	window := bare(filepath.Join(installed, "ebmstudio"), "--engine", "go", "--smoke", filepath.Join(dir, "smoke"))
	window.Env = append(window.Env, "DISPLAY="+startXvfb(t, t.TempDir()), "WAYLAND_DISPLAY=")
	if text := said(window); !strings.Contains(text, "first moving frame after") {
		t.Errorf("the window says:\n%s", text)
	}
}
