package studio

import (
	"context"
	"fmt"
	"image"
	"maps"
	"slices"
	"strings"

	"ebmstudio/library"
)

// The library of pictures, as the command line and the window know it; see package
// library.
type (
	Library      = library.Library
	LibraryItem  = library.Item
	LibraryQuery = library.Query
	LibraryOrder = library.Order
	LibraryPage  = library.Page
	// LibraryFacets are what one can choose by.
	LibraryFacets = library.Facets
	LibraryCount  = library.Count
	Fault         = library.Fault
	Imported      = library.Imported
)

// Rejected is the tag of pictures that are to go when the library is cleaned up.
const Rejected = library.Rejected

// The orders of a LibraryQuery.
const (
	ByDate   = library.ByDate
	ByEnergy = library.ByEnergy
	ByModel  = library.ByModel
	ByName   = library.ByName
)

// LibraryFolder is where the library is if nobody says otherwise.
func LibraryFolder() string { return library.DefaultFolder() }

// OpenLibrary opens the library of a folder, LibraryFolder() where that is empty. say,
// which may be nil, is told in a line what a person should know. Rescan, which takes a
// moment with thousands of files, brings its index up to date with the folder.
func OpenLibrary(ctx context.Context, folder string, say func(line string)) (*Library, error) {
	return library.Open(ctx, library.Options{Folder: folder, Describe: describePicture, Say: say})
}

// describePicture tells the library what a file says of its making.
func describePicture(file []byte) (library.About, image.Image, error) {
	r, info, m, err := parsePicture(file)
	if err != nil {
		return library.About{}, nil, err
	}
	var words []string
	for _, t := range r.Terms {
		words = append(words, t.Name)
	}
	for _, knob := range slices.Sorted(maps.Keys(r.Settings)) {
		words = append(words, fmt.Sprintf("%s=%v", knob, r.Settings[knob]))
	}
	if r.Known != nil {
		words = append(words, "inpainted mask")
	}
	if r.Temperature != nil {
		words = append(words, "local temperature")
	}
	return library.About{
		Model: r.Checkpoint.Name, SHA256: r.Checkpoint.SHA256, Weights: r.Checkpoint.Weights, Family: info.Family,
		Sampler: r.Sampler, Engine: r.Engine, Expression: r.Expression, Labels: info.Labels, Seed: r.Seed,
		Chain: info.Chain, Steps: info.Steps, Energy: info.Energy, Edited: info.Edited, Words: strings.Join(words, "\n"),
	}, m, nil
}

// AddToLibrary saves the pictures of chains into a library, of all of them where none is
// named. Pictures that it had already are not saved twice.
func AddToLibrary(ctx context.Context, l *Library, res Result, chains ...int) (Imported, error) {
	if len(chains) == 0 {
		for i := range res.Pictures.N {
			if _, dead := res.Killed[i]; !dead {
				chains = append(chains, i)
			}
		}
	}
	var all Imported
	for _, chain := range chains {
		if chain < 0 || chain >= res.Pictures.N {
			return all, fmt.Errorf("save to the library: found chain %d, want 0 to %d", chain, res.Pictures.N-1)
		}
		data, err := encodePicture(res, chain, nil)
		if err != nil {
			return all, fmt.Errorf("save to the library: %w", err)
		}
		one, err := l.AddData(ctx, fmt.Sprintf("chain %d", chain), data)
		all.Items, all.Known = append(all.Items, one.Items...), append(all.Known, one.Known...)
		all.Skipped = append(all.Skipped, one.Skipped...)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// Recalled says what is taken over from a saved picture.
type Recalled string

// What can be taken over.
const (
	RecallAll        Recalled = "all"
	RecallAllButSeed Recalled = "settings" // all but the seed
	RecallSeed       Recalled = "seed"     // the seed alone
)

// Recall is the recipe now with what is taken over from a saved one. The noise of a chain
// depends on the seed and its number, so the seed of chain k comes with at least k + 1
// chains; chain is that of the picture, -1 of a sheet.
func Recall(now, saved Recipe, chain int, what Recalled) (Recipe, error) {
	switch what {
	case RecallAll:
		return saved.Clone(), nil
	case RecallAllButSeed:
		r := saved.Clone()
		r.Seed = now.Seed
		return r, nil
	case RecallSeed:
		r := now.Clone()
		r.Seed, r.Chains = saved.Seed, max(now.Chains, chain+1)
		return r, nil
	}
	return Recipe{}, fmt.Errorf("recall %q: want %q, %q or %q", what, RecallAll, RecallAllButSeed, RecallSeed)
}
