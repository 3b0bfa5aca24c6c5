//go:build !linux

package main

import "time"

func cpuTime(int) (time.Duration, error) { return 0, errNoProc }

func memoryOf(int) (usage, error) { return usage{}, errNoProc }

func memoryNow(int) (usage, error) { return usage{}, errNoProc }

func processors() (busy, all float64, err error) { return 0, 0, errNoProc }
