package mastodon_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/mastodon"
	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

// What each relative is taken for.
func TestRelatives(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		cfg     mastodontest.Config
		class   hayon.Class
		chars   int64
		media   int64
		options string
		needs   bool
	}{
		{"mastodon", mastodontest.Config{}, hayon.ClassB, 500, 4, "visibility cw sensitive quote_policy no_quotes", false},
		{"before quotes", mastodontest.Config{Version: "4.4.1"}, hayon.ClassB, 500, 4, "visibility cw sensitive", false},
		{"roomy", mastodontest.Roomy(), hayon.ClassB, 11_000, 4, "visibility cw sensitive quote_policy no_quotes", false},
		{"glitch", mastodontest.Glitch(), hayon.ClassB, 500, 4, "visibility cw sensitive quote_policy no_quotes local_only content_type", false},
		{"gotosocial", mastodontest.GoToSocial(), hayon.ClassD, 5000, 6, "visibility cw sensitive local_only content_type", false},
		{"pleroma", mastodontest.Pleroma(), hayon.ClassB, 5000, 4, "visibility cw sensitive content_type", false},
		{"akkoma", mastodontest.Config{Software: "akkoma", NoConfiguration: true, MaxChars: 5000}, hayon.ClassB, 5000, 4, "visibility cw sensitive content_type", false},
		{"pixelfed", mastodontest.Pixelfed(), hayon.ClassD, 500, 20, "visibility cw sensitive", true},
		{"old", mastodontest.Old(), hayon.ClassB, 500, 4, "visibility cw sensitive", false},
		{"hometown", mastodontest.Config{Software: "hometown", MaxChars: 600}, hayon.ClassB, 600, 4, "visibility cw sensitive local_only", false},
		{"unknown", mastodontest.Config{Software: "homemade", NoV2: true}, hayon.ClassD, 500, 4, "visibility cw sensitive", false},
		{"nameless", mastodontest.Config{NoNodeInfo: true}, hayon.ClassD, 500, 4, "visibility cw sensitive quote_policy no_quotes", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, tt.cfg)
			info := r.p.Info().For(r.account)
			if c := r.p.ClassOf(r.account); c != tt.class || info.Class != tt.class {
				t.Errorf("class %s, by the facts %s, want %s", c, info.Class, tt.class)
			}
			chars, _ := info.Limit(hayon.LimitText, hayon.UnitMastodon)
			media, _ := info.Limit(hayon.LimitImages, hayon.UnitItems)
			if chars != tt.chars || media != tt.media || info.NeedsMedia != tt.needs {
				t.Errorf("%d characters, %d media, needs media %t", chars, media, info.NeedsMedia)
			}
			i := slices.IndexFunc(info.Limits, func(l hayon.Limit) bool { return l.Of == hayon.LimitText })
			if l := info.Limits[i]; l.URL != 23 || !slices.Equal(l.With, []string{"cw"}) {
				t.Errorf("limit of text: %+v", l)
			}
			var names []string
			for _, o := range info.Options {
				names = append(names, o.Name)
			}
			if got := strings.Join(names, " "); got != tt.options {
				t.Errorf("options %q, want %q", got, tt.options)
			}
			facts, err := r.p.Limits(t.Context(), r.session)
			if err != nil {
				t.Fatalf("Limits: %v", err)
			}
			if diff := cmp.Diff(r.account.Server, facts); diff != "" {
				t.Errorf("Limits differ from the facts of the sign-in:\n%s", diff)
			}
		})
	}
}

func TestClassOfWhatNobodyHasAsked(t *testing.T) {
	t.Parallel()
	if c := mastodon.New(mastodon.Config{}).ClassOf(&hayon.Account{}); c != hayon.ClassD {
		t.Errorf("class %s, want D: nothing is known of its key", c)
	}
}

// Instances say the same in several ways, and some say nothing.
func TestFactsOfOddInstances(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		software string
		instance string
		limits   map[string]int64 // by subject and unit; 0: there is none
		domain   string
	}{
		{"numbers as text", "homemade", `{"uri":"https://odd.example/","version":"1","max_toot_chars":"7000","upload_limit":9}`, map[string]int64{
			"text mastodon": 7000, "image bytes": 9, "video bytes": 9, "images items": 4,
		}, "odd.example"},
		{"no limit announced", "snac", `{"uri":"snac.example","version":"4.0.0"}`, map[string]int64{"text mastodon": 0, "images items": 4}, "snac.example"},
		{"friendica", "friendica", `{"uri":"friendica.example","version":"2.8.0","max_toot_chars":200000}`, map[string]int64{"text mastodon": 200_000}, "friendica.example"},
		{"films and polls", "homemade", `{"uri":"x.example","version":"1","configuration":{"media_attachments":{"video_matrix_limit":2304000,"video_frame_rate_limit":60,"image_matrix_limit":16777216},` +
			`"polls":{"max_options":6,"max_characters_per_option":"80","min_expiration":60,"max_expiration":3600}}}`, map[string]int64{
			"video pixels": 2_304_000, "video frames_per_second": 60, "image pixels": 16_777_216,
			"poll_options items": 6, "poll_option graphemes": 80, "poll_time seconds": 3600,
		}, "x.example"},
		{"no polls announced", "homemade", `{"uri":"x.example","version":"1","configuration":{"polls":{"max_options":0}}}`, map[string]int64{
			"poll_options items": 0, "poll_option graphemes": 0, "poll_time seconds": 0, "video pixels": 8_294_400, "video frames_per_second": 120,
		}, "x.example"},
		{"words for numbers", "homemade", `{"uri":"x.example","version":"1","max_toot_chars":"many"}`, map[string]int64{"text mastodon": 500}, "x.example"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			mux := http.NewServeMux()
			answer := func(path, body string) {
				mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
					_, _ = w.Write([]byte(strings.ReplaceAll(body, "HOST", r.Host)))
				})
			}
			answer("/.well-known/nodeinfo", `{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"http://HOST/ni"}]}`)
			answer("/ni", `{"software":{"name":"`+tt.software+`","version":"1"}}`)
			answer("/api/v1/instance", tt.instance)
			answer("/api/v1/accounts/verify_credentials", `{"id":7,"username":"ana","acct":"ana","url":"","source":{}}`)
			srv := httptest.NewServer(mux)
			t.Cleanup(srv.Close)
			p := mastodon.New(mastodon.Config{})
			a, _, err := p.SignIn(t.Context(), hayon.SignIn{Fields: map[string]string{"host": srv.URL}, Secret: hayon.NewSecret([]byte("t"))})
			if err != nil {
				t.Fatal(err)
			}
			info := p.Info().For(a)
			for name, want := range tt.limits {
				of, unit, _ := strings.Cut(name, " ")
				if got, _ := info.Limit(of, hayon.Unit(unit)); got != want {
					t.Errorf("%s: got %d, want %d", name, got, want)
				}
			}
			if a.Handle != "@ana@"+tt.domain || !strings.HasPrefix(a.RemoteID, "7@") {
				t.Errorf("handle %q, id %q", a.Handle, a.RemoteID)
			}
			if got := p.ViewURL(a); got != srv.URL+"/@ana" {
				t.Errorf("to be seen at %q", got)
			}
		})
	}
}
