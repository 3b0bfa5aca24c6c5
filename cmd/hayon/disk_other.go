//go:build !linux && !darwin

package main

// mayWrite is not known here.
func mayWrite(string) bool { return true }

// diskFree is not known here.
func diskFree(string) (int64, bool) { return 0, false }
