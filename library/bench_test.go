//go:build unix

package library

import (
	"context"
	"syscall"
	"testing"
	"time"
)

// busy runs do b.N times and reports processor time too, which other programs on the
// machine do not stretch.
func busy(b *testing.B, do func()) {
	b.Helper()
	used := func() time.Duration {
		var r syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
			b.Fatal(err)
		}
		return time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	before, n := used(), 0
	for b.Loop() {
		do()
		n++
	}
	b.ReportMetric(float64((used()-before)/time.Microsecond)/float64(n)/1000, "cpu-ms/op")
}

// many is a library of 10,000 pictures with an index.
func many(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	sample(b, dir, 10_000)
	l, err := Open(context.Background(), Options{Folder: dir, Describe: describe})
	if err == nil {
		err = l.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
	return dir
}

func BenchmarkLibrary(b *testing.B) {
	dir := many(b)
	ctx := context.Background()
	b.Run("open", func(b *testing.B) {
		busy(b, func() {
			l, err := Open(ctx, Options{Folder: dir, Describe: describe})
			if err != nil {
				b.Fatal(err)
			}
			page(b, l, Query{Limit: 200})
			if err := l.Close(); err != nil {
				b.Fatal(err)
			}
		})
	})
	l, _ := open(b, dir)
	b.Run("rescan", func(b *testing.B) {
		busy(b, func() {
			if c, err := l.Rescan(ctx, nil); err != nil || c.Total != 10_000 {
				b.Fatal(c, err)
			}
		})
	})
	low := 5.0
	for name, q := range map[string]Query{
		"page":   {Limit: 200},
		"deep":   {Limit: 200, Offset: 9_500},
		"words":  {Text: "glasses faces", Limit: 200},
		"energy": {MinEnergy: &low, Order: ByEnergy, Limit: 200, Offset: 1_000},
		"label":  {Label: "smile", Family: "clel", Limit: 200},
	} {
		b.Run("query/"+name, func(b *testing.B) {
			busy(b, func() {
				page(b, l, q)
			})
		})
	}
	b.Run("thumbnails-of-a-page", func(b *testing.B) {
		items := page(b, l, Query{Limit: 200}).Items
		busy(b, func() {
			for _, it := range items {
				if _, err := l.Thumbnail(ctx, it.Name); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}
