package ui

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"ebmstudio/studio"
)

// exportForm is a form that a selection is written in, for people.
type exportForm struct {
	as         studio.SelectionFormat
	text, name string // name: of the file, proposed
}

func exportForms() []exportForm {
	return []exportForm{
		{studio.AsPictures, tr("PNG files, recipes inside…"), "pictures"},
		{studio.AsSheet, tr("Contact sheet with captions…"), "sheet.png"},
		{studio.AsGIF, tr("GIF, a picture a frame…"), "pictures.gif"},
		{studio.AsAPNG, tr("APNG, the same without loss of colours…"), "pictures.apng"},
		{studio.AsY4M, tr("Video (Y4M) without compression…"), "pictures.y4m"},
		{studio.AsZIP, tr("ZIP with recipes…"), "pictures.zip"},
		{studio.AsHTML, tr("Page (HTML) with recipes…"), "pictures.html"},
	}
}

// exportItems are the forms as items of a menu: at once, and by the queue.
func (g *gallery) exportItems() []*fyne.MenuItem {
	var items, queued []*fyne.MenuItem
	for _, f := range exportForms() {
		items = append(items, fyne.NewMenuItem(f.text, func() { g.export(f, g.write) }))
		queued = append(queued, fyne.NewMenuItem(f.text, func() { g.export(f, g.later) }))
	}
	later := fyne.NewMenuItemWithIcon(tr("Add to queue"), theme.ContentAddIcon(), nil)
	later.ChildMenu = fyne.NewMenu("", queued...)
	return append(items, fyne.NewMenuItemSeparator(), later)
}

func (g *gallery) exportMenu(button fyne.CanvasObject) {
	if len(g.chosen()) > 0 {
		widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", g.exportItems()...), g.w.win.Canvas(), g.w.below(button))
	}
}

// export asks where and has the selected pictures written, in the order in which they are
// shown. Damaged ones are left out and named; what cannot be finished is not begun.
func (g *gallery) export(f exportForm, write func(paths []string, to string, as studio.SelectionFormat)) {
	l := g.library.open()
	var paths []string
	for _, it := range g.chosen() {
		paths = append(paths, l.Path(it.Name))
	}
	if len(paths) == 0 {
		return
	}
	ask := func() (string, error) { return g.w.chooser.Save(tr("Export the selected pictures"), f.name) }
	if f.as == studio.AsPictures {
		ask = func() (string, error) {
			return g.w.chooser.Folder(tr("Choose a folder; the pictures come into a new one inside"))
		}
	}
	g.w.choose(ask, func(to string) {
		if f.as == studio.AsPictures {
			to = unusedPath(filepath.Join(to, "pictures-"+time.Now().Format("20060102")))
		} else {
			to = withExtension(to, filepath.Ext(f.name))
		}
		write(paths, to, f.as)
	})
}

func (g *gallery) write(paths []string, to string, as studio.SelectionFormat) {
	var told time.Time
	progress := func(done, all int) {
		if now := time.Now(); now.Sub(told) > 200*time.Millisecond {
			told = now
			g.w.do(func() { g.read(trf("Exporting: %d of %d pictures read", done, all)) })
		}
	}
	g.read(tr("Exporting…"))
	g.w.background(func() func() {
		n, skipped, err := studio.ExportSelection(g.w.ctx, paths, to, as, studio.SelectionOptions{Title: tr("Gallery"), Progress: progress})
		return func() {
			g.read("")
			name := filepath.Base(to)
			switch {
			case err != nil:
				g.w.showError(trf("%s could not be saved", name), err)
				return
			case len(skipped) > 0:
				g.w.banner.show(trf("%s: %d pictures, %d left out", name, n, len(skipped)), faultsError(skipped).Error(), theme.WarningIcon(), widget.WarningImportance)
			default:
				g.w.showDone(several(n, trf("The picture is in %s", name), trf("%d pictures are in %s", n, name)), shortPath(to))
			}
			g.w.banner.offer(tr("Show in folder"), func() { g.w.showFolder(filepath.Dir(to)) })
		}
	})
}

// showFaults lists the files that cannot be used.
func (g *gallery) showFaults() {
	const most = 12
	all := g.library.faults
	var lines []string
	for _, f := range all[:min(len(all), most)] {
		lines = append(lines, fmt.Sprintf("%s: %v", f.Name, f.Err))
	}
	if more := len(all) - most; more > 0 {
		lines = append(lines, trf("and %d more; all of them: ebm library rebuild", more))
	}
	g.w.banner.show(trf("Files in %s that cannot be used: %d", shortPath(g.library.open().Folder()), len(all)),
		strings.Join(lines, "\n")+"\n"+tr("They were left as they are. All other pictures are here."), theme.WarningIcon(), widget.WarningImportance)
}
