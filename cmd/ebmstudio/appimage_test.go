package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// standIn does what an AppImage runtime does, but that it unpacks the tree with unsquashfs
// in place of mounting it: it takes what lies behind its own bytes, and runs AppRun.
const standIn = `package main

import (
	"os"
	"os/exec"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	self, err := os.Executable()
	check(err)
	dir, err := os.MkdirTemp("", "appimage-*")
	check(err)
	defer os.RemoveAll(dir)
	check(exec.Command("unsquashfs", "-quiet", "-no-progress", "-d", dir+"/tree", "-o", "4194304", self).Run())
	run := exec.Command(dir+"/tree/AppRun", os.Args[1:]...)
	run.Env = append(os.Environ(), "ARGV0="+os.Args[0])
	run.Stdout, run.Stderr = os.Stdout, os.Stderr
	check(run.Run())
}
`

// runtimes builds the stand-in, once with the mark of an AppImage and once without.
func runtimes(t *testing.T, dir string) (marked, plain string) {
	t.Helper()
	source, plain := filepath.Join(dir, "main.go"), filepath.Join(dir, "plain")
	if err := os.WriteFile(source, []byte(standIn), 0o644); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", plain, source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	data, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	copy(data[8:], "AI\x02")
	data = append(data, make([]byte, 4<<20-len(data))...) // its own bytes end where it looks
	marked = filepath.Join(dir, "marked")
	if err := os.WriteFile(marked, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return marked, plain
}

// testAppImage makes an AppImage of a package, with a stand-in for the runtime, and runs it
// as on a machine without Go; and asks for one wrongly.
func testAppImage(t *testing.T, root, out string, bare func(name string, args ...string) *exec.Cmd) {
	if _, err := exec.LookPath("mksquashfs"); err != nil {
		t.Skip("SKIPPED: mksquashfs is not installed, so the AppImage was NOT tested. Install it: apt-get install squashfs-tools (make setup does)")
	}
	dir := t.TempDir()
	runtime, plain := runtimes(t, dir)
	script := func(folder, runtime string) (string, error) {
		c := exec.Command(filepath.Join(root, "scripts", "appimage.sh"), folder)
		c.Env = append(os.Environ(), "APPIMAGE_RUNTIME="+runtime)
		text, err := c.CombinedOutput()
		return strings.TrimSpace(string(text)), err
	}
	for name, c := range map[string]struct{ folder, runtime, want string }{
		"no runtime":  {out, "", "APPIMAGE_RUNTIME is not set"},
		"no file":     {out, filepath.Join(dir, "none"), "found no file"},
		"another one": {out, plain, "is no AppImage runtime of type 2"},
		"no package":  {filepath.Join(dir, "empty"), runtime, "hint: make package"},
	} {
		if said, err := script(c.folder, c.runtime); err == nil || !strings.Contains(said, c.want) {
			t.Errorf("%s: found %v, %q, want an error with %q", name, err, said, c.want)
		}
	}
	image, err := script(out, runtime)
	if err != nil || !strings.HasSuffix(image, ".AppImage") {
		t.Fatalf("%v\n%s", err, image)
	}
	checkTree(t, image, runtime)
	link := filepath.Join(dir, "ebm")
	if err := os.Symlink(image, link); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, want string }{{image + " --version", "ebmstudio "}, {image + " ebm --version", "ebm "}, {link + " --version", "ebm "}} {
		words := strings.Fields(c.args)
		if said, err := bare(words[0], words[1:]...).CombinedOutput(); err != nil || !strings.HasPrefix(string(said), c.want) {
			t.Errorf("%s: found %v, %q, want %q", c.args, err, said, c.want)
		}
	}
}

// checkTree unpacks what lies behind an AppImage's runtime, and looks for what the format
// and the desktop want there.
func checkTree(t *testing.T, image, runtime string) {
	t.Helper()
	st, err := os.Stat(runtime)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(image)
	if err != nil || !strings.HasPrefix(string(whole[st.Size():]), "hsqs") {
		t.Fatalf("%s: %v, want the runtime and behind it a squashfs", image, err)
	}
	dir := t.TempDir()
	packed := filepath.Join(dir, "tree.squashfs")
	if err := os.WriteFile(packed, whole[st.Size():], 0o644); err != nil {
		t.Fatal(err)
	}
	tree := filepath.Join(dir, "tree")
	if text, err := exec.Command("unsquashfs", "-quiet", "-no-progress", "-d", tree, packed).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, name := range []string{"AppRun", ".DirIcon", "io.ebmstudio.studio.desktop", "io.ebmstudio.studio.png", "usr/bin/ebm", "usr/bin/ebmstudio", "usr/share/doc/ebmstudio/LICENSE"} {
		if _, err := os.Stat(filepath.Join(tree, name)); err != nil { // through links
			t.Error(err)
		}
	}
	desktop, err := os.ReadFile(filepath.Join(tree, "io.ebmstudio.studio.desktop"))
	if err != nil || !strings.Contains(string(desktop), "Exec=ebmstudio") || !strings.Contains(string(desktop), "Icon=io.ebmstudio.studio\n") {
		t.Errorf("%v: the desktop file says\n%s", err, desktop)
	}
}
