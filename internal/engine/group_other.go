//go:build !unix

package engine

import "os/exec"

// inOwnGroup: process groups are a Unix idea; elsewhere the command alone ends.
func inOwnGroup(*exec.Cmd) {}
