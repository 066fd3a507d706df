package training

import (
	"fmt"
	"strconv"

	"ebmstudio/checkpoint"
)

// DataMark is what is remembered of the data that a run learns from, so that going on
// with other data is noticed.
type DataMark struct {
	Name  string
	Count int
	Sum   string // fingerprint of the pictures and their labels; "" is not compared
}

// Metadata of a training state that is about its data.
const (
	keyDataName  = "data.name"
	keyDataCount = "data.count"
	keyDataSum   = "data.sum"
)

// into adds the mark to a state's metadata.
func (m DataMark) into(metadata map[string]string) {
	if m.Sum != "" {
		metadata[keyDataName], metadata[keyDataCount], metadata[keyDataSum] = m.Name, strconv.Itoa(m.Count), m.Sum
	}
}

// check compares the mark with that of a state; states of older runs have none.
func (m DataMark) check(f *checkpoint.File) error {
	was := f.Metadata[keyDataSum]
	if was == "" || m.Sum == "" || was == m.Sum {
		return nil
	}
	short := func(sum string) string { return sum[:min(len(sum), 12)] }
	return fmt.Errorf("resume %q: found the data %q (%d pictures, fingerprint %s…), but the run learns from %q (%s pictures, %s…)\nhint: name that data; --other-data goes on with this one",
		f.Path, m.Name, m.Count, short(m.Sum), f.Metadata[keyDataName], f.Metadata[keyDataCount], short(was))
}
