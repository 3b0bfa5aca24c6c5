package mastodontest

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

// Server is a running instance. It is safe for concurrent use.
type Server struct {
	// URL is where it answers, without a slash at the end.
	URL string

	t   testing.TB
	cfg Config
	srv *httptest.Server
}

// User is somebody with an account.
type User struct {
	ID       string
	Name     string // what stands before the @
	Password string // for the sign-in page
}

// New starts an instance that ends with the test.
func New(t testing.TB, cfg Config) *Server {
	t.Helper()
	s := &Server{t: t, cfg: cfg, srv: httptest.NewServer(http.NotFoundHandler())}
	s.URL = s.srv.URL
	t.Cleanup(s.srv.Close)
	return s
}

// Transport reaches the instance, also where that is in memory only.
func (s *Server) Transport() http.RoundTripper { return s.srv.Client().Transport }

// Host is the host of [Server.URL], with its port.
func (s *Server) Host() string { u, _ := url.Parse(s.URL); return u.Host }

// AddUser opens an account.
func (s *Server) AddUser(name string) *User { return &User{Name: name} }

// Token gives out an access token as if u had signed in; without scopes it has "profile read write".
func (s *Server) Token(u *User, scopes ...string) string { return "" }

// Revoke ends a token, as its user can in the settings.
func (s *Server) Revoke(token string) {}

// SignIn walks the sign-in page at authorize as u would in a browser, and returns the redirect or, for
// urn:ietf:wg:oauth:2.0:oob, the URL of the page that shows the code as its parameter code.
func (s *Server) SignIn(u *User, authorize string) *url.URL { return nil }

// Advance moves the clock of the instance.
func (s *Server) Advance(d time.Duration) {}

// Statuses is everything that u ever published, the oldest first, also what was deleted since.
func (s *Server) Statuses(u *User) []Status { return nil }

// Public is what is left of [Server.Statuses] to be seen.
func (s *Server) Public(u *User) []Status { return nil }

// Attachments are u's uploads, the oldest first.
func (s *Server) Attachments(u *User) []Media { return nil }

// Requests are those that arrived, in order, also those that a fault kept from the instance.
func (s *Server) Requests() []Request { return nil }
