//go:build unix

package main

import (
	"os"
	"syscall"
)

// exitTerminated is how a program ends that terminate has asked to.
const exitTerminated = 143

func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }
