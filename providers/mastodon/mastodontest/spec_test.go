package mastodontest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

// TestEveryOperationKeepsToTheDescription visits all that the instance answers; an answer that breaks the
// description fails the test by itself.
func TestEveryOperationKeepsToTheDescription(t *testing.T) {
	t.Parallel()
	needSpec(t)
	for name, cfg := range map[string]mastodontest.Config{
		"mastodon": {}, "4.6": {Version: "4.6.0"}, "4.2": {Version: "4.2.20"}, "gotosocial": mastodontest.GoToSocial(), "glitch": mastodontest.Glitch(),
		"roomy": mastodontest.Roomy(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tour(t, cfg)
		})
	}
}

func tour(t *testing.T, cfg mastodontest.Config) {
	t.Helper()
	c, ana := signedIn(t, cfg)
	id, secret := c.srv.Client(c.token)
	ben := newClient(t, c.srv, c.srv.Token(c.srv.AddUser("ben")))
	nobody := newClient(t, c.srv, "")

	c.want(200, "POST", "/api/v1/apps", obj{"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write", "website": "https://a.example"})
	c.want(200, "GET", "/api/v1/apps/verify_credentials", nil)
	c.want(200, "POST", "/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}, "scope": {"read"}})
	c.want(400, "POST", "/oauth/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {id}, "client_secret": {secret}, "code": {"x"}, "redirect_uri": {"urn:ietf:wg:oauth:2.0:oob"},
	})
	c.want(401, "POST", "/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {"x"}})
	c.want(200, "POST", "/oauth/revoke", url.Values{"client_id": {id}, "client_secret": {secret}, "token": {"x"}})
	c.want(403, "POST", "/oauth/revoke", url.Values{"client_id": {id}, "client_secret": {"x"}, "token": {"x"}})
	nobody.want(200, "GET", "/api/v1/instance", nil)
	nobody.want(200, "GET", "/api/v2/instance", nil)
	nobody.want(200, "GET", "/.well-known/nodeinfo", nil)
	nobody.want(200, "GET", "/nodeinfo/2.0", nil)

	picture := c.upload("description", "a square", "focus", "0.5,-0.5")
	c.want(200, "GET", "/api/v1/media/"+picture, nil)
	c.want(200, "PUT", "/api/v1/media/"+picture, url.Values{"description": {"a grey square"}})
	if cfg.Media == mastodontest.MediaAsync {
		film := c.want(202, "POST", "/api/v2/media", file(t, "video/mp4", []byte("film"))).text("id")
		c.want(206, "GET", "/api/v1/media/"+film, nil)
		c.want(200, "GET", "/api/v1/media/"+film, nil)
	}
	c.want(200, "POST", "/api/v1/media", file(t, "audio/mpeg", []byte("sound")))
	c.want(422, "POST", "/api/v1/media", file(t, "text/plain", []byte("text")))

	first := c.post(obj{
		"status": "hello #world https://example.com/a", "media_ids": []string{picture}, "spoiler_text": "cw", "sensitive": true, "language": "de",
		"visibility": "public",
	})
	second := c.post(url.Values{"status": {"and\n\nthen"}, "in_reply_to_id": {first}, "visibility": {"unlisted"}})
	c.post(obj{"status": "which", "poll": obj{"options": []string{"a", "b"}, "expires_in": 300, "multiple": true}})
	if strings.HasPrefix(cfg.Version, "4.6") {
		c.post(obj{"status": "look", "quoted_status_id": first, "quote_approval_policy": "nobody"})
	}
	later := c.want(200, "POST", "/api/v1/statuses", obj{"status": "later", "scheduled_at": "2099-01-01T00:00:00Z"}).text("id")
	c.want(200, "GET", "/api/v1/scheduled_statuses", nil)
	c.want(200, "GET", "/api/v1/scheduled_statuses/"+later, nil)
	c.want(200, "PUT", "/api/v1/scheduled_statuses/"+later, obj{"scheduled_at": "2099-01-02T00:00:00Z"})
	c.want(200, "DELETE", "/api/v1/scheduled_statuses/"+later, nil)
	c.want(404, "GET", "/api/v1/scheduled_statuses/"+later, nil)

	for _, reader := range []*client{c, ben, nobody} {
		for _, path := range []string{
			"/api/v1/statuses/" + first, "/api/v1/statuses/" + second + "/context", "/api/v1/statuses/" + first + "/context",
			"/api/v1/accounts/" + ana.ID, "/api/v1/accounts/" + ana.ID + "/statuses?limit=2&exclude_reblogs=true", "/api/v1/accounts/lookup?acct=ana",
			"/api/v2/search?q=" + url.QueryEscape(c.srv.URL+"/@ana/"+first) + "&type=statuses", "/api/v1/statuses/" + first + "/history",
		} {
			reader.want(200, "GET", path, nil)
		}
	}
	c.want(200, "GET", "/api/v1/accounts/verify_credentials", nil)
	c.want(200, "GET", "/api/v1/statuses/"+first+"/source", nil)
	c.want(200, "PUT", "/api/v1/statuses/"+first, obj{
		"status": "edited", "media_ids": []string{picture}, "media_attributes": []obj{{"id": picture, "description": "new"}}, "sensitive": false,
	})
	c.want(200, "GET", "/api/v1/statuses/"+first+"/history", nil)
	ben.want(200, "POST", "/api/v1/statuses/"+first+"/reblog", obj{"visibility": "unlisted"})
	ben.want(200, "POST", "/api/v1/statuses/"+first+"/unreblog", nil)
	c.want(422, "POST", "/api/v1/statuses", obj{"status": ""})
	ben.want(404, "DELETE", "/api/v1/statuses/"+first, nil)
	c.want(200, "DELETE", "/api/v1/statuses/"+first+"?delete_media=true", nil)
	c.want(404, "GET", "/api/v1/statuses/"+first, nil)
	nobody.want(401, "POST", "/api/v1/statuses", obj{"status": "x"})
	if cfg.Software == "" && cfg.Version != "4.2.20" {
		c.want(200, "DELETE", "/api/v1/media/"+c.upload(), nil)
		c.want(200, "GET", "/api/v1/statuses?id[]="+second, nil)
		nobody.want(200, "GET", "/.well-known/oauth-authorization-server", nil)
	}
}

func TestWrongRequestsAreCaught(t *testing.T) {
	t.Parallel()
	needSpec(t)
	for _, tt := range []struct {
		name, method, path string
		body               any
		key                string
		want               string // in the complaint
	}{
		{"unknown path", "GET", "/api/v1/nothing", nil, "", "no such path"},
		{"unknown method", "PATCH", "/api/v1/statuses/1", nil, "", "no such method"},
		{"unknown member", "POST", "/api/v1/statuses", obj{"status": "a", "text": "b"}, "", "unknown member text"},
		{"unknown member of a form", "POST", "/api/v1/statuses", url.Values{"status": {"a"}, "media": {"1"}}, "", "unknown member media"},
		{"unknown member of a member", "POST", "/api/v1/statuses", obj{"status": "a", "poll": obj{"options": []string{"a", "b"}, "expires_in": 300, "until": 1}}, "", "unknown member until"},
		{"neither text nor media", "POST", "/api/v1/statuses", obj{"visibility": "public"}, "", "body"},
		{"a number for a text", "POST", "/api/v1/statuses", obj{"status": 5}, "", "string"},
		{"a visibility of others", "POST", "/api/v1/statuses", obj{"status": "a", "visibility": "local"}, "", "/visibility"},
		{"a word for a boolean", "POST", "/api/v1/statuses", url.Values{"status": {"a"}, "sensitive": {"yes"}}, "", "/sensitive"},
		{"a time that is none", "POST", "/api/v1/statuses", obj{"status": "a", "scheduled_at": "tomorrow"}, "", "/scheduled_at"},
		{"media that are no list", "POST", "/api/v1/statuses", url.Values{"media_ids": {"1"}}, "", "/media_ids"},
		{"unknown parameter", "GET", "/api/v1/accounts/1/statuses?count=3", nil, "", "query: count"},
		{"parameter of the wrong type", "GET", "/api/v1/accounts/1/statuses?limit=many", nil, "", "query limit"},
		{"parameter that is missing", "GET", "/api/v1/accounts/lookup", nil, "", "lacks acct"},
		{"upload without a file", "POST", "/api/v2/media", file(t, "", nil, "description", "x"), "", "file"},
		{"upload as JSON", "POST", "/api/v2/media", obj{"file": "x"}, "", "content type"},
		{"a body where none belongs", "POST", "/api/v1/statuses/1/unreblog", obj{"a": 1}, "", "none is described"},
		{"JSON that is none", "POST", "/api/v1/statuses", form{[]byte("{"), "application/json"}, "", "does not parse"},
		{"a key where it means nothing", "POST", "/api/v1/statuses/1/reblog", nil, "k", "Idempotency-Key"},
		{"a token without a client", "POST", "/oauth/token", url.Values{"grant_type": {"client_credentials"}}, "", "client_id"},
		{"a redirect that is no address", "POST", "/api/v1/apps", obj{"client_name": "x", "redirect_uris": []string{"nowhere"}}, "", "redirect_uris"},
		{"attributes without an id", "PUT", "/api/v1/statuses/1", obj{"status": "a", "media_attributes": []obj{{"description": "x"}}}, "", "media_attributes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := &witness{TB: t}
			srv := mastodontest.New(w, mastodontest.Config{})
			c := newClient(t, srv, srv.Token(srv.AddUser("ana")))
			c.key = tt.key
			if _, err := c.do(tt.method, tt.path, tt.body); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(w.all(), tt.want) {
				t.Errorf("complaints: got %q, want one with %q", w.all(), tt.want)
			}
			if n := strings.Count(w.all(), "mastodontest: "); n != 1 {
				t.Errorf("got %d complaints, want one:\n%s", n, w.all())
			}
		})
	}
}

func TestRelativesKnowMoreParameters(t *testing.T) {
	t.Parallel()
	needSpec(t)
	c, ana := signedIn(t, mastodontest.Glitch())
	c.post(obj{"status": "**bold**", "content_type": "text/markdown"})
	if got := c.srv.Statuses(ana)[0].Extra["content_type"]; got != "text/markdown" {
		t.Errorf("content_type: got %v", got)
	}
}

func TestWrongAnswersAreCaught(t *testing.T) {
	t.Parallel()
	needSpec(t)
	isJSON := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	for _, tt := range []struct {
		name, method, path string
		answer             mastodontest.Answer
		want               string // in what is found; "" is nothing
	}{
		{"a good one", "GET", "/api/v1/statuses/1/source", mastodontest.Answer{Status: 200, Header: isJSON, Body: []byte(`{"id":"1","text":"","spoiler_text":""}`)}, ""},
		{"a refusal", "GET", "/api/v1/statuses/1/source", mastodontest.Answer{Status: 403, Header: isJSON, Body: []byte(`{"error":"no"}`)}, ""},
		{"a member is missing", "GET", "/api/v1/statuses/1/source", mastodontest.Answer{Status: 200, Header: isJSON, Body: []byte(`{"id":"1","text":""}`)}, "spoiler_text"},
		{"a member too many", "GET", "/api/v1/statuses/1/source", mastodontest.Answer{Status: 200, Header: isJSON, Body: []byte(`{"id":"1","text":"","spoiler_text":"","a":1}`)}, "unknown member a"},
		{"a number for an id", "GET", "/api/v1/statuses/1/source", mastodontest.Answer{Status: 200, Header: isJSON, Body: []byte(`{"id":1,"text":"","spoiler_text":""}`)}, "/id"},
		{"a page", "GET", "/api/v1/statuses/1/source", mastodontest.Answer{Status: 200, Header: http.Header{"Content-Type": {"text/html"}}}, "content type"},
		{"a status of another method", "GET", "/api/v1/statuses/1/source", mastodontest.Answer{Status: 206, Header: isJSON, Body: []byte(`{}`)}, "206"},
		{"a refusal without a reason", "GET", "/api/v1/statuses/1/source", mastodontest.Answer{Status: 404, Header: isJSON, Body: []byte(`{}`)}, "error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			found, err := mastodontest.CheckAnswer(tt.method, tt.path, &tt.answer)
			if err != nil {
				t.Fatal(err)
			}
			if all := strings.Join(found, "\n"); tt.want == "" && all != "" || !strings.Contains(all, tt.want) {
				t.Errorf("got %q, want %q", all, tt.want)
			}
		})
	}
}
