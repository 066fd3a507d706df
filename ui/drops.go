package ui

import (
	"bufio"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
)

// readDrops drops what a named pipe names on the window, a file a line. No tool of a test
// can drop files on a window from outside.
func (w *Window) readDrops() {
	if w.options.Drops == "" {
		return
	}
	go func() {
		pipe, err := os.OpenFile(w.options.Drops, os.O_RDWR, 0) // for writing too, so that it never ends
		if err != nil {
			w.do(func() { w.showError(tr("Nothing can be dropped"), err) })
			return
		}
		defer pipe.Close()
		for lines := bufio.NewScanner(pipe); lines.Scan() && w.ctx.Err() == nil; {
			path := lines.Text()
			w.do(func() { w.dropped([]fyne.URI{storage.NewFileURI(path)}) })
		}
	}()
}
