//go:build !unix

package reproduction

// processorSeconds is the processor time that the program has used; false where the
// system does not say.
func processorSeconds() (float64, bool) { return 0, false }
