//go:build !linux && !windows

package main

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// bootID is the second of the boot, where the system tells.
func bootID() string {
	tv, err := unix.SysctlTimeval("kern.boottime")
	if err != nil {
		return ""
	}
	return fmt.Sprintf("boot-%d", tv.Sec)
}

// processStart tells only whether a process runs: its start is not asked.
func processStart(pid int) (start int64, ok bool) {
	return 0, !errors.Is(unix.Kill(pid, 0), unix.ESRCH)
}
