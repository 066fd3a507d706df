package library

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
)

// facet counts the values of a column; those of lists apart.
func facet(ctx context.Context, db *sql.DB, column string) ([]Count, error) {
	rows, err := db.QueryContext(ctx, "SELECT "+column+", count(*) FROM pictures WHERE "+column+" != '' GROUP BY "+column)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	n := map[string]int{}
	for rows.Next() {
		var text string
		var count int
		if err := rows.Scan(&text, &count); err != nil {
			return nil, err
		}
		for _, value := range unlines(text) {
			n[value] += count
		}
	}
	var all []Count
	for value, count := range n {
		all = append(all, Count{value, count})
	}
	slices.SortFunc(all, func(a, b Count) int { return cmp.Compare(a.Value, b.Value) })
	return all, rows.Err()
}
