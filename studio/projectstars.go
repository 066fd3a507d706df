package studio

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// StarsOf are the pictures of a library that have a star, by name and by what is in them.
func (p *Project) StarsOf(ctx context.Context, l *Library) error {
	page, err := l.Page(ctx, LibraryQuery{Favourite: true})
	if err != nil {
		return fmt.Errorf("stars of the library: %w", err)
	}
	p.Favourites, p.Pictures = nil, nil
	for _, it := range page.Items {
		p.Favourites, p.Pictures = append(p.Favourites, it.Name), append(p.Pictures, it.Origin)
	}
	return nil
}

// StarsPut says what came of PutStars.
type StarsPut struct {
	Set     int      // pictures that have a star now and had none
	Had     int      // that had one
	Missing []string // pictures that the library lacks, and files that could not be written
}

// PutStars gives the pictures of a library the stars that the project has: those with the
// same picture inside, whatever their name; of projects of version 1, which have names
// alone, those of the same name. No star is taken.
func (p *Project) PutStars(ctx context.Context, l *Library) (StarsPut, error) {
	var done StarsPut
	if len(p.Favourites) == 0 { // a query without names would be one for all pictures
		return done, nil
	}
	query := LibraryQuery{Names: p.Favourites}
	if len(p.Pictures) > 0 {
		query = LibraryQuery{Origins: p.Pictures}
	}
	page, err := l.Page(ctx, query)
	if err != nil {
		return done, fmt.Errorf("stars: %w", err)
	}
	there := map[string]bool{}
	var names []string
	for _, it := range page.Items {
		there[it.Name], there[it.Origin] = true, true
		if it.Favourite {
			done.Had++
		} else {
			names = append(names, it.Name)
		}
	}
	for i, name := range p.Favourites {
		if len(p.Pictures) > 0 && !there[p.Pictures[i]] || len(p.Pictures) == 0 && !there[name] {
			done.Missing = append(done.Missing, name)
		}
	}
	if len(names) == 0 {
		return done, nil
	}
	e, err := l.SetFavourite(ctx, names, true)
	done.Set = e.Changed
	for _, f := range e.Skipped {
		done.Missing = append(done.Missing, f.Error())
	}
	return done, err
}

// Said is the outcome in a line.
func (s StarsPut) Said() string {
	words := []string{fmt.Sprintf("%d stars set", s.Set)}
	if s.Had > 0 {
		words = append(words, fmt.Sprintf("%d were there", s.Had))
	}
	if n := len(s.Missing); n > 0 {
		few := slices.Clone(s.Missing[:min(n, 3)])
		if n > 3 {
			few = append(few, "…")
		}
		words = append(words, fmt.Sprintf("%d not found: %s", n, strings.Join(few, ", ")))
	}
	return strings.Join(words, ", ")
}
