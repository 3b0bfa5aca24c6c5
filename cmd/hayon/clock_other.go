//go:build !linux

package main

import "github.com/hayon/hayon"

// systemClock is the machine's clock.
func systemClock() hayon.Clock { return hayon.SystemClock() }
