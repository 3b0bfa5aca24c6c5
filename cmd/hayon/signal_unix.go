//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// ignoreFileSizeSignal makes a write beyond the limit on file sizes an error in the place of the end
// of the process.
func ignoreFileSizeSignal() { signal.Ignore(syscall.SIGXFSZ) }
