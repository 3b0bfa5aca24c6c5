package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hayon/hayon"
)

// pages is a web server with a few pages.
func pages(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := map[string]string{
			"/titled":   "<!doctype html><title>News &amp; views\n of today</title><p>words",
			"/untitled": "<!doctype html><p>words",
		}[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestFromURL: the text is what a page says of itself, read from private networks only where that is
// allowed.
func TestFromURL(t *testing.T) {
	t.Parallel()
	address := pages(t)
	eachMode(t, func(t *testing.T, mode string) {
		t.Helper()
		u := newUser(t, mode, "HAYON_CARDS_ALLOW_PRIVATE=1")
		post := func(args ...string) string {
			return u.must(t, 0, "", append(args, "--to", "site", "--json")...).post(t).Text
		}
		if got, want := post("post", "--from-url", address+"/titled"), "News & views of today\n\n"+address+"/titled"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got, want := post("preview", "--from-url", address+"/untitled"), address+"/untitled"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		u.must(t, 2, "", "post", "--from-url", "example.com", "--to", "site").wantError(t, "https://example.com/news")
		u.must(t, 2, "", "post", "x", "--from-url", address, "--to", "site").wantError(t, "two texts")
		if o := u.run(t, "", "post", "--from-url", address+"/gone", "--to", "site"); o.exit == 0 || o.out != "" {
			t.Errorf("a page that is not there: exit code %d, %q", o.exit, o.out)
		}
		stranger := &user{dir: u.dir, env: append(u.env[:len(u.env):len(u.env)], "HAYON_CARDS_ALLOW_PRIVATE=")}
		if o := stranger.run(t, "", "post", "--from-url", address+"/titled", "--to", "site"); o.exit != hayon.CodeForbidden.Exit() || o.out != "" {
			t.Errorf("a page of a private network: exit code %d, %q", o.exit, o.err)
		}
	})
}

// TestCard: a page that a text links to has its card in preview and post, a dry run asks nobody for it, and
// --card says otherwise.
func TestCard(t *testing.T) {
	t.Parallel()
	address := pages(t)
	eachMode(t, func(t *testing.T, mode string) {
		t.Helper()
		u := newUser(t, mode, passphrase, "HAYON_VAULT=passphrase", "HAYON_CARDS_ALLOW_PRIVATE=1", "HAYON_POST_CARD=", "HAYON_PREVIEW_CARD=")
		u.must(t, 0, "", "login", "demo")
		card := func(args ...string) *hayon.Card {
			return u.must(t, 0, "", append(args, "--to", "demo", "--json")...).post(t).Targets[0].Parts[0].Card
		}
		for _, args := range [][]string{
			{"preview", "see " + address + "/titled"},
			{"preview", "nothing to see", "--card", address + "/titled"},
			{"post", "see " + address + "/titled"},
		} {
			if c := card(args...); c == nil || c.Title != "News & views of today" || c.URL != address+"/titled" {
				t.Errorf("%q: the card is %+v", args, c)
			}
		}
		if c := card("preview", "see "+address+"/titled", "--card", "none"); c != nil {
			t.Errorf("without a card there is %+v", c)
		}
		o := u.must(t, 0, "", "post", "look at "+address+"/titled", "--to", "demo", "--dry-run")
		if !strings.Contains(o.out, "demo\tnot asked\twhat the page at "+address) || strings.Contains(o.out, "News") {
			t.Errorf("a dry run says %q", o.out)
		}
		if o := u.must(t, 0, "", "show", "last"); !strings.Contains(o.out, "card      News & views of today "+address+"/titled\n") {
			t.Errorf("show says %q", o.out)
		}
	})
}
