package studio

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/adrg/xdg"

	"ebmstudio/sampling"
)

// TestAbsentDigits: digits that were not fetched, or are damaged, are an error that says
// how to get them, and a file that is no archive of them leaves nothing.
func TestAbsentDigits(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	xdg.Reload()
	t.Cleanup(xdg.Reload)
	absent := func() {
		t.Helper()
		_, err := openLearningData(digitsData, 0, 0)
		if err == nil || !strings.Contains(err.Error(), "hint: ebm data digits --fetch") || DataThere(digitsData) {
			t.Errorf("found %v, want what to type", err)
		}
		if why := dataGone(digitsData); !strings.Contains(why, DigitsFolder()) {
			t.Errorf("found %q, want the folder named", why)
		}
	}
	absent()
	file := filepath.Join(t.TempDir(), "other.tgz")
	if err := os.WriteFile(file, []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := FetchDigits(t.Context(), file, func(string) {}); err == nil || !strings.Contains(err.Error(), "want 3fb5bb11") {
		t.Errorf("found %v, want that this is another file", err)
	}
	absent()
	if !DataThere("") || !DataThere(facesData) {
		t.Error("other data is fetched by nobody, want it there")
	}
}

// TestDigits: the fetched digits are whole, of ten classes, and none is in both parts.
func TestDigits(t *testing.T) {
	if !DataThere(digitsData) {
		t.Skip("SKIPPED, NOT PASSED: no digits on this machine; ebm data digits --fetch gets them")
	}
	data, err := openLearningData(digitsData, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if data.C != 1 || data.H != 28 || data.W != 28 || data.Count != 8004 || len(data.Labels) != 10 || data.Labels[7] != "7" {
		t.Fatalf("found %d pictures of %dx%dx%d, labels %v", data.Count, data.C, data.H, data.W, data.Labels)
	}
	test, classes, err := TestPictures(digitsData, 10_000)
	if err != nil || test.N != 1996 {
		t.Fatalf("found %d test pictures, %v, want 1996", test.N, err)
	}
	for i := range 10 {
		if !slices.Equal(classes[i], []int{i}) {
			t.Errorf("test picture %d: found class %v, want digits in turn", i, classes[i])
		}
	}
	all, err := data.Batch(sampling.NewKey(0), 0, data.Count, 0, false)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	text := func(picture []float32) string {
		var b strings.Builder
		for _, v := range picture {
			b.WriteByte(byte(255*v + 0.5))
		}
		return b.String()
	}
	for i := range all.N {
		seen[text(all.Image(i))] = true
	}
	for i := range test.N {
		if seen[text(test.Image(i))] {
			t.Fatalf("test picture %d is among those to train on", i)
		}
	}
	if _, err := openLearningData(digitsData, 1, 32); err == nil || !strings.Contains(err.Error(), "28x28") {
		t.Errorf("found %v, want the size refused", err)
	}
}
