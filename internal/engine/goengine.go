package engine

import "ebmstudio/internal/engine/goconv"

// goConfig: the stock configuration of the Go backend lets operations hold
// worker slots while they wait for workers, and so can deadlock. Operations run
// one after the other instead; each still uses every core.
const goConfig = "go:ops_sequential"

func openGo() (*Engine, *Passed) {
	b, err := newBackend(goConfig)
	if err != nil {
		return nil, &Passed{Name: Go, Why: err.Error()}
	}
	return &Engine{Name: Go, Device: cpuName(), Version: goVersion(), Backend: goconv.Wrap(b)}, nil
}

func goVersion() string {
	v := "compute " + moduleVersion(moduleCompute)
	if builtWithSIMD {
		v += ", with vector instructions"
	}
	return v
}
