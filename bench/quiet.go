package main

import (
	"context"
	"fmt"
	"runtime"
	"time"
)

const (
	// quietLook is how long it is looked at what else goes on, before anything is measured.
	quietLook = time.Second
	// quietMost is how much of the processors others may use on a machine that counts as quiet, in per
	// cent.
	quietMost = 10
)

// machineLine says where the figures come from, and whether they can be trusted.
func machineLine(ctx context.Context, look time.Duration) string {
	line := fmt.Sprintf("%s/%s, %d CPUs, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	if busy, err := busyShare(ctx, look); err == nil {
		line += ", " + quietness(busy)
	}
	return line
}

// quietness says how busy the machine was, and what that means.
func quietness(busy float64) string {
	s := number(busy) + " % busy before the run"
	if busy > quietMost {
		s += ". THE MACHINE IS NOT QUIET: other programs make these figures worse than they are"
	}
	return s
}

// busyShare is how much of all processors is used now, in per cent.
func busyShare(ctx context.Context, look time.Duration) (float64, error) {
	busy, all, err := processors()
	if err == nil {
		err = pause(ctx, look)
	}
	if err != nil {
		return 0, err
	}
	busyLater, allLater, err := processors()
	if err != nil || allLater <= all {
		return 0, err
	}
	return 100 * (busyLater - busy) / (allLater - all), nil
}
