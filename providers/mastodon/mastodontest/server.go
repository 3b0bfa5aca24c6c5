package mastodontest

import (
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// maxBody bounds what is read of a request, in bytes.
const maxBody = 256 << 20

// Server is a running instance. It is safe for concurrent use.
type Server struct {
	// URL is where it answers, without a slash at the end.
	URL string

	t    testing.TB
	cfg  Config
	spec *spec // nil without HAYON_SPECS
	srv  *httptest.Server
	pipe *pipeListener // nil on the network
	gone chan struct{} // closed when the test ends

	mu       sync.Mutex // guards what follows
	shift    time.Duration
	serial   int64 // the last id
	requests []*Request
	faults   []*fault

	users    []*User
	apps     map[string]*app    // by client id
	codes    map[string]*grant  // by code
	tokens   map[string]*token  // by access token
	refresh  map[string]*token  // by refresh token
	statuses []*record          // in the order of their publication, deleted ones too
	planned  []*plan            // scheduled statuses
	media    []*attachment      // in the order of their upload
	keys     map[string]keyed   // by account and Idempotency-Key
	pinned   map[string]pin     // by method, path, account and Idempotency-Key
	windows  map[string]*window // of rate limits
	remotes  map[string]*record // by URL, statuses of other instances

	strangers []string // accounts of other instances that nobody has searched for
}

// New starts an instance that ends with the test.
func New(t testing.TB, cfg Config) *Server {
	t.Helper()
	sp, err := description()
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{
		t: t, cfg: cfg.withDefaults(), spec: sp, gone: make(chan struct{}),
		apps: map[string]*app{}, codes: map[string]*grant{}, tokens: map[string]*token{}, refresh: map[string]*token{},
		keys: map[string]keyed{}, pinned: map[string]pin{}, windows: map[string]*window{}, remotes: map[string]*record{},
	}
	if cfg.Memory {
		s.pipe = newPipeListener()
		s.srv = &httptest.Server{Listener: s.pipe, Config: &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}}
		s.srv.Start()
	} else {
		s.srv = httptest.NewServer(s)
	}
	s.URL = s.srv.URL
	t.Cleanup(func() {
		close(s.gone)
		s.srv.CloseClientConnections()
		s.srv.Close()
	})
	return s
}

// Transport reaches the instance, also where that is in memory only. Each call makes one, with connections of its own.
func (s *Server) Transport() *http.Transport {
	tr := &http.Transport{}
	if s.pipe != nil {
		tr.DialContext = s.pipe.dial
	}
	s.t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// Host is the host of [Server.URL], with its port.
func (s *Server) Host() string { return strings.TrimPrefix(s.URL, "http://") }

// Advance moves the clock of the instance.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shift += d
}

// now is the clock of the instance. The lock is held.
func (s *Server) now() time.Time { return s.cfg.Now().Add(s.shift).UTC() }

// Requests are those that arrived, in order, also those that a fault kept from the instance.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Request, len(s.requests))
	for i, r := range s.requests {
		out[i] = *r
	}
	return out
}

// Asked counts the requests that match.
func (s *Server) Asked(m Match) int {
	n := 0
	for _, r := range s.Requests() {
		if m(&r) {
			n++
		}
	}
	return n
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	req := &Request{Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Header: r.Header.Clone(), Body: body}
	if err != nil {
		// The client broke off: what arrived of a request is none.
		abort(w)
		return
	}
	s.check(req)
	f := s.arrive(req)
	var ans *Answer
	if f == nil || f.Applied {
		ans = s.answer(req)
	}
	if f != nil {
		s.spoil(w, r, f, ans)
		return
	}
	write(w, ans)
}

// check holds a request against the description.
func (s *Server) check(req *Request) {
	if s.spec == nil {
		return
	}
	if found := s.spec.checkRequest(req, s.cfg.Params); len(found) > 0 {
		slices.Sort(found)
		s.t.Errorf("mastodontest: the request %s %s breaks the description of the API:\n  %s", req.Method, req.Path, strings.Join(found, "\n  "))
	}
}

// arrive notes a request and takes the fault that is for it, nil for none.
func (s *Server) arrive(req *Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	req.At = s.now()
	params, err := parseBody(req.Header.Get("Content-Type"), req.Body)
	for name, v := range nest(req.Query) {
		if _, ok := params[name]; !ok {
			params[name] = v
		}
	}
	req.Params, req.malformed = params, err
	if tok := s.tokens[bearer(req)]; tok != nil && tok.user != nil {
		req.User = tok.user.Name
	}
	s.requests = append(s.requests, req)
	return s.faultFor(req)
}

// answer handles a request and holds the answer against the description.
func (s *Server) answer(req *Request) *Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	ans := s.handle(req)
	req.Status = ans.Status
	if s.spec == nil || s.cfg.deviates(req.Path) {
		return ans
	}
	if found := s.spec.checkAnswer(req.Method, req.Path, ans, s.cfg.lenient()); len(found) > 0 {
		slices.Sort(found)
		s.t.Errorf("mastodontest: its own answer %d to %s %s breaks the description of the API:\n  %s\n%s",
			ans.Status, req.Method, req.Path, strings.Join(found, "\n  "), ans.Body[:min(len(ans.Body), 1000)])
	}
	return ans
}

func write(w http.ResponseWriter, ans *Answer) {
	maps.Copy(w.Header(), ans.Header)
	w.WriteHeader(ans.Status)
	_, _ = w.Write(ans.Body)
}

// abort resets the connection, so that the client sees an error and no end of an answer.
func abort(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// mustURL parses what was checked before.
func mustURL(raw string) *url.URL {
	u, err := url.Parse(raw)
	if err != nil {
		return &url.URL{}
	}
	return u
}
