package bluesky_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/providers/bluesky"
)

const found = `{"uri":"` + uri + `","cid":"` + greetingCID + `","value":{"text":"hi"}}`

func TestRemoteOf(t *testing.T) {
	t.Parallel()
	record := step{call: "getRecord", body: found}
	resolved := func(to string) step { return step{call: "resolveHandle", body: `{"did":"` + to + `"}`} }
	for _, tt := range []struct {
		name, url string
		steps     []step
		code      hayon.Code
		says      string
	}{
		{"by handle", "https://bsky.app/profile/alice.example.org/post/" + rkey, []step{record}, "", ""},
		{"by handle in capitals, with what follows", " https://bsky.app/profile/Alice.Example.ORG/post/" + rkey + "/?ref=x#y\n", []step{record}, "", ""},
		{"by DID", "https://bsky.app/profile/" + did + "/post/" + rkey, []step{record}, "", ""},
		{"on another client", "https://deer.social/profile/" + did + "/post/" + rkey, []step{record}, "", ""},
		{"by URI", uri, []step{record}, "", ""},
		{"by URI with the handle", "at://alice.example.org/app.bsky.feed.post/" + rkey, []step{record}, "", ""},
		{"by a new handle", "https://bsky.app/profile/new.example.org/post/" + rkey, []step{resolved(did), record}, "", ""},
		{"of somebody else, by handle", "https://bsky.app/profile/eve.example.org/post/" + rkey, []step{resolved("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa")}, hayon.CodeInvalid, "not of this account"},
		{"of nobody", "https://bsky.app/profile/eve.example.org/post/" + rkey, []step{refuse("resolveHandle", "", 400, "HandleNotFound")}, hayon.CodeInvalid, "not of this account"},
		{"of somebody else, by DID", "https://bsky.app/profile/did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/post/" + rkey, nil, hayon.CodeInvalid, "not of this account"},
		{"absent", uri, []step{refuse("getRecord", "", 400, "RecordNotFound")}, hayon.CodeInvalid, "there is no such post"},
		{"nobody knows whose handle", "https://bsky.app/profile/eve.example.org/post/" + rkey, []step{refuse("resolveHandle", "", 500, "InternalServerError")}, hayon.CodeUnavailable, ""},
		{"limited", uri, []step{refuse("getRecord", "", 429, "RateLimitExceeded")}, hayon.CodeRateLimited, ""},
		{"down", uri, []step{{call: "getRecord", status: 503}}, hayon.CodeUnavailable, ""},
		{"the profile", "https://bsky.app/profile/alice.example.org", nil, hayon.CodeInvalid, "no address of a post"},
		{"who liked it", "https://bsky.app/profile/alice.example.org/post/" + rkey + "/liked-by", nil, hayon.CodeInvalid, "no address of a post"},
		{"a feed", "at://" + did + "/app.bsky.feed.generator/" + rkey, nil, hayon.CodeInvalid, "no address of a post"},
		{"a strange key", "https://bsky.app/profile/" + did + "/post/..", nil, hayon.CodeInvalid, "no address of a post"},
		{"without a scheme", "bsky.app/profile/alice.example.org/post/" + rkey, nil, hayon.CodeInvalid, "it looks like https://bsky.app/"},
		{"nothing", "", nil, hayon.CodeInvalid, "no address of a post"},
		{"words", "it is there\x1b[2J", nil, hayon.CodeInvalid, "no address of a post"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider()
			got, err := p.RemoteOf(t.Context(), sessionOn(t, script(t, tt.steps...)), tt.url)
			if tt.code != "" {
				wantCode(t, err, tt.code, tt.says)
				return
			}
			want := hayon.Remote{ID: uri, URL: "https://bsky.app/profile/" + did + "/post/" + rkey, Digest: greetingCID}
			if err != nil || got != want {
				t.Errorf("got %+v, %v; want %+v", got, err, want)
			}
		})
	}
}

func TestRemoteOfWithNobodyThere(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	_, err := newProvider().RemoteOf(t.Context(), sessionOn(t, closed.URL), uri)
	wantCode(t, err, hayon.CodeUnavailable, "connection refused")
	if scope := hayon.AsError(err).Scope; scope != hayon.ScopeHost {
		t.Errorf("the scope is %q, want that of the host", scope)
	}
}

// A part that a person pointed at has no hash yet: the account's server knows it.
func TestReplyToWhatHasNoHash(t *testing.T) {
	t.Parallel()
	root := hayon.Remote{ID: "at://" + did + "/app.bsky.feed.post/3m5zzzzzzzz2a", Digest: "bafyroot"}
	for _, tt := range []struct {
		name   string
		parent hayon.Remote
		steps  []step
		code   hayon.Code
	}{
		{"asked for", hayon.Remote{ID: uri}, []step{{call: "getRecord", body: found}}, ""},
		{"known", hayon.Remote{ID: uri, Digest: greetingCID}, nil, ""},
		{"gone", hayon.Remote{ID: uri}, []step{refuse("getRecord", "", 400, "RecordNotFound")}, hayon.CodeInvalid},
		{"down", hayon.Remote{ID: uri}, []step{{call: "getRecord", status: 502}}, hayon.CodeUnavailable},
		{"no post", hayon.Remote{ID: "https://example.org/1"}, nil, hayon.CodeInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider()
			tg := &hayon.Target{Due: tenOClock, Parts: []hayon.Part{{Text: "one", Idem: rkey}, {Text: "two", Idem: rkey}}}
			r := prepareRequest(tg, nil)
			r.Index, r.Parent, r.Root = 1, tt.parent, root
			got, err := p.Prepare(t.Context(), sessionOn(t, script(t, tt.steps...)), r)
			if tt.code != "" {
				wantCode(t, err, tt.code)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var body struct{ Record record }
			if err := json.Unmarshal(got.Data, &body); err != nil {
				t.Fatal(err)
			}
			refs := body.Record.Reply
			if diff := cmp.Diff([]string{root.ID, root.Digest, uri, greetingCID}, []string{refs.Root.URI, refs.Root.CID, refs.Parent.URI, refs.Parent.CID}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestExpires(t *testing.T) {
	t.Parallel()
	token := func(claims string) string {
		return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
	}
	for _, tt := range []struct {
		name, refresh, password string
		want                    time.Time
	}{
		{"by the refresh token", token(`{"exp":1795168860}`), "", time.Unix(1795168860, 0)},
		{"not while the app password is kept", token(`{"exp":1795168860}`), "abcd-efgh-ijkl-mnop", time.Time{}},
		{"without an end", token(`{"sub":"x"}`), "", time.Time{}},
		{"of another kind", "opaque", "", time.Time{}},
		{"damaged", "a.%.c", "", time.Time{}},
		{"with nonsense", token(`{"exp":"soon"}`), "", time.Time{}},
		{"at the end of time", token(`{"exp":1e300}`), "", time.Time{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := with(t, sessionOn(t, "http://localhost:1"), map[string]string{"refresh_jwt": tt.refresh, "app_password": tt.password})
			got, err := newProvider().Expires(t.Context(), s)
			if err != nil || !got.Equal(tt.want) {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
		})
	}
}

// The real server's sessions say when they end: in 90 days.
func TestExpiresOnPDS(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	_, s := connected(t, p, pds)
	s = with(t, s, map[string]string{"app_password": ""})
	got, err := p.Expires(t.Context(), s)
	if in := time.Until(got); err != nil || in < 80*24*time.Hour || in > 100*24*time.Hour {
		t.Errorf("ends in %v (%v), want 90 days", in, err)
	}
}

func TestRemoteOfOnPDS(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	who, s := connected(t, p, pds)
	tg := target(p, s, "here I am")
	res := p.Publish(t.Context(), s, publishRequest(tg, prepare(t, p, s, tg, nil)))
	wantResult(t, res, hayon.VerdictPublished, "")
	for _, link := range []string{res.Remote.URL, res.Remote.ID, strings.Replace(res.Remote.URL, who.DID, who.Handle, 1)} {
		got, err := p.RemoteOf(t.Context(), s, link)
		if err != nil || got != res.Remote {
			t.Errorf("RemoteOf(%q) = %+v, %v; want %+v", link, got, err, res.Remote)
		}
	}
	eve, _ := connected(t, p, pds)
	for link, says := range map[string]string{
		strings.Replace(res.Remote.URL, who.DID, eve.Handle, 1):                 "not of this account",
		strings.Replace(res.Remote.URL, who.DID, "nobody-here.test", 1):         "not of this account",
		strings.Replace(res.Remote.ID, tg.Parts[0].Idem, "3m5zzzzzzzz22", 1):    "there is no such post",
		strings.Replace(res.Remote.URL, tg.Parts[0].Idem, "not:a:record:it", 1): "",
	} {
		_, err := p.RemoteOf(t.Context(), s, link)
		wantCode(t, err, hayon.CodeInvalid, says)
	}
}
