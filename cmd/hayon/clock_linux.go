package main

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/hayon/hayon"
)

// systemClock is the machine's clock with the time since its boot, which goes on through a suspend.
func systemClock() hayon.Clock {
	c := hayon.SystemClock()
	if _, ok := boottime(); ok {
		c.Boot = func() time.Duration {
			d, _ := boottime() // it has worked once
			return d
		}
	}
	return c
}

func boottime() (time.Duration, bool) {
	var ts unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts)
	return time.Duration(ts.Nano()), err == nil
}
