//go:build !(goexperiment.simd && amd64)

package sampling

// normalsWide fills as much of dst as this build's vector instructions can and
// returns how much that was: here nothing.
func normalsWide(_, _, _ uint32, _ []float32) int { return 0 }
