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

// The parameters of Punycode.
// Source: https://www.rfc-editor.org/rfc/rfc3492#section-5, read 2026-11-21.
const (
	punyBase, punyMin, punyMax    = 36, 1, 26
	punySkew, punyDamp, punyStart = 38, 700, 72
)

// punycodeLen is how many bytes a part of a domain has in Punycode, without its prefix. What is longer
// than a part can be has some length above that.
//
// Source: https://www.rfc-editor.org/rfc/rfc3492#section-6.3, read 2026-11-21.
func punycodeLen(l string) int {
	if utf8.RuneCountInString(l) > maxLabel {
		return maxLabel + 1
	}
	runes := []rune(l)
	basic := len(slices.DeleteFunc([]rune(l), func(r rune) bool { return r >= utf8.RuneSelf }))
	size := basic
	if basic > 0 {
		size++ // the hyphen behind them
	}
	done, bias, delta := basic, punyStart, 0
	for n := rune(utf8.RuneSelf); done < len(runes); n++ {
		m := leastFrom(runes, n)
		delta += int(m-n) * (done + 1)
		n = m
		for _, r := range runes {
			switch {
			case r < n:
				delta++
			case r == n:
				size += punyDigits(delta, bias)
				done++
				bias = punyBias(delta, done, done == basic+1)
				delta = 0
			}
		}
		delta++
	}
	return size
}

// leastFrom is the least character from n on, of which there is one.
func leastFrom(runes []rune, n rune) rune {
	least := rune(utf8.MaxRune)
	for _, r := range runes {
		if r >= n {
			least = min(least, r)
		}
	}
	return least
}

// punyDigits is how many digits a number has.
func punyDigits(n, bias int) int {
	for k := punyBase; ; k += punyBase {
		t := min(max(k-bias, punyMin), punyMax)
		if n < t {
			return k / punyBase
		}
		n = (n - t) / (punyBase - t)
	}
}

// punyBias is the bias behind a number, the last of so many characters.
func punyBias(delta, done int, first bool) int {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / done
	k := 0
	for ; delta > (punyBase-punyMin)*punyMax/2; k += punyBase {
		delta /= punyBase - punyMin
	}
	return k + punyBase*delta/(delta+punySkew)
}
