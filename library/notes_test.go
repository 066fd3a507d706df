package library

import (
	"testing"
	"time"

	"ebmstudio/internal/pngtext"
)

func nowForTests() time.Time { return time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC) }

func setNotes(t testing.TB, file []byte, text string) []byte {
	t.Helper()
	file, err := pngtext.Set(file, notesKeyword, text)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// FuzzNotes reads notes that another hand wrote; what is read can be written and read
// again.
func FuzzNotes(f *testing.F) {
	file := picture(f, About{Model: "m"}, 2, 2)
	f.Add(`{"version":1,"added":"2026-01-02T03:04:05Z","favourite":true,"tags":["b","a","A"]}`)
	f.Add(`{"tags":["\u0000",""," "]}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, text string) {
		n, err := readNotes(setNotes(t, file, text))
		if err != nil {
			return
		}
		out, err := n.write(file)
		if err != nil {
			t.Fatal(err)
		}
		again, err := readNotes(out)
		if err != nil || lines(again.Tags) != lines(n.Tags) || again.Favourite != n.Favourite || !again.Added.Equal(n.Added) {
			t.Fatalf("found %+v, %v, want %+v", again, err, n)
		}
	})
}
