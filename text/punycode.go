package text

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maxLabel is the longest part of a domain as it stands in the DNS, in bytes.
// Source: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4, read 2026-11-21.
const maxLabel = 63

// isHost reports whether every part of a domain has a name in the DNS.
func isHost(domain string) bool {
	for l := range strings.SplitSeq(domain, ".") {
		_, encoded := cutFold(l, "xn--")
		if isASCII(l) {
			if len(l) > maxLabel {
				return false
			}
		} else if encoded || len("xn--")+punycodeLen(l) > maxLabel {
			return false
		}
	}
	return true
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// punycodeLen is how many bytes a part of a domain has in Punycode, without its prefix. What is longer
// than a part can be has some length above that.
//
// Source: https://www.rfc-editor.org/rfc/rfc3492#section-6.3, read 2026-11-21.
func punycodeLen(l string) int {
	const base, tMin, tMax, skew, damp, bias0 = 36, 1, 26, 38, 700, 72
	if utf8.RuneCountInString(l) > maxLabel {
		return maxLabel + 1
	}
	runes := []rune(l)
	size, done := 0, 0
	for _, r := range runes {
		if r < utf8.RuneSelf {
			size++
			done++
		}
	}
	if size > 0 {
		size++ // the hyphen behind them
	}
	basic, bias, delta := done, bias0, 0
	for n := rune(utf8.RuneSelf); done < len(runes); n++ {
		m := slices.MinFunc(runes, func(a, b rune) int { return punyOrder(a, n) - punyOrder(b, n) })
		delta += int(m-n) * (done + 1)
		n = m
		for _, r := range runes {
			if r < n {
				delta++
			}
			if r != n {
				continue
			}
			q, k := delta, base
			for ; ; k += base {
				t := min(max(k-bias, tMin), tMax)
				size++
				if q < t {
					break
				}
				q = (q - t) / (base - t)
			}
			if done == basic {
				delta /= damp
			} else {
				delta /= 2
			}
			done++
			delta += delta / done
			for k = 0; delta > (base-tMin)*tMax/2; k += base {
				delta /= base - tMin
			}
			bias = k + base*delta/(delta+skew)
			delta = 0
		}
		delta++
	}
	return size
}

// punyOrder puts what is below n behind everything else.
func punyOrder(r, n rune) int {
	if r < n {
		return int(utf8.MaxRune) + 1
	}
	return int(r)
}
