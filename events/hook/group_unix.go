//go:build unix

package hook

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// shell runs a line as the system's shell does.
func shell(ctx context.Context, line string) *exec.Cmd {
	return exec.CommandContext(ctx, "/bin/sh", "-c", line) //nolint:gosec // running what the user configured is what a hook is
}

// runGroup runs the command in a process group of its own, which is killed as a whole.
func runGroup(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
	return cmd.Run()
}
