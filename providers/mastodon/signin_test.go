package mastodon_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/mastodon"
	"github.com/hayon/hayon/providers/mastodon/mastodontest"
	"github.com/hayon/hayon/providers/oauth"
	"github.com/hayon/hayon/providers/providertest"
	"github.com/hayon/hayon/vault/memory"
)

func TestSignInByToken(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	a := r.account
	if a.Handle != "@ana@"+r.srv.Host() || a.Host != r.srv.URL || a.RemoteID != r.user.ID+"@"+r.srv.Host() || a.Status != hayon.AccountConnected {
		t.Errorf("got %+v", a)
	}
	if got := r.p.ViewURL(a); got != r.srv.URL+"/@ana" {
		t.Errorf("the account is to be seen at %q", got)
	}
	if end, err := r.p.Expires(t.Context(), r.session); err != nil || !end.IsZero() {
		t.Errorf("it ends at %v (%v), want never", end, err)
	}
	if err := r.p.Refresh(t.Context(), r.session); err != nil {
		t.Errorf("Refresh: %v, want nothing to do", err)
	}
	seen, err := r.p.Verify(t.Context(), r.session)
	if err != nil || seen.RemoteID != a.RemoteID || seen.Handle != a.Handle || seen.Server == nil {
		t.Errorf("Verify: %+v, %v", seen, err)
	}
	for name, in := range map[string]hayon.SignIn{
		"no server": {Secret: hayon.NewSecret([]byte("x"))},
		"no token":  {Fields: map[string]string{"host": r.srv.URL}},
		"plain":     {Fields: map[string]string{"host": "http://example.org"}, Secret: hayon.NewSecret([]byte("x"))},
		"password":  {Fields: map[string]string{"host": "https://a:b@example.org"}, Secret: hayon.NewSecret([]byte("x"))},
		"flow":      {Fields: map[string]string{"host": r.srv.URL}, Flow: hayon.NewSecret([]byte("{}")), Code: hayon.NewSecret([]byte("x"))},
	} {
		_, _, err := r.p.SignIn(t.Context(), in)
		r.wantCode(name, err, hayon.CodeUsage)
	}
	for _, token := range []string{"wrong", "wrong token\nwith lines"} {
		in := r.signIn()
		in.Secret = hayon.NewSecret([]byte(token))
		_, _, err := r.p.SignIn(t.Context(), in)
		r.wantCode("wrong token", err, hayon.CodeUnauthenticated)
	}
	in := r.signIn()
	in.Secret = hayon.NewSecret([]byte("  " + r.token + "\n"))
	if _, _, err := r.p.SignIn(t.Context(), in); err != nil {
		t.Errorf("with spaces around: %v", err)
	}
}

func TestVerifyOfAnotherAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	other := r.srv.Token(r.srv.AddUser("bob"))
	_, err := r.p.Verify(t.Context(), sessionOn(t, r.account, r.srv.URL, other))
	r.wantCode("Verify", err, hayon.CodeUnauthenticated)
}

// An instance that cannot describe itself now does not change what is known of it.
func TestVerifyKeepsWhatIsKnown(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	for _, path := range []string{"/.well-known/nodeinfo", "/nodeinfo/2.0", "/api/v2/instance"} {
		r.srv.Fail(mastodontest.On("GET", path), mastodontest.RefuseHTML(502))
		a, err := r.p.Verify(t.Context(), r.session)
		if err != nil || a.Server != r.account.Server {
			t.Errorf("%s: %+v, %v", path, a, err)
		}
		r.srv.Fail(mastodontest.On("GET", path), mastodontest.RefuseHTML(502))
		_, err = r.p.Limits(t.Context(), r.session)
		r.wantCode("Limits without "+path, err, hayon.CodeUnavailable)
	}
}

// flowOf begins a sign-in in a browser.
func flowOf(t *testing.T, p *mastodon.Provider, host, redirect string) *hayon.SignInFlow {
	t.Helper()
	flow, err := p.StartSignIn(t.Context(), hayon.SignIn{Platform: "mastodon", Fields: map[string]string{"host": host}, Redirect: redirect})
	if err != nil {
		t.Fatalf("StartSignIn: %v", err)
	}
	return flow
}

func endOf(t *testing.T, p *mastodon.Provider, host string, flow *hayon.SignInFlow, code string) (*hayon.Account, hayon.Secret, error) {
	t.Helper()
	return p.SignIn(t.Context(), hayon.SignIn{
		Platform: "mastodon", Fields: map[string]string{"host": host}, Flow: flow.Keep, Code: hayon.NewSecret([]byte(code)),
	})
}

func TestSignInByBrowser(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]mastodontest.Config{
		"mastodon": {}, "before 4.3": {Version: "4.2.8"}, "gotosocial": mastodontest.GoToSocial(), "pleroma": mastodontest.Pleroma(),
		"pixelfed": mastodontest.Pixelfed(), "old": mastodontest.Old(), "unknown": {Software: "homemade", ExactRedirect: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := mastodontest.New(t, cfg)
			user := srv.AddUser("ana")
			v := memory.New(nil)
			log := new(providertest.Log)
			p := mastodon.New(mastodon.Config{Vault: v, Logger: log.Logger()})
			register := mastodontest.On("POST", "/api/v1/apps")
			for i, redirect := range []string{"http://127.0.0.1:4711/callback", "http://127.0.0.1:4712/callback", "", "http://127.0.0.1:4712/callback"} {
				flow := flowOf(t, p, srv.URL, redirect)
				back := srv.SignIn(user, flow.URL)
				if redirect != "" && (back.Query().Get("state") != flow.State || !strings.HasPrefix(back.String(), redirect)) {
					t.Fatalf("the browser comes back to %s, want %s and the state %s", back, redirect, flow.State)
				}
				code := back.Query().Get("code")
				a, secret, err := endOf(t, p, srv.URL, flow, code)
				if err != nil {
					t.Fatalf("sign-in %d: %v", i, err)
				}
				if a.Handle != "@ana@"+srv.Host() || strings.Contains(log.String(), code) {
					t.Errorf("got %+v", a)
				}
				session := providertest.NewSession(a, secret)
				if _, err := p.Verify(t.Context(), session); err != nil {
					t.Errorf("Verify: %v", err)
				}
				_, _, err = endOf(t, p, srv.URL, flow, code)
				if hayon.CodeOf(err) != hayon.CodeUnauthenticated || strings.Contains(err.Error(), code) {
					t.Errorf("the code again: %v, want unauthenticated", err)
				}
			}
			want := 1
			if cfg.ExactRedirect {
				want = 2 // the second port; what is kept then is that one's
			}
			if n := srv.Asked(register); n != want {
				t.Errorf("registered %d times, want %d", n, want)
			}
			refs, err := v.Refs(t.Context())
			if err != nil || len(refs) != 1 || refs[0] != "app/mastodon/"+srv.Host() {
				t.Errorf("the vault has %q (%v)", refs, err)
			}
		})
	}
}

func TestFlowIsProtected(t *testing.T) {
	t.Parallel()
	srv := mastodontest.New(t, mastodontest.Config{})
	p := mastodon.New(mastodon.Config{})
	flow := flowOf(t, p, srv.URL, "http://127.0.0.1:1/callback")
	u, err := url.Parse(flow.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || q.Get("state") != flow.State || len(flow.State) < 20 {
		t.Errorf("the page is %s", flow.URL)
	}
	if got := q.Get("scope"); got != "profile write:statuses write:media read:statuses read:search" {
		t.Errorf("scope %q", got)
	}
	var kept map[string]any
	if err := json.Unmarshal(flow.Keep.Reveal(), &kept); err != nil {
		t.Fatal(err)
	}
	if oauth.Challenge(kept["verifier"].(string)) != q.Get("code_challenge") || strings.Contains(flow.URL, kept["verifier"].(string)) || strings.Contains(flow.URL, kept["client_secret"].(string)) {
		t.Error("the page has a secret, or another challenge")
	}
}

// An instance may forget an application that nobody has used.
func TestForgottenApplication(t *testing.T) {
	t.Parallel()
	srv := mastodontest.New(t, mastodontest.Config{})
	user := srv.AddUser("ana")
	v := memory.New(nil)
	p := mastodon.New(mastodon.Config{Vault: v})
	register := mastodontest.On("POST", "/api/v1/apps")
	flow := flowOf(t, p, srv.URL, "")
	code := srv.SignIn(user, flow.URL).Query().Get("code")
	srv.ForgetApps()
	_, _, err := endOf(t, p, srv.URL, flow, code)
	if hayon.CodeOf(err) != hayon.CodeUnauthenticated {
		t.Errorf("the code of a forgotten application: %v", err)
	}
	if refs, _ := v.Refs(t.Context()); len(refs) != 0 {
		t.Errorf("the vault still has %q", refs)
	}
	flowOf(t, p, srv.URL, "")
	srv.ForgetApps() // and once more, while it is kept
	flow = flowOf(t, p, srv.URL, "")
	if _, _, err := endOf(t, p, srv.URL, flow, srv.SignIn(user, flow.URL).Query().Get("code")); err != nil {
		t.Errorf("SignIn: %v", err)
	}
	if n := srv.Asked(register); n != 3 {
		t.Errorf("registered %d times, want 3", n)
	}
}

// Tokens of Pixelfed and Pleroma end: they are renewed before, and when they are refused.
func TestTokenThatEnds(t *testing.T) {
	t.Parallel()
	cfg := mastodontest.Pleroma()
	cfg.TokenTTL = time.Hour
	srv := mastodontest.New(t, cfg)
	user := srv.AddUser("ana")
	now := time.Now()
	log := new(providertest.Log)
	p := mastodon.New(mastodon.Config{Logger: log.Logger(), Now: func() time.Time { return now }})
	flow := flowOf(t, p, srv.URL, "")
	a, secret, err := endOf(t, p, srv.URL, flow, srv.SignIn(user, flow.URL).Query().Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	a.Name = "mastodon"
	session := providertest.NewSession(a, secret)
	renew := func(r *mastodontest.Request) bool {
		return r.Path == "/oauth/token" && r.Params["grant_type"] == "refresh_token"
	}
	step := func(name string, want int) {
		t.Helper()
		if _, err := p.Verify(t.Context(), session); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if n := srv.Asked(renew); n != want {
			t.Fatalf("%s: renewed %d times, want %d", name, n, want)
		}
	}
	step("fresh", 0)
	now = now.Add(time.Hour - 30*time.Second)
	step("about to end", 1)
	srv.Advance(2 * time.Hour) // and our clock does not know it
	step("refused", 2)
	if err := p.Refresh(t.Context(), session); err != nil || srv.Asked(renew) != 3 {
		t.Errorf("Refresh: %v, renewed %d times", err, srv.Asked(renew))
	}
	if end, err := p.Expires(t.Context(), session); err != nil || !end.IsZero() {
		t.Errorf("ends at %v (%v), want never: it is renewed", end, err)
	}
	cur, _ := session.Load(t.Context())
	var kept struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
	}
	if err := json.Unmarshal(cur.Reveal(), &kept); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), kept.AccessToken) || strings.Contains(log.String(), kept.RefreshToken) {
		t.Error("a token is in the log")
	}
	srv.Revoke(kept.AccessToken)
	_, err = p.Verify(t.Context(), session)
	if e := hayon.AsError(err); hayon.CodeOf(err) != hayon.CodeUnauthenticated || !strings.HasPrefix(e.Hint, "hayon login mastodon --host ") {
		t.Errorf("with everything revoked: %v, hint %q", err, hayon.AsError(err).Hint)
	}
}

// The domain of the accounts may not be that of the pages.
func TestTwoDomains(t *testing.T) {
	t.Parallel()
	srv := mastodontest.New(t, mastodontest.Config{})
	token := srv.Token(srv.AddUser("ana"))
	const (
		hostMeta = `<?xml version="1.0" encoding="UTF-8"?><XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">` +
			`<Link rel="lrdd" template="https://web.example.social/.well-known/webfinger?resource={uri}"/></XRD>`
		webFinger = `{"links":[{"rel":"self","href":"https://web.example.social/users/ana"}]}`
	)
	for _, tt := range []struct {
		name, path, body, host string
		found                  bool
	}{
		{"host-meta", "/.well-known/host-meta", hostMeta, "example.social", true},
		{"host-meta of an address", "/.well-known/host-meta", hostMeta, "@ana@example.social", true},
		{"web finger", "/.well-known/webfinger", webFinger, "ana@Example.social", true},
		{"web finger of nobody", "/.well-known/webfinger", webFinger, "https://example.social/about", false},
		{"to a page without TLS", "/.well-known/host-meta", strings.ReplaceAll(hostMeta, "https://web", "http://web"), "example.social", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != tt.path {
					http.NotFound(w, r)
					return
				}
				_, _ = w.Write([]byte(tt.body))
			}))
			t.Cleanup(front.Close)
			p := mastodon.New(mastodon.Config{Transport: names{"example.social": front.Listener.Addr().String(), "web.example.social": srv.Host()}})
			a, _, err := p.SignIn(t.Context(), hayon.SignIn{Fields: map[string]string{"host": tt.host}, Secret: hayon.NewSecret([]byte(token))})
			switch {
			case !tt.found:
				if hayon.CodeOf(err) != hayon.CodeInvalid {
					t.Errorf("got %+v, %v; want invalid", a, err)
				}
			case err != nil:
				t.Error(err)
			case a.Host != "https://web.example.social" || a.Settings["host"] != "web.example.social":
				t.Errorf("got %s, settings %v", a.Host, a.Settings)
			}
		})
	}
}

// A host that leads all who read to another one is signed in to there: nothing that writes, and no token,
// is led anywhere.
func TestHostThatLeadsElsewhere(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{"https://web.example.social": "https://web.example.social", "http://web.example.social": ""} {
		srv := mastodontest.New(t, mastodontest.Config{})
		token := srv.Token(srv.AddUser("ana"))
		var given []string
		front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			given = append(given, r.Header.Get("Authorization"))
			http.Redirect(w, r, to+r.URL.RequestURI(), http.StatusMovedPermanently)
		}))
		t.Cleanup(front.Close)
		p := mastodon.New(mastodon.Config{Transport: names{"example.social": front.Listener.Addr().String(), "web.example.social": srv.Host()}})
		in := hayon.SignIn{Fields: map[string]string{"host": "example.social"}, Secret: hayon.NewSecret([]byte(token))}
		a, _, err := p.SignIn(t.Context(), in)
		switch {
		case want == "" && hayon.CodeOf(err) != hayon.CodeInvalid:
			t.Errorf("to %s: %+v, %v; want invalid", to, a, err)
		case want != "" && err != nil:
			t.Errorf("to %s: %v", to, err)
		case want != "" && (a.Host != want || a.Settings["host"] != "web.example.social"):
			t.Errorf("to %s: got %s, settings %v", to, a.Host, a.Settings)
		}
		if strings.Join(given, "") != "" {
			t.Errorf("to %s: the token was sent to the host that leads away", to)
		}
		if want == "" {
			continue
		}
		if flow, err := p.StartSignIn(t.Context(), in); err != nil || !strings.HasPrefix(flow.URL, want+"/oauth/authorize?") {
			t.Errorf("StartSignIn: %+v, %v", flow, err)
		}
	}
}

// names leads hosts to servers of the test.
type names map[string]string

func (n names) RoundTrip(r *http.Request) (*http.Response, error) {
	if addr := n[r.URL.Host]; addr != "" {
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host = "http", addr
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestNoInstance(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		serve http.HandlerFunc
		want  hayon.Code
	}{
		"a web site":     {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, hayon.CodeInvalid},
		"something else": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }, hayon.CodeInvalid},
		"nothing":        {http.NotFound, hayon.CodeInvalid},
		"broken":         {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }, hayon.CodeUnavailable},
		"misskey": {func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/.well-known/nodeinfo" {
				_, _ = w.Write([]byte(`{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"http://` + r.Host + `/ni"}]}`))
				return
			}
			_, _ = w.Write([]byte(`{"software":{"name":"misskey","version":"2026.1"}}`))
		}, hayon.CodeInvalid},
	} {
		srv := httptest.NewServer(tt.serve)
		t.Cleanup(srv.Close)
		_, _, err := mastodon.New(mastodon.Config{}).SignIn(t.Context(), hayon.SignIn{
			Fields: map[string]string{"host": srv.URL}, Secret: hayon.NewSecret([]byte("token")),
		})
		if hayon.CodeOf(err) != tt.want {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
	}
}
