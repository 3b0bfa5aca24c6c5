package bluesky_test

import (
	"strings"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/hayon/hayon/providers/bluesky"
)

// agree fails unless our reading of s is indigo's.
func agree(t *testing.T, s string) {
	t.Helper()
	for _, f := range []struct {
		name   string
		ours   func(string) bool
		theirs func(string) error
	}{
		{"handle", bluesky.IsHandle, func(s string) error { _, err := syntax.ParseHandle(s); return err }},
		{"DID", bluesky.IsDID, func(s string) error { _, err := syntax.ParseDID(s); return err }},
		{"language", bluesky.IsLanguage, func(s string) error { _, err := syntax.ParseLanguage(s); return err }},
		{"TID", bluesky.IsTID, func(s string) error { _, err := syntax.ParseTID(s); return err }},
	} {
		if ours, theirs := f.ours(s), f.theirs(s); ours != (theirs == nil) {
			t.Errorf("%q is a %s: %t; indigo says %v", s, f.name, ours, theirs)
		}
	}
}

// Names at the edges of the rules.
var names = []string{
	"", ".", "-", ":", "did", "did:", "did::", "did:plc", "did:plc:", did, did + ":", did + "%", did + "-", "did:PLC:abc", "did:p1c:abc",
	"did:web:example.org", "did:web:localhost%3A80", "did:a:b c", "did:a:ü", "did:a:" + strings.Repeat("x", 2042), "did:a:" + strings.Repeat("x", 2043),
	"alice", "alice.test", "Alice.TEST", "a.b.c", ".alice.test", "alice.test.", "alice..test", "-a.test", "a-.test", "a-b.test", "a_b.test",
	"alice.1test", "alice.t-", "1.t1", "xn--ls8h.test", "jo@hn.test", "ü.test", "alice.test\n", " alice.test",
	strings.Repeat("a", 63) + ".test", strings.Repeat("a", 64) + ".test", strings.Repeat("a.", 124) + "abcde", strings.Repeat("a.", 124) + "abcdef",
	"en", "pt-BR", "zh-Hans-CN", "i-navajo", "i", "x", "english", "EN", "en-", "en--us", "en_US", "de-ü", "en-" + strings.Repeat("a", 125), "en-" + strings.Repeat("a", 126),
	rkey, "3jzfcijpj2z2a", "7777777777777", "zzzzzzzzzzzzz", "kjzfcijpj2z2a", "jzzzzzzzzzzzz", "3jzfcijpj2z21", "3jzfcijpj2z2aa", "3jzfcijpj2z2", "3jzf-cij-pj2z-2a", "0000000000000", "3JZFCIJPJ2Z2A",
}

func TestNamesAsIndigoReadsThem(t *testing.T) {
	t.Parallel()
	for _, s := range names {
		agree(t, s)
	}
}

func FuzzNames(f *testing.F) {
	for _, s := range names {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { agree(t, s) })
}

func TestTIDAsIndigoWritesIt(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Time{tenOClock, time.Unix(0, 0), time.Date(2200, 1, 2, 3, 4, 5, 6000, time.UTC)} {
		for _, clock := range []uint16{0, 1, 31, 1023, 1024, 65535} {
			got, want := bluesky.NewTID(at.UnixMicro(), clock), syntax.NewTIDFromTime(at, uint(clock)).String()
			if got != want || !bluesky.IsTID(got) {
				t.Errorf("%v, clock %d: got %s, want %s", at, clock, got, want)
			}
		}
	}
}
