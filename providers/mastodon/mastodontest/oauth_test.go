package mastodontest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

const (
	oob      = "urn:ietf:wg:oauth:2.0:oob"
	loopback = "http://127.0.0.1/callback"
	verifier = "a-verifier-that-is-long-enough-for-the-rules-of-it"
)

// flow is a sign-in under way.
type flow struct {
	c          *client
	user       *mastodontest.User
	id, secret string
	redirect   string
	query      url.Values
}

func newFlow(t *testing.T, cfg mastodontest.Config, redirects ...string) *flow {
	t.Helper()
	srv := mastodontest.New(t, cfg)
	f := &flow{c: newClient(t, srv, ""), user: srv.AddUser("ana"), redirect: redirects[0]}
	app := f.c.want(200, "POST", "/api/v1/apps", url.Values{
		"client_name": {"x"}, "redirect_uris": {strings.Join(redirects, "\n")}, "scopes": {"read:statuses write:statuses write:media"},
	})
	f.id, f.secret = app.text("client_id"), app.text("client_secret")
	sum := sha256.Sum256([]byte(verifier))
	f.query = url.Values{
		"response_type": {"code"}, "client_id": {f.id}, "redirect_uri": {f.redirect}, "scope": {"write:statuses"}, "state": {"st&te"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	return f
}

func (f *flow) signIn() *url.URL {
	f.c.t.Helper()
	return f.c.srv.SignIn(f.user, f.c.srv.URL+"/oauth/authorize?"+f.query.Encode())
}

func (f *flow) exchange(code string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "client_id": {f.id}, "client_secret": {f.secret}, "redirect_uri": {f.redirect},
		"code_verifier": {verifier},
	}
}

func TestCodeFlow(t *testing.T) {
	t.Parallel()
	f := newFlow(t, mastodontest.Config{}, loopback)
	f.redirect = "http://127.0.0.1:4711/callback" // another port than registered
	f.query.Set("redirect_uri", f.redirect)
	back := f.signIn()
	if got := back.Query(); back.Host != "127.0.0.1:4711" || back.Path != "/callback" || got.Get("state") != "st&te" {
		t.Fatalf("redirect: got %s", back)
	}
	token := f.c.want(200, "POST", "/oauth/token", f.exchange(back.Query().Get("code")))
	if token.text("token_type") != "Bearer" || token.text("scope") != "write:statuses" || token.obj["expires_in"] != nil || token.obj["refresh_token"] != nil {
		t.Errorf("token: got %s", token.raw)
	}
	f.c.token = token.text("access_token")
	f.c.post(obj{"status": "hello"})
	f.c.want(403, "GET", "/api/v1/accounts/verify_credentials", nil)
	f.c.want(403, "POST", "/api/v2/media", file(t, "image/png", square(t)))

	f.c.want(200, "POST", "/oauth/revoke", url.Values{"client_id": {f.id}, "client_secret": {f.secret}, "token": {f.c.token}})
	if a := f.c.want(401, "POST", "/api/v1/statuses", obj{"status": "again"}); a.text("error") != "The access token was revoked" {
		t.Errorf("after the revocation: %s", a.raw)
	}
	if got := f.c.srv.Statuses(f.user); len(got) != 1 || got[0].Text != "hello" {
		t.Errorf("statuses: got %+v", got)
	}
}

func TestCodeShownOnAPage(t *testing.T) {
	t.Parallel()
	f := newFlow(t, mastodontest.Config{}, oob, loopback)
	back := f.signIn()
	code := back.Query().Get("code")
	page := f.c.want(200, "GET", strings.TrimPrefix(back.String(), f.c.srv.URL), nil)
	if code == "" || !strings.Contains(page.raw, code) {
		t.Errorf("the page %s does not show the code %q:\n%s", back, code, page.raw)
	}
	f.c.want(200, "POST", "/oauth/token", f.exchange(code))
}

func TestCodeIsRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(f *flow, v url.Values)
		status int
		want   string
	}{
		{"wrong code", func(_ *flow, v url.Values) { v.Set("code", "x") }, 400, "invalid_grant"},
		{"wrong verifier", func(_ *flow, v url.Values) { v.Set("code_verifier", "x") }, 400, "invalid_grant"},
		{"no verifier", func(_ *flow, v url.Values) { v.Del("code_verifier") }, 400, "invalid_grant"},
		{"other redirect", func(_ *flow, v url.Values) { v.Set("redirect_uri", "http://127.0.0.1/other") }, 400, "invalid_grant"},
		{"old code", func(f *flow, _ url.Values) { f.c.srv.Advance(11 * time.Minute) }, 400, "invalid_grant"},
		{"used code", func(f *flow, v url.Values) { f.c.want(200, "POST", "/oauth/token", v) }, 400, "invalid_grant"},
		{"wrong secret", func(_ *flow, v url.Values) { v.Set("client_secret", "x") }, 401, "invalid_client"},
		{"forgotten app", func(f *flow, _ url.Values) { f.c.srv.ForgetApps() }, 401, "invalid_client"},
		{"refresh grant", func(_ *flow, v url.Values) { v.Set("grant_type", "refresh_token") }, 400, "unsupported_grant_type"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFlow(t, mastodontest.Config{}, loopback)
			v := f.exchange(f.signIn().Query().Get("code"))
			tt.change(f, v)
			if a := f.c.want(tt.status, "POST", "/oauth/token", v); a.text("error") != tt.want {
				t.Errorf("got %s, want %s", a.raw, tt.want)
			}
		})
	}
}

func TestUsedCodeEndsItsToken(t *testing.T) {
	t.Parallel()
	f := newFlow(t, mastodontest.Config{}, loopback)
	v := f.exchange(f.signIn().Query().Get("code"))
	f.c.token = f.c.want(200, "POST", "/oauth/token", v).text("access_token")
	f.c.want(400, "POST", "/oauth/token", v)
	f.c.want(401, "POST", "/api/v1/statuses", obj{"status": "x"})
}

func TestSignInPageRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, param, value string
	}{
		{"unknown app", "client_id", "x"},
		{"redirect of others", "redirect_uri", "https://evil.example/"},
		{"other path", "redirect_uri", "http://127.0.0.1/other"},
		{"localhost is no IP literal", "redirect_uri", "http://localhost:1/callback"},
		{"token flow", "response_type", "token"},
		{"scope that was not registered", "scope", "write:accounts"},
		{"plain challenge", "code_challenge_method", "plain"},
		{"challenge that is no hash", "code_challenge", "short"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFlow(t, mastodontest.Config{}, loopback)
			f.query.Set(tt.param, tt.value)
			f.c.want(400, "GET", "/oauth/authorize?"+f.query.Encode(), nil)
		})
	}
}

func TestPortCountsWhereRedirectsAreExact(t *testing.T) {
	t.Parallel()
	f := newFlow(t, mastodontest.GoToSocial(), loopback)
	f.query.Set("redirect_uri", "http://127.0.0.1:4711/callback")
	f.c.want(400, "GET", "/oauth/authorize?"+f.query.Encode(), nil)
}

func TestDeniedAndWrongPassword(t *testing.T) {
	t.Parallel()
	f := newFlow(t, mastodontest.Config{}, loopback)
	back := f.c.srv.Deny(f.user, f.c.srv.URL+"/oauth/authorize?"+f.query.Encode())
	if got := back.Query(); got.Get("error") != "access_denied" || got.Get("state") != "st&te" || got.Has("code") {
		t.Errorf("denied: got %s", back)
	}
	form := url.Values{"username": {"ana"}, "password": {"wrong"}, "commit": {"authorize"}}
	maps.Copy(form, f.query)
	if a := f.c.want(422, "POST", "/oauth/authorize/sign_in", form); !strings.Contains(a.raw, "Invalid E-mail address or password") {
		t.Errorf("wrong password: %s", a.raw)
	}
}

func TestAppIsRefused(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]url.Values{
		"scope that nobody has": {"client_name": {"x"}, "redirect_uris": {oob}, "scopes": {"fly"}},
		"no name":               {"client_name": {""}, "redirect_uris": {oob}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newClient(t, mastodontest.New(t, mastodontest.Config{}), "").want(422, "POST", "/api/v1/apps", body)
		})
	}
}

func TestOlderMastodonsKnowNeitherProfileNorPKCE(t *testing.T) {
	t.Parallel()
	srv := mastodontest.New(t, mastodontest.Config{Version: "4.2.20"})
	c := newClient(t, srv, "")
	c.want(404, "GET", "/.well-known/oauth-authorization-server", nil)
	c.want(422, "POST", "/api/v1/apps", url.Values{"client_name": {"x"}, "redirect_uris": {oob}, "scopes": {"profile"}})

	f := newFlow(t, mastodontest.Config{Version: "4.2.20"}, loopback)
	v := f.exchange(f.signIn().Query().Get("code"))
	v.Set("code_verifier", "another")
	f.c.want(200, "POST", "/oauth/token", v)
}

func TestTokensThatExpire(t *testing.T) {
	t.Parallel()
	c, ana := signedIn(t, mastodontest.Pixelfed())
	id, secret := c.srv.Client(c.token)
	refresh, _, _ := c.srv.Refresh(c.token)
	c.srv.Advance(15 * 24 * time.Hour)
	if a := c.want(401, "GET", "/api/v1/accounts/verify_credentials", nil); a.text("error") != "The access token expired" {
		t.Errorf("got %s", a.raw)
	}
	v := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {id}, "client_secret": {secret}}
	a := c.want(200, "POST", "/oauth/token", v)
	c.want(400, "POST", "/oauth/token", v) // once only
	if a.obj["expires_in"] != float64(15*24*3600) || a.text("refresh_token") == refresh {
		t.Errorf("new pair: got %s", a.raw)
	}
	c.token = a.text("access_token")
	if got := c.want(200, "GET", "/api/v1/accounts/verify_credentials", nil).text("id"); got != ana.ID {
		t.Errorf("account: got %s, want %s", got, ana.ID)
	}
}

func TestScopesCoverThoseBelow(t *testing.T) {
	t.Parallel()
	c, _ := signedIn(t, mastodontest.Config{}, "profile", "write")
	c.want(200, "GET", "/api/v1/accounts/verify_credentials", nil)
	id := c.post(obj{"status": "x"})
	if a := c.want(403, "GET", "/api/v1/statuses/"+id, nil); a.text("error") != "This action is outside the authorized scopes" {
		t.Errorf("got %s", a.raw)
	}
	if got := c.srv.Requests(); !slices.ContainsFunc(got, func(r mastodontest.Request) bool { return r.Status == 403 && r.User == "ana" }) {
		t.Errorf("requests: got %+v", got)
	}
}
