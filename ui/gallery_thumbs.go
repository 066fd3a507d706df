package ui

import (
	"container/list"
	"image"
	"slices"
	"sync"
)

// thumbs are the thumbnails of the gallery: read and decoded by a few goroutines, those in
// view first, and kept within a budget of memory. Its methods return at once and may be
// called from any goroutine.
type thumbs struct {
	read func(name string) *image.RGBA // off the UI goroutine; nil where there is none
	came func()                        // a thumbnail is there; called from any goroutine

	lock    sync.Mutex
	have    map[string]*list.Element // of a kept thumbnail
	used    *list.List               // the one asked for last in front
	bytes   int
	wanted  []string // not yet read, the most wanted first
	reading map[string]bool
	age     int // counts forgetting
}

const (
	thumbBudget  = 48 << 20 // bytes of pixels
	thumbReaders = 2
)

type keptThumb struct {
	name  string
	image *image.RGBA
}

func newThumbs(read func(name string) *image.RGBA, came func()) *thumbs {
	return &thumbs{read: read, came: came, have: map[string]*list.Element{}, used: list.New(), reading: map[string]bool{}}
}

// get is a thumbnail, nil where it is not there.
func (t *thumbs) get(name string) *image.RGBA {
	t.lock.Lock()
	defer t.lock.Unlock()
	e := t.have[name]
	if e == nil {
		return nil
	}
	t.used.MoveToFront(e)
	return e.Value.(keptThumb).image
}

// want says what is in view, in the order it is needed; what was wanted before and is not
// any more is no longer read.
func (t *thumbs) want(names []string) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.wanted = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return t.have[n] != nil || t.reading[n] })
	for range min(thumbReaders-len(t.reading), len(t.wanted)) {
		name := t.wanted[0]
		t.wanted = t.wanted[1:]
		t.reading[name] = true
		go t.readOn(name)
	}
}

// readOn reads a thumbnail, and then those that are wanted by then.
func (t *thumbs) readOn(name string) {
	for name != "" {
		t.lock.Lock()
		age := t.age
		t.lock.Unlock()
		m := t.read(name)
		t.lock.Lock()
		delete(t.reading, name)
		if age == t.age {
			t.keep(name, m)
		}
		name = ""
		if len(t.wanted) > 0 {
			name = t.wanted[0]
			t.wanted = t.wanted[1:]
			t.reading[name] = true
		}
		t.lock.Unlock()
		t.came()
	}
}

// keep puts a thumbnail in front and lets those go that were not asked for the longest.
func (t *thumbs) keep(name string, m *image.RGBA) {
	if e := t.have[name]; e != nil {
		t.drop(e)
	}
	t.have[name] = t.used.PushFront(keptThumb{name, m})
	t.bytes += thumbBytes(m)
	for t.bytes > thumbBudget && t.used.Len() > 1 {
		t.drop(t.used.Back())
	}
}

func (t *thumbs) drop(e *list.Element) {
	k := t.used.Remove(e).(keptThumb)
	delete(t.have, k.name)
	t.bytes -= thumbBytes(k.image)
}

// thumbBytes is what a thumbnail takes, a missing one too.
func thumbBytes(m *image.RGBA) int {
	if m == nil {
		return 64
	}
	return len(m.Pix) + 64
}

// forget drops everything: the files may have changed.
func (t *thumbs) forget() {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.age++
	clear(t.have)
	t.used.Init()
	t.bytes = 0
	t.wanted = nil
}
