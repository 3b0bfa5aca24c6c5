package mastodontest_test

import (
	"strings"
	"testing"

	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

func TestTokensThatEnd(t *testing.T) {
	t.Parallel()
	c, ana := signedIn(t, mastodontest.Config{})
	const me = "/api/v1/accounts/verify_credentials"
	another := newClient(t, c.srv, c.srv.Token(ana))
	c.srv.Revoke(c.token)
	if a := c.want(401, "GET", me, nil); a.text("error") != "The access token was revoked" {
		t.Errorf("revoked: got %s", a.raw)
	}
	another.want(200, "GET", me, nil)
	c.srv.Disable(ana)
	if a := another.want(403, "GET", me, nil); a.text("error") != "Your login is currently disabled" {
		t.Errorf("disabled: got %s", a.raw)
	}
	another.token = "made-up"
	if a := another.want(401, "GET", me, nil); a.text("error") != "The access token is invalid" {
		t.Errorf("unknown: got %s", a.raw)
	}
}

func TestAnAppIsNoUser(t *testing.T) {
	t.Parallel()
	c, _ := signedIn(t, mastodontest.Config{})
	id, secret := c.srv.Client(c.token)
	c.token = ""
	body := obj{"grant_type": "client_credentials", "client_id": id, "client_secret": secret, "scope": "read write"}
	c.token = c.want(200, "POST", "/oauth/token", body).text("access_token")
	c.want(200, "GET", "/api/v1/apps/verify_credentials", nil)
	c.want(422, "POST", "/api/v1/statuses", obj{"status": "x"})
}

func TestWhatOthersDo(t *testing.T) {
	t.Parallel()
	c, ana := signedIn(t, mastodontest.Config{})
	id := c.srv.Post(ana, "from the web", "public")
	c.srv.React(id, 5, 3, 2)
	a := c.want(200, "GET", "/api/v1/statuses/"+id, nil)
	if a.obj["favourites_count"] != 5.0 || a.obj["reblogs_count"] != 3.0 || a.obj["replies_count"] != 2.0 {
		t.Errorf("figures: got %s", a.raw)
	}
	c.srv.Remove(id)
	c.want(404, "GET", "/api/v1/statuses/"+id, nil)
	if got, known := c.srv.Status(id); !known || !got.Deleted {
		t.Errorf("got %+v, %v", got, known)
	}
}

func TestAccountsOfAnotherHost(t *testing.T) {
	t.Parallel()
	srv := mastodontest.New(t, mastodontest.Config{})
	ana := srv.AddUser("ana")
	c := newClient(t, srv, "")
	c.http.CheckRedirect = nil // from the alias to the instance
	c.base = srv.Alias()
	c.want(404, "GET", "/api/v2/instance", nil)
	if a := c.want(200, "GET", "/.well-known/host-meta", nil); !strings.Contains(a.raw, `template="`+srv.URL+`/.well-known/webfinger?resource={uri}"`) {
		t.Errorf("host-meta: got %s", a.raw)
	}
	a := c.want(200, "GET", "/.well-known/webfinger?resource=acct:ana@example.org", nil)
	if a.text("subject") != "acct:ana@"+srv.Host() || !strings.Contains(a.raw, srv.URL+"/users/"+ana.Name) {
		t.Errorf("webfinger: got %s", a.raw)
	}
	c.want(404, "GET", "/.well-known/webfinger?resource=acct:nobody@example.org", nil)
}
