package hayon

import "time"

// Clock tells time for code that compares clocks; everything else uses package time.
type Clock struct {
	// Wall is the clock on the wall; it jumps when somebody sets it, and by suspends.
	Wall func() time.Time
	// Mono is a time that only grows and stands still while the machine is suspended.
	Mono func() time.Duration
	// Boot is a time that only grows, suspends included; nil where the system has none.
	Boot func() time.Duration
}

// SystemClock is the machine's clock, without Boot.
func SystemClock() Clock {
	start := time.Now()
	return Clock{Wall: time.Now, Mono: func() time.Duration { return time.Since(start) }}
}
