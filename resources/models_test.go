package resources

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"ebmstudio/checkpoint"
)

// Every bundled model is whole, and its card knows how long it is: a byte that is lost or
// added is found here.
func TestBundledModelsAreWhole(t *testing.T) {
	all := append(Models(), Judges()...)
	if len(all) == 0 {
		t.Fatal("found no bundled models")
	}
	for _, b := range all {
		t.Run(b.Name, func(t *testing.T) {
			f, err := checkpoint.Read(b.Name+".safetensors", b.Data)
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Tensors) == 0 {
				t.Error("found no tensors")
			}
			_, rest, ok := strings.Cut(b.Card, "| size | ")
			size, _, _ := strings.Cut(rest, " bytes")
			if found := thousands(len(b.Data)); !ok || size != found {
				t.Errorf("found a file of %s bytes and a card that says %q", found, size)
			}
		})
	}
}

// thousands writes a number as the cards do: 1,653,520.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
