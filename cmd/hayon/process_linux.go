package main

import (
	"bytes"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// bootID tells this boot of the machine from every other.
func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// processStart is when a process started, in clock ticks since boot; ok is false when it does not
// run. A zombie does not run.
func processStart(pid int) (start int64, ok bool) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		// Without /proc, or where it hides other users, the signal 0 still tells.
		return 0, unix.Kill(pid, 0) != unix.ESRCH && !os.IsNotExist(err)
	}
	// The name in parentheses may hold spaces and parentheses; the fields follow the last one.
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	const state, startTime = 0, 19 // fields 3 and 22 of proc(5)
	if len(fields) <= startTime || string(fields[state]) == "Z" || string(fields[state]) == "X" {
		return 0, false
	}
	start, err = strconv.ParseInt(string(fields[startTime]), 10, 64)
	return start, err == nil
}
