package mastodontest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Request is a request as it arrived.
type Request struct {
	Method string
	Path   string
	Query  url.Values
	Header http.Header
	Body   []byte
	Params map[string]any // of query and body together, nested as in JSON; numbers are json.Number
	User   string         // the name of the token's user, "" without one
	At     time.Time      // by the clock of the instance
	Status int            // that the instance gave, before a fault spoilt it; 0 where it was not asked

	malformed error // why Params lack the body
}

// Match tells which requests a fault is for.
type Match func(*Request) bool

// On matches a method ("" is any) and a path, of whose segments those that are "*" are any.
func On(method, path string) Match {
	want := strings.Split(path, "/")
	return func(r *Request) bool {
		got := strings.Split(r.Path, "/")
		return (method == "" || r.Method == method) &&
			slices.EqualFunc(got, want, func(g, w string) bool { return w == "*" || g == w })
	}
}

// Publishing is a [Match] for POST /api/v1/statuses.
func Publishing(r *Request) bool { return On(http.MethodPost, "/api/v1/statuses")(r) }

// Uploading is a [Match] for POST /api/v2/media and that of version 1.
func Uploading(r *Request) bool { return On(http.MethodPost, "/api/*/media")(r) }

// Any is a [Match] for every request.
func Any(*Request) bool { return true }

// Fault spoils the answer to a request. The zero value resets the connection before the request is handled.
type Fault struct {
	// Times is how many matching requests it spoils: zero is one, negative is all.
	Times int
	// Skip is how many matching requests pass unharmed before.
	Skip int
	// Applied handles the request first: only the answer is lost.
	Applied bool
	// Wait holds the answer back for that long; until the client gives up when negative.
	Wait time.Duration
	// Answer writes what the client gets; nil resets the connection. truth is the answer of the instance
	// with Applied, nil otherwise.
	Answer func(w http.ResponseWriter, truth *Answer)
}

// Answer is what the instance answers.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// fault is a [Fault] at work.
type fault struct {
	Fault
	match Match
	left  int // how often it strikes yet; negative is for ever
}

// Fail lets requests fail from now on. Of several faults that match, the first takes the request. The
// function that it returns heals.
func (s *Server) Fail(m Match, f Fault) (heal func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := &fault{Fault: f, match: m, left: f.Times}
	if f.Times == 0 {
		one.left = 1
	}
	s.faults = append(s.faults, one)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		one.left = 0
	}
}

// Heal ends all faults.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// faultFor takes the fault that is for a request. The lock is held.
func (s *Server) faultFor(req *Request) *Fault {
	for _, f := range s.faults {
		switch {
		case f.left == 0 || !f.match(req):
		case f.Skip > 0:
			f.Skip--
		default:
			f.left = max(f.left-1, -1) // negative stays so
			return &f.Fault
		}
	}
	return nil
}

func (s *Server) spoil(w http.ResponseWriter, r *http.Request, f *Fault, truth *Answer) {
	if f.Wait != 0 {
		var over <-chan time.Time
		if f.Wait > 0 {
			timer := time.NewTimer(f.Wait)
			defer timer.Stop()
			over = timer.C
		}
		select {
		case <-over:
		case <-r.Context().Done():
			return
		case <-s.gone:
			return
		}
	}
	if f.Answer == nil {
		abort(w)
		return
	}
	f.Answer(w, truth)
}

// Respond answers status, header and body without handling the request. A nil header has JSON's content
// type.
func Respond(status int, header http.Header, body string) Fault {
	return Fault{Answer: func(w http.ResponseWriter, _ *Answer) {
		if header == nil {
			header = http.Header{"Content-Type": {jsonType}}
		}
		write(w, &Answer{status, header, []byte(body)})
	}}
}

// Refuse answers by an error as the API has it, without handling the request.
func Refuse(status int, message string) Fault {
	b, _ := json.Marshal(map[string]string{"error": message}) // a string always marshals
	return Respond(status, nil, string(b))
}

// RefuseHTML answers by a page, as a proxy before the instance does, without handling the request.
func RefuseHTML(status int) Fault {
	return Respond(status, http.Header{"Content-Type": {"text/html"}},
		fmt.Sprintf("<html>\r\n<head><title>%d %[2]s</title></head>\r\n<body>\r\n<center><h1>%[1]d %[2]s</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
			status, http.StatusText(status)))
}

// TooMany answers 429 with X-RateLimit-Reset as a time, without the header when reset is zero.
func TooMany(reset time.Time) Fault {
	h := http.Header{"Content-Type": {jsonType}}
	if !reset.IsZero() {
		h["X-Ratelimit-Limit"], h["X-Ratelimit-Remaining"], h["X-Ratelimit-Reset"] = []string{"300"}, []string{"0"}, []string{reset.UTC().Format(resetLayout)}
	}
	return Respond(http.StatusTooManyRequests, h, `{"error":"Too many requests"}`)
}

// RetryAfter answers status with the header Retry-After, as GoToSocial does and as proxies do.
func RetryAfter(status int, value string) Fault {
	return Respond(status, http.Header{"Content-Type": {jsonType}, "Retry-After": {value}}, `{"error":"Too many requests"}`)
}

// CutBefore resets the connection; the request is not handled.
//
// Here and with [LoseAnswer], net/http repeats by itself a request that has an Idempotency-Key, when its
// connection was used before and its body can be read anew (http.Request.GetBody is not nil). The repeat is
// another request, which a fault for one does not strike.
func CutBefore() Fault { return Fault{} }

// LoseAnswer handles the request and resets the connection.
func LoseAnswer() Fault { return Fault{Applied: true} }

// CutAnswer handles the request and breaks off in the middle of the answer.
func CutAnswer() Fault {
	return Fault{Applied: true, Answer: func(w http.ResponseWriter, truth *Answer) {
		w.Header().Set("Content-Type", jsonType)
		w.Header().Set("Content-Length", strconv.Itoa(len(truth.Body)))
		w.WriteHeader(truth.Status)
		_, _ = w.Write(truth.Body[:len(truth.Body)/2])
		_ = http.NewResponseController(w).Flush()
		abort(w)
	}}
}

// Hang says nothing until the client gives up. The request is handled when applied.
func Hang(applied bool) Fault { return Fault{Applied: applied, Wait: -1} }

// Slow handles the request and answers rightly, d later.
func Slow(d time.Duration) Fault {
	return Fault{Applied: true, Wait: d, Answer: write}
}

// Garble handles the request and gives body in place of the true one, with its status; "" keeps the true
// body. With JSON under a content type of text/html it is a careless proxy's work.
func Garble(contentType, body string) Fault {
	return Fault{Applied: true, Answer: func(w http.ResponseWriter, truth *Answer) {
		h := truth.Header.Clone()
		h.Set("Content-Type", contentType)
		b := bytes.Clone(truth.Body)
		if body != "" {
			b = []byte(body)
		}
		write(w, &Answer{truth.Status, h, b})
	}}
}
