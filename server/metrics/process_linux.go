package metrics

import (
	"bytes"
	"os"
	"strconv"
)

// residentBytes is the resident memory of this process; ok is false where the system does not say.
func residentBytes() (rss uint64, ok bool) {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, false
	}
	fields := bytes.Fields(statm) // in pages: size, resident, …
	if len(fields) < 2 {
		return 0, false
	}
	pages, err := strconv.ParseUint(string(fields[1]), 10, 64)
	return pages * uint64(os.Getpagesize()), err == nil //nolint:gosec // a page has a positive size
}
