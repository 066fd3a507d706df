//go:build !linux

package main

// within runs a function; on systems but Linux the threads that it starts use all cores.
func within(_ int, do func()) { do() }
