package main

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

// instance is a server that speaks Mastodon's API, with a user.
type instance struct {
	url, handle string
	// signIn does what a person does in the browser, and answers where that is sent then.
	signIn func(authorize string) *url.URL
	// deny is the other answer; nil where the server has no such button.
	deny func(authorize string) *url.URL
}

func strictInstance(t *testing.T) (*mastodontest.Server, *mastodontest.User, instance) {
	t.Helper()
	s := mastodontest.New(t, mastodontest.Config{})
	u := s.AddUser("alice")
	return s, u, instance{
		url: s.URL, handle: "@alice", signIn: func(at string) *url.URL { return s.SignIn(u, at) }, deny: func(at string) *url.URL { return s.Deny(u, at) },
	}
}

func snacInstance(t *testing.T) instance {
	t.Helper()
	s := servers.Snac(t)
	u := s.AddUser(t)
	return instance{url: s.URL(), handle: "@" + u.Name, signIn: func(at string) *url.URL { return s.SignIn(t, u, at) }}
}

// said is what a running program has written so far.
type said struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

var authorizePage = regexp.MustCompile(`http://\S+/oauth/authorize\?\S+`)

// signingIn is a login that waits for the browser.
type signingIn struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   said
	err   said
	ended chan error
}

// startSignIn runs a login until it has told where to go, and answers that address.
func startSignIn(t *testing.T, u *user, args ...string) (*signingIn, string) {
	t.Helper()
	l := &signingIn{cmd: u.command(t, args...), ended: make(chan error, 1)}
	var err error
	if l.in, err = l.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	l.cmd.Stdout, l.cmd.Stderr = &l.out, &l.err
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { l.ended <- l.cmd.Wait() }()
	if !poll(func() bool { return authorizePage.MatchString(l.err.String()) }, nil) {
		t.Fatalf("the login told of no page:\n%s", l.err.String())
	}
	return l, authorizePage.FindString(l.err.String())
}

// wait is how the login ended.
func (l *signingIn) wait(t *testing.T, want int) {
	t.Helper()
	select {
	case <-l.ended:
	case <-time.After(30 * time.Second):
		t.Fatalf("the login did not end:\n%s", l.err.String())
	}
	if got := l.cmd.ProcessState.ExitCode(); got != want {
		t.Fatalf("the login ended with %d, want %d:\n%s", got, want, l.err.String())
	}
}

// comeBack follows the browser to where it was sent, and answers what it is shown.
func comeBack(t *testing.T, to *url.URL) (status int, page string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, to.String(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Timeout: 30 * time.Second}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// byLoopback signs in by a browser that comes back to a port of this machine.
func byLoopback(t *testing.T, u *user, in instance) {
	t.Helper()
	l, page := startSignIn(t, u, "login", "mastodon", "--host", in.url, "--web", "--vault", "passphrase")
	status, shown := comeBack(t, in.signIn(page))
	if status != http.StatusOK || !strings.Contains(shown, "can be closed") {
		t.Errorf("the browser is shown %d:\n%s", status, shown)
	}
	l.wait(t, 0)
	if got := l.out.String(); got != "mastodon\n" || !strings.Contains(l.err.String(), "Connected mastodon "+in.handle) {
		t.Errorf("the login printed %q and said:\n%s", got, l.err.String())
	}
}

// byPastedCode signs in by the code that the page shows.
func byPastedCode(t *testing.T, u *user, in instance) {
	t.Helper()
	l, page := startSignIn(t, u, "login", "mastodon", "--host", in.url, "--no-browser", "--vault", "passphrase")
	code := in.signIn(page).Query().Get("code")
	if code == "" {
		t.Fatal("the page shows no code")
	}
	if _, err := io.WriteString(l.in, code+"\n"); err != nil {
		t.Fatal(err)
	}
	l.wait(t, 0)
	if strings.Contains(l.err.String()+l.out.String(), code) {
		t.Error("the code was printed")
	}
}

func noBrowser() string { return "BROWSER=hayon-has-no-such-browser" }

func TestMastodonSignIn(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]func(*testing.T, *user, instance){"loopback": byLoopback, "pasted code": byPastedCode} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Run("strict", func(t *testing.T) {
				t.Parallel()
				eachMode(t, func(t *testing.T, mode string) {
					t.Helper()
					_, _, in := strictInstance(t)
					u := newUser(t, mode, passphrase, "HAYON_VAULT=passphrase", noBrowser())
					way(t, u, in)
					u.must(t, 0, "", "account", "test", "mastodon")
				})
			})
			t.Run("snac", func(t *testing.T) {
				t.Parallel()
				u := newUser(t, "file", passphrase, "HAYON_VAULT=passphrase", noBrowser())
				way(t, u, snacInstance(t))
				u.must(t, 0, "", "account", "test", "mastodon")
			})
		})
	}
}

func TestMastodonSignInRefused(t *testing.T) {
	t.Parallel()
	_, _, in := strictInstance(t)
	u := newUser(t, "file", passphrase, "HAYON_VAULT=passphrase", noBrowser())
	l, page := startSignIn(t, u, "login", "mastodon", "--host", in.url, "--web")
	back := in.deny(page)
	forged := *back
	q := forged.Query()
	q.Set("state", "somebody else's")
	forged.RawQuery = q.Encode()
	if status, _ := comeBack(t, &forged); status != http.StatusBadRequest {
		t.Errorf("an answer with another state is answered %d, want 400", status)
	}
	if status, _ := comeBack(t, back); status != http.StatusForbidden {
		t.Errorf("the browser is shown %d, want 403", status)
	}
	l.wait(t, hayon.CodeUnauthenticated.Exit())
	if !strings.Contains(l.err.String(), "not allowed in the browser") {
		t.Errorf("the login said:\n%s", l.err.String())
	}
	u.must(t, hayon.CodeNotFound.Exit(), "", "account", "show", "mastodon")

	// A wrong code is refused, and nothing is kept.
	l, _ = startSignIn(t, u, "login", "mastodon", "--host", in.url, "--no-browser")
	if _, err := io.WriteString(l.in, "not-the-code\n"); err != nil {
		t.Fatal(err)
	}
	l.wait(t, hayon.CodeUnauthenticated.Exit())
	u.must(t, hayon.CodeNotFound.Exit(), "", "account", "show", "mastodon")
}

func TestMastodonToken(t *testing.T) {
	t.Parallel()
	s, alice, in := strictInstance(t)
	eachMode(t, func(t *testing.T, mode string) {
		t.Helper()
		u := newUser(t, mode, passphrase, "HAYON_VAULT=passphrase")
		token := s.Token(alice, "profile", "read:statuses", "write:statuses", "write:media")
		path := u.write(t, "token.txt", []byte(token+"\n"))
		u.must(t, hayon.CodeUsage.Exit(), "", "login", "mastodon", "--host", in.url).wantError(t, "--token-file")
		u.must(t, hayon.CodeUsage.Exit(), "", "login", "mastodon", "--token-file", path).wantError(t, "--host")
		u.must(t, hayon.CodeUnauthenticated.Exit(), "wrong", "login", "mastodon", "--host", in.url, "--token-file", "-").wantError(t)
		o := u.must(t, 0, token, "login", "mastodon", "--host", in.url, "--password-stdin")
		o2 := u.must(t, 0, "", "login", "mastodon", "--host", in.url, "--alias", "two", "--token-file", path)
		if strings.Contains(o.out+o.err+o2.out+o2.err, token) {
			t.Error("the token was printed")
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		wantNoSecret(t, u, token)
	})
}

// TestMastodonAndBluesky is what somebody with two accounts does: post once to both, boost, delete.
func TestMastodonAndBluesky(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	eachMode(t, func(t *testing.T, mode string) {
		t.Helper()
		s, alice, in := strictInstance(t)
		u, who := connected(t, pds, mode)
		token := s.Token(alice, "profile", "read:statuses", "write:statuses", "write:media", "read:search")
		u.must(t, 0, token, "login", "mastodon", "--host", in.url, "--token-file", "-")
		u.write(t, "a.png", picture(8, 6))

		o := u.must(t, 0, "", "post", "2.0 is out https://example.org/notes", "--to", "mastodon,bluesky", "--visibility", "unlisted",
			"--cw", "release notes", "-m", "a.png;focus=0.5,-0.5", "--alt", "a chart", "--lang", "en", "--json")
		post := o.post(t)
		if post.State != hayon.PostPublished {
			t.Fatalf("the post is %s", post.State)
		}
		public := s.Public(alice)
		if len(public) != 1 {
			t.Fatalf("%d statuses are public, want 1", len(public))
		}
		got := public[0]
		if got.Text != "2.0 is out https://example.org/notes" || got.Spoiler != "release notes" || got.Visibility != "unlisted" || got.Language != "en" {
			t.Errorf("the status is %+v", got)
		}
		if len(got.Media) != 1 || got.Media[0].Description != "a chart" || got.Media[0].Focus == "" {
			t.Errorf("its media are %+v", got.Media)
		}
		if n := len(pds.ListRecords(t, who.DID, "app.bsky.feed.post")); n != 1 {
			t.Errorf("Bluesky has %d posts, want 1", n)
		}
		for _, target := range post.Targets {
			switch target.Platform {
			case "bluesky": // has neither, and says so
				if len(target.Notes) != 2 {
					t.Errorf("bluesky: notes %q, want one for each of --visibility and --cw", target.Notes)
				}
			case "mastodon":
				if len(target.Notes) != 0 || target.URL == "" {
					t.Errorf("mastodon: notes %q, URL %q", target.Notes, target.URL)
				}
			}
		}

		// What is for a few does not become public on a platform that has no such thing.
		u.must(t, hayon.CodeInvalid.Exit(), "", "post", "for a few", "--to", "mastodon,bluesky", "--visibility", "followers").wantError(t, "bluesky")

		u.must(t, 0, "", "repost", post.ID.String())
		if n := len(pds.ListRecords(t, who.DID, "app.bsky.feed.repost")); n != 1 {
			t.Errorf("Bluesky has %d reposts, want 1", n)
		}
		boosts := 0
		for _, st := range s.Public(alice) {
			if st.ReblogOf == got.ID {
				boosts++
			}
		}
		if boosts != 1 {
			t.Errorf("Mastodon has %d boosts, want 1", boosts)
		}

		u.must(t, hayon.CodeUsage.Exit(), "", "delete", post.ID.String(), "--remote").wantError(t, "--yes")
		u.must(t, 0, "", "delete", post.ID.String(), "--remote", "--yes")
		if st, ok := s.Status(got.ID); ok && !st.Deleted {
			t.Error("the status is still there")
		}
		if n := len(pds.ListRecords(t, who.DID, "app.bsky.feed.post")); n != 0 {
			t.Errorf("Bluesky has %d posts, want 0", n)
		}
		wantNoSecret(t, u, token)
	})
}

// TestMastodonLimits refuses what the instance would refuse, by the instance's own figures.
func TestMastodonLimits(t *testing.T) {
	t.Parallel()
	s := mastodontest.New(t, mastodontest.Roomy())
	alice := s.AddUser("alice")
	u := newUser(t, "file", passphrase, "HAYON_VAULT=passphrase")
	u.must(t, 0, s.Token(alice, "profile", "read:statuses", "write:statuses", "write:media"), "login", "mastodon", "--host", s.URL, "--token-file", "-")
	u.must(t, 0, strings.Repeat("a", 11_000), "post", "-", "--to", "mastodon")
	u.must(t, hayon.CodeInvalid.Exit(), strings.Repeat("b", 11_001), "post", "-", "--to", "mastodon").wantError(t, "11001 of 11000")
	u.must(t, hayon.CodeInvalid.Exit(), strings.Repeat("b", 10_999), "post", "-", "--to", "mastodon", "--cw", "xy").wantError(t, "11001 of 11000")
	o := u.must(t, 0, "", "platform", "show", "mastodon", "--json=limits,account")
	if !strings.Contains(o.out, "11000") || !strings.Contains(o.out, `"account":"mastodon"`) {
		t.Errorf("platform show does not know the instance: %s", o.out)
	}
}

// TestVerboseHidesSecrets shows requests with -vv, and nothing that opens an account.
func TestVerboseHidesSecrets(t *testing.T) {
	t.Parallel()
	s, alice, in := strictInstance(t)
	u := newUser(t, "file", passphrase, "HAYON_VAULT=passphrase")
	token := s.Token(alice, "profile", "read:statuses", "write:statuses", "write:media", "read:search")
	u.write(t, "a.png", picture(8, 6))
	for _, args := range [][]string{
		{"login", "mastodon", "--host", in.url, "--token-file", "-", "-vv"},
		{"post", "hello", "--to", "mastodon", "-m", "a.png", "--alt", "x", "-vv"},
		{"repost", "last", "-vv"},
		{"account", "test", "mastodon", "-vv"},
		{"account", "refresh", "mastodon", "-vv"},
		{"delete", "last", "--remote", "--yes", "-vv"},
	} {
		stdin := ""
		if args[0] == "login" {
			stdin = token
		}
		o := u.must(t, 0, stdin, args...)
		if !strings.Contains(o.err, "/api/v1/") {
			t.Errorf("hayon %s shows no requests", strings.Join(args, " "))
		}
		for _, secret := range []string{token, "correct horse"} {
			if strings.Contains(o.out+o.err, secret) {
				t.Errorf("hayon %s shows a secret", strings.Join(args, " "))
			}
		}
	}
	s.Revoke(token)
	o := u.must(t, hayon.CodeUnauthenticated.Exit(), "", "account", "test", "mastodon", "-vv")
	if strings.Contains(o.out+o.err, token) {
		t.Error("an error shows the token")
	}
}
