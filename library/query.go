package library

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// Order is what pictures are sorted by.
type Order string

// The orders. Pictures without an energy come last by energy in either direction.
const (
	ByDate   Order = "date"   // when they came into the library, the newest first
	ByEnergy Order = "energy" // the lowest first
	ByModel  Order = "model"  // by name, then date
	ByName   Order = "name"   // of the file
)

// orders are SQL's words for an order and for its reverse.
var orders = map[Order][2]string{
	"":       {"added DESC, id DESC", "added, id"},
	ByDate:   {"added DESC, id DESC", "added, id"},
	ByEnergy: {"energy IS NULL, energy, id", "energy IS NULL, energy DESC, id DESC"},
	ByModel:  {"model, added DESC, id DESC", "model DESC, added, id"},
	ByName:   {"name", "name DESC"},
}

// Query chooses pictures: those that fit all that is set.
type Query struct {
	Text    string // words, in any order, in name, model, recipe, labels and tags
	Model   string // part of the checkpoint's name, or the beginning of its SHA-256
	Family  string // "clel", "cdrl", ...
	Compose string // part of the composed expression; case and spaces do not matter
	Label   string // a class that was asked for
	Tags    []string
	// Favourite chooses those with a star, Unstarred those without.
	Favourite, Unstarred bool
	// From and To bound when pictures came into the library; To is not included.
	From, To time.Time
	// MinEnergy and MaxEnergy bound the energy, both included.
	MinEnergy, MaxEnergy *float64
	Names                []string // exactly these
	Origins              []string // those that are these pictures, see Item.Origin

	Order   Order
	Reverse bool
	Offset  int
	Limit   int // 0: all
}

// Page is a part of what a query chooses.
type Page struct {
	Items []Item
	Total int // how many the query chooses in all
}

// where is the query as SQL.
func (q Query) where() (string, []any) {
	var terms []string
	var args []any
	add := func(term string, values ...any) { terms, args = append(terms, term), append(args, values...) }
	for word := range strings.FieldsSeq(strings.ToLower(q.Text)) {
		add("instr(search, ?) > 0", word)
	}
	if q.Model != "" {
		add("(instr(lower(model), ?) > 0 OR substr(sha256, 1, ?) = ?)", strings.ToLower(q.Model), len(q.Model), strings.ToLower(q.Model))
	}
	if q.Family != "" {
		add("family = ?", strings.ToLower(q.Family))
	}
	if q.Compose != "" {
		add("instr(composed, ?) > 0", composed(q.Compose))
	}
	if q.Label != "" {
		add("instr(lower(labels), ?) > 0", "\n"+strings.ToLower(strings.TrimSpace(q.Label))+"\n")
	}
	for _, t := range q.Tags {
		add("instr(tags, ?) > 0", "\n"+strings.ToLower(strings.TrimSpace(t))+"\n")
	}
	if q.Favourite {
		add("favourite")
	}
	if q.Unstarred {
		add("NOT favourite")
	}
	if !q.From.IsZero() {
		add("added >= ?", q.From.Unix())
	}
	if !q.To.IsZero() {
		add("added < ?", q.To.Unix())
	}
	if q.MinEnergy != nil {
		add("energy >= ?", *q.MinEnergy)
	}
	if q.MaxEnergy != nil {
		add("energy <= ?", *q.MaxEnergy)
	}
	among := func(column string, values []string) {
		if values == nil {
			return
		}
		var all []any
		for _, v := range values {
			all = append(all, v)
		}
		add(column+" IN (?"+strings.Repeat(",?", len(all)-1)+")", all...)
	}
	among("name", q.Names)
	among("lower(hex(origin))", q.Origins)
	if len(terms) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(terms, " AND "), args
}

const columns = `name, lower(hex(origin)), size, added, favourite, tags, width, height, model, sha256, weights, family, sampler, engine, expression, labels,
	seed, chain, steps, energy, edited`

// Page returns the pictures that a query chooses, from its Offset on, at most Limit.
func (l *Library) Page(ctx context.Context, q Query) (Page, error) {
	sorted, ok := orders[q.Order]
	if !ok || q.Offset < 0 || q.Limit < 0 {
		return Page{}, fmt.Errorf("query of the library: found order %q, offset %d, limit %d, want date, energy, model or name, and no negative numbers", q.Order, q.Offset, q.Limit)
	}
	if q.Names != nil && len(q.Names) == 0 || q.Origins != nil && len(q.Origins) == 0 {
		return Page{}, nil
	}
	by := sorted[0]
	if q.Reverse {
		by = sorted[1]
	}
	where, args := q.where()
	limit := q.Limit
	if limit == 0 {
		limit = -1
	}
	var p Page
	err := l.read(ctx, func(db *sql.DB) error {
		p = Page{}
		rows, err := db.QueryContext(ctx, "SELECT "+columns+" FROM pictures"+where+" ORDER BY "+by+" LIMIT ? OFFSET ?", append(args, limit, q.Offset)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			it, err := scanItem(rows)
			if err != nil {
				return err
			}
			p.Items = append(p.Items, it)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if p.Total = q.Offset + len(p.Items); len(p.Items) > 0 && (q.Limit == 0 || len(p.Items) < q.Limit) || p.Total == 0 && q.Limit != 0 {
			return nil // the last page tells how many there are
		}
		return db.QueryRowContext(ctx, "SELECT count(*) FROM pictures"+where, args...).Scan(&p.Total)
	})
	if err != nil {
		return Page{}, fmt.Errorf("query of the library: %w", err)
	}
	return p, nil
}

func scanItem(rows *sql.Rows) (Item, error) {
	var it Item
	var added, seed int64
	var tags, labels string
	var energy sql.NullFloat64
	err := rows.Scan(&it.Name, &it.Origin, &it.Bytes, &added, &it.Favourite, &tags, &it.Width, &it.Height, &it.Model, &it.SHA256, &it.Weights, &it.Family,
		&it.Sampler, &it.Engine, &it.Expression, &labels, &seed, &it.Chain, &it.Steps, &energy, &it.Edited)
	it.Added, it.Seed, it.Tags, it.Labels = time.Unix(added, 0), uint64(seed), unlines(tags), unlines(labels)
	if energy.Valid {
		e := float32(energy.Float64)
		it.Energy = &e
	}
	return it, err
}

// Item is one picture by name.
func (l *Library) Item(ctx context.Context, name string) (Item, error) {
	p, err := l.Page(ctx, Query{Names: []string{name}})
	if err != nil {
		return Item{}, err
	}
	if len(p.Items) == 0 {
		return Item{}, fmt.Errorf("found no picture %q in the library %q", name, l.folder)
	}
	return p.Items[0], nil
}

// Thumbnail is a small PNG of a picture, at most ThumbnailSize wide and high.
func (l *Library) Thumbnail(ctx context.Context, name string) ([]byte, error) {
	var data []byte
	err := l.read(ctx, func(db *sql.DB) error {
		return db.QueryRowContext(ctx, "SELECT png FROM thumbnails WHERE id = (SELECT id FROM pictures WHERE name = ?)", name).Scan(&data)
	})
	if err != nil {
		return nil, fmt.Errorf("thumbnail of %q: %w", name, err)
	}
	return data, nil
}

// Count is a value that pictures have, and how many have it.
type Count struct {
	Value string
	N     int
}

// Facets are what one can choose by.
type Facets struct{ Models, Families, Labels, Tags []Count }

// Facets counts models, families, labels and tags over all pictures, each sorted by
// value.
func (l *Library) Facets(ctx context.Context) (Facets, error) {
	var f Facets
	err := l.read(ctx, func(db *sql.DB) error {
		f = Facets{}
		for column, list := range map[string]*[]Count{"model": &f.Models, "family": &f.Families, "labels": &f.Labels, "tags": &f.Tags} {
			counts, err := facet(ctx, db, column)
			if err != nil {
				return err
			}
			*list = counts
		}
		return nil
	})
	if err != nil {
		return Facets{}, fmt.Errorf("query of the library: %w", err)
	}
	return f, nil
}
