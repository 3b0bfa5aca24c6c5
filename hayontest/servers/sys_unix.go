//go:build unix && !linux

package servers

import (
	"os"
	"os/exec"
	"syscall"
)

// isolate puts the child into a process group of its own. That it ends with
// its parent rests on its standard input here, see [process].
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }
