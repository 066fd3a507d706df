package library

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"ebmstudio/internal/pngtext"
)

// notesKeyword is the keyword of the PNG text that holds the notes.
const notesKeyword = "ebmstudio-library"

// notesVersion is the version of notes that is written; newer ones are refused, so that
// nothing in them is lost.
const notesVersion = 1

// notes are what a person says about a picture. They live in the file, so that the index
// can be lost.
type notes struct {
	Version   int       `json:"version"`
	Added     time.Time `json:"added"`
	Favourite bool      `json:"favourite,omitempty"`
	Tags      []string  `json:"tags,omitempty"`
}

// readNotes are the notes in a PNG file; zero where it has none.
func readNotes(file []byte) (notes, error) {
	text, found, err := pngtext.Find(file, notesKeyword)
	if err != nil || !found {
		return notes{}, err
	}
	var n notes
	if err := json.Unmarshal([]byte(text), &n); err != nil {
		return notes{}, fmt.Errorf("the tags inside: %w", err)
	}
	if n.Version > notesVersion {
		return notes{}, fmt.Errorf("the tags inside are of version %d, this program reads up to %d", n.Version, notesVersion)
	}
	tags := n.Tags[:0]
	for _, t := range n.Tags {
		if t, err := Tag(t); err == nil { // another program's hand may have been in it
			tags = append(tags, t)
		}
	}
	slices.Sort(tags)
	n.Tags = slices.Compact(tags)
	return n, nil
}

// write puts the notes into a PNG file's content.
func (n notes) write(file []byte) ([]byte, error) {
	n.Version = notesVersion
	text, err := json.Marshal(n)
	if err != nil {
		return nil, err
	}
	return pngtext.Set(file, notesKeyword, string(text))
}

// maxTag is the largest number of characters of a tag.
const maxTag = 64

// Tag is a tag as it is kept: trimmed, in lower case, without commas and control
// characters, of 1 to 64 characters.
func Tag(given string) (string, error) {
	t := strings.ToLower(strings.TrimSpace(given))
	switch {
	case !utf8.ValidString(given):
		return "", fmt.Errorf("tag %q: want UTF-8", given)
	case t == "":
		return "", errors.New("tag: found none, want 1 to 64 characters")
	case utf8.RuneCountInString(t) > maxTag:
		return "", fmt.Errorf("tag %.20q...: found %d characters, want at most %d", t, utf8.RuneCountInString(t), maxTag)
	case strings.ContainsRune(t, ',') || strings.ContainsFunc(t, unicode.IsControl):
		return "", fmt.Errorf("tag %q: want no commas and no control characters", t)
	}
	return t, nil
}
