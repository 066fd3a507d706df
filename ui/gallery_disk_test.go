//go:build unix

package ui

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"ebmstudio/internal/badluck"
)

// fullDiskChild marks the process that inChild starts.
const fullDiskChild = "EBMSTUDIO_TEST_FULL_DISK"

// inChild runs the test in a process of its own and reports that it has; in that process
// it returns false. What limits a process's files limits the test log of go test too.
func inChild(t *testing.T) bool {
	t.Helper()
	if os.Getenv(fullDiskChild) != "" {
		return false
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), fullDiskChild+"=1")
	out, err := child.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Fatalf("%v\n%s", err, out)
	}
	return true
}

// fullDisk lets no file of this process grow beyond a few bytes, as a full disk would,
// until free is called.
func fullDisk(t *testing.T) (free func()) {
	t.Helper()
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	limit := was
	limit.Cur = 256
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	free = func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(free)
	return free
}

// contents are the files of a folder and what is in them, the index left out.
func contents(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".index.sqlite") {
			return err
		}
		data, err := os.ReadFile(path)
		all[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// fails waits for an error that has all of these words, and closes it.
func (r *rig) fails(words ...string) {
	r.Helper()
	r.until("an error says "+strings.Join(words, ", "), func() bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(r.problem, w) })
	})
	r.hideBanner()
}

// closeLibrary closes the library behind the gallery's back; reopen opens it again.
func (r *rig) closeLibrary() (folder string) {
	r.Helper()
	l := r.gallery.library.now.Swap(nil)
	if err := l.Close(); err != nil {
		r.Fatal(err)
	}
	return l.Folder()
}

// other16 runs 16 chains that the library does not have.
func (r *rig) other16() {
	r.Helper()
	r.tasks.to(taskSample)
	r.now.recipe.Seed, r.now.locked = r.now.ran.Seed+1, true
	r.ran()
}

func TestTheGalleryOnAFullDisk(t *testing.T) {
	if inChild(t) {
		return
	}
	r := filled(t)
	g := r.gallery
	folder := g.library.open().Folder()
	r.other16()
	r.tasks.to(taskGallery)
	before := contents(t, folder)
	free := fullDisk(t)
	r.pick(0, 1)
	r.key(fyne.KeyF)
	r.fails("Not every star could be set", g.items[0].Name, "write", "file too large")
	r.until("the star is taken back", func() bool { return !g.items[0].Favourite && !g.items[1].Favourite })
	g.addTag("good")
	r.fails("The tag could not be added", g.items[0].Name, "file too large")
	r.keep(true)
	r.fails("Not every picture could be kept", folder, "file too large")
	dir := t.TempDir()
	r.asked.path, r.asked.err = dir, nil
	for _, f := range exportForms() {
		g.export(f, g.write)
		r.fails("could not be saved", "file too large")
	}
	if left := contents(t, dir); len(left) != 0 {
		t.Errorf("exports that could not be finished left %q", slices.Collect(maps.Keys(left)))
	}
	if now := contents(t, folder); !maps.Equal(now, before) {
		t.Errorf("the library had %d files, now %d, or they differ", len(before), len(now))
	}
	r.pick(3)
	r.key(fyne.KeyDelete) // moves a file, but the index cannot forget it
	r.until("it is said", func() bool { return strings.Contains(r.problem, "write the index of the library") })
	if !r.banner.action.Visible() {
		t.Error("the picture is in the trash and nothing offers to bring it back")
	}
	free()
	test.Tap(r.banner.action)
	r.until("it is back", func() bool { return strings.Contains(r.banner.title.Text, "is back") })
	r.seen(16)
	if now := contents(t, folder); !maps.Equal(now, before) {
		t.Errorf("the library had %d files, now %d, or they differ", len(before), len(now))
	}
	r.keep(true)
	r.seen(32)
}

func TestTheGalleryOpensOnAFullDisk(t *testing.T) {
	if inChild(t) {
		return
	}
	r := filled(t)
	folder := r.closeLibrary()
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.RemoveAll(filepath.Join(folder, ".index.sqlite"+end)); err != nil {
			t.Fatal(err)
		}
	}
	free := fullDisk(t)
	r.gallery.reopen()
	r.until("it is said", func() bool { return strings.Contains(r.banner.title.Text, "held in memory") })
	r.seen(16)
	r.pick(0)
	r.key(fyne.KeyF)
	r.fails("Not every star could be set", "file too large")
	r.until("the star is taken back", func() bool { return !r.gallery.items[0].Favourite })
	free()
	r.key(fyne.KeyF)
	r.until("it has a star", func() bool { return r.gallery.items[0].Favourite })
}

func TestTheGalleryOfAReadOnlyFolder(t *testing.T) {
	r := filled(t)
	g := r.gallery
	r.other16()
	r.tasks.to(taskGallery)
	folder := r.closeLibrary()
	before := contents(t, folder)
	badluck.ReadOnly(t, folder)
	g.reopen()
	r.until("it is said", func() bool {
		return strings.Contains(r.banner.title.Text, "cannot be written to") && strings.Contains(r.banner.title.Text, folder)
	})
	r.seen(16)
	r.until("thumbnails are there", func() bool { return g.thumb(0).Image != nil })
	r.pick(0, 1)
	r.key(fyne.KeyF)
	r.fails("Not every star could be set", g.items[0].Name, "permission denied")
	r.until("the star is taken back", func() bool { return !g.items[0].Favourite })
	r.key(fyne.KeyDelete)
	r.fails("Not every picture could be removed", g.items[0].Name, "permission denied")
	r.seen(16)
	r.keep(true)
	r.fails("Not every picture could be kept", folder, "permission denied")
	if now := contents(t, folder); !maps.Equal(now, before) {
		t.Errorf("the library had %d files, now %d, or they differ", len(before), len(now))
	}
}

// One file of a hundred is damaged: they are named and left as they are, and all that is
// done to the others is done.
func TestALibraryWithDamagedFiles(t *testing.T) {
	r := filled(t)
	g := r.gallery
	folder := g.library.open().Folder()
	good, err := os.ReadFile(g.library.open().Path(g.items[0].Name))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)-20] ^= 0xff
	damaged := map[string][]byte{"cut off.png": good[:len(good)/2], "empty.png": nil, "flipped.png": flipped}
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 284 {
		write("copy "+strings.Repeat("i", i%17)+"-"+string(rune('a'+i/17))+".png", good)
	}
	for name, data := range damaged {
		write(name, data)
	}
	g.rescan()
	r.seen(300)
	if g.faults.Text != "3 files cannot be used" || !g.faults.Visible() {
		t.Errorf("the button says %q", g.faults.Text)
	}
	test.Tap(g.faults)
	for name := range damaged {
		if !strings.Contains(r.banner.text.Text, name+": ") {
			t.Errorf("the message %q does not name %s", r.banner.text.Text, name)
		}
	}
	g.selectAll()
	r.key(fyne.KeyF)
	r.until("all others have a star", func() bool {
		n := 0
		for _, it := range g.items {
			if it.Favourite {
				n++
			}
		}
		return n == 300 && !g.library.asking && g.library.stamp == g.library.open().Stamp()
	})
	for name, data := range damaged {
		if now, err := os.ReadFile(filepath.Join(folder, name)); err != nil || !bytes.Equal(now, data) {
			t.Errorf("%s was changed (%v)", name, err)
		}
	}
	write("empty.png", good)
	g.rescan()
	r.seen(301)
	if g.faults.Text != "2 files cannot be used" {
		t.Errorf("the button says %q", g.faults.Text)
	}
}

// A folder that is gone, as when a disk is unplugged, is said once and not every few
// seconds; what is known of the pictures stays, and it comes back with the folder.
func TestALibraryWhoseFolderVanishes(t *testing.T) {
	r := filled(t)
	g := r.gallery
	folder := g.library.open().Folder()
	if err := os.Rename(folder, folder+"-away"); err != nil {
		t.Fatal(err)
	}
	g.rescan()
	r.fails("could not be looked through", folder)
	g.rescan()
	r.until("it was looked at again", func() bool { return !g.library.looking })
	if r.problem != "" || len(g.items) != 16 {
		t.Errorf("it says %q again, %d pictures", r.problem, len(g.items))
	}
	if err := os.Rename(folder+"-away", folder); err != nil {
		t.Fatal(err)
	}
	g.rescan()
	r.seen(16)
	r.pick(2)
	r.key(fyne.KeyF)
	r.until("it has a star", func() bool { return g.items[2].Favourite && !g.library.asking })
}

// An index that is damaged is made anew, and that is said.
func TestADamagedIndexIsSaid(t *testing.T) {
	r := filled(t)
	l := r.gallery.library.open()
	index := filepath.Join(l.Folder(), ".index.sqlite")
	old := r.gallery.library.now.Swap(nil)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(index, []byte(strings.Repeat("no database ", 1000)), 0o644); err != nil {
		t.Fatal(err)
	}
	r.gallery.reopen()
	r.until("it is said", func() bool { return strings.Contains(r.banner.title.Text, "rebuilt from the pictures") })
	r.seen(16)
}
