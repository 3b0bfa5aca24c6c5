//go:build !unix

package servers

import (
	"os"
	"os/exec"
)

func isolate(*exec.Cmd) {}

// terminate kills: there is no SIGTERM here, and the servers survive it.
func terminate(p *os.Process) error { return p.Kill() }
