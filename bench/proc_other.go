//go:build !linux

package main

import "time"

func cpuTime(int) (time.Duration, error) { return 0, errNoProc }

func memoryOf(int) (usage, error) { return usage{}, errNoProc }

func loadAverage() string { return "" }
