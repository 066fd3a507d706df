// Package docs is the user guide, for the window's help, which needs no network.
package docs

import _ "embed"

// Guide is guide.md, Markdown.
//
//go:embed guide.md
var Guide string
