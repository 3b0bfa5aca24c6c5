package mastodontest

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// User is somebody with an account.
type User struct {
	ID       string
	Name     string // what stands before the @
	Password string // for the sign-in page

	since    time.Time
	disabled bool
}

// token is an access token.
type token struct {
	value   string
	app     *app
	user    *User // nil is the app itself
	scopes  []string
	made    time.Time
	expires time.Time // zero is never
	refresh string    // "" is none
	revoked bool
}

// AddUser opens an account.
func (s *Server) AddUser(name string) *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := &User{ID: s.id(), Name: name, Password: random(), since: s.now()}
	s.users = append(s.users, u)
	return u
}

// Token gives out an access token as if u had signed in; without scopes it has "profile read write", or
// what of that the instance has.
func (s *Server) Token(u *User, scopes ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(scopes) == 0 {
		for _, scope := range []string{"profile", "read", "write"} {
			if slices.Contains(s.cfg.Scopes, scope) {
				scopes = append(scopes, scope)
			}
		}
	}
	a := s.newApp("test", "", []string{oob}, scopes)
	return s.newToken(a, u, scopes).value
}

// Disable shuts u out, as a moderator can: tokens stay, but every use of one is answered by 403.
func (s *Server) Disable(u *User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.disabled = true
}

// Revoke ends a token, as its user can in the settings.
func (s *Server) Revoke(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if tok := s.tokens[value]; tok != nil {
		tok.revoke(s)
	}
}

func (t *token) revoke(s *Server) {
	t.revoked = true
	delete(s.refresh, t.refresh)
}

func (s *Server) newToken(a *app, u *User, scopes []string) *token {
	t := &token{value: random(), app: a, user: u, scopes: scopes, made: s.now()}
	if s.cfg.TokenTTL > 0 {
		t.expires, t.refresh = t.made.Add(s.cfg.TokenTTL), random()
		s.refresh[t.refresh] = t
	}
	s.tokens[t.value] = t
	return t
}

// bearer is the token that a request came with.
func bearer(req *Request) string {
	scheme, value, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(value)
}

// authenticate refuses who may not use a route; nil lets pass.
func (c *call) authenticate(rt *route) *Answer {
	given := bearer(c.req) != ""
	if !given && rt.who == anybody {
		return nil
	}
	switch {
	case !strings.HasPrefix(c.req.Path, "/api/"):
		return nil
	case c.token == nil:
		return unauthorized("The access token is invalid")
	case c.token.revoked:
		return unauthorized("The access token was revoked")
	case !c.token.expires.IsZero() && !c.s.now().Before(c.token.expires):
		return unauthorized("The access token expired")
	case c.user != nil && c.user.disabled:
		return refuse(http.StatusForbidden, "Your login is currently disabled")
	case rt.scopes != nil && !c.token.allows(rt.scopes):
		return refuse(http.StatusForbidden, "This action is outside the authorized scopes")
	case rt.who == aUser && c.user == nil:
		return refuse(http.StatusUnprocessableEntity, "This method requires an authenticated user")
	}
	return nil
}

func unauthorized(message string) *Answer {
	ans := refuse(http.StatusUnauthorized, message)
	ans.Header.Set("Www-Authenticate", `Bearer realm="Doorkeeper", error="invalid_token", error_description="`+message+`"`)
	return ans
}

// allows tells whether the token has one of the scopes; read and write have those below them.
func (t *token) allows(scopes []string) bool {
	return slices.ContainsFunc(scopes, func(want string) bool {
		above, _, _ := strings.Cut(want, ":")
		return slices.Contains(t.scopes, want) || slices.Contains(t.scopes, above)
	})
}

// base32 is Crockford's, sorted as bytes are.
const base32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// id makes the next one: later ones are greater. Mastodon's are numbers of 18 digits, those of its relatives are
// letters too. The lock is held.
func (s *Server) id() string {
	s.serial = max(s.serial+1, s.now().UnixMilli()<<16)
	switch s.cfg.Software {
	case "mastodon", "pixelfed":
		return strconv.FormatInt(s.serial, 10)
	}
	out := []byte("01JD0000000000000000000000")
	for i, n := len(out)-1, s.serial; n > 0; i, n = i-1, n/32 {
		out[i] = base32[n%32]
	}
	return string(out)
}

// random makes a secret of 43 letters.
func random() string { return rand.Text() + rand.Text()[:17] }
