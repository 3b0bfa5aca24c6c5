//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// helperPrograms are what tests run beside hayon.
func helperPrograms() map[string]func() {
	return map[string]func(){"hold-file": holdFile, "with-file-limit": withFileLimit, "keyring-entries": keyringEntries}
}

// holdFile takes the lock of a database as another program would, says so, and keeps it until its
// standard input ends.
func holdFile() {
	f, err := os.OpenFile(os.Args[1], os.O_RDWR, 0)
	if err == nil {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("held") //nolint:forbidigo // the test waits for this line
	_, _ = os.Stdin.Read(make([]byte, 1))
	runtime.KeepAlive(f) // else it is closed when nobody seems to need it, and the lock is gone
}

// withFileLimit runs a program that can make no file longer than so many bytes: a full disk.
func withFileLimit() {
	limit, err := strconv.ParseUint(os.Args[1], 10, 63)
	if err == nil {
		err = unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: limit, Max: limit})
	}
	var path string
	if err == nil {
		path, err = exec.LookPath(os.Args[2])
	}
	if err == nil {
		err = syscall.Exec(path, os.Args[2:], os.Environ())
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
