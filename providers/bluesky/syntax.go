package bluesky

import (
	"strings"
	"sync"
	"time"
)

// The forms of the protocol's names. They are checked here and not by indigo's atproto/syntax,
// whose regular expressions are compiled before main, at 2 to 4 ms in every start of the program;
// the tests hold the two against each other.

// identifier is a handle in lower case, or a DID.
type identifier string

func (id identifier) isDID() bool { return strings.HasPrefix(string(id), "did:") }

// parseName reads a handle or a DID.
func parseName(s string) (id identifier, ok bool) {
	if identifier(s).isDID() {
		return identifier(s), isDID(s)
	}
	return identifier(strings.ToLower(s)), isHandle(s)
}

const (
	maxHandle = 253
	maxLabel  = 63
	maxDID    = 2048
	maxLang   = 128
)

// isHandle reports whether s is a name of at least two labels, the last of which starts with a
// letter. Source: https://atproto.com/specs/handle, read 2026-11-20.
func isHandle(s string) bool {
	if len(s) > maxHandle {
		return false
	}
	labels := strings.Split(s, ".")
	for _, l := range labels {
		if l == "" || len(l) > maxLabel || l[0] == '-' || l[len(l)-1] == '-' || !only(l, func(c byte) bool { return alphanumeric(c) || c == '-' }) {
			return false
		}
	}
	return len(labels) > 1 && letter(labels[len(labels)-1][0])
}

// isDID reports whether s has the form of a DID. Source: https://atproto.com/specs/did, read
// 2026-11-20.
func isDID(s string) bool {
	rest, ok := strings.CutPrefix(s, "did:")
	method, id, found := strings.Cut(rest, ":")
	if !ok || !found || len(s) > maxDID || method == "" || id == "" {
		return false
	}
	return only(method, func(c byte) bool { return c >= 'a' && c <= 'z' }) &&
		only(id, func(c byte) bool { return alphanumeric(c) || strings.IndexByte("._:%-", c) >= 0 }) &&
		strings.IndexByte(":%", id[len(id)-1]) < 0
}

// isLanguage reports whether s has the form of a BCP 47 tag, as the protocol takes it.
// Source: https://atproto.com/specs/lexicon#language, read 2026-11-20.
func isLanguage(s string) bool {
	subtags := strings.Split(s, "-")
	first := subtags[0]
	if len(s) > maxLang || first != "i" && (len(first) < 2 || len(first) > 3) || !only(first, func(c byte) bool { return c >= 'a' && c <= 'z' }) {
		return false
	}
	for _, sub := range subtags[1:] {
		if sub == "" || !only(sub, alphanumeric) {
			return false
		}
	}
	return true
}

func only(s string, is func(byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return true
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func alphanumeric(c byte) bool { return letter(c) || c >= '0' && c <= '9' }

// tidDigits are the digits of a TID, in the order of their bytes.
const tidDigits = "234567abcdefghijklmnopqrstuvwxyz"

// tidLength is 64 bits in groups of five.
const tidLength = 13

// newTID writes microseconds since 1970 and ten bits of a clock's id so that strings sort by time.
// Source: https://atproto.com/specs/tid, read 2026-11-20.
func newTID(micros int64, clock uint16) string {
	v := uint64(micros)&(1<<53-1)<<10 | uint64(clock)&(1<<10-1) //nolint:gosec // 53 bits last until 2255
	var out [tidLength]byte
	for i := tidLength - 1; i >= 0; i-- {
		out[i] = tidDigits[v&31]
		v >>= 5
	}
	return string(out[:])
}

func isTID(s string) bool {
	return len(s) == tidLength && only(s, func(c byte) bool { return strings.IndexByte(tidDigits, c) >= 0 }) && s[0] <= 'j'
}

// keyClock mints TIDs. Another process has another id, so that two keys of the same microsecond
// differ.
type keyClock struct {
	id uint16

	mu   sync.Mutex
	last int64 // microseconds since 1970 of the last key, guarded by mu
}

func (c *keyClock) next(now time.Time) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = max(now.UnixMicro(), c.last+1)
	return newTID(c.last, c.id)
}
