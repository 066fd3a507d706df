//go:build goexperiment.simd && amd64

package engine

// builtWithSIMD: the pure-Go engine's matrix products use vector instructions.
const builtWithSIMD = true
