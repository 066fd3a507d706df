package dataset

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Files in a folder of pictures that say what is in them.
const (
	LabelFile  = "labels.csv"           // a head line; the first column names the picture
	CelebAFile = "list_attr_celeba.txt" // CelebA's: a count, a line of names, a line a picture
)

// labelColumn of a CSV holds the class; all other columns are attributes.
const labelColumn = "label"

const (
	mostClasses    = 256
	mostAttributes = 256
)

// labelTable is what such a file says.
type labelTable struct {
	path  string
	names []string            // of the columns
	rows  map[string][]string // by the picture's path below the folder, with slashes
}

// openLabels reads the file that a folder has; nil where it has none.
func openLabels(dir string) (*labelTable, error) {
	for name, read := range map[string]func(io.Reader) (*labelTable, error){LabelFile: readCSV, CelebAFile: readCelebA} {
		f, err := os.Open(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		t, err := read(f)
		_ = f.Close() // it was read
		if err != nil {
			return nil, fmt.Errorf("labels in %q: %w", filepath.Join(dir, name), err)
		}
		t.path = filepath.Join(dir, name)
		return t, nil
	}
	return nil, nil
}

func readCSV(from io.Reader) (*labelTable, error) {
	all, err := csv.NewReader(from).ReadAll() // every line has as many fields as the first
	if err != nil {
		return nil, err
	}
	if len(all) == 0 || len(all[0]) < 2 {
		return nil, errors.New("found no head line of two columns or more, want the picture's file and what is in it")
	}
	t := &labelTable{names: all[0][1:], rows: map[string][]string{}}
	for _, row := range all[1:] {
		t.rows[filepath.ToSlash(row[0])] = row[1:]
	}
	return t, nil
}

func readCelebA(from io.Reader) (*labelTable, error) {
	lines := bufio.NewScanner(from)
	var head [2]string
	for i := range head {
		if !lines.Scan() {
			return nil, fmt.Errorf("found %d lines, want a count, a line of names and a line a picture", i)
		}
		head[i] = lines.Text()
	}
	t := &labelTable{names: strings.Fields(head[1]), rows: map[string][]string{}}
	if _, err := strconv.Atoi(strings.TrimSpace(head[0])); err != nil || len(t.names) == 0 {
		return nil, fmt.Errorf("found %q first, want the number of pictures, then a line of names", head[0])
	}
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) != len(t.names)+1 {
			return nil, fmt.Errorf("line %q: found %d fields, want a file and %d attributes", lines.Text(), len(fields), len(t.names))
		}
		t.rows[fields[0]] = fields[1:]
	}
	return t, lines.Err()
}

// labelBy sets classes or attributes from a table, which must have a row for every
// picture.
func (s *Set) labelBy(t *labelTable, dir string, paths []string) error {
	rows := make([][]string, len(paths))
	for i, path := range paths {
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		row, ok := t.rows[filepath.ToSlash(rel)]
		if !ok {
			return fmt.Errorf("labels in %q: found no line for %q, want one for every picture", t.path, filepath.ToSlash(rel))
		}
		rows[i] = row
	}
	if len(t.names) == 1 && strings.EqualFold(t.names[0], labelColumn) {
		return s.classify(t.path, rows)
	}
	return s.mark(t, rows)
}

// classify sets the classes named by the rows' only field.
func (s *Set) classify(path string, rows [][]string) error {
	for _, row := range rows {
		s.LabelNames = append(s.LabelNames, row[0])
	}
	slices.Sort(s.LabelNames)
	s.LabelNames = slices.Compact(s.LabelNames)
	if len(s.LabelNames) > mostClasses {
		return fmt.Errorf("labels in %q: found %d classes, want at most %d", path, len(s.LabelNames), mostClasses)
	}
	for _, row := range rows {
		i, _ := slices.BinarySearch(s.LabelNames, row[0])
		s.Labels = append(s.Labels, uint8(i))
	}
	return nil
}

// mark sets the attributes that the rows' fields say are on.
func (s *Set) mark(t *labelTable, rows [][]string) error {
	if len(t.names) > mostAttributes {
		return fmt.Errorf("labels in %q: found %d attributes, want at most %d", t.path, len(t.names), mostAttributes)
	}
	for _, name := range t.names {
		if strings.EqualFold(name, labelColumn) {
			return fmt.Errorf("labels in %q: found the column %q beside others, want classes or attributes", t.path, name)
		}
		s.LabelNames = append(s.LabelNames, name, "no "+name)
	}
	for _, row := range rows {
		on := make([]bool, len(row))
		for i, v := range row {
			switch strings.ToLower(strings.TrimSpace(v)) {
			case "1", "true", "yes":
				on[i] = true
			case "0", "-1", "false", "no":
			default:
				return fmt.Errorf("labels in %q: attribute %q: found %q, want 1 or 0\nhint: a single column called %q holds classes", t.path, t.names[i], v, labelColumn)
			}
		}
		s.On = append(s.On, on)
	}
	return nil
}

// Pairs are the labels of each attribute, on and off; nil where there are none.
func (s *Set) Pairs() [][2]int {
	if s.On == nil {
		return nil
	}
	var pairs [][2]int
	for i := 0; i+1 < len(s.LabelNames); i += 2 {
		pairs = append(pairs, [2]int{i, i + 1})
	}
	return pairs
}

// Classes are those of picture i: its class, or one of each pair; nil where nothing is
// known.
func (s *Set) Classes(i int) []int {
	switch {
	case s.On != nil:
		var classes []int
		for a, on := range s.On[i] {
			if on {
				classes = append(classes, 2*a)
			} else {
				classes = append(classes, 2*a+1)
			}
		}
		return classes
	case s.Labels != nil:
		return []int{int(s.Labels[i])}
	}
	return nil
}

// Part is the set of some of the pictures, by index.
func (s *Set) Part(index []int) *Set {
	part := &Set{Name: s.Name, C: s.C, H: s.H, W: s.W, LabelNames: s.LabelNames}
	for _, i := range index {
		part.Levels = append(part.Levels, s.Picture(i)...)
		if s.Labels != nil {
			part.Labels = append(part.Labels, s.Labels[i])
		}
		if s.On != nil {
			part.On = append(part.On, s.On[i])
		}
	}
	return part
}
