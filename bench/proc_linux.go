package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// userHz is the unit of times in /proc/PID/stat. The kernel shows 100 a second to programs on every
// architecture that Go runs on. Source: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html,
// read 2026-11-20.
const userHz = 100

// cpuTime is the processor time that a process has used, in user and system mode.
func cpuTime(pid int) (time.Duration, error) {
	b, err := os.ReadFile(procFile(pid, "stat"))
	if err != nil {
		return 0, err
	}
	// The name in parentheses may hold spaces and parentheses; the fields follow the last one.
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	const utime, stime = 11, 12 // fields 14 and 15 of proc(5)
	if len(fields) <= stime {
		return 0, fmt.Errorf("%s has %d fields", procFile(pid, "stat"), len(fields))
	}
	var ticks int64
	for _, i := range []int{utime, stime} {
		n, err := strconv.ParseInt(string(fields[i]), 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / userHz, nil
}

// memoryOf is what of a process is resident, and what of that belongs to no file.
func memoryOf(pid int) (usage, error) {
	b, err := os.ReadFile(procFile(pid, "smaps_rollup"))
	if err != nil {
		return usage{}, err
	}
	return parseRollup(string(b))
}

// parseRollup reads lines such as "Rss:   27304 kB".
func parseRollup(s string) (usage, error) {
	var u usage
	for _, f := range []struct {
		name string
		into *float64
	}{{"Rss", &u.rss}, {"Anonymous", &u.private}} {
		_, rest, ok := strings.Cut(s, "\n"+f.name+":")
		value, _, _ := strings.Cut(rest, "kB")
		n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if !ok || err != nil {
			return usage{}, fmt.Errorf("smaps_rollup has no %s in kB", f.name)
		}
		*f.into = n * 1024
	}
	return u, nil
}

func procFile(pid int, name string) string { return "/proc/" + strconv.Itoa(pid) + "/" + name }

// loadAverage is how busy the machine was during the last minute; "" where it does not tell.
func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	one, _, _ := strings.Cut(string(b), " ")
	return one
}
