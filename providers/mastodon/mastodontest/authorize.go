package mastodontest

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"time"
)

const (
	// signInPath takes the form of the sign-in page; nativePath shows a code.
	signInPath = "/oauth/authorize/sign_in"
	nativePath = "/oauth/authorize/native"
	// codeTTL is how long a code is good. Source: Doorkeeper's access_grant, ten minutes, read 2026-11-20.
	codeTTL = 10 * time.Minute
)

// grant is a code that waits to be exchanged.
type grant struct {
	app       *app
	user      *User
	redirect  string
	scopes    []string
	challenge string // of PKCE, "" is none
	made      time.Time
	used      *token // what it was exchanged for; nil when it was not
}

// authorizePage answers the page where somebody signs in and agrees.
func (c *call) authorizePage() *Answer {
	if problem := c.badAuthorization(); problem != "" {
		return page(http.StatusBadRequest, "<h2>An error has occurred</h2><p>"+html.EscapeString(problem)+"</p>")
	}
	return c.signInForm(http.StatusOK, "")
}

// badAuthorization tells what is wrong with a request to sign in. A page says so: nobody is sent to an address that was not checked.
func (c *call) badAuthorization() string {
	a := c.s.apps[c.p.text("client_id")]
	method := c.p.text("code_challenge_method")
	switch {
	case a == nil:
		return "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method."
	case !c.s.redirects(a.redirects, c.p.text("redirect_uri")):
		return "The requested redirect uri is malformed or doesn't match client redirect URI."
	case c.p.text("response_type") != "code":
		return "The authorization server does not support this response type."
	case !subset(c.scopes(), a.scopes):
		return "The requested scope is invalid, unknown, or malformed."
	case c.pkce() && c.p.has("code_challenge") && method != "S256":
		return "The code challenge method must be S256."
	case c.pkce() && c.p.has("code_challenge") && !challengeShape.MatchString(c.p.text("code_challenge")):
		return "The code challenge is no SHA-256 in base64url."
	}
	return ""
}

var challengeShape = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// pkce tells whether the instance knows it; older ones ignore the parameters.
func (c *call) pkce() bool { return c.s.cfg.modern(4, 3) }

func (c *call) scopes() []string {
	scopes := strings.Fields(c.p.text("scope"))
	if len(scopes) == 0 {
		return []string{"read"}
	}
	return scopes
}

// kept are the parameters that go with the form.
var kept = []string{"client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method"}

func (c *call) signInForm(status int, alert string) *Answer {
	var b strings.Builder
	if alert != "" {
		fmt.Fprintf(&b, "<div class=\"flash-message alert\">%s</div>", html.EscapeString(alert))
	}
	fmt.Fprintf(&b, "<form method=\"post\" action=\"%s\">", signInPath)
	for _, name := range kept {
		if c.p.has(name) {
			fmt.Fprintf(&b, "<input type=\"hidden\" name=\"%s\" value=\"%s\">", name, html.EscapeString(c.p.text(name)))
		}
	}
	b.WriteString(`<input name="username"><input type="password" name="password">` +
		`<button name="commit" value="authorize">Authorize</button><button name="commit" value="deny">Deny</button></form>`)
	return page(status, b.String())
}

// signIn takes the form.
func (c *call) signIn() *Answer {
	if problem := c.badAuthorization(); problem != "" {
		return page(http.StatusBadRequest, html.EscapeString(problem))
	}
	if c.p.text("commit") == "deny" {
		return c.redirect(url.Values{"error": {"access_denied"}, "error_description": {"The resource owner or authorization server denied the request."}})
	}
	u := c.s.userNamed(c.p.text("username"))
	if u == nil || u.Password != c.p.text("password") {
		return c.signInForm(http.StatusUnprocessableEntity, "Invalid E-mail address or password.")
	}
	g := &grant{app: c.s.apps[c.p.text("client_id")], user: u, redirect: c.p.text("redirect_uri"), scopes: c.scopes(), made: c.s.now()}
	if c.pkce() {
		g.challenge = c.p.text("code_challenge")
	}
	code := random()
	c.s.codes[code] = g
	return c.redirect(url.Values{"code": {code}})
}

// redirect sends the browser back to the app, or to the page that shows the code.
func (c *call) redirect(query url.Values) *Answer {
	target := c.p.text("redirect_uri")
	if target == oob {
		target = c.s.URL + nativePath
	} else if c.p.has("state") {
		query.Set("state", c.p.text("state"))
	}
	u := mustURL(target)
	given := u.Query()
	maps.Copy(given, query)
	u.RawQuery = given.Encode()
	ans := page(http.StatusFound, "")
	ans.Header.Set("Location", u.String())
	return ans
}

func (c *call) nativePage() *Answer {
	if e := c.p.text("error_description"); e != "" {
		return page(http.StatusOK, html.EscapeString(e))
	}
	return page(http.StatusOK, `<p>Copy this authorization code and paste it to the application.</p><input class="oauth-code" readonly value="`+
		html.EscapeString(c.p.text("code"))+`">`)
}

func page(status int, body string) *Answer {
	return &Answer{
		status,
		http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		[]byte("<!DOCTYPE html>\n<html lang=\"en\"><head><title>Mastodon</title></head><body>" + body + "</body></html>\n"),
	}
}

// SignIn goes to authorize, the URL that a client sends the browser to, and signs u in there. It returns where the
// browser is sent then, unvisited: the client's redirect or, for urn:ietf:wg:oauth:2.0:oob, the page
// that shows the code, which is also its parameter code.
func (s *Server) SignIn(u *User, authorize string) *url.URL {
	s.t.Helper()
	return s.walk(authorize, "authorize", u)
}

// Deny goes to authorize and declines.
func (s *Server) Deny(u *User, authorize string) *url.URL {
	s.t.Helper()
	return s.walk(authorize, "deny", u)
}

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)

// walk visits the page and sends its form. It speaks to the handler: these are a browser's requests, which no
// fault is for but those that tests set on these paths.
func (s *Server) walk(authorize, commit string, u *User) *url.URL {
	s.t.Helper()
	if !strings.HasPrefix(authorize, s.URL+"/oauth/authorize?") {
		s.t.Fatalf("mastodontest: the browser was sent to %s, want %s/oauth/authorize", authorize, s.URL)
	}
	shown := s.visit(httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, authorize, http.NoBody))
	if shown.Code != http.StatusOK {
		s.t.Fatalf("mastodontest: the sign-in page answers %d:\n%s", shown.Code, shown.Body)
	}
	form := url.Values{"username": {u.Name}, "password": {u.Password}, "commit": {commit}}
	for _, input := range hiddenInput.FindAllStringSubmatch(shown.Body.String(), -1) {
		form.Set(input[1], html.UnescapeString(input[2]))
	}
	req := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, s.URL+signInPath, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	sent := s.visit(req)
	location := sent.Header().Get("Location")
	if location == "" {
		s.t.Fatalf("mastodontest: signing in as %s leads nowhere, %d:\n%s", u.Name, sent.Code, sent.Body)
	}
	return mustURL(location)
}

func (s *Server) visit(req *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	return w
}
