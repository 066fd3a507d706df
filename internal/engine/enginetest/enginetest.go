// Package enginetest runs a test on every engine this machine has.
package enginetest

import (
	"context"
	"sync"
	"testing"

	"github.com/gomlx/compute"

	"ebmstudio/internal/engine"
)

// Each runs test as a subtest on every engine present. The backend of an engine
// is opened once a process, shared by its tests and never closed. An absent
// engine is a subtest skipped with the reason.
func Each(t *testing.T, test func(t *testing.T, b compute.Backend)) {
	t.Helper()
	for _, name := range engine.Names() {
		t.Run(name, func(t *testing.T) {
			test(t, Open(t, name))
		})
	}
}

// Open opens one engine for a test or benchmark: the backend shared by the
// process. An absent engine skips the test, loudly.
func Open(t testing.TB, name string) compute.Backend {
	t.Helper()
	opened.Lock()
	defer opened.Unlock()
	if b := opened.backends[name]; b != nil {
		return b
	}
	e, err := engine.Open(context.Background(), engine.Options{Name: name, Untried: true})
	if err != nil {
		t.Skipf("ENGINE ABSENT, NOT TESTED ON %s: %v", name, err)
	}
	if opened.backends == nil {
		opened.backends = map[string]compute.Backend{}
	}
	opened.backends[name] = e.Backend
	return e.Backend
}

// opened is kept for the process's life: closing an XLA client under tensors
// that the garbage collector has yet to free is not safe.
var opened struct {
	sync.Mutex
	backends map[string]compute.Backend
}
