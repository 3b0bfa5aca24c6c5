package text_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hayon/hayon/text"
)

// The vectors are what the server's own validator answers.
func TestMastodonVectors(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		name, text, warning string
		want                int
	}{
		{"M1", "see https://example.com/a/very/long/path?with=query#frag.", "", 28},
		{"M2", "see (https://en.wikipedia.org/wiki/Foo_(bar))", "", 29},
		{"M3", "example.com/path", "", 16},
		{"M4", "@alice@example.social hi", "", 9},
		{"M5", "@alice@example.social, @bob@b.example", "", 12},
		{"M6 mail", "mail@example.com", "", 16},
		{"M6 word before", "x@alice@example.social", "", 22},
		{"M7", "👨‍👩‍👧‍👦🇩🇪👍🏽", "", 3},
		{"M8", "日本語https://example.com/日本", "", 26},
		{"M9", "text", "cw text", 11},
		{"M10", "https://example.com", "cw https://example.com", 45},
		{"M11 localhost", "http://localhost/x", "", 18},
		{"M11 address", "http://192.168.0.1/x", "", 20},
		{"M11 ftp", "ftp://example.com/x", "", 19},
		{"M12 accent", "@noël@example.com", "", 17},
		{"M12 host without dot", "@alice@localhost", "", 6},
		{"M13 password", "https://user:pw@example.com/", "", 28},
		{"M13 port", "https://example.com:8080/x", "", 23},
	} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			if got := text.Length(text.Rule{Unit: text.Mastodon}, v.text, v.warning); got != v.want {
				t.Errorf("got %d, want %d", got, v.want)
			}
			if v.warning != "" {
				return
			}
			if got := text.Count(text.Mastodon, v.text); got != v.want {
				t.Errorf("Count: got %d, want %d", got, v.want)
			}
		})
	}
}

// The corners of the expressions, read off them by hand.
func TestMastodonEdges(t *testing.T) {
	t.Parallel()
	long := "https://example.com/" + strings.Repeat("a", 4096)
	for _, v := range []struct {
		name, text string
		want       int
	}{
		{"empty", "", 0},
		{"capitals", "HTTPS://EXAMPLE.COM/A", 23},
		{"every scheme", "dat://a.com dweb://a.com ipfs://a.com ipns://a.com ssb://a.com gopher://a.com gemini://a.com", 7*23 + 6},
		{"two lines", "https://a.com\nhttps://b.com", 47},
		{"letter before", "xhttps://example.com", 20},
		{"sign before", "@https://example.com #https://example.com", 41},
		{"no such ending", "https://example.notatld/x", 25},
		{"known ending inside", "https://example.com.notatld", 23 + len(".notatld")},
		{"two endings", "https://example.co.uk/x", 23},
		{"another script behind the ending", "https://example.comé", 24},
		{"ending in another script", "https://例え.みんな/x", 23},
		{"punycode", "https://xn--r8jz45g.xn--q9jyb4c/", 23},
		{"punycode in another script", "http://xn--はじめよう.com/index.html", 31},
		{"ending before a plus", "https://example.com+x", 21},
		{"underscore in a subdomain", "https://a_b.example.com", 23},
		{"underscore in the name", "https://a_b.com", 15},
		{"dash at the end of a label", "https://a-.com", 14},
		{"password in a query of what has no scheme", "example.com/?u=https://example.org", 34},
		{"query", "https://example.com?a=b&c=d!", 24},
		{"query behind punctuation", "https://example.com/a.?b=c", 23 + len(".?b=c")},
		{"fragment", "https://example.com/#a", 23},
		{"unbalanced", "https://example.com/a(b", 23 + len("(b")},
		{"nested", "https://example.com/a_(b_(c)_d)", 23},
		{"nested too deep", "https://example.com/a_(b_(c(d))", 23 + len("(b_(c(d))")},
		{"empty parentheses", "https://example.com/a()", 23 + len("()")},
		{"parentheses in another script end no path", "https://example.com/a(日本)", 23 + 4},
		{"and stand within one", "https://example.com/a(日本)b", 23},
		{"quotes", `"https://example.com/a"`, 25},
		{"angles", "<https://example.com/a>", 25},
		{"longest", long[:4096], 23},
		{"too long", long, len(long)},
		{"label too long", "https://" + strings.Repeat("a", 64) + ".com", 76},
		{"label of the longest punycode", "https://" + strings.Repeat("あ", 57) + ".com", 23},
		{"punycode too long", "https://" + strings.Repeat("あ", 58) + ".com", 8 + 58 + 4},
		{"the longest punycode of several", "https://字字語日本日本文本字字文文字日文本本字語字字漢字本日漢語文漢本日語語漢語本.com", 23},
		{"one more", "https://本語語文字文本字日本文日本字語字漢文漢漢漢本本語文漢文本漢文語字字漢漢語漢本.com", 8 + 38 + 4},
		{"the longest punycode of different scripts", "https://あaaééa-ж-жああ😀😀あ-😀ж😀日ああ日é😀--a日aжa-😀あ.com", 23},
		{"one more of different scripts", "https://あжж-日😀жéж--é日aあж日日éあжaжéжéあ日日жaaa日日жあ.com", 8 + 37 + 4},
		{"t.co goes no further than its word", "https://t.co/abc/def", 23 + len("/def")},
		{"t.co with a word too long", "https://t.co/" + strings.Repeat("a", 41), 13 + 41},
		{"magnet and xmpp in full", "magnet:?xt=urn:a xmpp:a@example.com", 35},
		{"mention in an address", "https://example.com/@alice@example.org", 23},
		{"mention behind an equals sign", "=@alice@example.com", 19},
		{"mention and another at", "@alice@example.com@example.org", 30},
		{"mention with dots", "@al.ice-x@example.com.", 10},
		{"mention with a dot at the end", "@alice.@example.com", 19},
		{"two at signs", "@@alice@example.com", 7},
		{"mention before a scheme", "@alice@a://x", 12},
		{"mention on the longest host", "@a@" + strings.Repeat("b", 253), 2},
		{"mention on a host too long", "@a@" + strings.Repeat("b", 254), 257},
		{"host in another script", "@alice@例え.みんな です", 9},
		{"hashtag", "#hashtag", 8},
		{"broken", "\xff@a@b\xff https://a.com/\xff", 1 + 2 + 1 + 1 + 23},
	} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			if got := text.Count(text.Mastodon, v.text); got != v.want {
				t.Errorf("%q: got %d, want %d", v.text, got, v.want)
			}
		})
	}
}

func TestLengthOfOtherRules(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		name string
		rule text.Rule
		text string
		with []string
		want int
	}{
		{"addresses of another length", text.Rule{Unit: text.Mastodon, URL: 30}, "https://example.com/", nil, 30},
		{"a plain unit", text.Rule{Unit: text.Bytes}, "日", []string{"日本", "x"}, 6},
		{"a plain unit and no other string", text.Rule{Unit: text.Graphemes, URL: 5}, "https://a.com", nil, 13},
		{"a grapheme over the seam", text.Rule{Unit: text.Mastodon}, "\u0301x", []string{"e"}, 2},
		{"several", text.Rule{Unit: text.Mastodon}, "c", []string{"a", "b"}, 3},
	} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			if got := text.Length(v.rule, v.text, v.with...); got != v.want {
				t.Errorf("got %d, want %d", got, v.want)
			}
		})
	}
}

// FuzzMastodon checks that a text never counts more than what a person sees and what its addresses add.
func FuzzMastodon(f *testing.F) {
	for _, s := range []string{
		"see https://example.com/a?b=c (https://a.com/b_(c)) @alice@example.com", "https://例え.みんな", "a.b.c.日本.com/x?y",
		"\xff\xfe://", "@a@b.c@d", "https://a.com/((((", "xn--xn--.xn--a", strings.Repeat("日.", 50) + "com",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := text.Count(text.Mastodon, s)
		most := text.Count(text.Graphemes, s) + 23*strings.Count(s, "://")
		if got < 0 || got > most {
			t.Errorf("%q counts %d, want at most %d", s, got, most)
		}
	})
}

// A text without spaces is one long label, which must not be read again for each of its characters.
func TestMastodonLongText(t *testing.T) {
	t.Parallel()
	for _, s := range []string{strings.Repeat("日", 50_000), strings.Repeat("日.", 25_000), strings.Repeat("_日", 25_000)} {
		if got := text.Count(text.Mastodon, s+"://"); got < 3 {
			t.Errorf("got %d", got)
		}
	}
}

func ExampleLength() {
	rule := text.Rule{Unit: text.Mastodon}
	const warning = "a long read"
	_, _ = fmt.Fprintln(os.Stdout, text.Length(rule, "@alice@example.social: https://example.com/a/long/path", warning))
	// Output: 42
}
