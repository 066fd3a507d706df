package studio

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/adrg/xdg"
	"github.com/gofrs/flock"

	"ebmstudio/sampling"
)

// SpillLimit is the number of bytes of frames that one program puts on the disk.
const SpillLimit = 4 << 30

// CacheFolder is where temporary files are kept.
func CacheFolder() string { return filepath.Join(xdg.CacheHome, "ebmstudio") }

const spillName = "frames-"

// Spill is where the frames of runs go that are not looked at, so that they need no memory:
// temporary files of this program alone. They are gone after Close; what a killed program
// leaves is removed by the next OpenSpill.
type Spill struct {
	folder string
	lock   *flock.Flock
	limit  int64

	using sync.Mutex // guards the fields below
	used  int64
	files int
}

// OpenSpill begins a folder for frames inside a folder of temporary files, for at most
// limit bytes, and removes those of programs that run no more.
func OpenSpill(cache string, limit int64) (*Spill, error) {
	if err := makeDir(cache); err != nil {
		return nil, fmt.Errorf("frames on the disk: %w", err)
	}
	TidySpill(cache)
	for i := range 1000 {
		folder := filepath.Join(cache, fmt.Sprintf("%s%d-%d", spillName, os.Getpid(), i))
		lock := flock.New(folder + lockEnding)
		mine, err := lock.TryLock()
		if err != nil {
			return nil, fmt.Errorf("frames on the disk: %q: %w", folder, plain(err))
		}
		if mine {
			if err := makeDir(folder); err != nil {
				return nil, errors.Join(fmt.Errorf("frames on the disk: %w", err), lock.Close())
			}
			return &Spill{folder: folder, lock: lock, limit: limit}, nil
		}
	}
	return nil, fmt.Errorf("frames on the disk: found no free name in %q", cache)
}

// TidySpill removes the frames that killed programs have left in a folder of temporary files.
func TidySpill(cache string) {
	left, _ := filepath.Glob(filepath.Join(cache, spillName+"*"+lockEnding)) // the pattern is sound
	for _, path := range left {
		if folder := strings.TrimSuffix(path, lockEnding); abandoned(folder) && os.RemoveAll(folder) == nil {
			_ = os.Remove(path) // it holds nothing
		}
	}
}

// Close removes what is on the disk. Recordings whose frames are there lose them.
func (s *Spill) Close() error {
	return errors.Join(os.RemoveAll(s.folder), os.Remove(s.folder+lockEnding), s.lock.Close())
}

// take notes that so many bytes are to be written.
func (s *Spill) take(bytes int64) error {
	s.using.Lock()
	defer s.using.Unlock()
	if s.used+bytes > s.limit {
		return fmt.Errorf("found %d MB of frames on the disk and %d MB more, want at most %d MB", s.used>>20, bytes>>20, s.limit>>20)
	}
	s.used += bytes
	return nil
}

// spillFile holds the frames and states of one recording, one behind the other.
type spillFile struct {
	*os.File
	of   *Spill
	size int64
}

func (s *Spill) file() (*spillFile, error) {
	s.using.Lock()
	defer s.using.Unlock()
	s.files++
	f, err := os.OpenFile(filepath.Join(s.folder, fmt.Sprintf("%d.frames", s.files)), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, plain(err)
	}
	return &spillFile{File: f, of: s}, nil
}

// drop removes the file.
func (f *spillFile) drop() {
	_ = f.Close() // nobody reads it any more
	_ = os.Remove(f.Name())
	_ = f.of.take(-f.size)
}

// spilled is the part of a recording that is on the disk.
type spilled struct {
	moving sync.Mutex // held while frames go or come
	file   *spillFile // nil before the first went
	last   frame      // that was read last
}

// Spill moves the frames and exact states that the recording has so far to the disk. They
// are read back one by one when they are asked for, and all of them by Recall. Where that
// fails, as on a full disk, all stays in memory.
func (r *Recording) Spill(to *Spill) error {
	r.spilled.moving.Lock()
	defer r.spilled.moving.Unlock()
	r.lock.Lock()
	frames, states := append([]frame(nil), r.frames...), append([]keptState(nil), r.states.all...)
	r.lock.Unlock()
	if err := r.write(to, frames, states); err != nil {
		return fmt.Errorf("move the frames of a run to the disk: %w", err)
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	steps := map[int]frame{}
	for _, f := range frames {
		steps[f.step] = f
	}
	for i, f := range r.frames {
		if there := steps[f.step]; f.pixels != nil && len(there.pixels) > 0 && &there.pixels[0] == &f.pixels[0] {
			r.memory -= f.bytes()
			r.frames[i] = frame{step: f.step, at: there.at}
		}
	}
	kept := map[int]keptState{}
	for _, s := range states {
		kept[s.Step] = s
	}
	for i, s := range r.states.all {
		if there := kept[s.Step]; len(s.X.Data) > 0 && len(there.X.Data) > 0 && &there.X.Data[0] == &s.X.Data[0] {
			r.states.memory -= s.bytes()
			s.X.Data, s.at = nil, there.at
			r.states.all[i] = s
		}
	}
	return nil
}

// write appends what is not on the disk yet, and notes where.
func (r *Recording) write(to *Spill, frames []frame, states []keptState) (err error) {
	want := int64(0)
	for _, f := range frames {
		if f.at == 0 {
			want += f.bytes()
		}
	}
	for _, s := range states {
		if s.at == 0 {
			want += s.bytes()
		}
	}
	if want == 0 {
		return nil
	}
	f := r.spilled.file
	if f == nil {
		if f, err = to.file(); err != nil {
			return err
		}
		r.lock.Lock()
		r.spilled.file = f
		r.lock.Unlock()
		runtime.AddCleanup(r, (*spillFile).drop, f) // with the recording its frames go
	}
	if err := f.of.take(want); err != nil {
		return err
	}
	b := bufio.NewWriterSize(&appender{f, f.size}, 1<<20)
	at := f.size
	for i := range frames {
		if fr := &frames[i]; fr.at == 0 {
			fr.at, at = at+1, at+fr.bytes()
			_, _ = b.Write(fr.pixels) // Flush tells
			writeNumbers(b, fr.points)
		}
	}
	for i := range states {
		if s := &states[i]; s.at == 0 {
			s.at, at = at+1, at+s.bytes()
			writeNumbers(b, s.X.Data)
		}
	}
	if err := b.Flush(); err != nil {
		_ = f.of.take(-want)
		return errors.Join(fmt.Errorf("write %d MB: %w", (want+1<<20-1)>>20, plain(err)), f.Truncate(f.size))
	}
	f.size = at
	return nil
}

// appender writes behind what is there.
type appender struct {
	f  *spillFile
	at int64
}

func (a *appender) Write(p []byte) (int, error) {
	n, err := a.f.WriteAt(p, a.at)
	a.at += int64(n)
	return n, err
}

func writeNumbers(b *bufio.Writer, values []float32) {
	for _, v := range values {
		_, _ = b.Write(binary.LittleEndian.AppendUint32(b.AvailableBuffer(), math.Float32bits(v))) // Flush tells
	}
}

// readNumbers are n numbers at a place of the file.
func (f *spillFile) readNumbers(at int64, n int) ([]float32, error) {
	data := make([]byte, 4*n)
	if _, err := f.ReadAt(data, at); err != nil {
		return nil, plain(err)
	}
	out := make([]float32, n)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return out, nil
}

// read is a frame with its pixels.
func (r *Recording) read(f frame) (frame, error) {
	if f.pixels != nil || f.at == 0 {
		return f, nil
	}
	n := r.chains * r.c * r.h * r.w
	f.pixels = make([]uint8, n)
	if _, err := r.spilled.file.ReadAt(f.pixels, f.at-1); err != nil {
		return f, plain(err)
	}
	if !isPlane(r.c, r.h, r.w) {
		return f, nil
	}
	points, err := r.spilled.file.readNumbers(f.at-1+int64(n), n)
	f.points = points
	return f, err
}

// load is read where a frame that cannot be read is an empty one: Recall, which comes with
// every look at such a run, says why. The lock is held.
func (r *Recording) load(f frame) frame {
	whole, err := r.read(f)
	if err != nil && isPlane(r.c, r.h, r.w) {
		whole.points = make([]float32, r.chains*2)
	}
	return whole
}

// whole are frames with their pixels. The lock is held.
func (r *Recording) whole(frames []frame) []frame {
	out := make([]frame, len(frames))
	for i, f := range frames {
		out[i] = r.load(f)
	}
	return out
}

// shown is a frame with its pixels; all chains of one are asked for in turn. The lock is
// held.
func (r *Recording) shown(i int) frame {
	f := r.frames[r.nearest(i)]
	if f.pixels != nil {
		return f
	}
	if r.spilled.last.pixels == nil || r.spilled.last.at != f.at {
		r.spilled.last = r.load(f)
	}
	return r.spilled.last
}

// stateOf is a kept state with its pictures; false where they cannot be read. The lock is
// held.
func (r *Recording) stateOf(s keptState) (sampling.State, bool) {
	if len(s.X.Data) > 0 || s.at == 0 {
		return s.State, true
	}
	x := s.X
	var err error
	x.Data, err = r.spilled.file.readNumbers(s.at-1, x.N*x.C*x.H*x.W)
	s.X = x
	return s.State, err == nil
}

// OnDisk is what Recall would bring back into memory, in bytes.
func (r *Recording) OnDisk() int64 {
	r.lock.Lock()
	defer r.lock.Unlock()
	n, size := int64(0), int64(r.chains*r.c*r.h*r.w)
	if isPlane(r.c, r.h, r.w) {
		size *= 5 // a pixel and a number each
	}
	for _, f := range r.frames {
		if f.pixels == nil {
			n += size
		}
	}
	return n
}

// Recall reads the frames that are on the disk back into memory; exact states stay there,
// since a fork asks for one alone.
func (r *Recording) Recall() error {
	r.spilled.moving.Lock()
	defer r.spilled.moving.Unlock()
	r.lock.Lock()
	away := append([]frame(nil), r.frames...)
	r.lock.Unlock()
	back := map[int64]frame{}
	for _, f := range away {
		if f.pixels != nil {
			continue
		}
		whole, err := r.read(f)
		if err != nil {
			return fmt.Errorf("read the frame of step %d from the disk: %w", f.step, err)
		}
		back[f.at] = whole
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	for i, f := range r.frames {
		if whole, ok := back[f.at]; ok && f.pixels == nil {
			r.frames[i] = whole
			r.memory += whole.bytes()
		}
	}
	r.spilled.last = frame{}
	return nil
}
