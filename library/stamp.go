package library

import (
	"fmt"
	"os"
	"path/filepath"
)

// Stamp differs from an earlier one where the index was written to since, by this program
// or another. It is cheap: two looks at the disk. An index in memory has none.
func (l *Library) Stamp() string {
	stamp := ""
	for _, end := range []string{"", "-wal"} {
		if st, err := os.Stat(filepath.Join(l.folder, indexName+end)); err == nil {
			stamp += fmt.Sprintf("%d %d ", st.Size(), st.ModTime().UnixNano())
		}
	}
	return stamp
}
