// Package training is the loop around a family's training step ([models.Learner]):
// counting, saving, going on after an interruption, measuring, and giving up in
// time. It knows nothing of networks.
//
// A run is a folder:
//
//	model.safetensors   the checkpoint for use, rewritten at every save
//	state.safetensors   everything that the next iteration depends on
//	history.jsonl       the measurements, one line every few iterations
//	curves.png          the measurements, drawn
//	cosines.png         how alike the directions of different pictures are
//	sheet-*.png         sample sheets
//	saves/000120        an earlier save: model and state after 120 iterations
//	lock                which process trains here, while it does
//
// Whatever is random depends on (seed, iteration) alone and the state is complete,
// so a run that was interrupted and resumed equals one that was not, to the bit.
package training

import (
	"time"
)

// Names of a run's files.
const (
	ModelFile   = "model.safetensors"
	StateFile   = "state.safetensors"
	HistoryFile = "history.jsonl"
	CurvesFile  = "curves.png"
	CosinesFile = "cosines.png"
	LockFile    = "lock"
)

// Progress is what a run tells while it runs.
type Progress struct {
	Iteration, Iterations int // done; wanted in all
	Metrics               map[string]float64
	PerIteration          time.Duration // moving average; iterations that compile are left out
	Left                  time.Duration // until the run stops by itself: by iterations or by time
	Note                  string        // an event, such as a saved checkpoint; "" otherwise
	Sheets                []string      // files of sample sheets that were drawn after this iteration
	Health                Health
	Concern               string // what Options.Concern says
}

// Options say how long a run goes on and what it leaves behind.
type Options struct {
	Dir         string
	Iterations  int           // in all, those before a resumption included; 0: as the learner plans
	For         time.Duration // stop after this long; 0: no limit
	SaveEvery   time.Duration // 0: 5 minutes
	Keep        int           // saves that are kept, the newest included; 0: DefaultKeep
	SheetsEvery int           // iterations between sample sheets; 0: only at the end
	LogEvery    int           // iterations between lines of the history; 0: 10
	Resume      bool          // go on from the folder's training state
	// From, with Resume, is the save to go on from, by its iterations; 0: the newest.
	From int
	// Rewrite does no iteration: it writes the model, the sheets and the plots anew
	// from the folder's training state, which it leaves as it is.
	Rewrite bool
	// Data is what the run learns from; with OtherData a resumption takes other data
	// than the run was started on.
	Data      DataMark
	OtherData bool
	// Order is asked after every iteration what a person wants besides; nil: nothing.
	Order func() Order
	// Concern is asked now and then for something that a person should know though the
	// run goes on, such as data that is gone; "": nothing. nil: nothing ever.
	Concern func() string
	Notify  func(Progress)
}

// Order is what a person asks of a run under way.
type Order int

// The orders.
const (
	OrderNone    Order = iota
	OrderSave          // save after this iteration, though it is not time yet
	OrderDiscard       // when stopped, leave the folder as the last save did
)

func (o Options) withDefaults() Options {
	if o.SaveEvery <= 0 {
		o.SaveEvery = 5 * time.Minute
	}
	if o.Keep <= 0 {
		o.Keep = DefaultKeep
	}
	if o.LogEvery <= 0 {
		o.LogEvery = 10
	}
	if o.Order == nil {
		o.Order = func() Order { return OrderNone }
	}
	if o.Concern == nil {
		o.Concern = func() string { return "" }
	}
	if o.Notify == nil {
		o.Notify = func(Progress) {}
	}
	return o
}

// Reason says why a run ended.
type Reason string

// The ways a run ends without an error.
const (
	Done    Reason = "done"    // all iterations
	OutTime Reason = "time"    // Options.For
	Stopped Reason = "stopped" // the context ended
	Written Reason = "written" // Options.Rewrite
	Dropped Reason = "dropped" // the context ended, and the order was OrderDiscard
)

// Result is how a run ended.
type Result struct {
	Iterations int // done in all
	Reason     Reason
	// Skipped says why the last sample sheets were not drawn: the run was stopped
	// and they took too long. Everything else is saved.
	Skipped error
}
