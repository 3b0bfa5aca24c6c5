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

// memoryOf is what of a process is resident, and what of that belongs to no file, exactly.
func memoryOf(pid int) (usage, error) {
	b, err := os.ReadFile(procFile(pid, "smaps_rollup"))
	if err != nil {
		return usage{}, err
	}
	return parseMemory(string(b), "Rss", "Anonymous")
}

// memoryNow is the same from the counters of the kernel. They may be behind by some pages, and cost the
// process nothing.
func memoryNow(pid int) (usage, error) {
	b, err := os.ReadFile(procFile(pid, "status"))
	if err != nil {
		return usage{}, err
	}
	return parseMemory(string(b), "VmRSS", "RssAnon")
}

// parseMemory reads two lines such as "Rss:   27304 kB".
func parseMemory(s, rss, private string) (usage, error) {
	var u usage
	for _, f := range []struct {
		name string
		into *float64
	}{{rss, &u.rss}, {private, &u.private}} {
		_, rest, ok := strings.Cut(s, "\n"+f.name+":")
		value, _, _ := strings.Cut(rest, "kB")
		n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if !ok || err != nil {
			return usage{}, fmt.Errorf("the kernel tells no %s in kB", f.name)
		}
		*f.into = n * 1024
	}
	return u, nil
}

func procFile(pid int, name string) string { return "/proc/" + strconv.Itoa(pid) + "/" + name }

// processors is how long all processors together have been at work, and how long there were any, in
// units of their own, since the machine was started.
func processors() (busy, all float64, err error) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, err
	}
	return parseProcessors(string(b))
}

// parseProcessors reads the line "cpu  user nice system idle iowait irq softirq steal …". What guests
// took is contained in user and nice.
func parseProcessors(s string) (busy, all float64, err error) {
	line, _, _ := strings.Cut(s, "\n")
	f := strings.Fields(line)
	const name, idle, iowait, steal = 0, 4, 5, 8
	if len(f) <= steal || f[name] != "cpu" {
		return 0, 0, fmt.Errorf("/proc/stat begins with %q", line)
	}
	for i := name + 1; i <= steal; i++ {
		n, err := strconv.ParseFloat(f[i], 64)
		if err != nil {
			return 0, 0, err
		}
		all += n
		if i != idle && i != iowait {
			busy += n
		}
	}
	return busy, all, nil
}
