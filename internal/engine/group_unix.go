//go:build unix

package engine

import (
	"os/exec"
	"syscall"
)

// inOwnGroup makes a cancelled command take its own children with it.
func inOwnGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}
