package servers

import (
	"os"
	"os/exec"
	"syscall"
)

// isolate puts the child into a process group of its own and has the kernel
// kill it when the thread that started it ends, see [process].
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }
