package mastodontest

import (
	"net/http"
	"net/url"
	"time"
)

// Request is a request as it arrived.
type Request struct {
	Method string
	Path   string
	Query  url.Values
	Header http.Header
	Body   []byte
	Params map[string]any // of query and body together, nested as in JSON
	User   string         // the name of the token's user, "" without one
	At     time.Time      // by the clock of the instance
	Status int            // of the answer; 0 where there was none
}

// Match tells which requests a fault is for.
type Match func(*Request) bool

// On matches a method ("" is any) and a path, whose segments may be "*".
func On(method, path string) Match { return func(*Request) bool { return false } }

// Fault spoils the answer to a request. The zero value cuts the connection before the request is handled.
type Fault struct {
	// Times is how many matching requests it spoils: zero is one, negative is all.
	Times int
	// Skip is how many matching requests pass unharmed before.
	Skip int
	// Applied handles the request first: only the answer is lost.
	Applied bool
	// Wait holds the answer back for that long; until the client gives up when negative.
	Wait time.Duration
	// Answer writes what the client gets; nil resets the connection. rec is the true answer with
	// Applied, nil otherwise.
	Answer func(w http.ResponseWriter, r *http.Request, rec *Answer)
}

// Answer is an answer of the instance before it is spoilt.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Fail lets requests fail from now on. Of several faults that match, the first takes the request. The
// function that it returns heals.
func (s *Server) Fail(m Match, f Fault) (heal func()) { return func() {} }

// Refuse answers by an error as the API has it, without handling the request.
func Refuse(status int, message string) Fault { return Fault{} }

// RefuseHTML answers by a page, as a proxy before the instance does.
func RefuseHTML(status int) Fault { return Fault{} }

// TooMany answers 429 with X-RateLimit-Reset as a time, without it when reset is zero.
func TooMany(reset time.Time) Fault { return Fault{} }

// CutBefore resets the connection; the request is not handled.
func CutBefore() Fault { return Fault{} }

// LoseAnswer handles the request and resets the connection.
func LoseAnswer() Fault { return Fault{} }

// CutAnswer handles the request and breaks off in the middle of the answer.
func CutAnswer() Fault { return Fault{} }

// Hang handles the request when applied, and then says nothing until the client gives up.
func Hang(applied bool) Fault { return Fault{} }

// Slow handles the request and answers rightly, d later.
func Slow(d time.Duration) Fault { return Fault{} }

// Garble handles the request and answers its status with body in place of the true one, as contentType.
func Garble(contentType, body string) Fault { return Fault{} }
