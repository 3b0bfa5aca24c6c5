package text

import (
	_ "embed"
	"strings"
)

// tlds has one top-level domain a line. It is searched as it stands: some
// microseconds per domain found are cheaper than a table built in every process.
//
//go:embed tlds.txt
var tlds string

// endsInTLD reports whether the last label of the domain is a top-level domain.
// Letter case counts, as in Bluesky's own detection.
func endsInTLD(domain string) bool {
	dot := strings.LastIndexByte(domain, '.')
	if dot < 0 || dot == len(domain)-1 {
		return false
	}
	return strings.Contains(tlds, "\n"+domain[dot+1:]+"\n")
}
