package main

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/mastodon/mastodontest"
	"github.com/hayon/hayon/server/api"
)

// TestExitCodes meets each code of the documented table with the program itself; 130 and 143 are those of
// TestCtrlC and TestTerminated, and 1 is a bug.
func TestExitCodes(t *testing.T) { //nolint:tparallel // one after the other: the last one changes the server for good
	t.Parallel()
	s := mastodontest.New(t, mastodontest.Config{})
	alice := s.AddUser("alice")
	token := s.Token(alice, "profile", "read:statuses", "write:statuses", "write:media")
	u := newUser(t, "file", passphrase, "HAYON_VAULT=passphrase")
	u.must(t, 0, token, "login", "mastodon", "--host", s.URL, "--token-file", "-")
	for alias, set := range map[string]string{
		"good": "class=A", "bad": "fault=rejected:1", "lost": "class=E,fault=answer-lost:1", "away": "fault=connect:1",
	} {
		u.must(t, 0, "", "login", "demo", "--alias", alias, "--set", set)
	}
	u.must(t, 0, "", "post", "said before", "--to", "mastodon")
	closed := mastodontest.RefuseHTML(503)
	closed.Times = 2
	s.Fail(mastodontest.On("GET", "/api/v1/accounts/verify_credentials"), closed)
	file := u.write(t, "file", nil)
	for _, tt := range []struct {
		exit   int
		code   hayon.Code // of the error; "" where the result tells
		args   []string
		env    string
		before func()
	}{
		{exit: 0, args: []string{"version"}},
		{exit: 2, code: hayon.CodeUsage, args: []string{"post", "x"}},
		{exit: 3, code: hayon.CodeInvalid, args: []string{"post", strings.Repeat("x", 501), "--to", "mastodon"}},
		{exit: 5, code: hayon.CodeNotFound, args: []string{"show", "nope"}},
		{exit: 6, args: []string{"post", "half", "--to", "demo/good,demo/bad"}},
		{exit: 7, args: []string{"post", "refused", "--to", "demo/bad"}},
		{exit: 8, code: hayon.CodeUnavailable, args: []string{"account", "test", "mastodon"}},
		{exit: 9, args: []string{"post", "who knows", "--to", "demo/lost"}},
		{exit: 10, code: hayon.CodeConflict, args: []string{"post", "said before", "--to", "mastodon"}},
		{exit: 11, code: hayon.CodeUnreachable, args: []string{"list", "--server", "unix"}, env: "HAYON_SERVER="},
		{exit: 12, args: []string{"post", "late", "--to", "demo/away", "--wait=200ms"}},
		{exit: 13, code: hayon.CodeLocal, args: []string{"list"}, env: "HAYON_HOME=" + file},
		{exit: 4, code: hayon.CodeUnauthenticated, args: []string{"account", "test", "mastodon"}, before: func() { s.Heal(); s.Revoke(token) }},
	} {
		t.Run(strconv.Itoa(tt.exit), func(t *testing.T) { //nolint:paralleltest // see above
			if tt.before != nil {
				tt.before()
			}
			who := &user{dir: u.dir, env: u.env}
			if tt.env != "" {
				who.env = append(append([]string{}, u.env...), tt.env)
			}
			o := who.must(t, tt.exit, "", append(tt.args, "--json")...)
			if tt.code == "" {
				if o.out == "" {
					t.Error("there is no result")
				}
				return
			}
			var body api.ErrorBody
			if err := json.Unmarshal([]byte(o.err), &body); err != nil || o.out != "" {
				t.Fatalf("stderr is no object (%v), or stdout not empty: %q", err, o.out)
			}
			if e := body.Error; e.Code != tt.code || e.Message == "" || e.Hint == "" {
				t.Errorf("the error is %+v, want %s with a message and a hint", e, tt.code)
			}
			if e := who.must(t, tt.exit, "", tt.args...); !strings.HasPrefix(e.err, "hayon: ") && !strings.Contains(e.err, "\nhayon: ") {
				t.Errorf("without --json it says %q", e.err)
			}
		})
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}
