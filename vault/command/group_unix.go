//go:build unix

package command

import (
	"os/exec"
	"syscall"
)

// ownGroup lets the end of the time end the children of the program too.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
