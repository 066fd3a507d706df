package library

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"ebmstudio/internal/pngtext"
)

// maxFile is the largest file that is read.
const maxFile = 256 << 20

// entry is a picture as the index keeps it.
type entry struct {
	Item
	file      stamp
	origin    []byte // SHA-256 of the file without its notes: the same picture twice has one
	thumbnail []byte // a small PNG
}

// stamp tells a file from the same file changed.
type stamp struct {
	size, mtime int64
	hash        []byte // SHA-256
}

// unsettled is how long a file may have been written before a scan and still be written
// again without its time changing; such a file is hashed once more by the next scan.
const unsettled = 2 * time.Second

// stampOf is the stamp of a file without its hash.
func (l *Library) stampOf(st os.FileInfo) stamp {
	s := stamp{size: st.Size(), mtime: st.ModTime().UnixNano()}
	if l.now().Sub(st.ModTime()) < unsettled {
		s.mtime = 0
	}
	return s
}

// load reads a file of the library.
func (l *Library) load(name string) (file []byte, s stamp, made time.Time, err error) {
	path := l.Path(name)
	st, err := os.Stat(path)
	if err != nil {
		return nil, stamp{}, time.Time{}, err
	}
	s = l.stampOf(st)
	if !st.Mode().IsRegular() || st.Size() > maxFile {
		return nil, s, time.Time{}, fmt.Errorf("found %d bytes (%s), want a file of at most %d", st.Size(), st.Mode(), maxFile)
	}
	if file, err = os.ReadFile(path); err != nil {
		return nil, s, time.Time{}, err
	}
	sum := sha256.Sum256(file)
	s.hash = sum[:]
	return file, s, st.ModTime(), nil
}

// describeFile is the entry of a file's content.
func (l *Library) describeFile(name string, file []byte, s stamp, made time.Time) (entry, error) {
	about, m, err := l.describe(file)
	if err != nil {
		return entry{}, err
	}
	n, err := readNotes(file)
	if err != nil {
		return entry{}, err
	}
	if n.Added.IsZero() {
		n.Added = made
	}
	bare, err := pngtext.Remove(file, notesKeyword)
	if err != nil {
		return entry{}, err
	}
	origin := sha256.Sum256(bare)
	small, err := thumbnail(m)
	if err != nil {
		return entry{}, err
	}
	b := m.Bounds()
	return entry{
		Item: Item{
			Name: name, About: about, Width: b.Dx(), Height: b.Dy(), Bytes: int64(len(file)),
			Added: time.Unix(n.Added.Unix(), 0), Favourite: n.Favourite, Tags: n.Tags,
		},
		file: s, origin: origin[:], thumbnail: small,
	}, nil
}

// put writes an entry into the index, in the place of an older one of its name.
func put(ctx context.Context, tx *sql.Tx, e entry) error {
	// A picture that was there keeps its number, and with it its place among those of the
	// same second.
	var id sql.NullInt64
	if err := tx.QueryRowContext(ctx, "SELECT id FROM pictures WHERE name = ?", e.Name).Scan(&id); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if err := forget(ctx, tx, e.Name); err != nil {
		return err
	}
	var energy any
	if e.Energy != nil && !math.IsNaN(float64(*e.Energy)) {
		energy = float64(*e.Energy)
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO pictures(id, name, size, mtime, hash, origin, added, favourite, tags, width, height,
		model, sha256, weights, family, sampler, engine, expression, composed, labels, seed, chain, steps, energy, edited, search)
		VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		id, e.Name, e.file.size, e.file.mtime, e.file.hash, e.origin, e.Added.Unix(), e.Favourite, lines(e.Tags), e.Width, e.Height,
		e.Model, e.SHA256, e.Weights, e.Family, e.Sampler, e.Engine, e.Expression, composed(e.Expression), lines(e.Labels),
		int64(e.Seed), e.Chain, e.Steps, energy, e.Edited, e.searched())
	if err != nil {
		return err
	}
	now, err := res.LastInsertId()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO thumbnails(id, png) VALUES(?, ?)", now, e.thumbnail)
	return err
}

// putFault notes a file that cannot be used, so that the next scan need not read it.
func putFault(ctx context.Context, tx *sql.Tx, name string, s stamp, why error) error {
	if err := forget(ctx, tx, name); err != nil {
		return err
	}
	hash := s.hash
	if hash == nil {
		hash = []byte{} // it could not be read
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO faults(name, size, mtime, hash, why) VALUES(?,?,?,?,?)", name, s.size, s.mtime, hash, cause(why).Error())
	return err
}

// forget takes a name out of the index.
func forget(ctx context.Context, tx *sql.Tx, name string) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM pictures WHERE name = ?", name)
	_, err2 := tx.ExecContext(ctx, "DELETE FROM faults WHERE name = ?", name)
	return errors.Join(err, err2)
}

// searched is the text that a free search looks through.
func (e entry) searched() string {
	words := []string{e.Name, e.Model, e.Family, e.SHA256, e.Sampler, e.Engine, e.Expression, strconv.FormatUint(e.Seed, 10), e.Words}
	words = append(append(words, e.Labels...), e.Tags...)
	return strings.ToLower(strings.Join(words, "\n"))
}

// composed is an expression as it is compared: lower case, single spaces.
func composed(expression string) string {
	return strings.Join(strings.Fields(strings.ToLower(expression)), " ")
}

// lines are texts as lines between line breaks; none are the empty text.
func lines(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	clean := make([]string, len(texts))
	for i, t := range texts {
		clean[i] = strings.ReplaceAll(t, "\n", " ")
	}
	return "\n" + strings.Join(clean, "\n") + "\n"
}

func unlines(text string) []string {
	if text = strings.Trim(text, "\n"); text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// ThumbnailSize is the largest width and height of a thumbnail. Smaller pictures are
// their own.
const ThumbnailSize = 128

// thumbnail is a picture as a small PNG.
func thumbnail(m image.Image) ([]byte, error) {
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := enc.Encode(&b, shrink(m, ThumbnailSize)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// shrink is a picture no larger than size, every pixel the mean of those it stands for.
func shrink(m image.Image, size int) image.Image {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	if w <= size && h <= size {
		return m
	}
	tw, th := max(1, w*size/max(w, h)), max(1, h*size/max(w, h))
	out := image.NewRGBA(image.Rect(0, 0, tw, th))
	for y := range th {
		y0, y1 := y*h/th, max(y*h/th+1, (y+1)*h/th)
		for x := range tw {
			x0, x1 := x*w/tw, max(x*w/tw+1, (x+1)*w/tw)
			var sum [4]uint64
			for v := y0; v < y1; v++ {
				for u := x0; u < x1; u++ {
					r, g, bl, a := m.At(b.Min.X+u, b.Min.Y+v).RGBA()
					sum[0], sum[1], sum[2], sum[3] = sum[0]+uint64(r), sum[1]+uint64(g), sum[2]+uint64(bl), sum[3]+uint64(a)
				}
			}
			n := uint64((y1-y0)*(x1-x0)) * 257
			pixel := out.Pix[out.PixOffset(x, y):]
			for k, s := range sum {
				pixel[k] = uint8((s + n/2) / n)
			}
		}
	}
	return out
}
