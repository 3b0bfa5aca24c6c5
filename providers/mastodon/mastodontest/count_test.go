package mastodontest_test

import (
	"strings"
	"testing"

	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

func TestCount(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text, spoiler string
		want          int
	}{
		{"see https://example.com/a/very/long/path?with=query#frag.", "", 28},
		{"see (https://en.wikipedia.org/wiki/Foo_(bar))", "", 29},
		{"example.com/path", "", 16},
		{"@alice@example.social hi", "", 9},
		{"@alice@example.social, @bob@b.example", "", 12},
		{"mail@example.com", "", 16},
		{"x@alice@example.social", "", 22},
		{"👨‍👩‍👧‍👦🇩🇪👍🏽", "", 3},
		{"日本語https://example.com/日本", "", 26},
		{"text", "cw text", 11},
		{"https://example.com", "cw https://example.com", 45},
		{"http://localhost/x", "", 18},
		{"http://192.168.0.1/x", "", 20},
		{"ftp://example.com/x", "", 19},
		{"@noël@example.com", "", 17},
		{"@alice@localhost", "", 6},
		{"https://user:pw@example.com/", "", 28},
		{"https://example.com:8080/x", "", 23},
		{"https://a.example https://b.example/x,", "", 48},
		{"http://a.b", "", 10},
		{"", "", 0},
		{strings.Repeat("é", 500), "", 500},
	} {
		if got := mastodontest.Count(tt.spoiler, tt.text, 23); got != tt.want {
			t.Errorf("%q with %q: got %d, want %d", tt.text, tt.spoiler, got, tt.want)
		}
	}
}
