package text

import (
	_ "embed"
	"strings"
)

// tlds has one top-level domain a line, sorted by bytes below two lines of comment. It is searched as
// it stands, so that nothing is built in a process that asks for no domain.
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
	return hasLine(tlds, domain[dot+1:])
}

// hasLine reports whether one of the sorted lines of a table is the word.
func hasLine(table, word string) bool {
	lo, hi := 0, len(table)
	for lo < hi {
		mid := lo + (hi-lo)/2
		start := lo + 1 + strings.LastIndexByte(table[lo:mid], '\n')
		line, _, _ := strings.Cut(table[start:], "\n")
		switch {
		case line == word:
			return word != ""
		case line < word:
			lo = start + len(line) + 1
		default:
			hi = start
		}
	}
	return false
}
