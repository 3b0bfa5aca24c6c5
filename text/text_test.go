package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hayon/hayon/text"
)

func TestCount(t *testing.T) {
	t.Parallel()
	family := "👨‍👩‍👧‍👦"
	tests := []struct {
		name                                string
		text                                string
		graphemes, bytes, codePoints, utf16 int
	}{
		{"empty", "", 0, 0, 0, 0},
		{"ascii", strings.Repeat("a", 300), 300, 300, 300, 300},
		{"carriage return and line feed are one", "a\r\nb", 3, 4, 4, 4},
		{"families, flags, accents, hangul", family + "🇩🇪🇫🇷e\u0301한", 5, 25 + 16 + 3 + 3, 7 + 4 + 2 + 1, 11 + 8 + 2 + 1},
		{"devanagari conjunct", "क्षि", 1, 12, 4, 4},
		{"malayalam conjunct", "ക്ഷ", 1, 9, 3, 3},
		{"flag of England", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", 1, 28, 7, 14},
		{"zero width spaces", "\u200b\u200b", 2, 6, 2, 2},
		{"119 families", strings.Repeat(family, 119), 119, 2975, 833, 1309},
		{"130 families", strings.Repeat(family, 130), 130, 3250, 910, 1430},
		{"invalid bytes", "a\xff\xfe", 3, 3, 3, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for unit, want := range map[text.Unit]int{
				text.Graphemes: tt.graphemes, text.Bytes: tt.bytes,
				text.CodePoints: tt.codePoints, text.UTF16: tt.utf16, "furlongs": tt.bytes,
			} {
				if got := text.Count(unit, tt.text); got != want {
					t.Errorf("Count(%s, %q) = %d, want %d", unit, tt.text, got, want)
				}
			}
		})
	}
}

func TestCountOfficialVectors(t *testing.T) {
	t.Parallel()
	for _, v := range officialVectors {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			if got := text.Count(text.Graphemes, v.text); got != v.graphemes {
				t.Errorf("graphemes of %q = %d, want %d", v.text, got, v.graphemes)
			}
			if got := text.Count(text.Bytes, v.text); got != v.bytes {
				t.Errorf("bytes of %q = %d, want %d", v.text, got, v.bytes)
			}
		})
	}
}

func TestNormalize(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"plain", "hi", "hi"},
		{"windows lines", "a\r\nb\r\n", "a\nb"},
		{"old mac lines", "a\rb", "a\nb"},
		{"end is cut, start stays", "  a \t\n\u00a0", "  a"},
		{"blank lines inside stay", "a\n\n\nb", "a\n\n\nb"},
		{"byte order mark", "\ufeffa\ufeffb", "a\ufeffb"},
		{"invalid run", "a\xff\xfeb", "a\ufffdb"},
		{"decomposed stays decomposed", "e\u0301", "e\u0301"},
		{"only space", " \r\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := text.Normalize(tt.text); got != tt.want {
				t.Errorf("Normalize(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func FuzzNormalize(f *testing.F) {
	f.Add("\ufeff a\r\n\xff b \ufeff\n")
	f.Fuzz(func(t *testing.T, s string) {
		once := text.Normalize(s)
		if !utf8.ValidString(once) || strings.Contains(once, "\r") {
			t.Fatalf("Normalize(%q) = %q", s, once)
		}
		if twice := text.Normalize(once); twice != once {
			t.Fatalf("Normalize(%q) = %q, normalised again %q", s, once, twice)
		}
		if text.Digest(s) != text.Digest(once) {
			t.Fatalf("Digest(%q) changes with normalising", s)
		}
	})
}

func TestDigest(t *testing.T) {
	t.Parallel()
	// printf 'a b' | sha256sum
	const want = "c8687a08aa5d6ed2044328fa6a697ab8e96dc34291e8c2034ae8c38e6fcc6d65"
	for _, same := range []string{"a b", " a\r\n\t b\n", "\ufeffa\u00a0b"} {
		if got := text.Digest(same); got != want {
			t.Errorf("Digest(%q) = %s, want %s", same, got, want)
		}
	}
	for _, other := range []string{"ab", "A b", "a b!"} {
		if got := text.Digest(other); got == want {
			t.Errorf("Digest(%q) equals that of \"a b\"", other)
		}
	}
}

func TestClip(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		text  string
		width int
		want  string
	}{
		{"fits", "hello", 5, "hello"},
		{"one too many", "hello!", 5, "hell…"},
		{"no space before the mark", "hell o world", 6, "hell…"},
		{"one line", " a\n\n b ", 9, "a b"},
		{"whole clusters", "👨‍👩‍👧‍👦👍🏽e\u0301x", 3, "👨‍👩‍👧‍👦👍🏽…"},
		{"width of one", "ab", 1, "…"},
		{"no width", "ab", 0, ""},
		{"empty", "", 4, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := text.Clip(tt.text, tt.width); got != tt.want {
				t.Errorf("Clip(%q, %d) = %q, want %q", tt.text, tt.width, got, tt.want)
			}
		})
	}
}

func TestSlug(t *testing.T) {
	t.Parallel()
	tests := []struct {
		title string
		limit int
		want  string
	}{
		{"Shipping 2.0 today!", 40, "shipping-2-0-today"},
		{"Über Café — Straße", 40, "uber-cafe-strasse"},
		{"U\u0308ber Cafe\u0301", 40, "uber-cafe"},
		{"Łódź Ærø Þór İstanbul ısı", 60, "lodz-aero-thor-istanbul-isi"},
		{"Tiếng Việt rất đẹp", 40, "tieng-viet-rat-dep"},
		{"It’s Ana's", 40, "its-anas"},
		{"日本語", 40, "post"},
		{"日本語 Go", 40, "go"},
		{"  --  ", 40, "post"},
		{"", 2, "po"},
		{"one two three", 9, "one-two"},
		{"one two three", 7, "one-two"},
		{"one two three", 8, "one-two"},
		{"incomprehensibilities", 6, "incomp"},
		{"a incomprehensibilities", 10, "a-incompre"},
		{"any length at all", 0, "any-length-at-all"},
	}
	for _, tt := range tests {
		t.Run(tt.title, func(t *testing.T) {
			t.Parallel()
			if got := text.Slug(tt.title, tt.limit); got != tt.want {
				t.Errorf("Slug(%q, %d) = %q, want %q", tt.title, tt.limit, got, tt.want)
			}
		})
	}
}

func FuzzSlug(f *testing.F) {
	f.Add("Über Café", 7)
	f.Add("日本", 1)
	f.Fuzz(func(t *testing.T, title string, limit int) {
		slug := text.Slug(title, limit)
		if slug == "" || (limit > 0 && len(slug) > limit) {
			t.Fatalf("Slug(%q, %d) = %q", title, limit, slug)
		}
		for part := range strings.SplitSeq(slug, "-") {
			if part == "" || strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
				t.Fatalf("Slug(%q, %d) = %q", title, limit, slug)
			}
		}
	})
}
