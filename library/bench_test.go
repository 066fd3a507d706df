package library

import (
	"context"
	"testing"
)

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
		for b.Loop() {
			l, err := Open(ctx, Options{Folder: dir, Describe: describe})
			if err != nil {
				b.Fatal(err)
			}
			page(b, l, Query{Limit: 200})
			if err := l.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	l, _ := open(b, dir)
	b.Run("rescan", func(b *testing.B) {
		for b.Loop() {
			if c, err := l.Rescan(ctx, nil); err != nil || c.Total != 10_000 {
				b.Fatal(c, err)
			}
		}
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
			for b.Loop() {
				page(b, l, q)
			}
		})
	}
	b.Run("thumbnails-of-a-page", func(b *testing.B) {
		items := page(b, l, Query{Limit: 200}).Items
		for b.Loop() {
			for _, it := range items {
				if _, err := l.Thumbnail(ctx, it.Name); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
