package main

import "time"

// lanes is how many accounts all loads have: what one account has to publish goes out one by one.
const lanes = 64

// In a short run loads are divided by shortCount, times by shortTime.
const (
	shortCount = 50
	shortTime  = 5
)

// count is the number of a load, in a short run a small one.
func (b *bench) count(n int) int {
	if b.short {
		return max(lanes, n/shortCount)
	}
	return n
}

// span is how long something is measured or watched, in a short run not long.
func (b *bench) span(d time.Duration) time.Duration {
	if b.short {
		return d / shortTime
	}
	return d
}
