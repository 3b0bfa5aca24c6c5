//go:build !linux

package metrics

// residentBytes is not known here without a library for the system.
func residentBytes() (rss uint64, ok bool) { return 0, false }
