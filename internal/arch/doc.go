// Package arch holds the project to its own drawing: the tests read the import
// table of ARCHITECTURE.md and fail on any arrow that is not drawn there.
package arch
