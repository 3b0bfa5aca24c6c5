package main

import (
	"os"
	"syscall"
)

// peakOf is the most memory that a process had that has ended.
func peakOf(p *os.ProcessState) float64 {
	if usage, ok := p.SysUsage().(*syscall.Rusage); ok {
		return float64(usage.Maxrss) * 1024
	}
	return 0
}
