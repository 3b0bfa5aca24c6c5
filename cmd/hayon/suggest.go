package main

import "strings"

// nearest is the candidate that s was probably meant to be, "" when none is near.
func nearest(s string, candidates []string) string {
	best, bestAt := "", 3 // three edits are another word
	for _, c := range candidates {
		d := distance(strings.ToLower(s), strings.ToLower(c))
		if len(s) > 1 && (strings.HasPrefix(c, s) || strings.HasPrefix(s, c) && len(c) > 1) {
			d = min(d, 1)
		}
		if d < bestAt && d < max(len(s), 1) {
			best, bestAt = c, d
		}
	}
	return best
}

// distance is how many insertions, removals and replacements make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(row[j]+1, row[j-1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
